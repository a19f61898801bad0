"""Objects that a model draws, beside real pictures of them that it never saw.

    python -m tests.quality.objects --model models/objects --data DATA -o OUT

Writes a table (`objects.md`, `objects.json`), the verdicts noun by noun (`objects.jsonl`, from which a
stopped run goes on) and a sheet of forty prompts with five candidates each, none of them picked
(`objects-sheet.jpg`), and prints the table. DATA holds `renders`, `photo-cutouts` and `scenes`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Failed, Finished
from glide_studio.api.request import Request
from glide_studio.cli.headless import save_picture
from glide_studio.cli.shared_options import make_folder
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.object_placement import PlacementOptions, place_object
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.models.download import hash_file
from glide_studio.inference.models.model_set import ModelSet, read_model
from glide_studio.inference.pixels import unpremultiply
from glide_studio.paths import resources_folder
from glide_studio.training.image_folder import entries
from glide_studio.training.inpaint_dataset import Scenes
from glide_studio.training.object_dataset import read_levels
from tests.quality.contact_sheet import grid
from tests.quality.counting_bars import counting_bars
from tests.quality.metric_model import Looked, MetricModel, feature_distance, load_judge
from tests.quality.noun_matching import Prototypes, named, read_classes
from tests.quality.object_metrics import (
    excess_chroma,
    halo,
    nearest_correlation,
    over,
    signatures,
)
from tests.quality.report import Report, Table
from tests.quality.statistics import Interval, mean, ratio_of_means

Floats = NDArray[np.float32]

FOLDERS = ("photo-cutouts", "renders")
HELD_OUT = ("test", "validation")
SIDE = 256  # pixels of a composite
SHARE = 0.66  # of its side: the mask that an object is placed in
REAL = 6  # held-out pictures of a noun, at most
PROTOTYPE_PICTURES = 6  # of a noun
SEED, CANDIDATES = 6000, 4
MOST_TRAINING = 400  # pictures of a noun that are looked through for the nearest
NOTHING = Interval(float("nan"), float("nan"), float("nan"))
BEST = 40  # nouns of the second bar
BAD_INPUT = 2  # exit status

SHEET_PROMPTS = (
    "a red apple", "a yellow apple", "a tomato", "a cherry", "an armchair", "a backpack",
    "a barrel", "a basketball", "a bench", "a bicycle", "a boat", "a book", "a bottle", "a bread",
    "a cactus", "a cake", "a camera", "a candle", "a car", "a cat", "a chair", "a clock", "a cup",
    "a dog", "a fire hydrant", "a fruit bowl", "a guitar", "a hamburger", "a handbag", "a hat",
    "a horse", "a lamp", "a mailbox", "a palm tree", "a plant", "a sofa", "a table",
    "a teddy bear", "tulips", "a vase",
)  # fmt: skip
SHEET_SEEDS = 5
SHEET_COLUMNS = 4  # prompts side by side
CELL = 112  # pixels

NOTES = [
    "Every object is placed in the same scenes of the test split, lit as the program does. Real: "
    "held-out photographs and renders of the noun, placed in the same way.",
    "Fidelity: share of composites in which the judge sees the noun, among its five likeliest classes or, "
    "for nouns that ImageNet lacks, the five nearest of all nouns' prototypes.",
    "Diversity: mean feature distance of two objects of one noun over gray. Nearest: highest correlation "
    "with a training picture of the noun. Halo: how far colors in the rim lie beyond those of object and "
    "background, over gray, white and black. Excess chroma: CIELAB, beyond 95 % of the scene's.",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One noun: of drawn and of held-out objects, the mean of each measure.

    hits: by each judge, drawn and real. prototype: whether the noun has no class of ImageNet.
    """

    noun: str
    prototype: bool
    hits: tuple[tuple[float, float], ...]
    diversity: tuple[float, float]
    nearest: tuple[float, float]
    halo: tuple[float, float]
    chroma: tuple[float, float]


