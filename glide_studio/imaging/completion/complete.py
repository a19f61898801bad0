"""Fill the hole of a photograph from its other pixels: one result, or several candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np

from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_margins import (
    like_the_border,
    margins_around,
    mirror_beside,
    source_rows,
)
from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.pyramid import Bools, Floats, Level, pick_radius
from glide_studio.imaging.completion.solver import CompletionCancelled, solve
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Pixels
from glide_studio.translation import translate

Progress = Callable[[float], None]  # told the share that is done, 0 .. 1
IsCancelled = Callable[[], bool]

CONTEXT = 1.0  # of the square root of the hole's area: what is looked at around it
LEAST_CONTEXT = 64  # pixels
DISSENT_SIGMA = 6.0  # pixels: colors and light, without texture
OVERUSE = 1.0  # of `Settings`, where a canvas is extended
APART = 48  # holes with fewer pixels between them are filled together


class Variant(Enum):
    """How a candidate is made. Each differs in more than its random numbers.

    BALANCED: patches of 7 pixels. STRUCTURE: patches of 11 pixels and more of the shifts by which
    the picture repeats itself, for lines and patterns. TEXTURE: patches of 9 pixels, led by
    texture, colors as they are. NEAR: takes from the closest surroundings alone. MIRRORED: margins
    beside a picture take from its mirror image too, which has no step where it begins; for anything
    else it is BALANCED, so `candidates` leaves it out.
    """

    BALANCED = "balanced"
    STRUCTURE = "structure"
    TEXTURE = "texture"
    NEAR = "near"
    MIRRORED = "mirrored"


SETTINGS = {
    Variant.BALANCED: Settings(),
    Variant.STRUCTURE: Settings(radius=5, shifts=48, seam=300.0, runs=1),
    Variant.TEXTURE: Settings(radius=4, texture=12.0, bias=0.0, shifts=0, runs=1),
    Variant.NEAR: Settings(runs=1),
    Variant.MIRRORED: Settings(strips=False),
}


@dataclass(frozen=True, slots=True)
class Completion:
    """A filled hole.

    box: where it lies in the image. pixels: [box.height, box.width, C] in the image's dtype;
    outside of the hole they are the image's own. hole: bool [box.height, box.width]. error: 0 ..
    255, root mean square by which the copies that fill the hole differ along their seams. dissent:
    0 .. 255, how far its colors are, blurred, from those of the other candidates; 0 if there is
    none.
    """

    box: Box
    pixels: Pixels
    hole: Bools
    variant: Variant
    seed: int
    error: float
    dissent: float = 0.0

    def paste(self, image: Pixels) -> Pixels:
        """Return a copy of the whole image with the hole filled; only pixels of the hole differ."""
        filled = image.copy()
        filled[self.box.slices] = self.pixels
        return filled


@dataclass(frozen=True, slots=True)
class _Work:
    """The input, checked: image [H, W, C], hole, what may be taken from, and what is avoided.

    known: the box that the hole surrounds, if that is all of the hole, as when a canvas is
    extended.
    """

    image: Pixels
    hole: Bools
    source: Bools
    avoid: Bools | None
    known: Box | None


def complete(
    image: Pixels,
    hole: Bools,
    *,
    source: Bools | None = None,
    avoid: Bools | None = None,
    seed: int = 0,
    variant: Variant = Variant.BALANCED,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Completion:
    """Fill `hole` from the rest of `image`; the same input and seed give the same pixels.

    image: uint8 or uint16 [H, W], [H, W, 3] RGB or [H, W, 4] with straight alpha.
    hole: bool [H, W].
    source: bool [H, W], only these pixels may be taken from; None for all. avoid: bool [H, W],
    these may not. progress and is_cancelled are called from the same thread, several times a
    second.

    Raises:
        GlideError: if nothing or everything is masked, nothing is left to take from, or the masks
            are of another size than the image.
        CompletionCancelled: as soon as is_cancelled() is true.
    """
    work = _check_input(image, hole, source, avoid)

    def check(done: float) -> None:
        if is_cancelled is not None and is_cancelled():
            raise CompletionCancelled
        if progress is not None:
            progress(done)

    return _fill_groups(work, source is not None, seed, variant, check)


def candidates(
    image: Pixels,
    hole: Bools,
    *,
    count: int = 4,
    source: Bools | None = None,
    avoid: Bools | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> list[Completion]:
    """Fill `hole` in `count` different ways, the most likely first; else as `complete`.

    The most likely is the one that the others are most like: solutions agree on what the
    surroundings demand, and differ in their mistakes. That tells the truth more often than the cost
    of the seams does.
    """
    if count < 1:
        raise GlideError(
            translate("Complete", "At least one candidate is needed, not {count}.").format(
                count=count
            )
        )
    work = _check_input(image, hole, source, avoid)
    variants = [variant for variant in Variant if variant is not Variant.MIRRORED]
    found = []
    for number in range(count):

        def check(done: float, number: int = number) -> None:
            if is_cancelled is not None and is_cancelled():
                raise CompletionCancelled
            if progress is not None:
                progress((number + done) / count)

        variant = variants[number % len(variants)]
        own = seed + number // len(variants)
        found.append(_fill_groups(work, source is not None, own, variant, check))
    rated = _rate(found)
    return sorted(rated, key=lambda completion: (round(completion.dissent, 3), completion.error))


def surroundings(
    image: Pixels, hole: Bools, *, source: Bools | None = None, avoid: Bools | None = None
) -> Box:
    """Return what `complete` and `candidates` look at: with all else cut off they do the same.

    Arguments and errors are those of `complete`.
    """
    work = _check_input(image, hole, source, avoid)
    if work.known is not None:  # the border of all that is known is looked at
        return Box(0, 0, hole.shape[1], hole.shape[0])
    radius = max(settings.radius for settings in SETTINGS.values())
    box = bounding_box(work.hole)
    for inner, _ in _groups(work.hole, box):
        box = box.union(_context(work, inner, radius, source is not None))
    return box


def _rate(found: list[Completion]) -> list[Completion]:
    """Set each candidate's `dissent`: its mean distance from the others after a blur."""
    if len(found) < 2:
        return found
    hole = found[0].hole
    scale = np.float32(255 / np.iinfo(found[0].pixels.dtype).max)
    colors = [
        cv2.GaussianBlur(one.pixels.astype(np.float32), (0, 0), DISSENT_SIGMA)[hole] * scale
        for one in found
    ]
    rated = []
    for one, own in zip(found, colors, strict=True):
        apart = sum(float(np.abs(own - other).mean()) for other in colors)
        rated.append(replace(one, dissent=apart / (len(found) - 1)))
    return rated


