"""GLIDE's headline finding, measured again: which guidance makes fills that are true and still varied?

GLIDE (arXiv 2112.10741), sections 2.3, 2.4 and 5: classifier-free guidance was preferred to CLIP's; ADM's
classifier guidance (arXiv 2105.05233) is their ancestor.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tests.quality.batch_inpainter import InpaintCase
from tests.quality.contact_sheet import grid
from tests.quality.fidelity import Fidelity, Trial, prototypes
from tests.quality.fill_cases import Case
from tests.quality.guides import Guidance
from tests.quality.measure_context import MeasureContext
from tests.quality.metric_model import Looked, feature_distance
from tests.quality.report import Cell, Report, Table
from tests.quality.statistics import kid_interval, mean, mean_of_means

Floats = NDArray[np.float32]

SCALES: dict[str, tuple[float, ...]] = {
    "classifier-free": (1.5, 2.0, 3.0, 5.0, 8.0),
    "clip": (1.0, 4.0, 16.0, 64.0, 256.0),
    "classifier": (1.0, 4.0, 16.0, 64.0, 256.0),
}
ON_SHEET = 8

NOTES = [
    "Every guidance fills the same masks from the same noise. The network is told the caption in all "
    "of them; unguided means nothing else. A gradient's scale multiplies the gradient of CLIP's 100 "
    "cos, or of the classifier's log p. Gradients need ancestral sampling, as ADM and GLIDE used: DDIM's "
    "noisiest step throws x0 as far as a picture's range goes, whatever the scale.",
    "Fidelity: share of fills in which the judge sees the noun. Near: by prototypes. KID: to real "
    "cut-outs of the same nouns at other places, lower is nearer. Diversity: mean feature distance of two fills of one "
    "mask from different noise.",
]


@dataclass(frozen=True, slots=True)
class Guided:
    """The fills of one guidance. fills: [nouns, seeds, S, S, 3]."""

    guidance: Guidance
    fills: Floats
    seconds: float


def guidances(bench: MeasureContext) -> list[Guidance]:
    """Unguided, then every kind whose networks are at hand at five scales."""
    guides = bench.painter.guides
    found = [Guidance("unguided")]
    found += [Guidance("classifier-free", scale) for scale in SCALES["classifier-free"]]
    if guides.clip is not None:
        found += [Guidance("clip", scale) for scale in SCALES["clip"]]
    if guides.classes is not None:
        found += [Guidance("classifier", scale) for scale in SCALES["classifier"]]
    return found


def guiding(bench: MeasureContext, trial: Trial, nouns: Sequence[str]) -> Report:
    """Fill one mask a noun from the noise of every seed, under every guidance.

    Raises:
        GlideError: if the classifier does not know a noun.
    """
    runner = Fidelity(bench, trial, bench.nouns, prototypes(bench, bench.painter.side))
    cases = {noun: runner.cases(noun) for noun in nouns}
    # Not the places that are filled: KID is about draws that are independent of each other.
    elsewhere = [case.real for own in cases.values() for case in own[1:] or own]
    real = bench.judge.look(np.stack(elsewhere))
    compared = guidances(bench)
    done = bench.meter("guidance", len(compared))
    rows: list[tuple[Cell, ...]] = []
    shown: list[list[Floats]] = []
    for guidance in compared:
        guided = painted(bench, trial, cases, guidance)
        looked = [bench.judge.look(fills) for fills in guided.fills]
        rows.append(row(runner, nouns, guided, looked, real))
        shown.append([fills[0] for fills in guided.fills[:ON_SHEET]])
        done(1)
    guides = bench.painter.guides
    missing = [
        name
        for name, network in (("clip", guides.clip), ("classifier", guides.classes))
        if network is None
    ]
    notes = [*NOTES, *(f"There was no network for {name} guidance." for name in missing)]
    columns = ("guidance", "fidelity", "near", "KID", "diversity", "seconds")
    settings = {**bench.about, **trial.settings(), "nouns": len(nouns)}
    settings["guidance"] = "see below"
    first = [own[0] for own in cases.values()][:ON_SHEET]
    return Report(
        "guidance",
        "Guidance",
        settings,
        [Table("Kinds and scales", columns, rows)],
        notes,
        {
            "guidance": grid(
                [[case.real for case in first], *shown],
                ["real", *map(str, compared)],
                list(nouns)[:ON_SHEET],
                128,
            )
        },
    )


def painted(
    bench: MeasureContext, trial: Trial, cases: dict[str, list[Case]], guidance: Guidance
) -> Guided:
    """The fills under one guidance: the first case of each noun, from the noise of every seed."""
    orders = [
        InpaintCase(own[0].real, own[0].mask, noun, seed, noun)
        for noun, own in cases.items()
        for seed in trial.seeds
    ]
    began = time.monotonic()
    fills = bench.painter.drafts(orders, replace(trial.plan, guidance=guidance))
    seconds = (time.monotonic() - began) / len(orders)
    return Guided(guidance, fills.reshape(len(cases), len(trial.seeds), *fills.shape[1:]), seconds)


def row(
    runner: Fidelity, nouns: Sequence[str], guided: Guided, looked: list[Looked], real: Looked
) -> tuple[Cell, ...]:
    """The figures of one guidance."""
    outcomes = [runner.outcome(noun, [seen]) for noun, seen in zip(nouns, looked, strict=True)]
    pooled = np.concatenate([seen.pooled for seen in looked])
    return (
        str(guided.guidance),
        mean_of_means([outcome.counted[:, 0] for outcome in outcomes]),
        mean_of_means([outcome.near[:, 0] for outcome in outcomes]),
        kid_interval(pooled, real.pooled),
        mean(np.array([diversity(seen) for seen in looked])),
        round(guided.seconds, 3),
    )


def diversity(seen: Looked) -> float:
    """Mean feature distance of all pairs of pictures, 0 for a single one."""
    count = len(seen.maps)
    one, other = np.triu_indices(count, 1)
    if not len(one):
        return 0.0

    def rows(index: NDArray[np.int64]) -> Looked:
        return Looked(seen.maps[index], seen.pooled[index], seen.top[index])

    return float(feature_distance(rows(one), rows(other)).mean())
