"""JPEGs that have lost bytes and still decode without a warning."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from glide_studio.io.images import jpeg_segments
from glide_studio.io.images.decode import decode
from glide_studio.io.images.jpeg_shift import find_shift
from glide_studio.io.images.picture import check_size

MCU = 16, 16
COLUMNS, ROWS = 24, 12


def photo(seed=0, columns=COLUMNS, rows=ROWS):
    """A smooth picture with grain, [h, w, 3] float32, away from black and white."""
    random = np.random.default_rng(seed)
    coarse = random.integers(60, 200, (rows // 3 + 2, columns // 3 + 2, 3), np.uint8)
    size = columns * MCU[0], rows * MCU[1]
    pixels = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), np.float32)
    return pixels + random.normal(0, 2, (*pixels.shape[:2], 1)).astype(np.float32)


def shifted(pixels, first, last, by):
    """Add `by` to the MCUs [first, last)."""
    mask = np.zeros((ROWS, COLUMNS), bool)
    mask.ravel()[first:last] = True
    mask = np.repeat(np.repeat(mask, MCU[1], axis=0), MCU[0], axis=1)
    return (pixels + mask[..., None] * np.array(by, np.float32)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "by", [(12, 12, 12), (-12, -12, -12), (0, 0, 30), (30, 0, 0)], ids=["light", "dark", "b", "r"]
)
@pytest.mark.parametrize("place", [COLUMNS + 5, 4 * COLUMNS + 11, 7 * COLUMNS + 18])
def test_the_mcu_from_which_a_picture_is_shifted_is_found(by, place):
    pixels = shifted(photo(), place, None, by)
    found = find_shift(pixels, MCU, 0, is_damaged=False)
    assert found is not None
    first, last = found
    assert abs(first - place) <= 1
    assert last == ROWS * COLUMNS


def test_a_shift_ends_with_its_restart_interval():
    interval = 2 * COLUMNS
    place = 4 * COLUMNS + 7
    pixels = shifted(photo(), place, 3 * interval, (40, 40, 40))
    assert find_shift(pixels, MCU, interval, is_damaged=False) == (place, 3 * interval)
    # In the last row of its interval nothing below it is shifted.
    place = 5 * COLUMNS + 6
    pixels = shifted(photo() * 0.3 + 90, place, 3 * interval, (40, 40, 40))
    assert find_shift(pixels, MCU, interval, is_damaged=False) == (place, 3 * interval)


def test_a_slight_shift_counts_only_in_a_picture_that_is_known_to_be_damaged():
    place = 6 * COLUMNS + 9
    pixels = shifted(photo(), place, None, (4, 4, 4))
    assert find_shift(pixels, MCU, 0, is_damaged=False) is None
    found = find_shift(pixels, MCU, 0, is_damaged=True)
    assert found is not None
    assert abs(found[0] - place) <= 1


@pytest.mark.parametrize("seed", range(12))
def test_edges_of_a_sound_picture_are_no_shift(seed):
    plain = photo(seed)
    assert find_shift(plain.astype(np.uint8), MCU, 0, is_damaged=False) is None
    random = np.random.default_rng(seed)
    row = int(random.integers(2, ROWS - 2))
    column = int(random.integers(5, COLUMNS - 5))
    horizon = shifted(plain, row * COLUMNS, None, (-40, -40, -40))
    letterbox = horizon.copy()
    letterbox[-2 * MCU[1] :] = 0
    frame = plain.copy()
    frame[row * MCU[1] :, column * MCU[0] :] += 40
    box = plain.copy()
    box[row * MCU[1] : (row + 1) * MCU[1], : column * MCU[0]] -= 40
    for picture in (horizon, letterbox, frame.clip(0, 255), box.clip(0, 255)):
        assert find_shift(picture.astype(np.uint8), MCU, 0, is_damaged=False) is None


@pytest.mark.parametrize("size", [(1, 1), (8, 300), (300, 8), (130, 20), (20, 130), (17, 17)])
def test_small_pictures_are_looked_at_without_harm(size):
    assert find_shift(np.zeros((*size, 4), np.uint8), MCU, 3, is_damaged=True) is None


def coded(mode="RGB", **options):
    pixels = photo(3).clip(0, 255).astype(np.uint8)
    out = BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, "JPEG", quality=90, **options)
    return out.getvalue()


def without_bytes(data, at, count):
    scan = jpeg_segments.parse(data).scans[0]
    start = scan.start + int(at * (scan.end - scan.start))
    return data[:start] + data[start + count :]


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_lost_bytes_without_a_warning_are_told_with_their_place(mode, subsampling):
    data = coded(mode, subsampling=subsampling)
    whole = decode("jpeg", data, check_size)
    assert whole.missing is None
    assert not whole.notes
    told = silent = 0
    for number in range(40):
        picture = decode("jpeg", without_bytes(data, 0.2 + number / 80, 3), check_size)
        changed = np.abs(picture.pixels.astype(int) - whole.pixels).max(axis=2) > 6
        if changed.mean() < 0.1:
            continue
        if any("displaced or has a wrong brightness" in note for note in picture.notes):
            told += 1
            assert picture.jpeg is None
            assert picture.missing.any()
            assert (picture.missing[changed] == 255).mean() > 0.9
        silent += not picture.notes
    assert told >= 4
    assert silent <= told


def test_a_sound_jpeg_of_any_kind_is_told_nothing():
    for options in ({"subsampling": 0}, {"progressive": True}, {"restart_marker_rows": 1}):
        picture = decode("jpeg", coded(**options), check_size)
        assert picture.missing is None
        assert not picture.notes


def test_a_shift_is_told_where_only_a_rest_is_missing():
    """Bytes are lost in the middle: the last MCUs are missing, and all that follows is shifted."""
    data = coded(subsampling=0)
    whole = decode("jpeg", data, check_size)
    shares = []
    for number in range(40):
        picture = decode("jpeg", without_bytes(data, 0.2 + number / 80, 12), check_size)
        changed = np.abs(picture.pixels.astype(int) - whole.pixels).max(axis=2) > 6
        if changed.mean() > 0.1 and picture.missing is not None and picture.missing[-1, -1]:
            shares.append((picture.missing[changed] == 255).mean())
    assert np.count_nonzero(np.array(shares) > 0.9) >= 5