def warm_up() -> None:
    """Compile the loops, or load them from disk, so that the first stroke does not wait for it."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    hole = np.zeros((64, 64), np.bool_)
    hole[20:40, 20:40] = True
    complete(image, hole)


def _check_input(image: Pixels, hole: Bools, source: Bools | None, avoid: Bools | None) -> _Work:
    if image.dtype not in (np.uint8, np.uint16) or image.ndim not in (2, 3):
        raise TypeError(f"An image is uint8 or uint16 [H, W, C], not {image.dtype} {image.shape}.")
    if image.ndim == 3 and image.shape[2] not in (1, 3, 4):
        raise TypeError(f"An image has 1, 3 or 4 channels, not {image.shape[2]}.")
    height, width = image.shape[:2]
    masks = {
        translate("Complete", "mask"): hole,
        translate("Complete", "mask of where to take from"): source,
        translate("Complete", "mask of what to avoid"): avoid,
    }
    for name, mask in masks.items():
        if mask is not None and mask.shape != (height, width):
            raise GlideError(
                translate(
                    "Complete",
                    "The {name} is {mask_width} x {mask_height} pixels, the picture {width} x "
                    "{height}; give it the picture's size.",
                ).format(
                    name=name,
                    mask_width=mask.shape[1],
                    mask_height=mask.shape[0],
                    width=width,
                    height=height,
                )
            )
    hole = np.asarray(hole, np.bool_)
    box = bounding_box(hole)
    if box.empty:
        raise GlideError(
            translate("Complete", "Nothing is masked; paint over what is to be removed.")
        )
    if box.area == height * width and hole.all():
        raise GlideError(
            translate(
                "Complete",
                "The whole picture is masked, so nothing is left to fill it from; leave a part"
                " unmasked.",
            )
        )
    usable = ~hole if source is None else ~hole & np.asarray(source, np.bool_)
    if avoid is not None:
        usable &= ~np.asarray(avoid, np.bool_)
    if not usable.any():
        raise GlideError(
            translate(
                "Complete",
                "Nothing is left to take from: all of the picture is masked, avoided or outside of "
                "the area to take from; make that area larger.",
            )
        )
    known = None if source is not None else margins_around(hole)
    return _Work(image, hole, usable, None if avoid is None else np.asarray(avoid, np.bool_), known)


def _fill_groups(
    work: _Work, chosen: bool, seed: int, variant: Variant, check: Callable[[float], None]
) -> Completion:
    """Fill the holes, group after group where they lie far apart."""
    box = bounding_box(work.hole)
    pixels = work.image[box.slices].copy()
    groups = _groups(work.hole, box)
    total = float(sum(here.sum() for _, here in groups))
    done, error = 0.0, 0.0
    for inner, here in groups:
        share = float(here.sum()) / total
        start = done

        def part(step: float, start: float = start, share: float = share) -> None:
            check(start + step * share)

        filled, its_error = _fill_group(work, inner, chosen, seed, variant, part)
        target = pixels[inner.move(-box.x, -box.y).slices]
        target[here] = filled[here]
        error += share * its_error
        done += share
    return Completion(box, pixels, work.hole[box.slices].copy(), variant, seed, error)


def _groups(hole: Bools, box: Box) -> list[tuple[Box, Bools]]:
    """Return boxes of holes that lie apart, each with its own part of the hole, bool [h, w].

    They are told apart on a mask reduced to APART pixels a cell, so that large pictures cost
    little.
    """
    cell = APART // 2
    rows, columns = -(-box.height // cell), -(-box.width // cell)
    if rows * columns <= 4:
        return [(box, hole[box.slices])]
    padded = np.zeros((rows * cell, columns * cell), np.bool_)
    padded[: box.height, : box.width] = hole[box.slices]
    cells = np.asarray(padded.reshape(rows, cell, columns, cell).any((1, 3)), np.uint8)
    count, labels = cv2.connectedComponents(cells, connectivity=8)
    found = []
    for label in range(1, count):
        mine = np.repeat(np.repeat(labels == label, cell, 0), cell, 1)
        part = padded & mine
        inner = bounding_box(part)
        found.append((inner.move(box.x, box.y), part[inner.slices]))
    return found


def _fill_group(
    work: _Work, box: Box, chosen: bool, seed: int, variant: Variant, check: Callable[[float], None]
) -> tuple[Pixels, float]:
    """Return the pixels of one group's box, filled where the hole is, and their error."""
    settings = SETTINGS[variant]
    if work.known is not None:
        like = like_the_border(work.image, work.source, work.known, box)
        work = replace(work, source=like)
    crop = _context(work, box, settings.radius, chosen)
    hole = work.hole[crop.slices]
    source = work.source[crop.slices]
    if variant is Variant.NEAR:
        source = _near(source, hole, settings.radius)
    image = work.image[crop.slices]
    values, scale = _to_working(image)
    foreign = None if work.avoid is None else work.avoid[crop.slices] & ~hole
    rows = None
    if work.known is not None:
        known = work.known.move(-crop.x, -crop.y).clamp(Box(0, 0, crop.width, crop.height))
        rows = source_rows(known, crop.height)
        settings = replace(settings, overuse=OVERUSE)
    level = Level(values, np.ascontiguousarray(hole), np.ascontiguousarray(source), foreign, rows)
    inner = box.move(-crop.x, -crop.y)
    if variant is Variant.MIRRORED and work.known is not None:
        beside = mirror_beside(level, inner, known)
        if beside is not None:
            level, inner = beside
    solution = solve(level, settings, seed, check)
    filled = solution.image[inner.slices]
    return _from_working(filled, work.image[box.slices], scale), solution.error


