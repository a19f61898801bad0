"""Teaching: what fine-tuning on a new noun's pictures brings, and what the other nouns lose by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.training.image_folder import entries
from tests.quality.batch_inpainter import BatchInpainter
from tests.quality.contact_sheet import grid
from tests.quality.fidelity import Fidelity, Trial, Tried, features
from tests.quality.measure_context import MeasureContext, network
from tests.quality.noun_matching import Prototypes
from tests.quality.report import Cell, Report, Table
from tests.quality.statistics import ratio_of_means, wilson

SPLIT = "heldout"  # of the cut-outs that no bundled model has seen
ON_SHEET = 5

COLUMNS = (
    "noun", "before", "taught", "real", "taught over real",
    "near before", "near taught", "near real", "near taught over real",
)  # fmt: skip
NOTES = [
    "Before: the model that was fine-tuned. Taught: the same after it was shown the noun's pictures. "
    "Real: those pictures, pasted into the same scenes. Both models fill the same masks from the same "
    "noise.",
    "Near: the same by prototypes alone, for nouns whose real pictures the judge has classes for but does "
    "not recognise by them.",
    "Others: the fills of the other nouns, after over before; 1 means that nothing was lost.",
]


def teaching(
    bench: MeasureContext, taught: Mapping[str, Path], trial: Trial, others: Sequence[str]
) -> Report:
    """Measure fine-tuned base networks, one a noun, against the bench's own.

    taught: noun of the split `heldout` -> weights.

    Raises:
        GlideError: if the data has no held-out pictures of a noun, or it has no class.
    """
    labels = held_out(bench.data, list(taught))
    side = bench.painter.side
    known = features(bench, bench.nouns, "train", side) | features(bench, labels, SPLIT, side)
    prototypes = Prototypes(known)
    done = bench.meter("taught models", len(taught) + 1)
    before = Fidelity(bench, trial, bench.nouns, prototypes)
    others_before = {noun: before.tried(noun) for noun in others}
    done(1)
    own_rows: list[tuple[Cell, ...]] = []
    other_rows: list[tuple[Cell, ...]] = []
    own_groups: list[NDArray[np.bool_]] = []
    near_groups: list[NDArray[np.bool_]] = []
    shown = []
    for noun, path in taught.items():
        own = replace(bench, painter=BatchInpainter(network(path)))
        lesson = replace(trial, objects=SPLIT)
        first = Fidelity(bench, lesson, labels, prototypes).tried(noun)
        then = Fidelity(own, lesson, labels, prototypes).tried(noun)
        own_rows.append(own_row(first, then))
        own_groups.append(then.outcome.counted)
        near_groups.append(then.outcome.near)
        runner = Fidelity(own, trial, bench.nouns, prototypes)
        after = {other: runner.tried(other) for other in others}
        other_rows.append(other_row(noun, others_before, after))
        shown.append([*first.fills[:ON_SHEET], *then.fills[:ON_SHEET], *then.real[:ON_SHEET]])
        done(1)
    ratios = ratio_of_means(own_groups), ratio_of_means(near_groups)
    own_rows.append(("mean", None, None, None, ratios[0], None, None, None, ratios[1]))
    count = min(ON_SHEET, len(trial.seeds))
    columns = [name for name in ("before", "taught", "real") for _ in range(count)]
    return Report(
        "teach",
        "Teaching",
        {**bench.about, **trial.settings(), "other nouns": len(others)},
        [
            Table("The new nouns", COLUMNS, own_rows),
            Table("The others", ("after teaching", "before", "after", "after over before"), other_rows),
        ],
        list(NOTES),
        {"teach": grid(shown, list(taught), columns, 96)},
    )  # fmt: skip


def held_out(data: Path, nouns: Sequence[str]) -> dict[str, list[str]]:
    """noun -> labels of the held-out cut-outs that name it.

    Raises:
        GlideError: if there is none for a noun.
    """
    labels = {entry.label.lower() for entry in entries(data / "cutouts", SPLIT)}
    found = {noun: sorted(label for label in labels if noun in label.split()) for noun in nouns}
    for noun, own in found.items():
        if not own:
            raise GlideError(f"The data holds no pictures of '{noun}' that were kept back.")
    return found


def own_row(before: Tried, after: Tried) -> tuple[Cell, ...]:
    """A new noun's shares: before, taught, real, and the ratio of the last two; again by prototypes."""
    row: list[Cell] = [before.noun]
    count = len(after.fills)
    for first, then in (
        (before.outcome.counted, after.outcome.counted),
        (before.outcome.near, after.outcome.near),
    ):
        hits = (first[:, 0], then[:, 0], then[:, 1])
        row += [wilson(int(column.sum()), count) for column in hits]
        row.append(ratio_of_means([then]))
    return tuple(row)


def other_row(
    noun: str, before: Mapping[str, Tried], after: Mapping[str, Tried]
) -> tuple[Cell, ...]:
    """What the others lost by teaching `noun`."""
    pairs = [
        np.stack([after[other].outcome.counted[:, 0], before[other].outcome.counted[:, 0]], axis=1)
        for other in before
    ]
    then, first = np.mean([pair.mean(0) for pair in pairs], axis=0)
    return noun, float(first), float(then), ratio_of_means(pairs)
