"""Teach a model one's own pictures, in a process of its own: start, follow, keep, discard.

The process is `glide-studio teach`. It outlives the window: what it needs and what it says lies in
one folder, where the next window finds it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import psutil

from glide_studio.api.request import parse_noun
from glide_studio.atomic import atomic_write
from glide_studio.editor.model_actions import ModelActions
from glide_studio.editor.workers import Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.object_selection import select_in_box
from glide_studio.imaging.types import Uint8
from glide_studio.io.images.read import read_image
from glide_studio.io.project.store_files import stores_folder
from glide_studio.signals import Signal
from glide_studio.translation import translate

MIN_PICTURES = 5
MAX_SIDE_PX = 512  # of a cut-out: the networks see far less
OPAQUE = 250  # of 255: a picture whose alpha is nowhere lower shows its ground
NOTE, PROGRESS, ERRORS = "teaching.json", "progress.jsonl", "errors.txt"
PICTURES, STATE, WEIGHTS = "pictures", "state", "base.safetensors"
MARGIN = 0.04  # of the object's longer side, around a cut-out


class TeachingState(StrEnum):
    """What has become of the teaching."""

    NONE = "none"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TeachingNote:
    """What a window must know to go on. spent: seconds of the runs before the present one."""

    noun: str
    model: str
    minutes: float
    pid: int = 0
    spent: float = 0.0


@dataclass(frozen=True, slots=True)
class TeachingProgress:
    """How far it is. seconds: of training, all runs together. step: of the network. sheet: the
    newest picture of samples. message: of a failure.
    """

    state: TeachingState = TeachingState.NONE
    noun: str = ""
    minutes: float = 0.0
    seconds: float = 0.0
    step: int = 0
    sheet: Path | None = None
    message: str = ""

    @property
    def share(self) -> float:
        """How much is done, 0 .. 1."""
        return (
            1.0
            if self.state is TeachingState.DONE
            else min(1.0, self.seconds / max(1.0, 60 * self.minutes))
        )


class TeachActions:
    """What the dialog does; one teaching at a time. changed: `progress` is another one."""

    def __init__(self, models: ModelActions, pool: Worker, folder: Path | None = None) -> None:
        """folder: where it lies, None for a folder beside the working stores."""
        self.changed: Signal[()] = Signal()
        self.progress = TeachingProgress()
        self._models, self._pool, self._folder = models, pool, folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Where the teaching lies."""
        return self._folder or stores_folder().with_name("teaching")

    def start(self, noun: str, model: str, minutes: float, cutouts: Sequence[Uint8]) -> None:
        """Write the cut-outs, RGBA [h, w, 4] each, and begin to teach in a process of its own.

        Raises:
            GlideError: if there are too few, the noun holds no word, or something is being taught
                already.
        """
        noun = parse_noun(noun)
        if len(cutouts) < MIN_PICTURES:
            raise GlideError(
                translate(
                    "Teaching", "Cut out {min_pictures} pictures or more; variety helps."
                ).format(min_pictures=MIN_PICTURES)
            )
        if self.read().state in (TeachingState.RUNNING, TeachingState.PAUSED, TeachingState.DONE):
            raise GlideError(
                translate(
                    "Teaching", "Something is being taught already; keep or discard it first."
                )
            )
        shutil.rmtree(self.folder, ignore_errors=True)
        pictures = self.folder / PICTURES
        try:
            pictures.mkdir(parents=True)
            for number, cutout in enumerate(cutouts):
                _, coded = cv2.imencode(".png", cv2.cvtColor(cutout, cv2.COLOR_RGBA2BGRA))
                (pictures / f"{number:03}.png").write_bytes(coded.tobytes())
        except OSError as error:
            raise GlideError(
                translate(
                    "Teaching",
                    "The pictures cannot be written ({strerror}); make room on the disk.",
                ).format(strerror=error.strerror)
            ) from error
        self._run(TeachingNote(noun, model, minutes))

    def pause(self) -> None:
        """Let the process save and end; `resume` goes on from there."""
        note = self._read_note()
        if note is not None and self._is_alive(note):
            with contextlib.suppress(ProcessLookupError):
                os.kill(note.pid, signal.SIGTERM)

    def resume(self) -> None:
        """Go on with a teaching that was paused, or whose process was killed."""
        note = self._read_note()
        if note is not None and not self._is_alive(note):
            self._run(replace(note, spent=self.read().seconds))

    def discard(self) -> None:
        """End the teaching and delete what it has made."""
        note = self._read_note()
        if note is not None and self._is_alive(note):
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(note.pid)
                process.kill()
                process.wait(5)
        if self._process is not None:
            self._process.wait()
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.poll()

    def keep(self, name: str) -> None:
        """Add what was taught as a model of this name, then delete the rest.

        Raises:
            GlideError: if nothing was taught to the end, or models cannot be managed here.
        """
        note = self._read_note()
        if note is None or self.read().state is not TeachingState.DONE:
            raise GlideError(
                translate("Teaching", "The teaching is not done yet; wait for it, or discard it.")
            )
        weights = self.folder / STATE / WEIGHTS
        self._models.keep_taught(note.model, weights, note.noun, name, self.discard)

    def poll(self) -> None:
        """Look at what the process has said; `changed` if that is news."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        now = self.read()
        if now != self.progress:
            self.progress = now
            self.changed.emit()

    def cut_out(self, path: Path, box: Box | None) -> Uint8:
        """Read a picture and cut the object out; may run in any thread.

        box: around the object, in the picture's pixels; None for a picture that has transparency.

        Returns RGBA [h, w, 4] around the object, at most `MAX_SIDE_PX` a side.

        Raises:
            GlideError: if it cannot be read, has no transparency, or nothing in the box stands out.
        """
        pixels = read_thumbnail(path)
        if box is not None:
            mask = select_in_box(np.ascontiguousarray(pixels[..., :3]), box)
            pixels = np.dstack([pixels[..., :3], mask])
        elif pixels[..., 3].min() >= OPAQUE:
            raise GlideError(
                translate("Teaching", "Draw a box around the object in {name}.").format(
                    name=path.name
                )
            )
        return crop_to_object(pixels)

    def read(self) -> TeachingProgress:
        """Return how far the teaching is, as its folder says."""
        note = self._read_note()
        if note is None:
            return TeachingProgress()
        seconds, step, events = note.spent, 0, set[str]()
        with contextlib.suppress(OSError):
            for line in (self.folder / PROGRESS).read_text("utf-8", "replace").splitlines():
                with contextlib.suppress(ValueError, TypeError, AttributeError):
                    said = json.loads(line)
                    events.add(str(said.get("event", "")))
                    step = int(said.get("step", step))
                    seconds = note.spent + float(said.get("seconds", seconds - note.spent))
        sheets = sorted((self.folder / STATE).glob("*.png"))
        progress = TeachingProgress(
            TeachingState.RUNNING,
            note.noun,
            note.minutes,
            seconds,
            step,
            sheets[-1] if sheets else None,
        )
        if "done" in events:
            return replace(progress, state=TeachingState.DONE)
        if self._is_alive(note):
            return progress
        message = self._read_errors()
        state = TeachingState.FAILED if message else TeachingState.PAUSED
        return replace(progress, state=state, message=message)

    def _run(self, note: TeachingNote) -> None:
        state = self.folder / STATE
        left = max(0.5, note.minutes - note.spent / 60)
        command = [sys.executable, "-m", "glide_studio", "teach", str(self.folder / PICTURES)]
        command += ["--noun", note.noun, "--model", note.model, "--state", str(state)]
        command += ["--minutes", f"{left:.2f}", "--json"]
        if any(state.glob("*.state.pt")):
            command.append("--resume")
        try:
            with (
                open(self.folder / PROGRESS, "wb") as said,
                open(self.folder / ERRORS, "wb") as complained,
            ):
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=complained,
                    start_new_session=True,
                )
            with atomic_write(self.folder / NOTE) as temporary:
                text = json.dumps(asdict(replace(note, pid=self._process.pid)))
                temporary.write_text(text, "utf-8")
        except OSError as error:
            raise GlideError(
                translate("Teaching", "Teaching cannot begin ({strerror}); try again.").format(
                    strerror=error.strerror
                )
            ) from error
        self.poll()

    def _read_note(self) -> TeachingNote | None:
        try:
            return TeachingNote(**json.loads((self.folder / NOTE).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _is_alive(self, note: TeachingNote) -> bool:
        """Tell whether the process of a note still runs; another one may have its number by now."""
        if self._process is not None and self._process.pid == note.pid:
            return self._process.poll() is None
        try:
            process = psutil.Process(note.pid)
            return process.status() != psutil.STATUS_ZOMBIE and "teach" in process.cmdline()
        except psutil.Error:
            return False

    def _read_errors(self) -> str:
        """Return the sentence that the process ended with; "" if it was stopped."""
        try:
            lines = (self.folder / ERRORS).read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            return ""
        told = [line for line in lines if line.startswith("glide-studio: ")]
        if told:
            return told[-1].removeprefix("glide-studio: ")
        return lines[-1] if lines and "Error" in lines[-1] else ""


def read_thumbnail(path: Path) -> Uint8:
    """Read a picture as RGBA [h, w, 4] uint8, sRGB, at most twice `MAX_SIDE_PX` a side.

    Raises:
        GlideError: if it cannot be read.
    """
    pixels = read_image(path).pixels
    scale = 2 * MAX_SIDE_PX / max(pixels.shape[:2])
    if pixels.dtype != np.uint8:
        pixels = (pixels >> 8).astype(np.uint8)
    if scale < 1:
        pixels = np.asarray(cv2.resize(pixels, None, None, scale, scale, cv2.INTER_AREA), np.uint8)
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    return np.ascontiguousarray(pixels, np.uint8)


def crop_to_object(pixels: Uint8) -> Uint8:
    """Crop RGBA [h, w, 4] to what is not clear, with a margin, at most `MAX_SIDE_PX` a side."""
    rows, columns = np.nonzero(pixels[..., 3] > 8)
    if not rows.size:
        raise GlideError(
            translate("Teaching", "Nothing is left of the picture; draw the box again.")
        )
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    margin = round(MARGIN * max(bottom - top, right - left))
    part = pixels[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
    scale = MAX_SIDE_PX / max(part.shape[:2])
    if scale < 1:
        part = np.asarray(cv2.resize(part, None, None, scale, scale, cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(part, np.uint8)
