"""Color conversion: exact to a fraction of a 16-bit step, and never through 8 bits."""

import struct

import imagecodecs
import numpy as np
import pytest
from PIL import ImageCms

from glide_studio.imaging import icc, icc_matrix
from glide_studio.imaging.types import to_unit
from tests.io.images.makers import WIDE

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


def colors(dtype=np.float32, low=0.05):
    pixels = np.random.default_rng(0).uniform(low, 1, (40, 50, 3)).astype(np.float32)
    if dtype == np.float32:
        return pixels
    return np.rint(pixels * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
def test_a_wide_profile_to_srgb_matches_the_definition(dtype):
    pixels = colors(dtype)
    unit = pixels if dtype == np.float32 else pixels / np.iinfo(dtype).max
    found = icc.to_srgb(pixels, WIDE)
    assert found.dtype == np.float32
    # Out of gamut the curve is steep at 0; a profile's numbers have 16 bits.
    assert np.abs(found - by_hand(unit)).max() < (1.5e-3 if dtype == np.uint8 else 6e-4)
    assert np.abs(found - by_hand(unit)).mean() < 5e-5


def test_16_bits_keep_16_bits():
    grey = np.arange(3000, 3256, dtype=np.uint16)  # less than one 8-bit step
    pixels = np.stack([grey, grey, grey], axis=-1)[None]
    there = icc.convert(pixels, WIDE, None)
    assert there.dtype == np.uint16
    assert len(np.unique(there[..., 1])) > 150
    assert len(np.unique(icc.to_srgb(pixels, WIDE)[..., 1])) == 256


def test_there_and_back():
    pixels = np.random.default_rng(1).random((64, 64, 3), np.float32)
    wide = icc.from_srgb(pixels, WIDE)
    assert np.abs(icc.to_srgb(wide, WIDE) - pixels).max() < 4e-4


@pytest.mark.parametrize("profile", [None, icc.srgb_profile(), SRGB_OF_PILLOW])
def test_srgb_is_the_identity(profile):
    assert icc.is_srgb(profile)
    pixels = colors(np.uint16)
    assert np.array_equal(icc.convert(pixels, profile, None), pixels)
    assert np.array_equal(icc.to_srgb(pixels, profile), (pixels / 65535).astype(np.float32))
    unit = colors()
    assert icc.from_srgb(unit, profile) is unit
    assert icc.to_srgb(unit, profile) is unit


def test_out_of_gamut_is_not_wrong_in_16_bits():
    """Little CMS's optimized 16-bit path is off by thousands of steps here."""
    pixels = colors(np.uint16, low=0)
    wanted = by_hand(pixels / 65535) * 65535
    assert np.abs(icc.convert(pixels, WIDE, None) - wanted).max() < 60


def test_wide_is_not_srgb_and_nonsense_is_no_profile():
    assert not icc.is_srgb(WIDE)
    assert icc.profile_space(WIDE) == "RGB "
    assert not icc.is_srgb(b"nonsense")
    for broken in (b"", b"nonsense" * 50, WIDE[:200], b"\0" * 4000):
        assert icc.profile_space(broken) is None


def test_a_large_picture_is_converted_in_strips(monkeypatch):
    pixels = colors()
    whole = icc.to_srgb(pixels, WIDE)
    monkeypatch.setattr(icc, "STRIP_SAMPLES", 700)
    assert np.array_equal(icc.to_srgb(pixels, WIDE), whole)


P3 = {
    "whitepoint": [0.3127, 0.3290, 1.0],
    "primaries": [0.680, 0.320, 1, 0.265, 0.690, 1, 0.150, 0.060, 1],
}
PROFILES = {
    "wide": WIDE,
    "power": imagecodecs.cms_profile("rgb", **P3, gamma=1.8),
    "parametric": icc.srgb_profile(),
    "of Pillow": SRGB_OF_PILLOW,
    "table": imagecodecs.cms_profile(
        "rgb",
        **P3,
        transferfunction=np.rint(65535 * np.linspace(0, 1, 1024) ** 2.4).astype(np.uint16),
    ),
}


@pytest.mark.parametrize("source", PROFILES)
@pytest.mark.parametrize("target", PROFILES)
def test_tables_do_what_little_cms_does(source, target):
    """Light within 1e-4; samples within two 16-bit steps in the mean where no curve is a table."""
    found = icc_matrix.make_conversion(PROFILES[source], PROFILES[target])
    random = np.random.default_rng(2).random((60, 80, 3), np.float32)
    for pixels in (random, random**4, np.rint(random * 65535).astype(np.uint16)):
        exact = np.clip(
            icc._transform(
                to_unit(pixels), PROFILES[source], PROFILES[target], "RGB ", "RGB ", np.float32
            ), 0, 1,
        )  # fmt: skip
        for dtype, top in ((np.float32, 1), (np.uint16, 65535)):
            made = (found.apply(pixels, dtype) / top).astype(np.float32)
            seen = icc_matrix.read_matrix_profile(PROFILES[target])
            assert (
                np.abs(icc_matrix.to_linear(seen, made) - icc_matrix.to_linear(seen, exact)).max()
                < icc.MATRIX_TOLERANCE
            )
            if "table" not in (source, target):  # Little CMS turns one round in 4096 steps
                assert np.abs(made - exact).mean() < 3e-5
    assert icc._matrix_conversion(PROFILES[source], PROFILES[target]) is not None


def with_tag(profile, name, content):
    """A profile whose tag `name` is a copy of another's content at the end."""
    count = struct.unpack_from(">I", profile, 128)[0]
    out = bytearray(profile)
    for one in range(count):
        if profile[132 + 12 * one :][:4] == name:
            struct.pack_into(">II", out, 136 + 12 * one, len(out), len(content))
    out += content
    struct.pack_into(">I", out, 0, len(out))
    return bytes(out)


def parametric(kind, *numbers):
    return b"para" + struct.pack(">4xHxx", kind) + struct.pack(
        f">{len(numbers)}i", *(round(one * 65536) for one in numbers)
    )  # fmt: skip


@pytest.mark.parametrize(
    "curve",
    [
        parametric(0, 2.0),
        parametric(1, 2.0, 0.9, 0.1),
        parametric(2, 2.0, 0.9, -0.05, 0.02),
        parametric(3, 2.4, 0.9479, 0.0521, 0.0774, 0.0405),
        parametric(4, 2.4, 0.9479, 0.0521, 0.0774, 0.0405, 0.0, 0.0),
    ],
)
def test_each_kind_of_parametric_curve(curve):
    profile = WIDE
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        profile = with_tag(profile, name, curve)
    assert icc.profile_space(profile) == "RGB "
    found = icc_matrix.read_matrix_profile(profile).curves[0]
    places = np.linspace(0, 65535, 257).astype(int)
    x = places / 65535
    ramp = np.repeat(np.float32(x)[None, :, None], 3, axis=2)
    light = icc._transform(ramp, profile, LINEAR, "RGB ", "RGB ", np.float32)[0, :, 1]
    # Where black is no black, its compensation moves all the rest.
    light = light * (1 - found[0]) + found[0]
    assert np.abs(found[places] - light).max() < 2e-4
    assert (icc._matrix_conversion(profile, LINEAR) is None) == (found[0] > 0), (
        "what differs is not used"
    )


LINEAR = imagecodecs.cms_profile(
    "rgb", whitepoint=[0.3127, 0.3290, 1.0], primaries=[0.64, 0.33, 1, 0.21, 0.71, 1, 0.15, 0.06, 1],
    gamma=1.0,
)  # fmt: skip


def test_deep_pixels_between_profiles_of_matrices_need_no_little_cms(monkeypatch):
    pixels = colors(np.uint16)
    seen = icc.convert(pixels, WIDE, None)  # where it is asked whether the profiles make sense
    monkeypatch.setattr(icc, "_transform", lambda *_: pytest.fail("It was asked."))
    assert np.array_equal(icc.convert(pixels, WIDE, None), seen)
    assert np.abs(seen - by_hand(pixels / 65535) * 65535).max() < 60


def test_what_is_not_of_a_matrix_goes_through_little_cms(monkeypatch):
    monkeypatch.setattr(icc, "make_conversion", lambda source, target: None)
    icc._matrix_conversion.cache_clear()
    try:
        monkeypatch.setattr(icc, "STRIP_SAMPLES", 500)
        for dtype in (np.float32, np.uint16, np.uint8):
            pixels = colors(dtype)
            unit = pixels if dtype == np.float32 else pixels / np.iinfo(dtype).max
            assert np.abs(icc.to_srgb(pixels, WIDE) - by_hand(unit)).max() < 6e-4
        assert np.abs(icc.convert(colors(np.uint16), WIDE, None) - by_hand(colors(np.uint16) / 65535) * 65535).max() < 60  # fmt: skip
    finally:
        icc._matrix_conversion.cache_clear()


@pytest.mark.parametrize("broken", [b"", WIDE[:140], WIDE[:300], WIDE.replace(b"para", b"none")])
def test_a_damaged_profile_has_no_matrix(broken):
    assert icc_matrix.read_matrix_profile(broken) is None
    assert icc_matrix.make_conversion(broken, WIDE) is None


@pytest.mark.parametrize(
    "other", [WIDE.replace(b"desc", b"A2B0", 1), WIDE[:16] + b"RGB Lab " + WIDE[24:]]
)
def test_a_profile_with_tables_or_in_lab_has_no_matrix(other):
    assert icc_matrix.read_matrix_profile(WIDE) is not None
    assert icc_matrix.read_matrix_profile(other) is None


def test_colors_beyond_white_and_black_are_white_and_black():
    beyond = np.array([[[1.5, 1.5, 1.5], [-0.5, -0.5, -0.5]]], np.float32)
    for convert in (icc.to_srgb, icc.from_srgb):
        assert np.abs(convert(beyond, WIDE) - np.clip(beyond, 0, 1)).max() < 1e-3
