"""Harmonization: a generated patch becomes pixels and alpha of a layer that fits the photo."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from glide_studio.imaging.blending.feather import alpha_over, feather
from glide_studio.imaging.blending.grain import match_grain
from glide_studio.imaging.blending.poisson import poisson_blend
from glide_studio.imaging.blending.result_checks import SeamDifference, measure_seam
from glide_studio.imaging.blending.texture import SEARCH_RADIUS_PX, synthesize_texture
from glide_studio.imaging.ciede2000 import rgb_to_lab
from glide_studio.imaging.filters import boundary_band, bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.sharpness import match_sharpness, match_spectrum
from glide_studio.imaging.types import BoolMask, Float32, Image, Mask, ReportStage
from glide_studio.translation import translate

RIDGE = 2.0**2  # variance in CIELAB units: a band flatter than that keeps its contrast
COLOR_SLOPES = (0.5, 2.0)
MIN_COLOR_PIXELS = 16


@dataclass(frozen=True, slots=True)
class HarmonizeOptions:
    """How much of each step; strengths 0 .. 1, 0 is off.

    feather: width in pixels of the fade, inwards from the mask's edge.
    band: width in pixels of the known surroundings that the patch is matched to.
    object_weight: 0 .. 1, how far the patch is an object with a texture of its own; 0 if it
        continues the photo.
    seed: of the grain, and of the places of the photo from which texture is taken.

    Raises:
        ValueError: if a value is out of its range.
    """

    color: float = 1.0
    sharpness: float = 0.7
    seam: float = 1.0
    texture: float = 1.0
    grain: float = 1.0
    feather: float = 4.0
    band: float = 32.0
    object_weight: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("color", "sharpness", "seam", "texture", "grain", "object_weight"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} lies in 0 .. 1; {getattr(self, name)} does not.")
        if self.feather < 0 or self.band < 1:
            raise ValueError("A feather is 0 pixels wide or more, a band 1 or more.")


@dataclass(frozen=True, slots=True, eq=False)
class HarmonizedPatch:
    """A patch ready to become a layer.

    box: the part of the crop that it covers, the mask and its surroundings. pixels: [h, w, 3]
    float32, 0 .. 1, sRGB. alpha: [h, w] float32, 0 .. 1, above 0 only where the mask is. seam: how
    visible its seam is. Arrays are read-only.
    """

    box: Box
    pixels: Image
    alpha: Float32
    seam: SeamDifference

    def over(self, photo: Image) -> Image:
        """Lay the patch over `photo` [h, w, 3]; bit-identical to it where alpha is 0."""
        result = photo.copy()
        result[self.box.slices] = alpha_over(photo[self.box.slices], self.pixels, self.alpha)
        return result


def harmonize(
    crop: Image,
    patch: Image,
    mask: Mask,
    options: HarmonizeOptions | None = None,
    known: BoolMask | None = None,
    report: ReportStage = lambda stage, done: None,
) -> HarmonizedPatch:
    """Match `patch` to its photo: color, sharpness, seam, texture, grain, and feather its alpha.

    crop: [h, w, 3] float32, 0 .. 1, sRGB: the photo. patch: the same shape, generated with the
    crop's surroundings in view. mask: [h, w] float32, 0 .. 1, as painted; a soft one multiplies the
    alpha.
    known: [h, w] bool, pixels of `crop` that show something; None for all. Those that are
    transparent in the document must be False. report: is told of each part before it begins. The
    same input gives the same output.

    Raises:
        ValueError: if shapes do not fit each other.
    """
    if patch.shape != crop.shape or mask.shape != crop.shape[:2]:
        raise ValueError(f"Crop {crop.shape}, patch {patch.shape}, mask {mask.shape} do not fit.")
    options = options or HarmonizeOptions()
    if known is None:
        known = np.ones(mask.shape, np.bool_)
    # Only the mask and what is near it is read, so that a wide crop costs no more.
    reach = max(math.ceil(options.band) + 1, SEARCH_RADIUS_PX)
    whole = Box(0, 0, mask.shape[1], mask.shape[0])
    box = bounding_box(mask > 0).pad(reach).clamp(whole)
    region = box.slices
    photo, local, known = crop[region], mask[region], known[region]
    band = boundary_band(local, known, options.band)
    report(translate("Harmonize", "Matching colors"), 0.0)
    result = match_color(np.clip(patch[region], 0, 1), photo, band, options.color)
    report(translate("Harmonize", "Matching sharpness"), 0.05)
    result = match_sharpness(result, photo, band, options.sharpness)
    result = match_spectrum(result, photo, local > 0, band, options.sharpness)
    report(translate("Harmonize", "Blending the edge"), 0.15)
    result = poisson_blend(result, photo, local, known, options.seam)
    report(translate("Harmonize", "Adding texture"), 0.3)
    result = synthesize_texture(
        result,
        photo,
        local > 0,
        boundary_band(local, known, SEARCH_RADIUS_PX),
        seed=options.seed,
        strength=options.texture,
        object_weight=options.object_weight,
    )
    report(translate("Harmonize", "Adding grain"), 0.9)
    result = match_grain(result, photo, local > 0, band, seed=options.seed, strength=options.grain)
    alpha = feather(local, options.feather)
    seam = measure_seam(alpha_over(photo, result, alpha), local, known)
    result.setflags(write=False)
    alpha.setflags(write=False)
    return HarmonizedPatch(box, result, alpha, seam)


def match_color(patch: Image, photo: Image, band: BoolMask, strength: float = 1.0) -> Image:
    """Change each CIELAB channel of `patch` linearly, to be nearest to `photo` on `band`.

    band: pixels [h, w] that show the same scene in both: slope and offset are those of least
        squares. The slope is ridge-regularized towards 1: on a flat band only the offset changes.
    strength: 0 leaves the patch, 1 matches it.

    Returns `patch` itself if `band` has next to no pixels.
    """
    if strength <= 0 or np.count_nonzero(band) < MIN_COLOR_PIXELS:
        return patch
    lab = rgb_to_lab(patch)
    have, want = lab[band].astype(np.float64), rgb_to_lab(photo)[band].astype(np.float64)
    have_mean, want_mean = have.mean(axis=0), want.mean(axis=0)
    covariance = ((have - have_mean) * (want - want_mean)).mean(axis=0)
    slope = np.clip((covariance + RIDGE) / (have.var(axis=0) + RIDGE), *COLOR_SLOPES)
    change = ((lab - have_mean) * (slope - 1) + (want_mean - have_mean)) * strength
    matched = (lab + change).astype(np.float32)
    return np.clip(np.asarray(cv2.cvtColor(matched, cv2.COLOR_Lab2RGB), np.float32), 0, 1)
