"""Texture: the fine detail that an enlarged patch lacks, borrowed from where the photo looks like it.

Super-resolution by examples (Freeman, Jones, Pasztor, IEEE Computer Graphics and Applications 22(2), 2002)
whose examples are the photo's own surroundings (Glasner, Bagon, Irani, ICCV 2009). From coarse to fine on
a Laplacian pyramid (Burt, Adelson 1983), each small square of the patch looks for a square of the photo that
is alike when both are blurred, and takes over what the blur hides there, a calm square less of it. Squares
prefer to go on where their neighbours and the coarser level left off (Ashikhmin, "Synthesizing Natural
Textures", 2001), so that a weave or a lawn is copied in pieces and not in crumbs.

Only what is missing is added: where the patch has the band's energy already, nothing is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from glide_studio.imaging.types import Picture, Plane, Where, blur

Points = NDArray[np.int64]  # [..., 2]: row and column of a square's middle
Numbers = NDArray[np.float32]

REACH = 150  # pixels around a mask that are looked at for examples
BANDS = 3  # octaves that are made, the finest ones
# A patch with more pixels goes without the finest octaves, so that it ends in seconds.
LARGEST = 1 << 20
SIDE, STEP = 7, 4  # pixels of a square's side, and from one to the next; they overlap
HALF = SIDE // 2
EXAMPLES, FEWEST = 4000, 64  # squares of the photo that are compared on each level
COLOR = 8.0  # weight of a square's mean color beside its structure, whose length is 1
CONTRAST = 0.5  # weight of its contrast's logarithm
CALM = 1e-5  # variance, 0 .. 1 squared, below which a square's structure is noise
COHERENCE = 0.4  # squared distance that agreeing with one neighbour is worth
ROUNDS = 2
MEEK = 0.2  # power of a square's contrast over its example's by which the detail is scaled
MOST = 2.0  # times an example's detail is raised
ALIKE = 0.25  # standard deviation of the difference in color, beyond which detail is not believed
PALETTE, USUAL = 400, 0.05  # squares that tell the photo's colors; the part that makes one usual
FAMILIAR = 0.1  # the same for a thing's color and the photo's usual ones
TINTED = 0.15  # the same for its tint: another thing's texture may fit where its tint does not
NEAR = 4.0  # standard deviation in pixels of the means of energy
BLENDED = 2.5  # most that is given back of the energy that averaging takes
NOTHING = 1e-8  # energy
GREY = np.array([0.299, 0.587, 0.114], np.float32)
NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def borrow_texture(
    patch: Picture,
    photo: Picture,
    inside: Where,
    source: Where,
    *,
    seed: int,
    strength: float = 1.0,
    thing: float = 0.0,
) -> Picture:
    """`patch` with the detail added in `inside` that it lacks beside like places of `photo` in `source`.

    The same seed looks at the same examples. strength: 0 adds none. thing: 0 .. 1, how far the patch is no
    continuation of the photo but a thing with a texture of its own: then only squares of a color that is
    usual around get the photo's. Unchanged where nothing is alike, and as a whole if `source` is too small.
    """
    if strength <= 0 or not inside.any() or np.count_nonzero(source) < FEWEST:
        return patch
    fine = max(0, math.ceil(math.log(np.count_nonzero(inside) / LARGEST, 4)))
    pyramid = [_Level(patch, photo, inside, source)]
    while len(pyramid) <= fine + BANDS and min(pyramid[-1].inside.shape) >= 2 * SIDE:
        pyramid.append(pyramid[-1].coarser())
    rng = np.random.default_rng(seed)
    added, found = np.zeros_like(pyramid[-1].patch), None
    for depth in range(len(pyramid) - 2, -1, -1):
        level, below = pyramid[depth], pyramid[depth + 1]
        added = _enlarged(added, level.patch)
        if depth < fine:
            continue
        soft, blurred = _enlarged(below.patch, level.patch), _enlarged(below.photo, level.photo)
        asking, known = _Squares.of(soft + added), _Squares.of(blurred)
        found = _matched(asking, known, level, found, rng, thing)
        if found is not None:
            detail = _laid(found, asking, known, level.photo - blurred)
            share = np.float32(strength) * _lacking(detail, level.patch - soft) * level.inside
            added += share[..., None] * detail
    return np.where(inside[..., None], np.clip(patch + added, 0, 1), patch)


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """One size of what is looked at."""

    patch: Picture
    photo: Picture
    inside: Where
    source: Where

    def coarser(self) -> _Level:
        """Half the size. Of the source only what a blur does not mix with anything else."""
        whole = cv2.erode(self.source.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1)
        patch, photo = (
            np.asarray(cv2.pyrDown(picture, borderType=cv2.BORDER_REFLECT_101), np.float32)
            for picture in (self.patch, self.photo)
        )
        return _Level(patch, photo, self.inside[::2, ::2], whole[::2, ::2] > 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Squares:
    """What all squares of a picture look like. windows: [h - 6, w - 6, 7, 7] grey. mean: [h, w, 3]."""

    windows: Numbers
    mean: Picture

    @classmethod
    def of(cls, picture: Picture) -> _Squares:
        windows = sliding_window_view(np.ascontiguousarray(picture @ GREY), (SIDE, SIDE))
        return cls(windows, np.asarray(cv2.blur(picture, (SIDE, SIDE)), np.float32))

    def at(self, middles: Points) -> tuple[Numbers, Numbers]:
        """(features [..., 53], contrast [...]) of the squares around `middles`."""
        rows, columns = middles[..., 0], middles[..., 1]
        square = self.windows[rows - HALF, columns - HALF].reshape(*rows.shape, SIDE * SIDE)
        square = square - square.mean(-1, keepdims=True)
        contrast = np.sqrt(np.square(square).mean(-1, keepdims=True) + np.float32(CALM))
        structure = square / (contrast * SIDE)
        color = np.float32(COLOR) * self.mean[rows, columns]
        weight = np.float32(CONTRAST) * np.log(contrast)
        return np.concatenate([structure, color, weight], -1), contrast[..., 0]


@dataclass(frozen=True, slots=True, eq=False)
class _Match:
    """For squares on a grid, the squares of the photo that they are given.

    middles, examples: [H, W, 2]. used: [H, W], squares that reach into what is made. believed: [H, W], 0 .. 1,
    how far they may take the photo's detail at all.
    """

    middles: Points
    examples: Points
    used: Where
    believed: Numbers


def _matched(
    low: _Squares,
    photo: _Squares,
    level: _Level,
    coarse: _Match | None,
    rng: np.random.Generator,
    thing: float,
) -> _Match | None:
    """The example of each square, None if the photo has too few."""
    whole = _whole(level.source)
    known = np.argwhere(whole)
    if len(known) < FEWEST:
        return None
    if len(known) > EXAMPLES:
        known = known[rng.choice(len(known), EXAMPLES, replace=False)]
    middles = _grid(*level.inside.shape)
    reach = cv2.dilate(level.inside.astype(np.uint8), np.ones((SIDE, SIDE), np.uint8))
    used = reach[middles[..., 0], middles[..., 1]] > 0
    if not used.any():
        return None
    wanted = low.at(middles[used])[0]
    first = known[_nearest(wanted, photo.at(known)[0])]
    if coarse is not None:
        first = _continued(first, wanted, middles[used], coarse, photo, whole)
    examples = np.zeros_like(middles)
    examples[used] = first
    believed = np.ones(used.shape, np.float32)
    if thing > 0:
        believed[used] = _usual(low, middles[used], photo, known) ** np.float32(thing)
    return _agreed(_Match(middles, examples, used, believed), wanted, photo, whole)


def _usual(low: _Squares, middles: Points, photo: _Squares, known: Points) -> Numbers:
    """[n], 0 .. 1: whether the color of each square is a usual one in the photo here."""
    colors = low.mean[middles[:, 0], middles[:, 1]]
    some = known[:: max(1, len(known) // PALETTE)]
    palette = photo.mean[some[:, 0], some[:, 1]]
    rank = round(USUAL * (len(palette) - 1))
    far = [
        np.partition(np.square(part[:, None] - palette).sum(-1), rank, axis=1)[:, rank]
        for part in np.array_split(colors, 1 + len(colors) // 2048)
    ]
    return np.asarray(np.exp(-np.concatenate(far) / (2 * FAMILIAR**2)), np.float32)


def _whole(source: Where) -> Where:
    """Middles of squares that lie in the source and in the picture."""
    kernel = np.ones((SIDE, SIDE), np.uint8)
    solid = cv2.erode(
        source.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return solid > 0


def _grid(rows: int, columns: int) -> Points:
    """[H, W, 2]: middles of squares that cover the whole picture."""
    ends = (rows - HALF - 1, columns - HALF - 1)
    steps = [
        np.minimum(np.arange(HALF, end + STEP, STEP), end) if end > HALF else np.array([HALF])
        for end in ends
    ]
    return np.stack(np.meshgrid(*steps, indexing="ij"), -1).astype(np.int64)


def _nearest(wanted: Numbers, known: Numbers, rows: int = 2048) -> NDArray[np.int64]:
    """[n]: the row of `known` [m, d] nearest to each of `wanted` [n, d]."""
    lengths = np.square(known).sum(1)
    found = [
        np.argmin(lengths - 2 * wanted[start : start + rows] @ known.T, axis=1)
        for start in range(0, len(wanted), rows)
    ]
    return np.concatenate(found)


def _far(wanted: Numbers, photo: _Squares, examples: Points) -> Numbers:
    """Squared distances [...] of `wanted` [..., d] from the squares around `examples` [..., 2]."""
    return np.asarray(np.square(photo.at(examples)[0] - wanted).sum(-1), np.float32)


def _continued(
    first: Points,
    wanted: Numbers,
    middles: Points,
    coarse: _Match,
    photo: _Squares,
    whole: Where,
) -> Points:
    """`first`, or where the coarser level looked, if that is not much farther."""
    rows, columns = (
        np.clip((middles[:, axis] // 2 - HALF + STEP // 2) // STEP, 0, coarse.used.shape[axis] - 1)
        for axis in (0, 1)
    )
    there = 2 * coarse.examples[rows, columns] + middles - 2 * coarse.middles[rows, columns]
    there, able = _inside(there, whole)
    able &= coarse.used[rows, columns]
    near = _far(wanted, photo, there) < _far(wanted, photo, first) + 2 * COHERENCE
    return np.where((able & near)[:, None], there, first)


def _agreed(match: _Match, wanted: Numbers, photo: _Squares, whole: Where) -> _Match:
    """Squares may go on where a neighbour's example does, which is worth more than the very nearest.

    Iterated conditional modes (Besag 1986) of the distances and a term for each pair of neighbours that
    disagree; squares of one color of a chessboard at a time, since they do not see each other.
    """
    middles, used = match.middles, match.used
    examples = match.examples.copy()
    number = np.full(used.shape, -1)
    number[used] = np.arange(len(wanted))
    chessboard = np.indices(used.shape).sum(0) % 2
    for turn in range(2 * ROUNDS):
        rows, columns = np.nonzero(used & (chessboard == turn % 2))
        own = examples[rows, columns]
        candidates, there = [own], [np.ones(len(rows), np.bool_)]
        for down, right in NEIGHBOURS:
            row = np.clip(rows + down, 0, used.shape[0] - 1)
            column = np.clip(columns + right, 0, used.shape[1] - 1)
            moved = middles[rows, columns] - middles[row, column]
            candidates.append(examples[row, column] + moved)
            there.append(used[row, column] & ((row != rows) | (column != columns)))
        places, exists = np.stack(candidates, 1), np.stack(there, 1)
        differs = (places[:, :, None] != places[:, None, 1:]).any(-1) & exists[:, None, 1:]
        inner, able = _inside(places, whole)
        able[:, 0] = True
        inner[:, 0] = own
        # Most neighbours agree already; only what they do not share is compared.
        new = able & exists & differs[:, 0].any(1)[:, None]
        new[:, 0] = True
        distance = np.full(new.shape, np.inf, np.float32)
        which, _ = np.nonzero(new)
        distance[new] = _far(wanted[number[rows, columns]][which], photo, inner[new])
        best = np.argmin(distance + COHERENCE * differs.sum(-1), axis=1)
        examples[rows, columns] = inner[np.arange(len(rows)), best]
    return replace(match, examples=examples)


def _inside(places: Points, whole: Where) -> tuple[Points, Where]:
    """(places moved into the picture, whether a whole square of the source was there)."""
    limits = np.array(whole.shape) - 1
    moved = np.clip(places, HALF, np.maximum(limits - HALF, HALF))
    return moved, (moved == places).all(-1) & whole[moved[..., 0], moved[..., 1]]


def _laid(match: _Match, low: _Squares, photo: _Squares, band: Picture) -> Picture:
    """[h, w, 3]: the examples' detail, square over square, each fading to its edges."""
    middles, examples = match.middles[match.used], match.examples[match.used]
    ratio = low.at(middles)[1] / photo.at(examples)[1]
    gain = np.minimum(ratio ** np.float32(MEEK), MOST)
    colors = low.mean[middles[:, 0], middles[:, 1]] - photo.mean[examples[:, 0], examples[:, 1]]
    far = np.square(colors).sum(1)
    gain *= np.exp(-far / (2 * ALIKE**2)) * match.believed[match.used]
    tint = np.exp(-far / (2 * TINTED**2))
    grey = np.repeat((band @ GREY)[..., None], 3, axis=2)
    total, energy = np.zeros_like(band), np.zeros(band.shape[:2], np.float32)
    weight = np.zeros_like(energy)
    hill = np.hanning(SIDE + 2)[1:-1].astype(np.float32)
    for down, right in np.ndindex(SIDE, SIDE):
        moved = np.array([down - HALF, right - HALF])
        (rows, columns), there = (middles + moved).T, tuple((examples + moved).T)
        value = gain[:, None] * (grey[there] + tint[:, None] * (band[there] - grey[there]))
        share = hill[down] * hill[right]
        # No two squares have one pixel at the same place of theirs, so that none is lost here.
        total[rows, columns] += share * value
        energy[rows, columns] += share * np.square(value).mean(1)
        weight[rows, columns] += share
    covered = np.maximum(weight, NOTHING)
    total /= covered[..., None]
    kept = blur(np.square(total).mean(2), NEAR)
    before = blur(np.asarray(energy / covered, np.float32), NEAR)
    lost = np.sqrt(before / (kept + np.float32(NOTHING)))
    return np.asarray(total * np.clip(lost, 1, BLENDED)[..., None], np.float32)


def _lacking(detail: Picture, own: Picture) -> Plane:
    """[h, w], 0 .. 1: how much of `detail` brings `own` to its energy, both being independent."""
    want, have = (blur(np.square(band).mean(2), NEAR) for band in (detail, own))
    lacking = np.clip(want - have, 0, None) / (want + np.float32(NOTHING))
    return np.asarray(np.sqrt(lacking), np.float32)


def _enlarged(picture: Picture, like: Picture) -> Picture:
    """Twice the size, that of `like`."""
    twice = cv2.pyrUp(picture, dstsize=(like.shape[1], like.shape[0]))
    return np.asarray(twice, np.float32)
