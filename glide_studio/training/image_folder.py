"""Read pictures and captions from image folders.

`metadata.jsonl` has one line a picture with `file_name` and `text`; `split` (train, validation,
test, heldout), `label`, `kind`, `license` and `source` are optional. A folder without that file
holds pictures with a caption each in a text file of the same name: `cup.png` and `cup.txt`;
`cup-mask.png` is the mask of `cup.jpg`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
MASK_SUFFIX = "-mask"  # of the name of a photograph's mask, beside it
OPAQUE = 250  # of 255: a picture whose alpha is nowhere lower is a photograph
NEVER_TRAINED = ("validation", "test")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a `metadata.jsonl`.

    view: the angles in radians from which a rendering was made: to the right and up; None if
    unknown.
    """

    path: Path
    text: str
    label: str
    kind: str
    split: str
    license: str
    source: str
    view: tuple[float, float] | None = None


def entries(folder: Path, split: str | None = None) -> Iterator[Entry]:
    """Iterate over the pictures of a folder, of one split if it is named.

    Raises:
        FileNotFoundError: if there is neither a `metadata.jsonl` nor a picture with its caption.
        ValueError: if a line is not a JSON object with file_name and text, or a caption is empty.
    """
    table = folder / "metadata.jsonl"
    found = _read_metadata(table) if table.exists() else _read_caption_files(folder)
    return (entry for entry in found if split is None or entry.split == split)


def own_entries(folder: Path, split: str, only: Collection[str]) -> list[Entry]:
    """Return the pictures of a user's folder, without masks: of one split and these labels.

    Raises:
        FileNotFoundError, ValueError: see `entries`.
        ValueError: if there is none.
    """
    found = [
        entry
        for entry in entries(folder, split)
        if (not only or entry.label.lower() in only) and not is_mask(entry.path)
    ]
    if not found:
        raise ValueError(f"{folder.name} has no pictures to learn from (split '{split}').")
    return found


def is_mask(path: Path) -> bool:
    """Tell if a picture is the mask of the one beside it."""
    return path.stem.endswith(MASK_SUFFIX)


def _read_metadata(table: Path) -> Iterator[Entry]:
    """Iterate over the lines of a `metadata.jsonl`."""
    for number, line in enumerate(table.read_text("utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            yield Entry(
                path=table.parent / row["file_name"],
                text=row["text"],
                label=row.get("label", row["text"]),
                kind=row.get("kind", "photo"),
                split=row.get("split", "train"),
                license=row.get("license", ""),
                source=row.get("source", ""),
                view=(float(row["view"][0]), float(row["view"][1])) if "view" in row else None,
            )
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise ValueError(
                f"{table.name}, line {number}, is not a picture's entry: {error}."
            ) from None


def _read_caption_files(folder: Path) -> Iterator[Entry]:
    """Iterate over pictures with a caption file of the same name; all are for training."""
    paths = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in SUFFIXES]
    paths = [path for path in paths if not is_mask(path)]
    if not paths:
        raise FileNotFoundError(f"{folder} holds neither a metadata.jsonl nor pictures")
    for path in paths:
        side = path.with_suffix(".txt")
        if not side.exists():
            raise FileNotFoundError(f"{path.name} lacks its caption, the file {side.name}")
        text = " ".join(side.read_text("utf-8").split())
        if not text:
            raise ValueError(f"{side.name} is empty; write the caption of {path.name} into it.")
        yield Entry(path, text, text, "photo", "train", "", "")


def check_trainable(found: Iterable[Entry]) -> None:
    """Check that no picture belongs to an evaluation split.

    Raises:
        ValueError: naming the first one of a split in `NEVER_TRAINED`.
    """
    for entry in found:
        if entry.split in NEVER_TRAINED:
            raise ValueError(
                f"{entry.path.name} belongs to the {entry.split} split, which is never trained on."
            )


def read_rgb(path: Path) -> Bytes:
    """Read [H, W, 3] uint8 RGB; drop transparency.

    Raises:
        ValueError: if the file is not a picture.
    """
    return read_rgba(path)[..., :3]


def read_rgba(path: Path) -> Bytes:
    """Read [H, W, 4] uint8, straight alpha, 255 where the file has none.

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
    """Downscale by area averaging so that the shorter side is at most `side`."""
    height, width = picture.shape[:2]
    scale = side / min(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
