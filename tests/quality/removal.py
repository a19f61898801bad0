"""Removal: holes in photographs, filled by our completion and by other methods, beside the original.

    python -m tests.quality.removal DATA -o FOLDER [--split validation] [--methods NAME ...]
        [--sheet NAME ...]

DATA holds `scenes/metadata.jsonl`. Writes `removal.tsv` with a row for every method and case,
`removal.jpg` with every case in the order of the names, and prints the table of means. Some methods
take minutes a picture: what a method has filled is kept in FOLDER, and another run goes on there.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.completion.complete import complete
from tests.quality.removal_cases import Case, read_cases
from tests.quality.removal_metrics import Judge, Scores, score
from tests.quality.removal_rivals import Fill, Hole, Image, rivals

OURS, REFERENCE = "completion", "PyPatchMatch 3"
COLUMNS = tuple(field.name for field in fields(Scores))
TILE = 200  # pixels of a picture's longer side on the sheet


def fill_ours(image: Image, hole: Hole) -> Image:
    """Our completion with its own settings and seed 0."""
    return np.asarray(complete(image, hole).paste(image), np.uint8)


def fill_all(
    name: str, method: Fill, cases: Sequence[Case], folder: Path
) -> tuple[list[Image], float]:
    """The pictures that a method fills, and its mean processor time, seconds.

    Each is kept in `folder` as a PNG file whose name holds the seconds, and read from there next time.
    """
    own = _kept(folder, name)
    filled, seconds = [], 0.0
    for case in cases:
        known = list(own.glob(f"{case.name}.*s.png"))
        if known:
            picture = cv2.cvtColor(cv2.imread(str(known[0])), cv2.COLOR_BGR2RGB)
            spent = float(known[0].name.removeprefix(f"{case.name}.").removesuffix("s.png"))
        else:
            began = _processor_time()
            picture = method(case.image, case.hole)
            spent = _processor_time() - began
            cv2.imwrite(str(own / f"{case.name}.{spent:.3f}s.png"), picture[..., ::-1])
        filled.append(np.asarray(picture, np.uint8))
        seconds += spent
    return filled, seconds / len(cases)


def score_all(
    name: str, filled: Sequence[Image], cases: Sequence[Case], folder: Path
) -> list[Scores]:
    """The scores of what a method filled, kept in `folder` as `fill_all` keeps the pictures."""
    path = _kept(folder, name) / "scores.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = [number for number, case in enumerate(cases) if case.name not in known]
    judge = Judge() if missing else None
    for number in missing:
        assert judge is not None
        case = cases[number]
        known[case.name] = astuple(score(judge, filled[number], case.image, case.hole))
        path.write_text(json.dumps(known), encoding="utf-8")
    return [Scores(*known[case.name]) for case in cases]


def _kept(folder: Path, name: str) -> Path:
    own = folder / "filled" / name.replace(" ", "-").replace("'", "")
    own.mkdir(parents=True, exist_ok=True)
    return own


def _processor_time() -> float:
    """Seconds of this process and of the programs it has called."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def mean_rows(scores: dict[str, list[Scores]]) -> list[tuple[str, ...]]:
    """A row for every method: its means, and how often it is nearer than the reference.

    Wins are counted pair by pair, for the feature distance and for the low-pass color error.
    """
    table = {name: np.array([astuple(one) for one in own]) for name, own in scores.items()}
    reference = table.get(REFERENCE)
    rows = []
    for name, values in table.items():
        row = [name, *(f"{value:.3f}" for value in values.mean(0))]
        for column in ("features", "lowpass"):
            at = COLUMNS.index(column)
            known = reference is not None and name != REFERENCE
            won = (values[:, at] < reference[:, at]).mean() if known else float("nan")
            row.append(f"{won:.0%}" if known else "")
        rows.append(tuple(row))
    return rows


def make_sheet(cases: Sequence[Case], filled: dict[str, list[Image]]) -> NDArray[np.uint8]:
    """Two cases a line: hole, original, then every method."""
    lines = []
    for number, case in enumerate(cases):
        masked = case.image.copy()
        masked[case.hole] = (255, 0, 255)
        pictures = [masked, case.image, *(own[number] for own in filled.values())]
        lines.append(np.concatenate([_tile(picture) for picture in pictures], 1))
    if len(lines) % 2:
        lines.append(np.zeros_like(lines[0]))
    half = len(lines) // 2
    return np.concatenate([np.concatenate(lines[:half]), np.concatenate(lines[half:])], 1)


def _tile(picture: Image) -> Image:
    scale = TILE / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.zeros((TILE, TILE, 3), np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    return tile


def main(arguments: Sequence[str]) -> int:
    """Measure, print the means and write the files."""
    methods: dict[str, Fill] = {OURS: fill_ours, **rivals()}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--methods", nargs="+", choices=list(methods), default=list(methods))
    parser.add_argument("--sheet", nargs="+", default=[REFERENCE, OURS], help="methods to show")
    options = parser.parse_args(arguments)
    cases = list(read_cases(options.data / "scenes", options.split))
    filled: dict[str, list[Image]] = {}
    scores: dict[str, list[Scores]] = {}
    for name in options.methods:
        filled[name], seconds = fill_all(name, methods[name], cases, options.output)
        scores[name] = score_all(name, filled[name], cases, options.output)
        print(f"{name}: {seconds:.2f} s of processor a case", file=sys.stderr)
    with (options.output / "removal.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["method", "case", "kind", *COLUMNS])
        for name, own in scores.items():
            for case, one in zip(cases, own, strict=True):
                writer.writerow([name, case.name, case.kind, *astuple(one)])
    shown = {name: filled[name] for name in options.sheet if name in filled}
    sheet = make_sheet(cases, shown)
    cv2.imwrite(
        str(options.output / "removal.jpg"), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85]
    )
    print("\t".join(["method", *COLUMNS, "nearer (features)", "nearer (lowpass)"]))
    for row in mean_rows(scores):
        print("\t".join(row))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
