"""Pictures and captions from imagefolders: `metadata.jsonl` beside the files, one line a picture.

Lines have `file_name` and `text`; `split` (train, validation, test, heldout), `label`, `kind`, `license`
and `source` are kept where they stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a `metadata.jsonl`."""

    path: Path
    text: str
    label: str
    kind: str
    split: str
    license: str
    source: str


def entries(folder: Path, split: str | None = None) -> Iterator[Entry]:
    """The lines of a folder, those of one split only if it is named.

    Raises:
        FileNotFoundError: if there is no `metadata.jsonl`.
        ValueError: if a line is not a JSON object with file_name and text.
    """
    table = folder / "metadata.jsonl"
    for number, line in enumerate(table.read_text("utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            entry = Entry(
                path=folder / row["file_name"],
                text=row["text"],
                label=row.get("label", row["text"]),
                kind=row.get("kind", "photo"),
                split=row.get("split", "train"),
                license=row.get("license", ""),
                source=row.get("source", ""),
            )
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(
                f"{table.name}, line {number}, is not a picture's entry: {error}."
            ) from None
        if split is None or entry.split == split:
            yield entry


def read_rgb(path: Path) -> Bytes:
    """[H, W, 3] uint8 in RGB; transparency is dropped.

    Raises:
        ValueError: if the file is not a picture.
    """
    return read_rgba(path)[..., :3]


def read_rgba(path: Path) -> Bytes:
    """[H, W, 4] uint8, straight alpha, 255 where the file has none.

    Raises:
        ValueError: if the file is not a picture.
    """
    raw = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if raw is None:
        raise ValueError(f"{path.name} is not a picture.")
    if raw.dtype == np.uint16:
        raw = (raw // 257).astype(np.uint8)
    if raw.ndim == 2:
        raw = np.stack([raw] * 3, axis=-1)
    alpha = raw[..., 3:] if raw.shape[2] == 4 else np.full((*raw.shape[:2], 1), 255, np.uint8)
    return np.concatenate([raw[..., 2::-1], alpha], axis=-1).astype(np.uint8)


def shrink(picture: Bytes, side: int) -> Bytes:
    """The picture with its shorter side at most `side`, by area averaging."""
    height, width = picture.shape[:2]
    scale = side / min(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
