"""Background: an empty prompt's fill against OpenCV's two classical ways of closing a hole."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.imaging.blending.harmonize import HarmonizeOptions, harmonize
from glide_studio.imaging.blending.result_checks import measure_seam
from tests.quality.batch_inpainter import InpaintCase, Plan
from tests.quality.contact_sheet import grid
from tests.quality.fill_cases import Scenes, hole
from tests.quality.measure_context import MeasureContext
from tests.quality.metric_model import Looked, feature_distance
from tests.quality.report import Cell, Report, Table
from tests.quality.statistics import kid_interval, mean, psnr

Floats = NDArray[np.float32]

SHARES = (0.10, 0.40)  # of the frame that is masked
RADIUS = 3  # pixels around a hole that OpenCV's methods look at, as in its tutorial
ON_SHEET = 12

NOTES = [
    "Pictures are squares of the scenes at the upsampler's size; the hole is a box, an ellipse or "
    "brush strokes. The same holes for every method.",
    "Feature distance: of the judge's last features to the original, over the whole picture; below "
    "it KID to the originals. PSNR inside the hole. Seam: median CIEDE2000 across the edge.",
    "As accepted: after the color, sharpness, seam, texture and grain match that the editor applies.",
]


@dataclass(frozen=True, slots=True)
class Hole:
    """A picture [S, S, 3], 0 .. 1, and what is to be filled [S, S], 1 = fill."""

    picture: Floats
    mask: Floats


def holes(scenes: Scenes, seeds: Sequence[int], side: int) -> list[Hole]:
    """One hole for every scene and seed; sizes are spread evenly over 10 to 40 %."""
    found = []
    for seed in seeds:
        for index in range(len(scenes)):
            rng = np.random.Generator(np.random.Philox(key=[seed, index]))
            picture = scenes.square(index, side, rng)
            low, high = SHARES
            share = low + (high - low) * (index + rng.random()) / len(scenes)
            found.append(Hole(picture, hole(side, share, rng)))
    return found


def background(bench: MeasureContext, split: str, seeds: Sequence[int], plan: Plan) -> Report:
    """Fill the holes of every scene of a split by all methods.

    Raises:
        GlideError: if the model has no upsampler, or there are no such scenes.
    """
    upsampler = bench.painter.upsampler
    if upsampler is None:
        raise GlideError("This model has no upsampler, so its fills cannot be compared.")
    cases = holes(Scenes(bench.data, split), seeds, upsampler.config.size)
    began = time.monotonic()
    painted = fills(bench, cases, plan)
    seconds = (time.monotonic() - began) / len(cases)
    methods: dict[str, list[Floats]] = {
        "model, as accepted": [seated(*pair) for pair in zip(cases, painted, strict=True)],
        "model": painted,
        "Telea": [closed(case, cv2.INPAINT_TELEA) for case in cases],
        "Navier-Stokes": [closed(case, cv2.INPAINT_NS) for case in cases],
    }
    originals = [case.picture for case in cases]
    done = bench.meter("judging", len(methods) + 1)
    original = look(bench, originals, done)
    looked = {name: look(bench, pictures, done) for name, pictures in methods.items()}
    distances = {name: feature_distance(seen, original) for name, seen in looked.items()}
    rows = [
        row(name, cases, pictures, looked[name], original, distances[name])
        for name, pictures in methods.items()
    ]
    own = [median_seam(case.picture, case.mask) for case in cases]
    rows.append(("original", 0.0, None, None, mean(np.array(own))))
    settings = {
        **bench.about, "scenes": split, "seeds": f"{seeds[0]}-{seeds[-1]}", "holes": len(cases),
        "steps": plan.steps, "sampler": plan.sampler, "upsample steps": plan.upsample_steps,
        "seconds a fill": round(seconds, 2),
    }  # fmt: skip
    return Report(
        "background",
        "Background",
        settings,
        [
            Table(
                "Methods",
                ("method", "feature distance", "KID", "PSNR in the hole (dB)", "seam"),
                rows,
            ),
            Table("The model, as accepted, against", *against(cases, distances)),
        ],
        list(NOTES),
        {"background": sheet(cases, methods)},
    )


def fills(bench: MeasureContext, cases: Sequence[Hole], plan: Plan) -> list[Floats]:
    """The cascade's pictures for an empty prompt; guidance has nothing to lead to."""
    orders = [InpaintCase(case.picture, case.mask, "", number) for number, case in enumerate(cases)]
    drafts = bench.painter.drafts(orders, plan, bench.meter("drafts", len(orders)))
    done = bench.meter("upsampling", len(orders))
    return list(bench.painter.upsample(orders, drafts, plan, done))