class Pictures:
    """The cut-outs of the data by noun and split, straight alpha, in the middle of SIDE pixels."""

    def __init__(self, root: Path) -> None:
        self.found: dict[tuple[str, bool], list[Path]] = {}
        for folder in FOLDERS:
            for entry in entries(root / folder):
                key = entry.label.lower(), entry.split in HELD_OUT
                self.found.setdefault(key, []).append(entry.path)

    def nouns(self, *, held_out: bool) -> set[str]:
        """Return the nouns with pictures of that split."""
        return {noun for noun, held in self.found if held == held_out}

    def read(self, noun: str, *, held_out: bool, most: int | None = None) -> list[Floats]:
        """Read at most so many pictures, spread over those of the noun."""
        paths = self.found.get((noun, held_out), [])
        if most is not None and len(paths) > most:
            paths = [paths[i * len(paths) // most] for i in range(most)]
        return [centered(path) for path in paths]

    def training_signatures(self, noun: str) -> Floats:
        """Return the signatures of a noun's training pictures, spread over them if there are many."""
        paths = self.found[noun, False]
        chosen = paths[:: max(1, len(paths) // MOST_TRAINING)]
        levels = [read_levels(path)[0].astype(np.float32) / 255 for path in chosen]
        return signatures([unpremultiply(level) for level in levels])


def centered(path: Path) -> Floats:
    """Read a cut-out, enlarged to SHARE of a transparent square of SIDE pixels."""
    level = read_levels(path)[0].astype(np.float32) / 255
    scale = SHARE * SIDE / max(level.shape[:2])
    size = (max(1, round(level.shape[1] * scale)), max(1, round(level.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    level = np.clip(cv2.resize(level, size, interpolation=how), 0, 1)
    canvas = np.zeros((SIDE, SIDE, 4), np.float32)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = level
    return unpremultiply(canvas)


class Places:
    """Crops of scenes with a box in each to place an object in."""

    def __init__(self, root: Path, split: str) -> None:
        self.scenes = Scenes(list(entries(root / "scenes", split)))
        if not len(self.scenes):
            raise GlideError(f"'{root}' has no scenes of the split {split}; name other data.")

    def scene(self, noun: str, number: int) -> Floats:
        """Return the scene of a noun's picture of that number, [SIDE, SIDE, 3] in 0 .. 1."""
        rng = np.random.default_rng([number, *noun.encode()])
        side = int(rng.integers(SIDE, 2 * SIDE + 1))
        crop = self.scenes.crop(int(rng.integers(len(self.scenes))), side, SIDE, rng)
        return crop.astype(np.float32) / 255

    def place(self, scene: Floats, picture: Floats) -> Floats:
        """Place an object in the middle of a scene, as the program does."""
        edge = round((1 - SHARE) / 2 * SIDE)
        mask = np.zeros((SIDE, SIDE), np.float32)
        mask[edge:-edge, edge:-edge] = 1
        return place_object(scene, picture, mask, PlacementOptions()).over(scene)


class Drawer:
    """Draws a model's objects, SIDE pixels large."""

    def __init__(self, folder: Path) -> None:
        self.model: ModelSet = read_model(folder)
        self.engine = LocalEngine([folder.parent])

    def draw(self, prompt: str, count: int) -> list[Floats]:
        """Return so many candidates of one seed, straight alpha.

        Raises:
            GlideError: if the engine refuses or fails.
        """
        sampling = replace(self.model.default_sampling, count=count, seed=SEED)
        box = Box(0, 0, SIDE, SIDE)
        request = Request("generate", prompt, box, sampling, model=self.model.name)
        for update in self.engine.run(request, lambda: False):
            if isinstance(update, Failed):
                raise GlideError(update.message)
            if isinstance(update, Finished):
                return [patch.image for patch in update.patches]
        raise GlideError("The run ended without a result.")


class ObjectJudge:
    """Puts the same questions to drawn and to real objects.

    store: a folder that keeps the prototypes for the next run.
    """

    def __init__(
        self, root: Path, judges: Sequence[MetricModel], nouns: Sequence[str], store: Path
    ) -> None:
        self.pictures, self.places, self.judges = Pictures(root), Places(root, "test"), judges
        self.classes = read_classes(resources_folder() / "vocabulary" / "imagenet.tsv")
        self.prototypes = [Prototypes(self.features(root, judge, nouns, store)) for judge in judges]

    def features(
        self, root: Path, judge: MetricModel, nouns: Sequence[str], store: Path
    ) -> dict[str, Floats]:
        """Return a judge's pooled features [n, d] of some training pictures of each noun."""
        kept = store / f"prototypes-{judge.side}.npz"
        if kept.exists():
            with np.load(kept) as found:
                if set(found) == set(nouns):
                    return dict(found)
        training = Places(root, "train")
        shown = {
            noun: np.stack(
                [
                    training.place(training.scene(noun, number), picture)
                    for number, picture in enumerate(
                        self.pictures.read(noun, held_out=False, most=PROTOTYPE_PICTURES)
                    )
                ]
            )
            for noun in nouns
        }
        pooled = {noun: judge.look(pictures).pooled for noun, pictures in shown.items()}
        np.savez(kept, **pooled)
        return pooled

    def judge(self, noun: str, drawn: Sequence[Floats]) -> Verdict:
        """Judge a noun's drawn objects beside its held-out pictures."""
        real = self.pictures.read(noun, held_out=True, most=REAL)
        training = self.pictures.training_signatures(noun)
        scenes = [self.places.scene(noun, i) for i in range(max(len(drawn), len(real)))]

        def measure(pictures: Sequence[Floats]) -> tuple[list[float], list[float]]:
            composites = np.stack(
                [
                    self.places.place(scene, one)
                    for one, scene in zip(pictures, scenes, strict=False)
                ]
            )
            hits = [self.hits(noun, number, composites) for number in range(len(self.judges))]
            plain = self.judges[0].look(np.stack([over(one, 0.5) for one in pictures]))
            pairs = zip(pictures, scenes, strict=False)
            return hits, [
                mean_distance(plain),
                float(np.mean([nearest_correlation(one, training) for one in pictures])),
                mean_of_finite([halo(one) for one in pictures]),
                float(np.mean([excess_chroma(one, scene) for one, scene in pairs])),
            ]

        (hits, figures), (real_hits, real_figures) = measure(drawn), measure(real)
        return Verdict(
            noun,
            noun not in self.classes,
            tuple(zip(hits, real_hits, strict=True)),
            *zip(figures, real_figures, strict=True),
        )

    def hits(self, noun: str, number: int, composites: Floats) -> float:
        """Return the share of composites in which a judge sees the noun."""
        seen = self.judges[number].look(composites)
        if noun in self.classes:
            return float(named(seen.top, self.classes[noun]).mean())
        return float(self.prototypes[number].near(seen.pooled, noun).mean())


def mean_of_finite(values: Sequence[float]) -> float:
    """Return the mean of the values that are numbers, NaN if none is."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def mean_distance(seen: Looked) -> float:
    """Return the mean feature distance of all pairs of pictures; NaN for a single one."""
    one, other = np.triu_indices(len(seen.maps), 1)
    if not len(one):
        return float("nan")

    def rows(index: NDArray[np.int64]) -> Looked:
        return Looked(seen.maps[index], seen.pooled[index], seen.top[index])

    return float(feature_distance(rows(one), rows(other)).mean())


def draw_sheet(drawer: Drawer, places: Places) -> NDArray[np.uint8]:
    """Draw every prompt of the sheet with every seed, in photographs of the test split."""
    rows: list[list[Floats]] = []
    for prompt in SHEET_PROMPTS:
        pictures = drawer.draw(prompt, SHEET_SEEDS)
        scenes = [places.scene(prompt, number) for number in range(SHEET_SEEDS)]
        rows.append([places.place(s, p) for s, p in zip(scenes, pictures, strict=True)])
    height = -(-len(rows) // SHEET_COLUMNS)
    columns = [str(seed) for seed in range(SHEET_SEEDS)]
    parts = [
        grid(rows[first : first + height], SHEET_PROMPTS[first : first + height], columns, CELL)
        for first in range(0, len(rows), height)
    ]
    width = max(part.shape[1] for part in parts)
    padded = [
        np.pad(p, ((0, 0), (0, width - p.shape[1]), (0, 0)), constant_values=255) for p in parts
    ]
    return np.concatenate(padded, axis=1)


def make_report(verdicts: Sequence[Verdict], about: dict[str, object]) -> Report:
    """Sum up the verdicts of all nouns."""
    names = ("EfficientNet-Lite0", "EfficientNet-Lite2")
    rows: list[tuple[str, Interval, Interval, Interval]] = []

    def add(title: str, pairs: Sequence[tuple[float, float]]) -> None:
        values = np.array([pair for pair in pairs if np.isfinite(pair).all()], np.float64)
        if not len(values):
            rows.append((title, NOTHING, NOTHING, NOTHING))
            return
        ratio = ratio_of_means([values])
        rows.append((title, mean(values[:, 0]), mean(values[:, 1]), ratio))

    for number, name in enumerate(names):
        pairs = [verdict.hits[number] for verdict in verdicts]
        add(f"fidelity, {name}", pairs)
        best = sorted(pairs, key=lambda pair: pair[0] / pair[1] if pair[1] else 0, reverse=True)
        add(f"fidelity of the best {min(BEST, len(best))} nouns, {name}", best[:BEST])
    for title, name in (
        ("diversity between seeds", "diversity"),
        ("nearest training picture", "nearest"),
        ("halo", "halo"),
        ("excess chroma", "chroma"),
    ):
        add(title, [getattr(verdict, name) for verdict in verdicts])
    worst = sorted(verdicts, key=lambda verdict: sum(hit[0] for hit in verdict.hits))
    by_noun = [
        (verdict.noun, *(figure for pair in verdict.hits for figure in pair), *verdict.diversity)
        for verdict in worst
    ]
    return Report(
        "objects",
        "Objects",
        about,
        [
            Table("Drawn beside real", ("measure", "drawn", "real", "drawn / real"), list(rows)),
            Table(
                "Nouns",
                ("noun", "lite0", "lite0 real", "lite2", "lite2 real", "diversity", "of real"),
                list(by_noun),
            ),
        ],
        list(NOTES),
    )


def read_verdicts(path: Path, key: str) -> Iterator[Verdict]:
    """Iterate over the verdicts of a stopped run of the same weights."""
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row.pop("weights") == key:
                pairs = {
                    name: tuple(map(tuple, value)) if name == "hits" else tuple(value)
                    for name, value in row.items()
                    if isinstance(value, list)
                }
                yield Verdict(**{**row, **pairs})


def run(options: argparse.Namespace) -> Report:
    """Measure a model, write the results and return the report.

    Raises:
        GlideError: if the model, the data or a judge cannot be used.
    """
    drawer = Drawer(options.model.resolve())
    make_folder(options.output)
    nouns = [noun for noun in drawer.model.nouns if not options.nouns or noun in options.nouns]
    if not nouns:
        raise GlideError("The model knows none of these nouns; leave --nouns out.")
    held_out = Pictures(options.data).nouns(held_out=True)
    unseen = [noun for noun in nouns if noun not in held_out]
    nouns = [noun for noun in nouns if noun in held_out]
    key = hash_file(drawer.model.base)[:16]
    log = options.output / "objects.jsonl"
    known = {verdict.noun: verdict for verdict in read_verdicts(log, key)}
    missing = [noun for noun in nouns if noun not in known]
    if missing:
        judges = [load_judge(variant=variant) for variant in (0, 2)]
        asker = ObjectJudge(options.data, judges, drawer.model.nouns, options.output)
        with counting_bars() as progress, open(log, "a", encoding="utf-8") as file:
            tick = progress("objects", len(missing))
            for noun in missing:
                known[noun] = asker.judge(noun, drawer.draw(noun, CANDIDATES))
                file.write(json.dumps({**asdict(known[noun]), "weights": key}) + "\n")
                file.flush()
                tick(1)
    about: dict[str, object] = {
        "base": key,
        "nouns": len(nouns),
        "nouns without held-out pictures": ", ".join(unseen) or "none",
        "candidates": f"{CANDIDATES} of seed {SEED}",
        "real pictures": f"up to {REAL} a noun",
    }
    report = make_report([known[noun] for noun in nouns], about)
    report.write(options.output)
    if not options.no_sheet:
        sheet = draw_sheet(drawer, Places(options.data, "test"))
        save_picture(options.output / "objects-sheet.jpg", sheet.astype(np.float32) / 255)
    return report


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns 0, or 2 with one sentence on stderr for bad input."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.objects", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder with a model.json")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    parser.add_argument("--nouns", type=lambda text: text.split(","), help="default: all")
    parser.add_argument("--no-sheet", action="store_true")
    options = parser.parse_args(arguments)
    try:
        report = run(options)
    except (GlideError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    print(report.tables[0].markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
