"""Removal: holes in photographs, filled by our completion and by other methods, beside the original.

    python -m tests.quality.removal DATA -o FOLDER [--split validation] [--methods NAME ...]
        [--sheet NAME ...] [--limit SECONDS] [--stop-after SECONDS]

DATA holds `scenes/metadata.jsonl`. Writes `removal.tsv` with a row for every method and case,
`removal.jpg` with every case in the order of the names, and prints the table of means. Some methods
take minutes a picture: what a method has filled is kept in FOLDER, and another run goes on there.
A method that passes `--limit` at a picture has no result there; its means are of the others, and the
table says how many those are and what our completion has on the same ones.

The judge is EfficientNet-Lite0, of `pip install -e '.[evaluate]'`. The other methods need the program
`gmic` and `pip install opencv-contrib-python-headless scikit-image pypatchmatch`, best in an environment
of its own, since opencv-contrib takes OpenCV's place. A method that is not installed is left out; the
split `unseen` needs scikit-image for four of its photographs. For the split `objects`, whole things whose
background is not known, only the pictures and the sheet are written.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.completion.complete import complete
from tests.quality.removal_cases import OBJECTS, Case, read_cases
from tests.quality.removal_metrics import Judge, Scores, score
from tests.quality.removal_rivals import Fill, Hole, Image, rivals

OURS, REFERENCE = "completion", "PyPatchMatch 3"
COLUMNS = tuple(field.name for field in fields(Scores))
TILE = 200  # pixels of a picture's longer side on the sheet


def fill_ours(image: Image, hole: Hole) -> Image:
    """Our completion with its own settings and seed 0."""
    return np.asarray(complete(image, hole).paste(image), np.uint8)


class OutOfTime(Exception):
    """A run is to end here and go on another time."""


def fill_all(
    name: str,
    method: Fill,
    cases: Sequence[Case],
    folder: Path,
    limit: float | None = None,
    deadline: float = float("inf"),
) -> tuple[list[Image | None], float]:
    """The pictures that a method fills, None where it passed `limit`, and its mean processor time, s.

    Each is kept in `folder` as a PNG file whose name holds the seconds, and read from there next time.
    Raises OutOfTime before a picture that would begin after `deadline` (time.monotonic, s).
    """
    own = _kept(folder, name)
    filled: list[Image | None] = []
    times = []
    for case in cases:
        known = list(own.glob(f"{case.name}.*s.png"))
        passed = own / f"{case.name}.passed-the-limit"
        if not known and not passed.exists():
            if time.monotonic() > deadline:
                raise OutOfTime(f"{name}: {len(filled)} of {len(cases)} are filled")
            if limit is None:
                _fill_one(method, case, own)
            elif not _fill_within(limit, method, case, own):
                passed.touch()
            known = list(own.glob(f"{case.name}.*s.png"))
        if not known:
            filled.append(None)
            continue
        picture = cv2.cvtColor(cv2.imread(str(known[0])), cv2.COLOR_BGR2RGB)
        filled.append(np.asarray(picture, np.uint8))
        times.append(float(known[0].name.removeprefix(f"{case.name}.").removesuffix("s.png")))
    return filled, float(np.mean(times)) if times else float("nan")


def _fill_one(method: Fill, case: Case, own: Path) -> None:
    began = _processor_time()
    picture = method(case.image, case.hole)
    spent = _processor_time() - began
    cv2.imwrite(str(own / f"{case.name}.{spent:.3f}s.png"), picture[..., ::-1])


def _fill_within(limit: float, method: Fill, case: Case, own: Path) -> bool:
    """Fill in a process of its own, which is ended with its children after `limit` seconds."""
    child = multiprocessing.get_context("fork").Process(
        target=_fill_as_leader, args=(method, case, own)
    )
    child.start()
    child.join(limit)
    if child.is_alive():
        os.killpg(child.pid, signal.SIGKILL)
        child.join()
        return False
    if child.exitcode != 0:
        raise RuntimeError(f"filling {case.name} failed")
    return True


def _fill_as_leader(method: Fill, case: Case, own: Path) -> None:
    os.setsid()
    _fill_one(method, case, own)


def score_all(
    name: str, filled: Sequence[Image | None], cases: Sequence[Case], folder: Path
) -> list[Scores | None]:
    """The scores of what a method filled, kept in `folder` as `fill_all` keeps the pictures."""
    path = _kept(folder, name) / "scores.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    judge = None
    for case, picture in zip(cases, filled, strict=True):
        if picture is None or case.name in known:
            continue
        judge = judge or Judge()
        known[case.name] = astuple(score(judge, picture, case.image, case.hole))
        path.write_text(json.dumps(known), encoding="utf-8")
    return [Scores(*known[case.name]) if case.name in known else None for case in cases]


def _kept(folder: Path, name: str) -> Path:
    own = folder / "filled" / name.replace(" ", "-").replace("'", "")
    own.mkdir(parents=True, exist_ok=True)
    return own


def _processor_time() -> float:
    """Seconds of this process and of the programs it has called."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def mean_rows(scores: dict[str, list[Scores | None]]) -> list[tuple[str, ...]]:
    """A row for every method: its means, and how often it is nearer than the reference.

    Wins are counted pair by pair, for the feature distance and for the low-pass color error. Last come
    the number of pictures that the method filled and, if that is not all, the completion's low-pass
    error and feature distance on these.
    """
    table = {name: _figures(own) for name, own in scores.items()}
    reference, ours = table.get(REFERENCE), table.get(OURS)
    columns = [COLUMNS.index(name) for name in ("features", "lowpass")]
    rows = []
    for name, values in table.items():
        there = ~np.isnan(values).any(1)
        row = [name, *(f"{value:.3f}" for value in values[there].mean(0))]
        for at in columns:
            if reference is None or name == REFERENCE:
                row.append("")
                continue
            both = there & ~np.isnan(reference[:, at])
            row.append(f"{(values[both, at] < reference[both, at]).mean():.0%}")
        row.append(f"{there.sum()} of {len(there)}")
        if ours is not None and not there.all():
            row += [f"{ours[there, at].mean():.3f}" for at in columns]
        rows.append(tuple(row))
    return rows


