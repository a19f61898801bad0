"""`finish`: a generated patch becomes the pixels and the alpha of a layer that sits in the photo."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from glide_studio.imaging.blending.color import match_color
from glide_studio.imaging.blending.feather import feather
from glide_studio.imaging.blending.grain import match_grain
from glide_studio.imaging.blending.measure import SeamDifference, seam_difference
from glide_studio.imaging.blending.seam import close_seam
from glide_studio.imaging.blending.sharpness import match_sharpness
from glide_studio.imaging.blending.texture import REACH, borrow_texture
from glide_studio.imaging.detail import match_falloff
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Picture, Plane, Where, bounds, ring


@dataclass(frozen=True, slots=True)
class Options:
    """How much of each; strengths 0 .. 1, 0 is off.

    feather: width in pixels of the fade, inwards from the mask's edge.
    ring: width in pixels of the known surroundings that the patch is measured by.
    thing: 0 .. 1, how far the patch is a thing with a texture of its own; 0 if it continues the photo.
    seed: of the grain, and of which places of the photo may lend texture.

    Raises:
        ValueError: if a value is out of its range.
    """

    color: float = 1.0
    sharpness: float = 0.7
    seam: float = 1.0
    texture: float = 1.0
    grain: float = 1.0
    feather: float = 4.0
    ring: float = 32.0
    thing: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("color", "sharpness", "seam", "texture", "grain", "thing"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} lies in 0 .. 1; {getattr(self, name)} does not.")
        if self.feather < 0 or self.ring < 1:
            raise ValueError("A feather is 0 pixels wide or more, a ring 1 or more.")


@dataclass(frozen=True, slots=True, eq=False)
class FinishedPatch:
    """A patch ready to become a layer.

    pixels: [h, w, 3] float32, 0 .. 1, sRGB. alpha: [h, w] float32, 0 .. 1, above 0 only where the mask
    is. seam: what is left to see of the seam. Arrays are read-only.
    """

    pixels: Picture
    alpha: Plane
    seam: SeamDifference

    def over(self, photo: Picture) -> Picture:
        """The patch laid over `photo` [h, w, 3]; bit-identical to it where alpha is 0."""
        return _over(photo, self.pixels, self.alpha)


def finish(
    crop: Picture,
    patch: Picture,
    mask: Plane,
    options: Options | None = None,
    known: Where | None = None,
) -> FinishedPatch:
    """Match `patch` to the photo it was made for: color, sharpness, seam, texture, grain, the feather.

    crop: [h, w, 3] float32, 0 .. 1, sRGB: the photo. patch: the same shape, generated with the crop's
    surroundings in view. mask: [h, w] float32, 0 .. 1, as painted; a soft one multiplies the alpha.
    known: [h, w] bool, pixels of `crop` that show something; None for all. Those that are transparent in
    the document must be False. The same input gives the same output.

    Raises:
        ValueError: if shapes do not fit each other.
    """
    if patch.shape != crop.shape or mask.shape != crop.shape[:2]:
        raise ValueError(f"Crop {crop.shape}, patch {patch.shape}, mask {mask.shape} do not fit.")
    options = options or Options()
    if known is None:
        known = np.ones(mask.shape, np.bool_)
    pixels = np.clip(patch, 0, 1)
    alpha = feather(mask, options.feather)
    # All that follows looks at the mask and what is near it; the rest of a wide crop costs nothing.
    reach = max(math.ceil(options.ring) + 1, REACH)
    here = bounds(mask > 0).pad(reach).clamp(Box(0, 0, mask.shape[1], mask.shape[0])).slices
    photo, local, known = crop[here], mask[here], known[here]
    near = ring(local, known, options.ring)
    seated = match_color(pixels[here], photo, near, options.color)
    seated = match_sharpness(seated, photo, near, options.sharpness)
    seated = match_falloff(seated, photo, local > 0, near, options.sharpness)
    seated = close_seam(seated, photo, local, known, options.seam)
    seated = borrow_texture(
        seated,
        photo,
        local > 0,
        ring(local, known, REACH),
        seed=options.seed,
        strength=options.texture,
        thing=options.thing,
    )
    seated = match_grain(seated, photo, local > 0, near, seed=options.seed, strength=options.grain)
    seen = _over(photo, seated, alpha[here])
    pixels[here] = seated
    pixels.setflags(write=False)
    alpha.setflags(write=False)
    return FinishedPatch(pixels, alpha, seam_difference(seen, local, known))


def _over(photo: Picture, pixels: Picture, alpha: Plane) -> Picture:
    share = alpha[..., None]
    return np.where(share > 0, photo + share * (pixels - photo), photo)