def look(
    bench: MeasureContext, pictures: Sequence[Floats], done: Callable[[int], object]
) -> Looked:
    """What the judge makes of a method's pictures."""
    seen = bench.judge.look(np.stack(pictures))
    done(1)
    return seen


def seated(case: Hole, patch: Floats) -> Floats:
    """The patch as the editor lays it into the picture."""
    return harmonize(case.picture, patch, case.mask, HarmonizeOptions()).over(case.picture)


def closed(case: Hole, method: int) -> Floats:
    """The hole closed by one of OpenCV's methods, which work on 8 bits."""
    bytes_ = np.rint(case.picture * 255).astype(np.uint8)
    filled = cv2.inpaint(bytes_, (case.mask > 0).astype(np.uint8), RADIUS, method)
    return np.where(case.mask[..., None] > 0, np.asarray(filled, np.float32) / 255, case.picture)


def median_seam(picture: Floats, mask: Floats) -> float:
    """The seam's median color difference."""
    return measure_seam(picture, mask).median


def row(
    name: str,
    cases: Sequence[Hole],
    pictures: Sequence[Floats],
    seen: Looked,
    original: Looked,
    distances: NDArray[np.float64],
) -> tuple[Cell, ...]:
    """One method's figures."""
    errors = [
        psnr(picture, case.picture, case.mask > 0)
        for case, picture in zip(cases, pictures, strict=True)
    ]
    seams = [median_seam(picture, case.mask) for case, picture in zip(cases, pictures, strict=True)]
    return (
        name,
        mean(distances),
        kid_interval(seen.pooled, original.pooled, paired=True),
        mean(np.array(errors)),
        mean(np.array(seams)),
    )


def against(
    cases: Sequence[Hole], distances: dict[str, NDArray[np.float64]]
) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Difference of feature distances, pair by pair, by the hole's size: below 0 the model is nearer."""
    shares = np.array([case.mask.mean() for case in cases])
    ends = np.linspace(*SHARES, 4)
    columns = ("method and hole", "holes", "difference", "model nearer")
    rows: list[tuple[Cell, ...]] = []
    own = distances["model, as accepted"]
    for name in ("Telea", "Navier-Stokes"):
        every = np.ones(len(cases), np.bool_)
        parts = {"all": every} | {
            f"{low:.0%} .. {high:.0%}": (shares >= low) & (shares < high)
            for low, high in pairwise(ends)
        }
        for part, where in parts.items():
            if where.any():
                gap = own[where] - distances[name][where]
                rows.append(
                    (f"{name}, {part}", int(where.sum()), mean(gap), float((gap < 0).mean()))
                )
    return columns, rows


def sheet(cases: Sequence[Hole], methods: dict[str, list[Floats]]) -> NDArray[np.uint8]:
    """The first holes: original, hole, every method."""
    step = max(1, len(cases) // ON_SHEET)
    numbers = range(0, len(cases), step)[:ON_SHEET]
    rows = [
        [
            cases[n].picture,
            np.where(cases[n].mask[..., None] > 0, np.float32(1), cases[n].picture),
            *(pictures[n] for pictures in methods.values()),
        ]
        for n in numbers
    ]
    labels = [f"{cases[n].mask.mean():.0%}" for n in numbers]
    return grid(rows, labels, ["original", "hole", *methods], 192)