def _figures(scores: Sequence[Scores | None]) -> NDArray[np.float64]:
    """[N, 5]: the scores, NaN where there are none."""
    none = (float("nan"),) * len(COLUMNS)
    return np.array([none if one is None else astuple(one) for one in scores])


def make_sheet(cases: Sequence[Case], filled: dict[str, list[Image | None]]) -> NDArray[np.uint8]:
    """Two cases a line: hole, original, then every method."""
    lines = []
    for number, case in enumerate(cases):
        masked = case.image.copy()
        masked[case.hole] = (255, 0, 255)
        pictures = [masked, case.image, *(own[number] for own in filled.values())]
        empty = np.zeros_like(case.image)
        tiles = [_tile(empty if picture is None else picture) for picture in pictures]
        lines.append(np.concatenate(tiles, 1))
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--methods", nargs="+", choices=list(methods), default=list(methods))
    parser.add_argument("--sheet", nargs="+", default=[REFERENCE, OURS], help="methods to show")
    parser.add_argument("--limit", type=float, help="seconds a method may take for one picture")
    parser.add_argument(
        "--stop-after",
        type=float,
        default=float("inf"),
        help="seconds after which no other picture is begun; the same call goes on from there",
    )
    options = parser.parse_args(arguments)
    deadline = time.monotonic() + options.stop_after
    cases = list(read_cases(options.data / "scenes", options.split))
    filled: dict[str, list[Image | None]] = {}
    scores: dict[str, list[Scores | None]] = {}
    try:
        for name in options.methods:
            filled[name], seconds = fill_all(
                name, methods[name], cases, options.output, options.limit, deadline
            )
            print(f"{name}: {seconds:.2f} s of processor a case", file=sys.stderr)
    except OutOfTime as reached:
        print(reached, file=sys.stderr)
        return 3
    shown = {name: filled[name] for name in options.sheet if name in filled}
    sheet = make_sheet(cases, shown)
    cv2.imwrite(
        str(options.output / "removal.jpg"), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75]
    )
    if options.split == OBJECTS:
        return 0
    for name in options.methods:
        scores[name] = score_all(name, filled[name], cases, options.output)
    with (options.output / "removal.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["method", "case", "kind", *COLUMNS])
        for name, own in scores.items():
            for case, one in zip(cases, own, strict=True):
                if one is not None:
                    writer.writerow([name, case.name, case.kind, *astuple(one)])
    nearer = ("nearer (features)", "nearer (lowpass)")
    print("\t".join(["method", *COLUMNS, *nearer, "pictures", "ours on these"]))
    for row in mean_rows(scores):
        print("\t".join(row))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
