"""Which sampler in how many steps: whole fills of a model beside those of 1000 ancestral steps.

    python tests/benchmarks/plans.py --data DATASETS --cache FOLDER [--fills 200] [--reference 1000]
        [--seconds 500] [--share 1/2] [--plans own,ddim:15:4,dpm++2m:30:4] [--out PICTURE.jpg]

Every plan paints the same orders (a noun that the model was taught, on a test scene, one seed each): the base
network's steps, then the upsampler's. KID compares the judge's features of all fills with those of the
reference and with those of real pictures, drift is their distance order by order, PSNR the same in the
hole, fidelity how often the judge sees the noun. A plan is as good as the official recipe (100 ancestral
steps and 27) if its KID to the reference is not above, and its fidelity not below, that recipe's 95 % intervals.

Fills are kept in FOLDER, so that a run which stops after `--seconds` goes on where it was; the table is
over the batches that every plan has. `--share 1/2` and `2/2` are two processes with half of the batches each.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.sampling import PRESETS, Sampling
from glide_studio.glide.samplers import num_evaluations
from glide_studio.inference.models.model_set import find_model, model_folders
from tests.quality.batch_inpainter import InpaintCase, Plan
from tests.quality.fidelity import prototypes
from tests.quality.fill_cases import Objects, Scenes, case
from tests.quality.measure_context import Files, MeasureContext, bench, files_of
from tests.quality.metric_model import Looked, feature_distance
from tests.quality.noun_matching import Prototypes, named
from tests.quality.statistics import Interval, kid_interval, mean, psnr

Floats = NDArray[np.float32]
Shares = NDArray[np.float64]
BATCH = 8
SHOWN = 10  # rows of the contact sheet


@dataclass(frozen=True, slots=True)
class Row:
    """A plan and its name in the table and in the cache."""

    name: str
    plan: Plan

    @property
    def file(self) -> str:
        plan = self.plan
        return f"{plan.sampler}-{plan.steps}-{plan.upsample_steps}-{plan.temperature:g}"


def row(name: str, sampling: Sampling) -> Row:
    plan = Plan(
        sampling.steps,
        sampling.sampler,
        upsample_steps=sampling.upsample_steps,
        temperature=sampling.temperature,
    )
    return Row(name, plan)


def rows_of(model: str, reference: int, asked: str | None) -> list[Row]:
    """The reference first, then the official recipe, then what is compared with it."""
    usual = find_model(model, model_folders()).default_sampling
    found = [
        Row("reference", Plan(reference, "ancestral", upsample_steps=PRESETS["best"][2])),
        *(
            Row(name, Plan(steps, kind, upsample_steps=more))
            for name, (kind, steps, more) in PRESETS.items()
        ),
        row("own", usual),
    ]
    found = [found[0], next(one for one in found if one.name == "best"), *found[1:3], found[-1]]
    for one in (asked or "").split(","):
        if one:
            kind, steps, more, *temperature = one.split(":")
            warmth = float(temperature[0]) if temperature else 1.0
            plan = Plan(int(steps), kind, upsample_steps=int(more), temperature=warmth)
            found.append(Row(one, plan))
    return found


@dataclass(frozen=True, slots=True)
class Orders:
    """What is painted, and the real thing at its place [N, S, S, 3]."""

    orders: list[InpaintCase]
    real: Floats


def orders_of(on: MeasureContext, nouns: Sequence[str], fills: int) -> Orders:
    """Nouns of the model on scenes of the test split, with the noun as the prompt."""
    upsampler = on.painter.upsampler
    assert upsampler is not None
    scenes = Scenes(on.data, "test")
    objects = Objects(on.data, {noun: on.nouns[noun] for noun in nouns}, "train")
    # Spread over the nouns: order i has the same place in every run, however many are asked for.
    draw = np.random.default_rng(0).permutation(len(nouns))
    orders, real = [], []
    for seed in range(fills):
        noun = nouns[draw[seed % len(draw)]]
        made = case(noun, seed, scenes, objects, upsampler.config.size)
        orders.append(InpaintCase(made.real, made.mask, noun, seed, noun))
        real.append(made.real)
    return Orders(orders, np.stack(real))


class Shelf:
    """Fills that were painted before, a file for each batch of a plan."""

    def __init__(self, folder: Path, on: MeasureContext, orders: Sequence[InpaintCase]) -> None:
        self.folder, self.on, self.orders = folder, on, orders
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, one: Row, start: int) -> Path:
        return self.folder / f"{one.file}-{start}.npz"

    def paint(self, one: Row, start: int) -> None:
        """One batch, if it is not there."""
        path, part = self.path(one, start), self.orders[start : start + BATCH]
        if path.exists():
            return
        began = time.process_time()
        drafts = self.on.painter.drafts(part, one.plan)
        fills = self.on.painter.upsample(part, drafts, one.plan)
        seconds = (time.process_time() - began) / len(part)
        partial = path.with_suffix(".part.npz")
        np.savez(partial, fills=(fills * 255).round().astype(np.uint8), seconds=seconds)
        partial.replace(path)

    def read(self, one: Row, starts: Sequence[int]) -> tuple[Floats, float]:
        """(fills [N, S, S, 3], processor seconds of one)."""
        batches = [np.load(self.path(one, start)) for start in starts]
        fills = np.concatenate([batch["fills"] for batch in batches]).astype(np.float32) / 255
        return fills, float(np.median([batch["seconds"] for batch in batches]))


def fidelity(
    on: MeasureContext, known: Prototypes, looked: Looked, orders: Sequence[InpaintCase]
) -> Shares:
    """[N]: 1 where the judge sees the noun, by its classes or else by prototypes, as `evaluate fidelity` does."""
    found = []
    for i, order in enumerate(orders):
        classes = on.classes.get(order.noun)
        if classes is None:
            found.append(known.near(looked.pooled[i : i + 1], order.noun)[0])
        else:
            found.append(named(looked.top[i : i + 1], classes)[0])
    return np.array(found, np.float64)


def sheet(path: Path, columns: Sequence[Floats]) -> None:
    """A row an order, a column a plan."""
    rows = [np.concatenate([fills[i] for fills in columns], 1) for i in range(SHOWN)]
    picture = (np.concatenate(rows) * 255).round().astype(np.uint8)
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with cutouts and scenes")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--fills", type=int, default=200)
    parser.add_argument("--reference", type=int, default=1000, help="ancestral steps")
    parser.add_argument("--plans", help="more of them, as ddim:15:4 or ddim:4:4:0.3, by commas")
    parser.add_argument("--seconds", type=float, default=500)
    parser.add_argument("--share", default="1/1")
    parser.add_argument("--out", type=Path, help="a contact sheet")
    given = parser.parse_args()
    files = files_of(given.model)
    on = bench(Files(files.base, files.upsampler), given.data)
    on.painter.batch = BATCH
    told = json.loads((find_model(given.model, model_folders()).folder / "model.json").read_text())
    asked = orders_of(on, told["nouns"], given.fills)
    rows = rows_of(given.model, given.reference, given.plans)
    shelf = Shelf(given.cache, on, asked.orders)
    starts = list(range(0, given.fills, BATCH))
    mine, of = (int(part) for part in given.share.split("/"))
    until = time.monotonic() + given.seconds
    for start in starts[mine - 1 :: of]:
        # The cheap ones first: a run that is stopped has every plan of the batches it began.
        for one in reversed(rows):
            if time.monotonic() < until:
                shelf.paint(one, start)
    starts = [start for start in starts if all(shelf.path(one, start).exists() for one in rows)]
    if not starts:
        print("Not one batch of every plan is there yet; run it again.")
        return
    report(on, shelf, rows, starts, asked, given)


def report(
    on: MeasureContext,
    shelf: Shelf,
    rows: Sequence[Row],
    starts: Sequence[int],
    asked: Orders,
    given: argparse.Namespace,
) -> None:
    index = [i for start in starts for i in range(start, min(start + BATCH, given.fills))]
    orders, real = [asked.orders[i] for i in index], asked.real[index]
    known = prototypes(on, real.shape[1])
    wanted_fills, _ = shelf.read(rows[0], starts)
    wanted, truth = on.judge.look(wanted_fills), on.judge.look(real)
    print(
        f"load {os.getloadavg()[0]:.1f}, {len(orders)} fills beside {given.reference} ancestral steps and 27; "
        f"fidelity of these {mean(fidelity(on, known, wanted, orders))}, "
        f"of real pictures {mean(fidelity(on, known, truth, orders))}; "
        f"KID of these to real pictures {kid_interval(wanted.pooled, truth.pooled, paired=True)}"
    )
    print(
        "| plan | sampler | steps | evaluations | KID to the reference | drift | PSNR, dB "
        "| fidelity | KID to real pictures | s | as good |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    official: tuple[Interval, Interval] | None = None
    shown = [real, wanted_fills]
    for one in rows[1:]:
        fills, seconds = shelf.read(one, starts)
        shown.append(fills)
        looked = on.judge.look(fills)
        kid = kid_interval(looked.pooled, wanted.pooled, paired=True)
        distance = mean(feature_distance(looked, wanted))
        pairs = zip(fills, wanted_fills, orders, strict=True)
        near = mean(np.array([psnr(fill, best, order.mask > 0) for fill, best, order in pairs]))
        hit = mean(fidelity(on, known, looked, orders))
        official = official or (kid, hit)
        good = kid.value <= official[0].high and hit.value >= official[1].low
        plan = one.plan
        warmth = "" if plan.temperature == 1 else f", temperature {plan.temperature:g}"
        print(
            f"| {one.name} | {plan.sampler}{warmth} | {plan.steps} + {plan.upsample_steps} "
            f"| {2 * num_evaluations(plan.sampler, plan.steps)} | {kid} | {distance} | {near} | {hit} "
            f"| {kid_interval(looked.pooled, truth.pooled, paired=True)} | {seconds:.2f} "
            f"| {'yes' if good else 'no'} |",
            flush=True,
        )
    if given.out:
        sheet(given.out, shown)


if __name__ == "__main__":
    main()
