"""The report on prompt fidelity: tables of nouns, a sheet, and the list of nouns that went best."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.cli.headless import save_png
from glide_studio.training.image_folder import read_rgb
from tests.quality.contact_sheet import grid
from tests.quality.fidelity import (
    RECOGNISED,
    Fidelity,
    Trial,
    Tried,
    chosen,
    prototypes,
    side_of,
)
from tests.quality.measure_context import MeasureContext
from tests.quality.report import Cell, Report, Table, write_text
from tests.quality.results_log import Outcome, ResultsLog
from tests.quality.statistics import mean_of_means, ratio_of_means, wilson

Bytes = NDArray[np.uint8]

FIRST = (50, 150)  # how many of the best nouns are summed up
ON_SHEET, SEEDS_ON_SHEET = 24, 5
CELL = 128  # pixels of a picture on the sheet
COLUMNS = ("noun", "judged by", "fills", "real", "fills near", "real near")

NOTES = [
    "A hit: one of the judge's five likeliest classes of 1000 counts as the noun (imagenet.tsv); for a "
    "noun without a class, its prototype is among the five nearest of all nouns' prototypes.",
    "Real: the taught cut-out itself, pasted into the same scene at the same place; so much can the "
    "judge see at that size.",
    "Prototypes are means of the same cut-outs on training scenes, which flatters the real pictures "
    "and makes that test the harder one for fills.",
    "Every fill counts: no draft is ranked or picked. Drafts are judged as the base network leaves "
    "them, at its own size.",
    "Shares of one noun have Wilson's 95 % interval, means over nouns a bootstrap over seeds.",
]


def fidelity(
    bench: MeasureContext, trial: Trial, nouns: Sequence[str], folder: Path, ranked: bool = False
) -> Report:
    """Try the nouns, going on with what `folder` holds of an earlier run, and sum up.

    ranked: the order of `nouns` is one that was found elsewhere, so that its first ones may be summed
    up; else the best are found here, which flatters them.

    Raises:
        GlideError: if the folder holds outcomes of other settings.
    """
    settings = {**bench.about, **trial.settings()}
    runner = Fidelity(bench, trial, bench.nouns, prototypes(bench, side_of(bench, trial)))
    ledger = ResultsLog(folder / "verdicts.jsonl", settings)
    (folder / "nouns").mkdir(exist_ok=True)
    began, painted = time.monotonic(), 0
    for tried in runner.all(nouns, ledger):
        painted += len(tried.fills)
        save_png(folder / "nouns" / f"{tried.noun}.png", strip(tried))
    outcomes = {noun: ledger.outcomes[noun] for noun in nouns}
    if painted:
        settings["seconds a fill, judging included"] = round(
            (time.monotonic() - began) / painted, 2
        )
    order = list(nouns) if ranked else chosen(outcomes, len(outcomes))
    write_text(folder / "nouns.json", json.dumps(order, indent=0, ensure_ascii=False) + "\n")
    notes = list(NOTES)
    if not ranked:
        notes.append(
            f"The best nouns were found by these same pictures (real share at least {RECOGNISED}); "
            "nouns.json has them in their order, to be measured elsewhere."
        )
    return Report(
        "fidelity",
        "Prompt fidelity",
        settings,
        [Table("Together", ("nouns", "count", "fills", "real", "ratio"), together(outcomes, order)),
         Table("Every noun", COLUMNS, [noun_row(noun, outcomes[noun]) for noun in nouns])],
        notes,
        {"fidelity": sheet(folder, outcomes, order or list(nouns))},
    )  # fmt: skip


def together(outcomes: Mapping[str, Outcome], order: Sequence[str]) -> list[tuple[Cell, ...]]:
    """Rows of the summary: all nouns, by either way of judging, and the first ones of `order`."""
    by_classes = [noun for noun, outcome in outcomes.items() if outcome.named is not None]
    without = [noun for noun, outcome in outcomes.items() if outcome.named is None]
    sets: list[tuple[str, Sequence[str]]] = [("all", list(outcomes))]
    sets += [("with classes", by_classes), ("without", without)]
    sets += [(f"first {count}", order[:count]) for count in FIRST if count <= len(order)]
    rows = [sums(name, [outcomes[noun].counted for noun in nouns]) for name, nouns in sets if nouns]
    return [*rows, sums("all, by prototypes alone", [o.near for o in outcomes.values()])]


def sums(name: str, groups: list[NDArray[np.bool_]]) -> tuple[Cell, ...]:
    """One row of the summary."""
    fills, real = (mean_of_means([group[:, column] for group in groups]) for column in (0, 1))
    return name, len(groups), fills, real, ratio_of_means(groups)


def noun_row(noun: str, outcome: Outcome) -> tuple[Cell, ...]:
    """One row of the nouns' table."""
    count = len(outcome.near)
    shares = [wilson(int(hits), count) for hits in outcome.counted.sum(0)]
    near = [float(share) for share in outcome.near.mean(0)]
    return noun, "prototype" if outcome.named is None else "classes", *shares, *near


def strip(tried: Tried) -> Bytes:
    """Fills above real pictures, a column a seed: [2 S, n S, 3]."""
    rows = [np.concatenate(list(pictures), axis=1) for pictures in (tried.fills, tried.real)]
    return np.asarray(np.rint(np.concatenate(rows) * 255), np.uint8)


def sheet(folder: Path, outcomes: Mapping[str, Outcome], order: Sequence[str]) -> Bytes:
    """Nouns spread over the order, the first seeds of each: fills, then real; hits are framed."""
    step = max(1, len(order) // ON_SHEET)
    shown = order[::step][:ON_SHEET]
    rows, framed = [], set[tuple[int, int]]()
    for number, noun in enumerate(shown):
        picture = read_rgb(folder / "nouns" / f"{noun}.png")
        both = np.asarray(picture / 255, np.float32)
        side, hits = both.shape[0] // 2, outcomes[noun].counted
        count = min(SEEDS_ON_SHEET, len(hits))
        cells = [
            both[line * side : (line + 1) * side, seed * side : (seed + 1) * side]
            for line in (0, 1)
            for seed in range(count)
        ]
        rows.append(cells)
        framed |= {
            (number, line * count + seed)
            for line in (0, 1)
            for seed in range(count)
            if hits[seed, line]
        }
    columns = ["fill"] * count + ["real"] * count
    return grid(rows, shown, columns, CELL, framed)
