"""Removal: holes in photographs, filled by our completion and by other methods, beside the original.

    python -m tests.quality.removal DATA -o FOLDER [--split validation] [--methods NAME ...]

DATA holds `scenes/metadata.jsonl`. Writes `removal.tsv` with a row for every method and case,
`removal.jpg` with every case in the order of the names, and prints the table of means.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
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
    options = parser.parse_args(arguments)
    cases = list(read_cases(options.data / "scenes", options.split))
    judge = Judge()
    originals = [judge.look(case.image) for case in cases]
    filled: dict[str, list[Image]] = {}
    scores: dict[str, list[Scores]] = {}
    for name in options.methods:
        began = time.process_time()
        filled[name] = [methods[name](case.image, case.hole) for case in cases]
        seconds = (time.process_time() - began) / len(cases)
        scores[name] = [
            score(judge, picture, case.image, case.hole, features)
            for picture, case, features in zip(filled[name], cases, originals, strict=True)
        ]
        print(f"{name}: {seconds:.2f} s of processor a case", file=sys.stderr)
    options.output.mkdir(parents=True, exist_ok=True)
    with (options.output / "removal.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["method", "case", "kind", *COLUMNS])
        for name, own in scores.items():
            for case, one in zip(cases, own, strict=True):
                writer.writerow([name, case.name, case.kind, *astuple(one)])
    sheet = make_sheet(cases, filled)
    cv2.imwrite(
        str(options.output / "removal.jpg"), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85]
    )
    print("\t".join(["method", *COLUMNS, "nearer (features)", "nearer (lowpass)"]))
    for row in mean_rows(scores):
        print("\t".join(row))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
