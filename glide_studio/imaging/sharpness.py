"""Sharpness match: bands of detail raised or lowered until an image is as sharp as a photo.

An enlarged patch is softer than the photo around it, one that was generated before a blur is
sharper. Detail is compared in bands between Gaussian blurs, without the part of it that is noise.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from glide_studio.imaging.filters import gaussian_blur
from glide_studio.imaging.noise import noise_variance
from glide_studio.imaging.types import BoolMask, Image, Pixels, to_unit

BAND_SIGMAS_PX = (0.0, 0.8, 1.6, 3.2)  # standard deviations between which the bands lie
REFERENCE_SIGMA_PX = 6.4  # the band from the last of them to here is the reference of the spectrum
MIN_ENERGY = 2e-5  # variance in a band, 0 .. 1 squared, below which gains tend to 1
SHARPNESS_GAINS = (0.5, 2.5)  # limits of `match_sharpness`
MAX_SPECTRUM_GAIN = 1.7  # limit of `match_spectrum`: more shows as a halo along edges
MAX_BAND_DIFFERENCE = 0.01  # mean difference, 0 .. 1, up to which the band is the photo itself
MIN_PIXELS = 64
BLUR_EXTENT, STRIP_ROWS = 4, 128  # of a Gaussian over its standard deviation; blurred at a time


def match_sharpness(patch: Image, photo: Image, band: BoolMask, strength: float = 1.0) -> Image:
    """Give each band of detail of `patch` the energy that `photo` has on `band`.

    band: pixels [h, w] that show the same scene in both. The noise of either is taken out of the
        comparison, or it would be matched by edges; on a flat band all gains are 1.
    strength: 0 leaves the patch, 1 matches it.

    Returns `patch` itself if `band` has next to no pixels.
    """
    if strength <= 0 or np.count_nonzero(band) < MIN_PIXELS:
        return patch
    photo_noise, patch_noise = noise_variance(photo, band), noise_variance(patch, band)
    result = patch.copy()
    for fine, coarse in pairwise(BAND_SIGMAS_PX):
        detail = detail_band(patch, fine, coarse)
        passes = band_noise_gain(fine, coarse)
        want = detail_energy(photo, band, fine, coarse) - passes * photo_noise
        have = band_energy(detail, band) - passes * patch_noise
        gain = np.sqrt((max(want, 0.0) + MIN_ENERGY) / (max(have, 0.0) + MIN_ENERGY))
        gain = float(np.clip(gain, *SHARPNESS_GAINS))
        result += np.float32(strength * (gain - 1)) * detail
    return np.clip(result, 0, 1)


def match_spectrum(
    patch: Image, photo: Image, inside: BoolMask, band: BoolMask, strength: float = 1.0
) -> Image:
    """Raise the fine detail of `patch` until its spectrum falls off as that of `photo` on `band`.

    For patches that show the photo itself on `band`, because known pixels were imposed at full
    scale: there the band does not tell how soft the inside is. Spectra of photographs fall off
    alike whatever they show (Field 1987, J. Opt. Soc. Am. A 4, p. 2379), so the coarse band of the
    inside tells how much of the finer ones is lacking. Detail is never lowered.

    Returns `patch` itself if it differs from the photo on `band`, or either area is too small.
    """
    enough = min(np.count_nonzero(inside), np.count_nonzero(band)) >= MIN_PIXELS
    if strength <= 0 or not enough or np.abs(patch - photo)[band].mean() > MAX_BAND_DIFFERENCE:
        return patch
    photo_noise, patch_noise = noise_variance(photo, band), noise_variance(patch, inside)
    coarsest = BAND_SIGMAS_PX[-1]
    photo_coarse = detail_energy(photo, band, coarsest, REFERENCE_SIGMA_PX)
    patch_coarse = detail_energy(patch, inside, coarsest, REFERENCE_SIGMA_PX)
    result = patch.copy()
    for fine, coarse in pairwise(BAND_SIGMAS_PX):
        detail = detail_band(patch, fine, coarse)
        passes = band_noise_gain(fine, coarse)
        theirs = detail_energy(photo, band, fine, coarse) - passes * photo_noise
        want = patch_coarse * max(theirs, 0.0) / (photo_coarse + MIN_ENERGY)
        have = max(band_energy(detail, inside) - passes * patch_noise, 0.0)
        gain = np.sqrt((want + MIN_ENERGY) / (have + MIN_ENERGY))
        gain = float(np.clip(gain, 1.0, MAX_SPECTRUM_GAIN))
        result += np.float32(strength * (gain - 1)) * detail
    return np.clip(result, 0, 1)


def detail_band(image: Image, fine: float, coarse: float) -> Image:
    """Compute the detail between two blurs, standard deviations in pixels; fine 0 = no blur."""
    sharp = image if fine == 0 else gaussian_blur(image, fine)
    blurred = gaussian_blur(image, coarse)
    return np.subtract(sharp, blurred, out=blurred)


def band_energy(detail: Image, where: BoolMask) -> float:
    """Compute the mean square of a band over `where`, all channels."""
    return float(np.mean(np.square(detail[where], dtype=np.float64)))


def detail_energy(image: Image | Pixels, where: BoolMask, fine: float, coarse: float) -> float:
    """Compute `band_energy` of `detail_band` in strips: blurs of a large image are some 100 MB.

    image: [h, w, 3], float32 in 0 .. 1 or integers. where: [h, w], at least one pixel.
    """
    reach = math.ceil(BLUR_EXTENT * coarse) + 1
    squares, filled = np.empty((np.count_nonzero(where), 3)), 0
    for top in range(0, len(image), STRIP_ROWS):
        counted = where[top : top + STRIP_ROWS]
        if counted.any():
            above = min(top, reach)
            strip = to_unit(image[top - above : top + STRIP_ROWS + reach])
            detail = detail_band(strip, fine, coarse)[above:][: len(counted)][counted]
            np.square(detail, out=squares[filled : filled + len(detail)], dtype=np.float64)
            filled += len(detail)
    return float(np.mean(squares))


def band_noise_gain(fine: float, coarse: float) -> float:
    """Compute the part of the variance of white noise that passes a band."""
    impulse = np.zeros((33, 33, 3), np.float32)
    impulse[16, 16] = 1
    return float(np.square(detail_band(impulse, fine, coarse)[..., 0]).sum())
