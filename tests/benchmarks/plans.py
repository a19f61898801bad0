"""Which sampler in how many steps: fills of the bundled base network beside 1000-step ancestral ones.

    python tests/benchmarks/plans.py --data DATA --cache FOLDER [--fills 208] [--reference 1000] [--seconds 500]

Every plan paints the same orders (a noun on a test scene, one seed each) at 64 px. KID is that of the judge's
features to the reference's, drift their distance order by order, PSNR the same in the hole; fidelity is how
often the noun is among the judge's five likeliest classes. A plan is as good as the official recipe
(100 ancestral steps) if its KID is not above, and its fidelity not below, that recipe's 95 % intervals. Fills are kept in FOLDER, so that a run
which stops after `--seconds` of computing goes on where it was; the table is over the orders that every plan has.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.base.places import resources_folder
from glide_studio.engine.device import best_device
from glide_studio.evaluate.bench import files_of, network
from glide_studio.evaluate.cases import Objects, Scenes, case
from glide_studio.evaluate.judge import Looked, feature_distance, load_judge
from glide_studio.evaluate.matching import named, read_classes
from glide_studio.evaluate.painter import Order, Painter, Plan
from glide_studio.evaluate.statistics import Interval, kid_interval, mean, psnr
from glide_studio.glide.samplers import evaluations

Floats = NDArray[np.float32]
OFFICIAL = ("ancestral", 100)
PLANS = (
    OFFICIAL,
    *(("ddim", steps) for steps in (6, 10, 15, 20, 30, 50)),
    *(("dpm++2m", steps) for steps in (6, 10, 15, 20, 30)),
    *(("dpm++2m-sde", steps) for steps in (10, 15, 20, 30, 50)),
    *(("plms", steps) for steps in (10, 20, 30)),
    ("ancestral", 30),
)


def orders_of(data: Path, fills: int, side: int) -> list[Order]:
    """Nouns that the judge knows, on scenes of the test split, with the noun as the prompt."""
    words = resources_folder() / "vocabulary"
    nouns = json.loads((words / "nouns.json").read_text("utf-8"))
    known = [noun for noun in read_classes(words / "imagenet.tsv") if noun in nouns]
    scenes, objects = Scenes(data, "test"), Objects(data, {n: nouns[n] for n in known}, "train")
    known = [noun for noun in known if noun in objects.paths]
    # Spread over the nouns: order i has the same place in every run, however many are asked for.
    draw = np.random.default_rng(0).permutation(len(known))
    found = []
    for seed in range(fills):
        noun = known[draw[seed % len(draw)]]
        made = case(noun, seed, scenes, objects, side)
        found.append(Order(made.real, made.mask, noun, seed, noun))
    return found


class Shelf:
    """Fills that were painted before, a file for each batch of a plan."""

    def __init__(self, folder: Path, painter: Painter, orders: Sequence[Order], seconds: float):
        self.folder, self.painter, self.orders = folder, painter, orders
        self.until = time.monotonic() + seconds
        folder.mkdir(parents=True, exist_ok=True)

    def batches(self, sampler: str, steps: int) -> list[Path]:
        """The plan's batches that are there, after painting what time allows."""
        found = []
        for start in range(0, len(self.orders), self.painter.batch):
            path = self.folder / f"{sampler}-{steps}-{start}.npz"
            if not path.exists():
                if time.monotonic() > self.until:
                    break
                began = time.process_time()
                part = self.orders[start : start + self.painter.batch]
                fills = self.painter.drafts(part, Plan(steps, sampler))
                seconds = (time.process_time() - began) / len(part)
                partial = path.with_suffix(".part.npz")
                np.savez(partial, fills=fills.astype(np.float16), seconds=seconds)
                partial.replace(path)
            found.append(path)
        return found


def read(paths: Sequence[Path]) -> tuple[Floats, float]:
    """(fills [N, S, S, 3], processor seconds of one)."""
    batches = [np.load(path) for path in paths]
    fills = np.concatenate([batch["fills"] for batch in batches]).astype(np.float32)
    return fills, float(np.median([batch["seconds"] for batch in batches]))


def fidelity(looked: Looked, orders: Sequence[Order]) -> NDArray[np.float64]:
    """[N]: 1 where the noun's classes are among the judge's five likeliest."""
    classes = read_classes(resources_folder() / "vocabulary" / "imagenet.tsv")
    hits = [named(looked.top[i : i + 1], classes[order.noun])[0] for i, order in enumerate(orders)]
    return np.array(hits, np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with cutouts and scenes")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--model", default="mini")
    parser.add_argument("--base", type=Path, help="weights in place of the model's")
    parser.add_argument("--fills", type=int, default=208)
    parser.add_argument("--reference", type=int, default=1000, help="ancestral steps")
    parser.add_argument("--plans", help="as ddim:15,plms:20; default: all")
    parser.add_argument("--seconds", type=float, default=500)
    given = parser.parse_args()
    base = network(given.base or files_of(given.model).base)
    orders = orders_of(given.data, given.fills, base.config.size)
    painter = Painter(base)
    shelf = Shelf(given.cache, painter, orders, given.seconds)
    plans = list(PLANS)
    if given.plans:
        asked = [one.split(":") for one in given.plans.split(",")]
        plans = [OFFICIAL, *((name, int(steps)) for name, steps in asked)]
    plans.insert(0, ("ancestral", given.reference))
    there = [shelf.batches(*plan) for plan in plans]
    count = min(len(paths) for paths in there)
    if count == 0:
        print("Not one batch of every plan is there yet; run it again.")
        return
    judge = load_judge(best_device())
    orders = orders[: count * painter.batch]
    reference, _ = read(there[0][:count])
    wanted = judge.look(reference)
    told = mean(fidelity(wanted, orders))
    print(f"{len(orders)} fills beside {given.reference} ancestral steps (fidelity {told})")
    print("| sampler | steps | evaluations | KID | drift | PSNR, dB | fidelity | s | as good |")
    print("|---|---|---|---|---|---|---|---|---|")
    official: tuple[Interval, Interval] | None = None
    for (sampler, steps), paths in zip(plans[1:], there[1:], strict=True):
        fills, seconds = read(paths[:count])
        looked = judge.look(fills)
        kid = kid_interval(looked.pooled, wanted.pooled, paired=True)
        drift = mean(feature_distance(looked, wanted))
        near = mean(
            np.array(
                [
                    psnr(fill, best, order.mask > 0)
                    for fill, best, order in zip(fills, reference, orders, strict=True)
                ]
            )
        )
        hit = mean(fidelity(looked, orders))
        official = official or (kid, hit)
        good = kid.value <= official[0].high and hit.value >= official[1].low
        print(
            f"| {sampler} | {steps} | {2 * evaluations(sampler, steps)} | {kid} | {drift} | {near} | "
            f"{hit} | {seconds:.2f} | {'yes' if good else 'no'} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
