"""Texture synthesis: fine detail that an enlarged patch lacks, from similar places of the photo.

Super-resolution by examples (Freeman, Jones, Pasztor, IEEE Computer Graphics and Applications
22(2), 2002) whose examples are the photo's own surroundings (Glasner, Bagon, Irani, ICCV 2009).
From coarse to fine on a Laplacian pyramid (Burt, Adelson 1983), each small square of the patch
looks for a square of the photo that is similar when both are blurred, and takes over what the blur
removes there; a square of low contrast takes less of it. Squares prefer to continue the examples of
their neighbors and of the coarser level (Ashikhmin, "Synthesizing Natural Textures", 2001), so that
a weave or a lawn is copied in pieces and not in crumbs.

Only what is missing is added: where the patch has the energy of the band already, nothing is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from glide_studio.imaging.filters import LUMA_601, gaussian_blur
from glide_studio.imaging.types import BoolMask, Float32, Image

Positions = NDArray[np.int64]  # [..., 2]: row and column of a square's center

SEARCH_RADIUS_PX = 150  # around a mask, where examples are looked for
SYNTHESIZED_OCTAVES = 3  # the finest ones
# A patch with more pixels goes without the finest octaves, so that it ends in seconds.
MAX_PATCH_PIXELS = 1 << 20
SQUARE_PX, STRIDE_PX = 7, 4  # a square's side, and from one to the next; they overlap
HALF_PX = SQUARE_PX // 2
MAX_EXAMPLES, MIN_EXAMPLES = 4000, 64  # squares of the photo that are compared on each level
COLOR_WEIGHT = 8.0  # of a square's mean color beside its structure, whose length is 1
CONTRAST_WEIGHT = 0.5  # of its contrast's logarithm
NOISE_VARIANCE = 1e-5  # 0 .. 1 squared: below it the structure of a square is noise
COHERENCE_BONUS = 0.4  # squared distance that agreeing with one neighbor is worth
COHERENCE_ROUNDS = 2
CONTRAST_EXPONENT = 0.2  # of a square's contrast over its example's, which scales the detail
MAX_DETAIL_GAIN = 2.0
COLOR_SIGMA = 0.25  # of the difference in color, beyond which an example's detail is not used
PALETTE_SIZE, COMMON_FRACTION = (
    400,
    0.05,
)  # squares of the photo's colors; the part that is "common"
COMMON_COLOR_SIGMA = 0.1  # of the difference between an object's color and the photo's common ones
TINT_SIGMA = 0.15  # of the difference in color, beyond which an example's detail is used in gray
ENERGY_SIGMA_PX = 4.0  # of local means of energy
MAX_AVERAGING_GAIN = 2.5  # limit when the energy is restored that averaging squares removes
EPSILON = 1e-8  # energy
NEIGHBORS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def synthesize_texture(
    patch: Image,
    photo: Image,
    inside: BoolMask,
    source: BoolMask,
    *,
    seed: int,
    strength: float = 1.0,
    object_weight: float = 0.0,
) -> Image:
    """Add the detail to `patch` that it lacks beside similar places of `photo`.

    inside: [h, w], where detail is added. source: [h, w], where the photo may be copied from.

    seed: the same seed uses the same examples.
    strength: 0 adds none, 1 all of it.
    object_weight: 0 .. 1, how far the patch is an object with a texture of its own: then only
        squares whose color is common in the photo take the photo's texture; 0 if it continues the
        photo.

    Unchanged where nothing is similar; `patch` itself if `source` is too small.
    """
    if strength <= 0 or not inside.any() or np.count_nonzero(source) < MIN_EXAMPLES:
        return patch
    skipped = max(0, math.ceil(math.log(np.count_nonzero(inside) / MAX_PATCH_PIXELS, 4)))
    pyramid = [_Level(patch, photo, inside, source)]
    while (
        len(pyramid) <= skipped + SYNTHESIZED_OCTAVES
        and min(pyramid[-1].inside.shape) >= 2 * SQUARE_PX
    ):
        pyramid.append(pyramid[-1].downsample())
    rng = np.random.default_rng(seed)
    added, match = np.zeros_like(pyramid[-1].patch), None
    for depth in range(len(pyramid) - 2, -1, -1):
        level, coarser = pyramid[depth], pyramid[depth + 1]
        added = _upsample(added, level.patch)
        if depth < skipped:
            continue
        soft = _upsample(coarser.patch, level.patch)
        blurred = _upsample(coarser.photo, level.photo)
        queries, examples = _Squares.from_image(soft + added), _Squares.from_image(blurred)
        match = _match_squares(queries, examples, level, match, rng, object_weight)
        if match is not None:
            detail = _overlay_detail(match, queries, examples, level.photo - blurred)
            share = np.float32(strength) * _missing_share(detail, level.patch - soft)
            added += (share * level.inside)[..., None] * detail
    return np.where(inside[..., None], np.clip(patch + added, 0, 1), patch)


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """One level of the pyramid: patch and photo [h, w, 3], inside and source [h, w]."""

    patch: Image
    photo: Image
    inside: BoolMask
    source: BoolMask

    def downsample(self) -> _Level:
        """Halve the size; the source loses the pixels that the blur mixes with others."""
        kernel = np.ones((5, 5), np.uint8)
        source = cv2.erode(self.source.astype(np.uint8), kernel, borderValue=1)
        patch, photo = (
            np.asarray(cv2.pyrDown(image, borderType=cv2.BORDER_REFLECT_101), np.float32)
            for image in (self.patch, self.photo)
        )
        return _Level(patch, photo, self.inside[::2, ::2], source[::2, ::2] > 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Squares:
    """All squares of an image. windows: [h - 6, w - 6, 7, 7] gray. mean: mean color, [h, w, 3]."""

    windows: Float32
    mean: Image

    @classmethod
    def from_image(cls, image: Image) -> _Squares:
        gray = np.ascontiguousarray(image @ LUMA_601)
        windows = sliding_window_view(gray, (SQUARE_PX, SQUARE_PX))
        return cls(windows, np.asarray(cv2.blur(image, (SQUARE_PX, SQUARE_PX)), np.float32))

    def features(self, centers: Positions) -> tuple[Float32, Float32]:
        """Compute (features [..., 53], contrast [...]) of the squares around `centers`."""
        rows, columns = centers[..., 0], centers[..., 1]
        square = self.windows[rows - HALF_PX, columns - HALF_PX]
        square = square.reshape(*rows.shape, SQUARE_PX * SQUARE_PX)
        square = square - square.mean(-1, keepdims=True)
        variance = np.square(square).mean(-1, keepdims=True)
        contrast = np.sqrt(variance + np.float32(NOISE_VARIANCE))
        structure = square / (contrast * SQUARE_PX)
        color = np.float32(COLOR_WEIGHT) * self.mean[rows, columns]
        weight = np.float32(CONTRAST_WEIGHT) * np.log(contrast)
        return np.concatenate([structure, color, weight], -1), contrast[..., 0]


@dataclass(frozen=True, slots=True, eq=False)
class _Match:
    """The example in the photo of each square of a grid [H, W] on the patch.

    centers, examples: [H, W, 2]. used: [H, W], squares that reach into the inside. weight: [H, W],
    0 .. 1, how much of its example's detail a square takes.
    """

    centers: Positions
    examples: Positions
    used: BoolMask
    weight: Float32


def _match_squares(
    queries: _Squares,
    photo: _Squares,
    level: _Level,
    coarse: _Match | None,
    rng: np.random.Generator,
    object_weight: float,
) -> _Match | None:
    """Find the example of each square; None if the photo has too few."""
    valid = _valid_centers(level.source)
    candidates = np.argwhere(valid)
    if len(candidates) < MIN_EXAMPLES:
        return None
    if len(candidates) > MAX_EXAMPLES:
        candidates = candidates[rng.choice(len(candidates), MAX_EXAMPLES, replace=False)]
    centers = _center_grid(*level.inside.shape)
    reach = cv2.dilate(level.inside.astype(np.uint8), np.ones((SQUARE_PX, SQUARE_PX), np.uint8))
    used = reach[centers[..., 0], centers[..., 1]] > 0
    if not used.any():
        return None
    features = queries.features(centers[used])[0]
    nearest = candidates[_nearest_rows(features, photo.features(candidates)[0])]
    if coarse is not None:
        nearest = _continue_coarse(nearest, features, centers[used], coarse, photo, valid)
    examples = np.zeros_like(centers)
    examples[used] = nearest
    weight = np.ones(used.shape, np.float32)
    if object_weight > 0:
        common = _color_commonness(queries, centers[used], photo, candidates)
        weight[used] = common ** np.float32(object_weight)
    return _make_coherent(_Match(centers, examples, used, weight), features, photo, valid)


def _color_commonness(
    queries: _Squares, centers: Positions, photo: _Squares, candidates: Positions
) -> Float32:
    """Return [n], 0 .. 1, how common the mean color of each square is in the photo."""
    colors = queries.mean[centers[:, 0], centers[:, 1]]
    some = candidates[:: max(1, len(candidates) // PALETTE_SIZE)]
    palette = photo.mean[some[:, 0], some[:, 1]]
    rank = round(COMMON_FRACTION * (len(palette) - 1))
    distance = [
        np.partition(np.square(part[:, None] - palette).sum(-1), rank, axis=1)[:, rank]
        for part in np.array_split(colors, 1 + len(colors) // 2048)
    ]
    return np.asarray(np.exp(-np.concatenate(distance) / (2 * COMMON_COLOR_SIGMA**2)), np.float32)


def _valid_centers(source: BoolMask) -> BoolMask:
    """Find the centers of squares that lie wholly in the source and in the image."""
    kernel = np.ones((SQUARE_PX, SQUARE_PX), np.uint8)
    solid = cv2.erode(
        source.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return solid > 0


def _center_grid(rows: int, columns: int) -> Positions:
    """Place the centers [H, W, 2] of squares that cover the whole image."""
    ends = (rows - HALF_PX - 1, columns - HALF_PX - 1)
    steps = [
        np.minimum(np.arange(HALF_PX, end + STRIDE_PX, STRIDE_PX), end)
        if end > HALF_PX
        else np.array([HALF_PX])
        for end in ends
    ]
    return np.stack(np.meshgrid(*steps, indexing="ij"), -1).astype(np.int64)


def _nearest_rows(wanted: Float32, known: Float32, rows: int = 2048) -> NDArray[np.int64]:
    """Find [n]: the row of `known` [m, d] nearest to each row of `wanted` [n, d]."""
    lengths = np.square(known).sum(1)
    nearest = [
        np.argmin(lengths - 2 * wanted[start : start + rows] @ known.T, axis=1)
        for start in range(0, len(wanted), rows)
    ]
    return np.concatenate(nearest)


def _distance2(features: Float32, photo: _Squares, examples: Positions) -> Float32:
    """Compute squared distances [...] of `features` [..., d] from squares at `examples`."""
    return np.asarray(np.square(photo.features(examples)[0] - features).sum(-1), np.float32)


def _continue_coarse(
    nearest: Positions,
    features: Float32,
    centers: Positions,
    coarse: _Match,
    photo: _Squares,
    valid: BoolMask,
) -> Positions:
    """Replace `nearest` by the example of the coarser level where that is not much less similar."""
    rows, columns = (
        np.clip(
            (centers[:, axis] // 2 - HALF_PX + STRIDE_PX // 2) // STRIDE_PX,
            0,
            coarse.used.shape[axis] - 1,
        )
        for axis in (0, 1)
    )
    position = 2 * coarse.examples[rows, columns] + centers - 2 * coarse.centers[rows, columns]
    position, allowed = _clamp_centers(position, valid)
    allowed &= coarse.used[rows, columns]
    limit = _distance2(features, photo, nearest) + 2 * COHERENCE_BONUS
    near = _distance2(features, photo, position) < limit
    return np.where((allowed & near)[:, None], position, nearest)


def _make_coherent(match: _Match, features: Float32, photo: _Squares, valid: BoolMask) -> _Match:
    """Let squares continue a neighbor's example where that costs little similarity.

    Iterated conditional modes (Besag 1986) of the distances and a term for each pair of neighbors
    that disagree; squares of one color of a chessboard at a time, since they do not depend on each
    other.
    """
    centers, used = match.centers, match.used
    examples = match.examples.copy()
    number = np.full(used.shape, -1)
    number[used] = np.arange(len(features))
    chessboard = np.indices(used.shape).sum(0) % 2
    for turn in range(2 * COHERENCE_ROUNDS):
        rows, columns = np.nonzero(used & (chessboard == turn % 2))
        own = examples[rows, columns]
        candidates, exists = [own], [np.ones(len(rows), np.bool_)]
        for down, right in NEIGHBORS:
            row = np.clip(rows + down, 0, used.shape[0] - 1)
            column = np.clip(columns + right, 0, used.shape[1] - 1)
            offset = centers[rows, columns] - centers[row, column]
            candidates.append(examples[row, column] + offset)
            exists.append(used[row, column] & ((row != rows) | (column != columns)))
        positions, present = np.stack(candidates, 1), np.stack(exists, 1)
        differs = (positions[:, :, None] != positions[:, None, 1:]).any(-1) & present[:, None, 1:]
        clamped, allowed = _clamp_centers(positions, valid)
        allowed[:, 0] = True
        clamped[:, 0] = own
        # Most neighbors agree already; only squares with one that does not are compared.
        compared = allowed & present & differs[:, 0].any(1)[:, None]
        compared[:, 0] = True
        distance = np.full(compared.shape, np.inf, np.float32)
        which, _ = np.nonzero(compared)
        distance[compared] = _distance2(
            features[number[rows, columns]][which], photo, clamped[compared]
        )
        best = np.argmin(distance + COHERENCE_BONUS * differs.sum(-1), axis=1)
        examples[rows, columns] = clamped[np.arange(len(rows)), best]
    return replace(match, examples=examples)


def _clamp_centers(positions: Positions, valid: BoolMask) -> tuple[Positions, BoolMask]:
    """Move positions into the image; also tell which needed no moving and are valid centers."""
    limits = np.array(valid.shape) - 1
    moved = np.clip(positions, HALF_PX, np.maximum(limits - HALF_PX, HALF_PX))
    return moved, (moved == positions).all(-1) & valid[moved[..., 0], moved[..., 1]]


def _overlay_detail(match: _Match, queries: _Squares, photo: _Squares, band: Image) -> Image:
    """Average the examples' detail [h, w, 3], each square weighted towards its center."""
    centers, examples = match.centers[match.used], match.examples[match.used]
    ratio = queries.features(centers)[1] / photo.features(examples)[1]
    gain = np.minimum(ratio ** np.float32(CONTRAST_EXPONENT), MAX_DETAIL_GAIN)
    query_color = queries.mean[centers[:, 0], centers[:, 1]]
    difference = query_color - photo.mean[examples[:, 0], examples[:, 1]]
    distance = np.square(difference).sum(1)
    gain *= np.exp(-distance / (2 * COLOR_SIGMA**2)) * match.weight[match.used]
    tint = np.exp(-distance / (2 * TINT_SIGMA**2))
    gray = np.repeat((band @ LUMA_601)[..., None], 3, axis=2)
    total, energy = np.zeros_like(band), np.zeros(band.shape[:2], np.float32)
    weight = np.zeros_like(energy)
    window = np.hanning(SQUARE_PX + 2)[1:-1].astype(np.float32)
    for down, right in np.ndindex(SQUARE_PX, SQUARE_PX):
        offset = np.array([down - HALF_PX, right - HALF_PX])
        (rows, columns), origin = (centers + offset).T, tuple((examples + offset).T)
        value = gain[:, None] * (gray[origin] + tint[:, None] * (band[origin] - gray[origin]))
        share = window[down] * window[right]
        # No two squares have one pixel at the same place of theirs, so that none is lost here.
        total[rows, columns] += share * value
        energy[rows, columns] += share * np.square(value).mean(1)
        weight[rows, columns] += share
    covered = np.maximum(weight, EPSILON)
    total /= covered[..., None]
    kept = gaussian_blur(np.square(total).mean(2), ENERGY_SIGMA_PX)
    before = gaussian_blur(np.asarray(energy / covered, np.float32), ENERGY_SIGMA_PX)
    restore = np.clip(np.sqrt(before / (kept + np.float32(EPSILON))), 1, MAX_AVERAGING_GAIN)
    return np.asarray(total * restore[..., None], np.float32)


def _missing_share(detail: Image, own: Image) -> Float32:
    """Compute [h, w], 0 .. 1: how much of `detail` brings `own` to its energy, if independent."""
    want, have = (gaussian_blur(np.square(band).mean(2), ENERGY_SIGMA_PX) for band in (detail, own))
    missing = np.clip(want - have, 0, None) / (want + np.float32(EPSILON))
    return np.asarray(np.sqrt(missing), np.float32)


def _upsample(image: Image, like: Image) -> Image:
    """Double the size of `image` to that of `like`."""
    return np.asarray(cv2.pyrUp(image, dstsize=(like.shape[1], like.shape[0])), np.float32)
