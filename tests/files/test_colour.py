"""Colour conversion: right to a fraction of a 16-bit step where it matters, and never through 8 bits."""

import numpy as np
import pytest
from files.images.makers import WIDE
from PIL import ImageCms

from glide_studio.files import colour

SRGB_OF_PILLOW = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def primaries_to_xyz(primaries, white):
    """Matrix of linear RGB to XYZ (SMPTE RP 177)."""
    xy = np.array(primaries).reshape(3, 2)
    columns = np.stack([xy[:, 0] / xy[:, 1], np.ones(3), (1 - xy.sum(1)) / xy[:, 1]])
    target = np.array([white[0] / white[1], 1, (1 - sum(white)) / white[1]])
    return columns * np.linalg.solve(columns, target)


D65 = (0.3127, 0.3290)
TO_SRGB = np.linalg.inv(
    primaries_to_xyz([0.64, 0.33, 0.30, 0.60, 0.15, 0.06], D65)
) @ primaries_to_xyz([0.64, 0.33, 0.21, 0.71, 0.15, 0.06], D65)


def by_hand(pixels):
    """WIDE to sRGB from the definitions, clipped."""
    light = (pixels.astype(np.float64) ** 2.19921875) @ TO_SRGB.T
    encoded = np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * np.abs(light) ** (1 / 2.4) - 0.055
    )
    return np.clip(encoded, 0, 1)


def colours(dtype=np.float32, low=0.05):
    pixels = np.random.default_rng(0).uniform(low, 1, (40, 50, 3)).astype(np.float32)
    if dtype == np.float32:
        return pixels
    return np.rint(pixels * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
def test_a_wide_profile_to_srgb_matches_the_definition(dtype):
    pixels = colours(dtype)
    unit = pixels if dtype == np.float32 else pixels / np.iinfo(dtype).max
    found = colour.to_srgb(pixels, WIDE)
    assert found.dtype == np.float32
    # Out of gamut the curve is steep at 0; a profile's numbers have 16 bits.
    assert np.abs(found - by_hand(unit)).max() < (1.5e-3 if dtype == np.uint8 else 6e-4)
    assert np.abs(found - by_hand(unit)).mean() < 5e-5


def test_16_bits_keep_16_bits():
    grey = np.arange(3000, 3256, dtype=np.uint16)  # less than one 8-bit step
    pixels = np.stack([grey, grey, grey], axis=-1)[None]
    there = colour.convert(pixels, WIDE, None)
    assert there.dtype == np.uint16
    assert len(np.unique(there[..., 1])) > 150
    assert len(np.unique(colour.to_srgb(pixels, WIDE)[..., 1])) == 256


def test_there_and_back():
    pixels = np.random.default_rng(1).random((64, 64, 3), np.float32)
    wide = colour.from_srgb(pixels, WIDE)
    assert np.abs(colour.to_srgb(wide, WIDE) - pixels).max() < 4e-4


@pytest.mark.parametrize("profile", [None, colour.srgb_profile(), SRGB_OF_PILLOW])
def test_srgb_is_the_identity(profile):
    assert colour.is_srgb(profile)
    pixels = colours(np.uint16)
    assert np.array_equal(colour.convert(pixels, profile, None), pixels)
    assert np.array_equal(colour.to_srgb(pixels, profile), (pixels / 65535).astype(np.float32))
    unit = colours()
    assert colour.from_srgb(unit, profile) is unit
    assert colour.to_srgb(unit, profile) is unit


def test_out_of_gamut_is_not_wrong_in_16_bits():
    """Little CMS's optimized 16-bit path is off by thousands of steps here."""
    pixels = colours(np.uint16, low=0)
    wanted = by_hand(pixels / 65535) * 65535
    assert np.abs(colour.convert(pixels, WIDE, None) - wanted).max() < 60


def test_wide_is_not_srgb_and_nonsense_is_no_profile():
    assert not colour.is_srgb(WIDE)
    assert colour.profile_space(WIDE) == "RGB "
    assert not colour.is_srgb(b"nonsense")
    for broken in (b"", b"nonsense" * 50, WIDE[:200], b"\0" * 4000):
        assert colour.profile_space(broken) is None


def test_a_large_picture_is_converted_in_strips(monkeypatch):
    pixels = colours()
    whole = colour.to_srgb(pixels, WIDE)
    monkeypatch.setattr(colour, "ROWS", 700)
    assert np.array_equal(colour.to_srgb(pixels, WIDE), whole)
