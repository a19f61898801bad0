"""Select by words: held-out objects of known nouns in held-out photographs, and photographs without.

    python -m tests.quality.selection --model models/objects --data DATA -o OUT [--cases 200] [--sheet]

Keeps the outcomes in OUT/selection.jsonl, from which a stopped run goes on. Prints the pointing accuracy
(the point of the mask farthest from its edge lies on the object), the mean intersection over union, and how
often a noun is rightly not found. DATA holds `renders`, `photo-cutouts` and `scenes`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Failed, SelectionMask
from glide_studio.api.request import Request
from glide_studio.cli.headless import save_picture
from glide_studio.cli.shared_options import make_folder
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.models.download import hash_file
from glide_studio.inference.models.model_set import read_model
from glide_studio.training.image_folder import Entry, entries, read_rgb
from glide_studio.training.object_dataset import read_levels
from tests.quality.contact_sheet import grid
from tests.quality.statistics import mean, wilson

Floats = NDArray[np.float32]

FOLDERS = ("photo-cutouts", "renders")
SIZES = (0.2, 0.6)  # sides of an object over the photograph's shorter side
ON_SHEET, ACROSS, CELL = 24, 4, 128
BAD_INPUT = 2  # exit status


@dataclass(frozen=True, slots=True)
class Case:
    """A photograph [h, w, 3] with an object of a noun, where it lies, and the same one without."""

    noun: str
    photo: Floats
    mask: NDArray[np.bool_]
    empty: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """Case number, whether the mask points at the object, its overlap, and whether nothing was found in
    the photograph without."""

    case: int
    pointed: bool
    overlap: float
    absent: bool


def make_cases(root: Path, splits: Sequence[str], count: int, seed: int = 0) -> Iterator[Case]:
    """Iterate over photographs into which a held-out cut-out was composited.

    Raises:
        FileNotFoundError, ValueError: see `image_folder.entries`.
    """
    rng = np.random.default_rng(seed)
    scenes = [entry for split in splits for entry in entries(root / "scenes", split)]
    of_noun: dict[str, list[Entry]] = {}
    for split in splits:
        for folder in FOLDERS:
            for entry in entries(root / folder, split):
                of_noun.setdefault(entry.label.lower(), []).append(entry)
    nouns = sorted(of_noun)
    for _ in range(count):
        empty = read_rgb(scenes[rng.integers(len(scenes))].path).astype(np.float32) / 255
        noun = nouns[rng.integers(len(nouns))]
        found = of_noun[noun]
        cutout = read_levels(found[rng.integers(len(found))].path)[0].astype(np.float32) / 255
        height, width = empty.shape[:2]
        scale = rng.uniform(*SIZES) * min(height, width) / max(cutout.shape[:2])
        size = [max(1, round(side * scale)) for side in cutout.shape[1::-1]]
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        cutout = np.clip(cv2.resize(cutout, size, interpolation=how), 0, 1)
        left, top = rng.integers(width - size[0] + 1), rng.integers(height - size[1] + 1)
        place = np.s_[top : top + size[1], left : left + size[0]]
        photo, alpha = empty.copy(), np.zeros((height, width), np.float32)
        photo[place] = cutout[..., :3] + photo[place] * (1 - cutout[..., 3:])
        alpha[place] = cutout[..., 3]
        yield Case(noun, photo, alpha > 0.5, empty)


def select(engine: LocalEngine, model: str, photo: Floats, words: str) -> NDArray[np.bool_]:
    """Return the mask [h, w] of what words name; empty if it is not found.

    Raises:
        GlideError: if the engine refuses or fails.
    """
    box = Box(0, 0, photo.shape[1], photo.shape[0])
    for update in engine.run(
        Request("select", words, box, image=photo, model=model), lambda: False
    ):
        if isinstance(update, Failed):
            raise GlideError(update.message)
        if isinstance(update, SelectionMask):
            return update.mask > 0.5
    raise GlideError("The run ended without a result.")


def pointed_at(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Return (row, column) of the point of a mask that is farthest from its edge."""
    padded = np.pad(mask, 1).astype(np.uint8)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(distance.argmax()), mask.shape)
    return int(row), int(column)


def show(photo: Floats, mask: NDArray[np.bool_]) -> Floats:
    """Return a photograph with a mask tinted, cut to a square."""
    tinted = photo * np.where(mask, 0.4, 1.0)[..., None] + np.where(mask, 0.6, 0.0)[
        ..., None
    ] * np.float32((1, 0, 0))
    side = min(photo.shape[:2])
    return np.asarray(cv2.resize(tinted[:side, :side], (CELL, CELL)), np.float32)


def measure(
    folder: Path, root: Path, count: int, splits: Sequence[str], log: Path
) -> list[Outcome]:
    """Return the outcome of every case; those in the log are not looked at again.

    Raises:
        GlideError: if the model cannot select.
    """
    model = read_model(folder.resolve())
    engine, key = LocalEngine([model.folder.parent]), hash_file(model.files["classifier"])[:16]
    known = {outcome.case: outcome for outcome in read_outcomes(log, key)}
    for number, case in enumerate(make_cases(root, splits, count)):
        if number in known:
            continue
        mask = select(engine, model.name, case.photo, f"the {case.noun}")
        known[number] = Outcome(
            number,
            bool(mask.any() and case.mask[pointed_at(mask)]),
            float((mask & case.mask).sum() / (mask | case.mask).sum()),
            not select(engine, model.name, case.empty, f"the {case.noun}").any(),
        )
        with open(log, "a", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(known[number]), "key": key}) + "\n")
    return [known[number] for number in range(count)]


def read_outcomes(log: Path, key: str) -> Iterator[Outcome]:
    """Iterate over the outcomes of a stopped run with the same classifier."""
    if log.exists():
        for line in log.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row.pop("key") == key:
                yield Outcome(**row)


def draw_sheet(folder: Path, root: Path, splits: Sequence[str]) -> NDArray[np.uint8]:
    """Draw the first cases, none of them picked: where the object is, and what was found.

    Raises:
        GlideError: if the model cannot select.
    """
    engine = LocalEngine([folder.resolve().parent])
    rows: list[list[Floats]] = [[] for _ in range(ON_SHEET // ACROSS)]
    for number, case in enumerate(make_cases(root, splits, ON_SHEET)):
        mask = select(engine, folder.name, case.photo, f"the {case.noun}")
        rows[number // ACROSS] += [show(case.photo, case.mask), show(case.photo, mask)]
    labels = [""] * len(rows)
    return grid(rows, labels, ["is there", "found"] * ACROSS, CELL)


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns 0, or 2 with one sentence on stderr for bad input."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.selection", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder with a model.json")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--split", nargs="+", default=["test"])
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    parser.add_argument("--sheet", action="store_true", help="draw the first cases too")
    options = parser.parse_args(arguments)
    try:
        make_folder(options.output)
        log = options.output / "selection.jsonl"
        found = measure(options.model, options.data, options.cases, options.split, log)
        if options.sheet:
            sheet = draw_sheet(options.model, options.data, options.split)
            save_picture(options.output / "selection.jpg", sheet.astype(np.float32) / 255)
    except (GlideError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    print(f"{len(found)} photographs with a held-out object, and without")
    print(f"pointing accuracy   {wilson(sum(one.pointed for one in found), len(found))}")
    print(f"mean IoU            {mean(np.array([one.overlap for one in found]))}")
    print(f"rightly not found   {wilson(sum(one.absent for one in found), len(found))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
