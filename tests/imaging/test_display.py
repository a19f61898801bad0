"""What a document's colors become on a display."""

from __future__ import annotations

import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.display import (
    is_usable_profile,
    make_display_transform,
    profile_name,
    read_profile,
)

ADOBE, SRGB = imagecodecs.cms_profile("adobergb"), imagecodecs.cms_profile("srgb")


def pixels(dtype, seed: int = 0) -> np.ndarray:
    top = int(np.iinfo(dtype).max)
    return np.random.default_rng(seed).integers(0, top + 1, (40, 30, 4)).astype(dtype)


def exact(rgba: np.ndarray, source: bytes, target: bytes) -> np.ndarray:
    """The colors by Little CMS in floats, 0 .. 255, not rounded."""
    unit = (rgba[..., :3] / np.iinfo(rgba.dtype).max).astype(np.float32)
    there = icc._transform(unit, source, target, "RGB ", "RGB ", np.float32)
    return np.clip(there, 0, 1) * 255


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(("source", "target"), [(ADOBE, None), (None, ADOBE), (ADOBE, SRGB)])
def test_colors_arrive_in_the_displays_profile(source, target, dtype):
    rgba = pixels(dtype)
    seen = make_display_transform(source, target)(rgba)
    assert seen.dtype == np.uint8
    wanted = exact(rgba, source or SRGB, target or SRGB)
    # 8-bit pixels go through the library's 8-bit path, whose table is a step off here and there.
    apart = np.abs(seen[..., :3] - wanted)
    assert apart.max() <= (1.6 if dtype == np.uint8 else 0.6)
    assert np.array_equal(seen[..., 3], np.rint(rgba[..., 3] / (np.iinfo(dtype).max / 255)))


@pytest.mark.parametrize(("source", "target"), [(None, None), (SRGB, None), (ADOBE, ADOBE)])
def test_the_same_profile_leaves_bytes_alone(source, target):
    rgba = pixels(np.uint8)
    assert np.array_equal(make_display_transform(source, target)(rgba), rgba)


def test_deep_pixels_are_rounded_after_the_conversion():
    """A linear ramp that 8 bits would break into steps."""
    white, primaries = (0.3127, 0.329, 1), (0.64, 0.33, 1, 0.3, 0.6, 1, 0.15, 0.06, 1)
    linear = imagecodecs.cms_profile("rgb", whitepoint=white, primaries=primaries, gamma=1.0)
    ramp = np.zeros((1, 400, 4), np.uint16)
    ramp[0, :, :3] = np.arange(400)[:, None] * 4  # the darkest fortieth
    seen = make_display_transform(linear, None)(ramp)[0, :, 1]
    assert len(np.unique(seen)) > 35  # by way of 8 bits: 7
    assert (np.diff(seen.astype(int)) >= 0).all()


def test_a_profile_that_can_not_be_used_counts_as_srgb():
    rgba = pixels(np.uint8)
    assert np.array_equal(make_display_transform(b"damaged" * 40, None)(rgba), rgba)


def test_a_profile_is_read_from_a_file(tmp_path: Path):
    path = tmp_path / "display.icc"
    path.write_bytes(ADOBE)
    assert read_profile(path) == ADOBE
    assert "dobe" in profile_name(ADOBE)
    assert profile_name(None) == "sRGB"


@pytest.mark.parametrize(
    "content",
    [b"", b"no profile at all" * 20, ADOBE[:200], ADOBE.replace(b"rTRC", b"none", 1)],
)
def test_what_is_no_display_profile_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "display.icc"
    path.write_bytes(content)
    with pytest.raises(GlideError, match=r"'display.icc' is no profile of an RGB display"):
        read_profile(path)


def test_a_missing_profile_is_said_so(tmp_path: Path):
    with pytest.raises(GlideError, match="cannot be read"):
        read_profile(tmp_path / "gone.icc")


def input_profile() -> bytes:
    """The profile of a scanner: a table from its RGB to Lab, and none back (ICC.1:2004, 10.8)."""
    ramp = bytes(range(256))
    corners = bytes([0, 128, 128] * 4 + [255, 128, 128] * 4)
    identity = struct.pack(">9i", *(65536 * (one % 4 == 0) for one in range(9)))
    table = b"mft1" + bytes(4) + bytes([3, 3, 2, 0]) + identity + 3 * ramp + corners + 3 * ramp
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"a\0" + bytes(78)
    tags, body = b"", b""
    for name, content in ((b"A2B0", table), (b"wtpt", white), (b"desc", text)):
        content += bytes(-len(content) % 4)
        tags += struct.pack(">4sII", name, 128 + 4 + 36 + len(body), len(content))
        body += content
    head = struct.pack(
        ">I4sI4s4s4s", 168 + len(body), b"    ", 0x02400000, b"scnr", b"RGB ", b"Lab "
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", 3) + tags + body


def test_a_profile_that_only_leads_away_from_its_colors_is_not_usable():
    profile = input_profile()
    assert icc.profile_space(profile) == "RGB "
    assert np.ptp(icc.to_srgb(pixels(np.uint8)[..., :3], profile)) > 0
    assert not is_usable_profile(profile)
    assert is_usable_profile(ADOBE)
