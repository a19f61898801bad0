"""Nothing lost by a kill: `python -m tests.quality.kills [--count 500] [--seed 0]`.

Each time a process edits a document and saves it in one format over and over, `.glide`, PNG, JPEG (with
its blocks kept), TIFF, WebP, AVIF, BMP, PSD or OpenRaster, and is killed by SIGKILL at a random moment.
After the next start

- the working store holds the last edit that was finished, or the one that was being recorded;
- the file is one that was saved wholly, of the last save that was finished or of the one under way;
- no other file is left beside it.

Processes are forked from one that has loaded all libraries, so that a kill costs about half a second.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from glide_studio.document.history import History
from glide_studio.editor.image_documents import document_from_picture, picture_from_document
from glide_studio.errors import GlideError
from glide_studio.io.images.export_options import ExportOptions, format_for
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from glide_studio.io.layered.layered_files import read_layers, write_layers
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.recovery import recoverable
from glide_studio.io.project.working_store import WorkingStore
from tests.benchmarks.killer import SIZE, allowed, edit, fingerprint, say

ENDINGS = ("glide", "png", "jpg", "tif", "webp", "avif", "bmp", "psd", "ora")
APART = ("jpg", "psd")  # written by a process of their own, which takes most of a second to start
LONGEST, LONGEST_APART = 0.4, 2.0  # seconds until the kill


@dataclass(frozen=True)
class Verdict:
    """edits, saves: finished before the kill. left: temporary files that it left behind for the next
    start. fault: what was lost, empty if nothing."""

    edits: int = 0
    saves: int = 0
    left: int = 0
    fault: str = ""


def photo_file(folder: Path, seed: int) -> Path:
    """A JPEG, so that saving one keeps its blocks."""
    coarse = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
    out = BytesIO()
    Image.fromarray(coarse).resize((SIZE.width, SIZE.height)).save(out, "JPEG", quality=85)
    path = folder / "photo.jpg"
    path.write_bytes(out.getvalue())
    return path


def save(store: WorkingStore, history: History, path: Path) -> None:
    """Save in the format of the name."""
    if path.suffix == ".glide":
        store.write_project(path, history=history)
    elif path.suffix in (".psd", ".ora"):
        write_layers(path, history.document)
    else:
        options = ExportOptions(format_for(path), keep_blocks=True)
        write_image(path, picture_from_document(history.document), options)


def work(folder: Path, photo: Path, ending: str, seed: int) -> None:
    """Edit and save without end."""
    choose = random.Random(seed)
    history = History.begin(document_from_picture(read_image(photo), "photo"), budget=4 << 20)
    store = WorkingStore.create(history, "killed", folder=folder / "stores")
    say("done", fingerprint(history))
    say("ready")
    while True:
        for _ in range(choose.randrange(1, 4)):
            edit(history, choose)
            digest = fingerprint(history)
            say("doing", digest)
            store.record(history, durable=choose.random() < 0.3)
            say("done", digest)
        say("saving", digest)
        save(store, history, folder / "out" / f"work.{ending}")
        say("saved", digest)


def start(job: Callable[[], None]) -> tuple[int, int]:
    """Run `job` in a fork; returns (process, the end of a pipe that its words come from)."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(reading)
            os.dup2(writing, 1)
            job()
        finally:
            os._exit(1)
    os.close(writing)
    return process, reading


def try_kill(seed: int, ending: str) -> Verdict:
    """Start a process, kill it, look at what is left."""
    choose = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "out").mkdir()
        photo = photo_file(folder, seed)
        process, pipe = start(lambda: work(folder, photo, ending, seed))
        with os.fdopen(pipe, "rb") as words:
            lines: list[str] = []
            while not lines or lines[-1] != "ready":
                line = words.readline().decode()
                if not line:
                    os.waitpid(process, 0)
                    return Verdict(fault="the process did not start")
                lines.append(line.strip())
            time.sleep(choose.uniform(0, LONGEST_APART if ending in APART else LONGEST))
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            lines += words.read().decode().split("\n")
        said = [line.split() for line in lines if " " in line]
        left = sum(path.name != f"work.{ending}" for path in (folder / "out").iterdir())
        return Verdict(
            sum(word[0] == "done" for word in said),
            sum(word[0] == "saved" for word in said),
            left,
            judge(folder, folder / "out" / f"work.{ending}", said),
        )


def judge(folder: Path, path: Path, said: list[list[str]]) -> str:
    """What is wrong after the next start; empty if nothing is."""
    found = recoverable(folder / "stores")
    last = allowed(said, "doing", "done")
    saved = [words[1] for words in said if words[0] == "saved"]
    wanted = allowed(said, "saving", "saved")
    if not found:
        # All of it may have been saved, of which the process had no time to tell.
        if path.suffix != ".glide" or not path.exists():
            return "unsaved work is not listed"
        wanted = last
    else:
        store = WorkingStore.recover(found[0].path)
        kept = fingerprint(store.history())
        unreadable = store.unreadable
        store.close(discard=True)
        if kept not in last or unreadable:
            return "the last finished edit is lost"
    strays = [one.name for one in path.parent.iterdir() if one != path]
    if strays:
        return f"left behind: {', '.join(strays)}"
    if not path.exists():
        return "the saved file is gone" if saved else ""
    try:
        return read_whole(folder, path, wanted)
    except GlideError as error:
        return f"the saved file is not whole: {error}"


def read_whole(folder: Path, path: Path, wanted: set[str]) -> str:
    """Read all of the saved file; what is wrong with it."""
    if path.suffix == ".glide":
        opened, history = open_project(path, folder=folder / "others", claims=False)
        kept, unreadable = fingerprint(history), opened.unreadable
        opened.close(discard=True)
        return "" if kept in wanted and not unreadable else "the saved project is not whole"
    if path.suffix in (".psd", ".ora"):
        return "" if read_layers(path)[0].size == SIZE else "the saved layers are not whole"
    picture = read_image(path)
    whole = picture.size == SIZE and picture.missing is None
    return "" if whole else "the saved picture is not whole"


def main() -> int:
    """Run and print; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after this time")
    arguments = parser.parse_args()
    stop = time.monotonic() + arguments.seconds
    kills, left, faults, edits, saves = Counter[str](), 0, 0, 0, 0
    for number in range(arguments.seed, arguments.seed + arguments.count):
        if time.monotonic() > stop:
            break
        ending = ENDINGS[number % len(ENDINGS)]
        verdict = try_kill(number, ending)
        kills[ending] += 1
        left += verdict.left
        edits, saves = edits + verdict.edits, saves + verdict.saves
        if verdict.fault:
            faults += 1
            print(f"seed {number}, {ending}: {verdict.fault}", flush=True)
    print(dict(kills))
    print(
        f"{kills.total()} kills, {edits} edits and {saves} saves finished, {left} temporary files"
        f" removed at the next start, {faults} losses"
    )
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
