"""Does a picture show the noun? By the judge's classes, or by the nearest of all nouns' prototypes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError

Floats = NDArray[np.float32]
NEAREST = 5  # as many nouns may be nearest as classes may be likeliest


def read_classes(path: Path) -> dict[str, frozenset[int]]:
    """noun -> classes of ImageNet, from a table whose first two columns are "noun" and "3,7-9".

    Raises:
        GlideError: if a line is not of that form.
    """
    table: dict[str, frozenset[int]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            noun, classes = line.split("\t")[:2]
            table[noun] = frozenset(c for part in classes.split(",") for c in span(part))
        except ValueError:
            raise GlideError(
                f"Line {number} of {path.name} does not name a noun's classes; correct it."
            ) from None
    return table


def span(text: str) -> range:
    """ "7" or "7-9" as a range of classes.

    Raises:
        ValueError: if it is neither, or leaves 0 .. 999.
    """
    first, _, last = text.partition("-")
    found = range(int(first), int(last or first) + 1)
    if not found or found[0] < 0 or found[-1] > 999:
        raise ValueError(text)
    return found


class Prototypes:
    """One point a noun in the judge's pooled features: the mean of its real pictures.

    features: noun -> [n, d]. Compared by the cosine of what is left after the mean of all nouns.
    """

    def __init__(self, features: Mapping[str, Floats]) -> None:
        self.nouns = tuple(features)
        means = np.stack([rows.mean(0) for rows in features.values()])
        self.middle = means.mean(0)
        self.points = unit(means - self.middle)

    def near(self, pooled: Floats, noun: str) -> NDArray[np.bool_]:
        """[N]: whether the noun is among the five nearest of each row of `pooled` [N, d]."""
        likeness = unit(pooled - self.middle) @ self.points.T
        own = likeness[:, self.nouns.index(noun)]
        found: NDArray[np.bool_] = (likeness > own[:, None]).sum(1) < NEAREST
        return found


def unit(rows: Floats) -> Floats:
    """[N, d] at length 1."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-12), np.float32)


def named(top: NDArray[np.int64], classes: frozenset[int]) -> NDArray[np.bool_]:
    """[N]: whether one of the five likeliest classes [N, 5] is the noun's."""
    return np.asarray(np.isin(top, list(classes)).any(axis=1))