def _context(work: _Work, box: Box, radius: int, chosen: bool) -> Box:
    """Choose the crop around a box: as large as the hole, larger where little may be taken."""
    whole = Box(0, 0, work.hole.shape[1], work.hole.shape[0])
    area = int(work.hole[box.slices].sum())
    pad = max(LEAST_CONTEXT, round(CONTEXT * area**0.5))
    while True:
        crop = box.pad(pad).clamp(whole)
        if chosen:
            crop = crop.union(bounding_box(work.source)).clamp(whole)
        source = work.source[crop.slices]
        enough = source.sum() >= min(area, work.source.sum())
        if crop == whole or (enough and pick_radius(source, radius) == radius):
            return crop
        pad *= 2


def _near(source: Bools, hole: Bools, radius: int) -> Bools:
    """Return the part of `source` that lies closest to the hole, if that is enough to take from."""
    reach = 24 + 0.5 * float(hole.sum()) ** 0.5
    distance = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 3)
    near = source & (distance <= reach)
    return near if pick_radius(near, radius) == radius else source


def _to_working(image: Pixels) -> tuple[Floats, float]:
    """Return float32 [H, W, 3 or 4], 0 .. 255, and what one unit of it is in the image's dtype.

    Gray becomes three equal channels. Alpha that varies is a fourth one, and colors are multiplied
    by it: under alpha 0 they mean nothing.
    """
    scale = float(np.iinfo(image.dtype).max) / 255
    values = image.astype(np.float32)
    if scale != 1:
        values *= np.float32(1 / scale)
    if values.ndim == 2:
        values = values[..., None]
    if values.shape[2] == 1:
        values = np.repeat(values, 3, 2)
    if values.shape[2] == 4:
        if (image[..., 3] == np.iinfo(image.dtype).max).all():
            values = values[..., :3]
        else:
            values[..., :3] *= values[..., 3:] / 255
    return np.ascontiguousarray(values), scale


def _from_working(values: Floats, like: Pixels, scale: float) -> Pixels:
    """Convert back to the dtype and channels of `like`."""
    largest = np.iinfo(like.dtype).max
    if values.shape[2] == 4:
        alpha = np.maximum(values[..., 3:], 0.5) / 255
        values = np.concatenate([values[..., :3] / alpha, values[..., 3:]], -1)
    rounded = np.clip(np.rint(values * np.float32(scale)), 0, largest)
    pixels: Pixels = rounded.astype(like.dtype)
    if like.ndim == 2:
        return pixels[..., 0]
    if like.shape[2] == 4 and pixels.shape[2] == 3:
        opaque = np.full((*pixels.shape[:2], 1), largest, like.dtype)
        return np.concatenate([pixels, opaque], -1)
    return pixels[..., : like.shape[2]]
