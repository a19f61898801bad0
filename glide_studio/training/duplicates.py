"""Find near-duplicates across splits: test pictures must not resemble training pictures.

Two pictures match if their low frequencies are nearly parallel: the discrete cosine transform of a
small version, as in perceptual hashes (Zauner 2010, "Implementation and benchmarking of perceptual
image hash functions", section 3.2), here in color and compared as vectors.
"""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.training.image_folder import Bytes, Entry, entries, read_rgba

SMALL = 32  # pixels of the side that a picture is shrunk to
LOW = 8  # frequencies kept, each way
NEAR = 0.02  # distance below which two pictures are taken for one


def feature(picture: Bytes) -> NDArray[np.float32]:
    """Return the low color frequencies of [H, W, 4] uint8 over gray, a unit vector [189]."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    on_grey = picture[..., :3] * alpha + 127.5 * (1 - alpha)
    small = cv2.resize(on_grey.astype(np.float32), (SMALL, SMALL), interpolation=cv2.INTER_AREA)
    planes = [
        cv2.dct(np.ascontiguousarray(small[..., i]))[:LOW, :LOW].ravel()[1:] for i in range(3)
    ]
    low = np.concatenate(planes)
    return np.asarray(low / max(float(np.linalg.norm(low)), 1e-6), dtype=np.float32)


def near_duplicates(found: list[Entry], near: float = NEAR) -> list[tuple[Entry, Entry, float]]:
    """Return pairs (training picture, picture of another split, 1 - cosine of their features)."""
    train = [entry for entry in found if entry.split == "train"]
    others = [entry for entry in found if entry.split != "train"]
    if not train or not others:
        return []
    known, judged = (
        np.stack([feature(read_rgba(e.path)) for e in some]) for some in (train, others)
    )
    distance = 1 - judged @ known.T
    return [
        (train[place], others[row], float(distance[row, place]))
        for row, place in zip(*np.nonzero(distance < near), strict=True)
    ]


def report_duplicates(root: Path, target: Path) -> int:
    """Write the pairs of each folder of `root` (or of `root` itself) as CSV; return their number.

    Raises:
        FileNotFoundError, ValueError: see `pictures.entries`.
    """
    folders = [table.parent for table in sorted(root.glob("*/metadata.jsonl"))] or [root]
    pairs = [pair for folder in folders for pair in near_duplicates(list(entries(folder)))]
    with open(target, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["train", "other", "split", "distance"])
        for one, two, distance in sorted(pairs, key=lambda pair: pair[2]):
            names = [str(entry.path.relative_to(root)) for entry in (one, two)]
            rows.writerow([*names, two.split, f"{distance:.4f}"])
    return len(pairs)
