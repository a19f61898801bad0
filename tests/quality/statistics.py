"""Figures with their uncertainty: shares, means, ratios, KID; and PSNR and gradient energy.

Intervals are 95 %: percentiles of 2,000 bootstrap resamples (Efron 1979, doi 10.1214/aos/1176344552), or
Wilson's for a single share, since ten equal outcomes have no spread to resample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Numbers = NDArray[np.float64]

RESAMPLES = 2000
Z = 1.959964  # of the normal distribution, two-sided 95 %


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} .. {self.high:.3f})"


def wilson(hits: int, of: int) -> Interval:
    """A share and its interval (Wilson 1927, doi 10.1080/01621459.1927.10502953).

    Raises:
        ValueError: if nothing was counted.
    """
    if of < 1:
        raise ValueError("A share needs at least one observation.")
    share = hits / of
    middle = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
    half = Z / (1 + Z**2 / of) * np.sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    return Interval(share, float(max(0.0, middle - half)), float(min(1.0, middle + half)))


def resampled(groups: Sequence[Array], seed: int) -> tuple[Numbers, Numbers]:
    """(mean over groups of the groups' means [k], the same for every resample [RESAMPLES, k]).

    groups: [n, k] each, one a noun, one row a seed: groups weigh alike, and what belongs together in a
    row stays together. Rows are drawn anew within their own group.
    """
    rng = np.random.default_rng(seed)
    draws = np.zeros((RESAMPLES, groups[0].shape[1]))
    for group in groups:
        rows = rng.integers(len(group), size=(RESAMPLES, len(group)))
        draws += np.asarray(group, np.float64)[rows].mean(1)
    means = np.mean([np.asarray(group, np.float64).mean(0) for group in groups], axis=0)
    return means, draws / len(groups)


def percentiles(value: float, draws: Numbers) -> Interval:
    """The figure between the outer 2.5 % of its finite resamples."""
    draws = draws[np.isfinite(draws)]
    low, high = np.percentile(draws, [2.5, 97.5]) if len(draws) else (np.nan, np.nan)
    return Interval(float(value), float(low), float(high))


def mean_of_means(groups: Sequence[Array], seed: int = 0) -> Interval:
    """The mean of the means of groups [n]."""
    means, draws = resampled([group[:, None] for group in groups], seed)
    return percentiles(means[0], draws[:, 0])


def mean(values: Array, seed: int = 0) -> Interval:
    """The mean of [N]."""
    return mean_of_means([np.asarray(values)], seed)


def ratio_of_means(groups: Sequence[Array], seed: int = 0) -> Interval:
    """The mean of the first column's means over that of the second's, for groups [n, 2].

    Without a value where the second is 0.
    """
    means, draws = resampled(groups, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, ratios = means[0] / means[1], draws[:, 0] / draws[:, 1]
    return percentiles(value if np.isfinite(value) else np.nan, ratios)


def kid(one: Array, other: Array, paired: bool = False) -> float:
    """Kernel inception distance: the unbiased squared MMD under the kernel (x.y / d + 1)^3.

    one: [N, d], other: [M, d], two or more rows each. paired: row i of both is about the same picture
    (M = N); such pairs are left out, since they are no independent draws and would bias it downwards
    (Gretton et al. 2012, JMLR 13, eq. 4). Binkowski et al. 2018 (arXiv 1801.01401), section 4; with this
    judge's features in place of Inception's, so not comparable to figures made with those.

    Raises:
        ValueError: if a set has fewer than two rows.
    """
    if min(len(one), len(other)) < 2:
        raise ValueError("KID needs two pictures or more on either side.")
    x, y = one.astype(np.float64), other.astype(np.float64)

    def kernel(a: Numbers, b: Numbers) -> Numbers:
        return np.asarray((a @ b.T / a.shape[1] + 1) ** 3)

    def off_diagonal(k: Numbers) -> float:
        return float((k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)))

    across = kernel(x, y)
    between = off_diagonal(across) if paired else float(across.mean())
    return off_diagonal(kernel(x, x)) + off_diagonal(kernel(y, y)) - 2 * between


def kid_interval(
    one: Array, other: Array, paired: bool = False, seed: int = 0, parts: int = 200
) -> Interval:
    """KID and its spread over random halves of both sets, the same halves if they are paired.

    A delete-half jackknife (Shao & Wu 1989, doi 10.1214/aos/1176347263), since the repeated rows of a
    bootstrap would count as equal pictures. Without a value if a set has fewer than two rows.
    """
    if min(len(one), len(other)) < 2:
        return Interval(np.nan, np.nan, np.nan)
    whole = kid(one, other, paired)
    rng = np.random.default_rng(seed)
    found = np.empty(parts)
    for part in range(parts):
        first, second = (half(len(rows), rng) for rows in (one, other))
        found[part] = kid(one[first], other[first if paired else second], paired)
    spread = Z * float(np.sqrt(((found - whole) ** 2).mean()))
    return Interval(whole, whole - spread, whole + spread)


def half(count: int, rng: np.random.Generator) -> Array:
    """The indices of a random half of `count` rows, at least two."""
    return rng.permutation(count)[: max(2, count // 2)]


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
