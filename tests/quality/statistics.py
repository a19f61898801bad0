"""Figures with 95 % intervals: shares, means, ratios; and PSNR and gradient energy.

Intervals are percentiles of bootstrap resamples, Wilson's for a single share, since equal outcomes have
no spread to resample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap

Array = NDArray[Any]
Numbers = NDArray[np.float64]

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} .. {self.high:.3f})"


def wilson(hits: int, of: int) -> Interval:
    """Return a share with its Wilson interval.

    Raises:
        ValueError: if nothing was counted.
    """
    if of < 1:
        raise ValueError("A share needs at least one observation.")
    test = binomtest(hits, of)
    interval = test.proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return Interval(hits / of, float(interval.low), float(interval.high))


def bootstrap_groups(
    groups: Sequence[Array], statistic: Callable[[Numbers], Numbers], seed: int
) -> Interval:
    """Return a statistic of the mean over groups of the groups' means, with a percentile interval.

    groups: [n, k] each, one a noun, one row a seed: groups weigh the same. Rows are resampled within
    their group and stay whole. statistic: maps [..., k] to [...].
    """

    def of_rows(*rows: Array, axis: int = -1) -> Numbers:
        means = [
            np.asarray(group, np.float64)[index].mean(axis=axis if axis >= 0 else axis - 1)
            for group, index in zip(groups, rows, strict=True)
        ]
        return statistic(np.mean(means, axis=0))

    rows = [np.arange(len(group)) for group in groups]
    value = float(of_rows(*rows))
    if not np.isfinite(value):
        return Interval(np.nan, np.nan, np.nan)
    if min(map(len, rows)) < 2:
        rows = [np.repeat(index, 2) if len(index) == 1 else index for index in rows]
    result = bootstrap(
        rows,
        of_rows,
        n_resamples=RESAMPLES,
        vectorized=True,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    draws = result.bootstrap_distribution[np.isfinite(result.bootstrap_distribution)]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail]) if len(draws) else (np.nan, np.nan)
    return Interval(value, float(low), float(high))


def mean_of_means(groups: Sequence[Array], seed: int = 0) -> Interval:
    """Return the mean of the means of groups [n]."""
    return bootstrap_groups([group[:, None] for group in groups], lambda m: m[..., 0], seed)


def mean(values: Array, seed: int = 0) -> Interval:
    """Return the mean of [N]."""
    return mean_of_means([np.asarray(values)], seed)


def ratio_of_means(groups: Sequence[Array], seed: int = 0) -> Interval:
    """Return the mean of the first column's means over that of the second's, for groups [n, 2].

    NaN where the second is 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return bootstrap_groups(groups, lambda m: m[..., 0] / m[..., 1], seed)


def psnr(
    picture: NDArray[np.float32],
    original: NDArray[np.float32],
    where: NDArray[np.bool_] | None = None,
) -> float:
    """Peak signal to noise ratio in dB of [h, w, 3], 0 .. 1, over the pixels `where` [h, w]; 99 if equal."""
    squared = (picture.astype(np.float64) - original) ** 2
    error = float(squared.mean() if where is None else squared[where].mean())
    return min(99.0, -10 * np.log10(error)) if error > 0 else 99.0


def gradient_energy(picture: NDArray[np.float32]) -> float:
    """Mean squared difference of neighbouring pixels of [h, w, 3]: how sharp it is."""
    values = picture.astype(np.float64)
    return float((np.diff(values, axis=0) ** 2).mean() + (np.diff(values, axis=1) ** 2).mean())
