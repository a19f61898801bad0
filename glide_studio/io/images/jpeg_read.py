"""Read JPEG files, also incomplete and damaged ones, and find which part of the picture is missing.

libjpeg fills what it cannot decode, with no more than a warning. Whether a scan has all of its
blocks is found by decoding it once more with noise appended to the scan: noise that is never
decoded changes nothing, and where blocks are missing it shows from the first missing one on. Where
bytes are lost or wrong and still make sense, only the picture itself can tell, by `find_shift`; a
few wrong blocks whose brightness comes out right again, or a shift too small to be seen, cannot be
told from a sound file.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.imaging.icc import profile_space
from glide_studio.io.images import jpeg_segments, pixel_layout, xmp_iptc
from glide_studio.io.images.jpeg_segments import END_OF_IMAGE, JpegStructure
from glide_studio.io.images.jpeg_shift import find_displacement, find_shift
from glide_studio.io.images.picture import (
    COMMENT,
    MAX_SEGMENTS,
    MAX_SOURCE,
    UNUSABLE_PROFILE,
    Announce,
    Samples,
)
from glide_studio.io.images.pillow_read import COMPLETE, PictureParts, pixels_of, read_header
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

RGBA, RGB, GRAY = (
    imagecodecs.JPEG8.CS.EXT_RGBA,
    imagecodecs.JPEG8.CS.RGB,
    imagecodecs.JPEG8.CS.GRAYSCALE,
)
NOISE_BYTES = 48
TAIL_BYTES = 512  # of a scan that are replaced to see whether they are decoded: above one MCU
HOLE_BYTES = 64  # of the same value in a row, which no picture but a flat one has
MAX_RGB_PIXELS = 64 << 20  # above, only luminance is compared, for want of memory
LEFT_OVER = re.compile(r"(\d+) extraneous bytes before marker (0x[0-9a-f]{2})")  # of libjpeg
END_MARKER = "0xd9"
READ_AHEAD = 16  # bytes
DAMAGED_SOMEWHERE = QT_TRANSLATE_NOOP(
    "JpegRead",
    "The file is damaged: from some place on, which is not known, the picture may be shifted or"
    " have wrong colors. Compare it with another copy.",
)
SHIFTED = QT_TRANSLATE_NOOP(
    "JpegRead",
    "The file is damaged: bytes are lost or wrong about {x} pixels from the left and {y} from the"
    " top of the picture as stored, and what follows is displaced or has a wrong brightness or"
    " color; that part is selected. Compare it with another copy.",
)
MAX_JUNK = 1 << 20  # bytes between segments, which Pillow skips one by one
MORE_XMP = QT_TRANSLATE_NOOP(
    "JpegRead", "Only the first part of its XMP was read, since it goes on in other blocks."
)
GARBLED = 3  # MCUs before a shift that are marked too: decoding took some to make sense again
LEAST_BITS = 0.02  # a block of 8 x 8 pixels; a flat gray one has two, in a progressive file one


class Damage(NamedTuple):
    """What is wrong with a picture.

    missing: what `find_missing` returns. is_somewhere: True if a part is wrong, and not known
        which.
    shifted: as `missing`, where the picture is there in wrong brightness or color.
    """

    missing: NDArray[np.uint8] | None
    is_somewhere: bool = False
    shifted: NDArray[np.uint8] | None = None


WHOLE = Damage(None)


def decode_jpeg(data: bytes, announce: Announce) -> PictureParts:
    """Decode a JPEG; CMYK and YCCK are converted by their profile.

    What is missing in a damaged file is told in `notes` and marked in `missing`.

    Raises:
        GlideError: from `announce`, or for kinds of JPEG that cannot be decoded.
    """
    structure = jpeg_segments.parse(data)
    _check_supported(structure)
    if structure.segments >= MAX_SEGMENTS or structure.junk > MAX_JUNK:
        raise ValueError("The file has more segments, or bytes between them, than a picture needs.")
    if structure.scans and not structure.complete:
        data = data[: structure.end] + END_OF_IMAGE
    with Image.open(BytesIO(data), formats=["JPEG", "MPO"]) as image:
        announce(Size(*image.size))
        _check_density(structure)
        parts = read_header(image)
        if image.mode in ("L", "RGB"):
            samples, damage = _decode(data, structure, gray=image.mode == "L")
            if image.mode == "L":
                decoded = pixel_layout.to_rgba(pixel_layout.gray_to_rgb(samples, parts.icc))
            else:
                decoded = samples, False
        else:
            damage = _look_for_damage(data, structure, "")
            image.load()
            # Pillow knows that Adobe's inks are written inverted.
            decoded = pixels_of(image, parts.icc)
    if structure.scans:
        damage = _look_for_shift(decoded[0], structure, damage)
    parts = _with_metadata(parts.with_pixels(*decoded), structure)
    if damage is WHOLE and structure.complete and structure.end <= MAX_SOURCE:
        profile = None if parts.icc is None else profile_space(parts.icc)
        # A gray profile and inks were converted, which has no exact way back.
        if image.mode == "RGB" or (image.mode == "L" and profile != "GRAY"):
            parts = replace(parts, jpeg=data[: structure.end] + END_OF_IMAGE)
    return _with_damage(parts, damage, structure)


def _decode(data: bytes, structure: JpegStructure, *, gray: bool) -> tuple[NDArray[Any], Damage]:
    """Return (gray [h, w] or RGBA [h, w, 4], what is damaged).

    The decoder that tells of warnings is asked first: without one the picture is whole.
    """
    try:
        samples = simplejpeg.decode_jpeg(data, "GRAY" if gray else "RGBA", strict=True)
    except ValueError as warning:
        damage = _look_for_damage(data, structure, str(warning))
        return imagecodecs.jpeg8_decode(data, outcolorspace=GRAY if gray else RGBA), damage
    return samples[..., 0] if gray else samples, WHOLE


def _look_for_damage(data: bytes, structure: JpegStructure, warning: str) -> Damage:
    """Find what is damaged. warning: of the decoder."""
    try:
        missing = find_missing(data, structure, _tells_of_damage(data, structure, warning))
        return WHOLE if missing is None else Damage(missing)
    except DamageNotFound:
        return Damage(None, is_somewhere=not _ends_before(data, structure, warning))


def _ends_before(data: bytes, structure: JpegStructure, warning: str) -> bool:
    """Return True if all blocks end where an encoder would end them, before bytes of other origin.

    That is where the end marker is missing, and after the last code there are only ones up to the
    next byte (T.81, F.1.2.3).
    """
    left_over = LEFT_OVER.search(warning)
    if left_over is None or structure.complete or len(structure.scans) != 1:
        return False
    scan = structure.scans[0]
    space = GRAY if len(structure.sampling) == 1 else RGB
    whole = imagecodecs.jpeg8_decode(data, outcolorspace=space)

    def matters(at: int, bit: int) -> bool:
        changed = data[at] ^ bit
        tail = b"\xff\0" if changed == 0xFF else bytes([changed])
        cut = data[:at] + tail + END_OF_IMAGE
        return not np.array_equal(imagecodecs.jpeg8_decode(cut, outcolorspace=space), whole)

    # The decoder has read a few bytes more than it has used.
    end = scan.end - int(left_over[1])
    used = (at for at in range(end - 1, max(scan.start, end - READ_AHEAD), -1) if matters(at, 0x80))
    last = next(used, None)
    if last is None:
        return False
    unset = ~data[last] & 0xFF
    return unset == 0 or matters(last, unset & -unset)


def _look_for_shift(pixels: Samples, structure: JpegStructure, damage: Damage) -> Damage:
    """Find from where on the picture is displaced or has a wrong brightness or color.

    Returns `damage` as it is if that is not seen, or begins only where the picture is missing.
    """
    interval = structure.restart_interval if len(structure.scans) == 1 else 0
    mcu = structure.mcu_size
    found = None
    if damage.missing is not None and not interval:
        lost = int(np.count_nonzero(damage.missing[:: mcu[1], :: mcu[0]]))
        found = find_displacement(pixels, mcu, lost)
    found = found or find_shift(pixels, mcu, interval, is_damaged=damage is not WHOLE)
    if found is None:
        return damage
    blocks = np.arange(max(0, found[0] - GARBLED), found[1])
    shifted = _blocks_mask(blocks, mcu, structure.size)
    if damage.missing is not None:
        if shifted.argmax() >= damage.missing.argmax():
            return damage
        shifted = np.maximum(shifted, damage.missing)
    return Damage(None, shifted=shifted)


def _tells_of_damage(data: bytes, structure: JpegStructure, warning: str) -> bool:
    """Return True for a warning of coded bytes that make no sense, or are left over."""
    left_over = LEFT_OVER.search(warning)
    if left_over is None or not structure.scans:
        return "Huffman" in warning
    end = structure.scans[-1].end
    rest = data[max(structure.scans[-1].start, end - int(left_over[1])) : end]
    return left_over[2] != END_MARKER or len(set(rest)) > 1


def _check_density(structure: JpegStructure) -> None:
    """Refuse a file whose coded bytes cannot be more than a trace of so large a picture.

    Raises:
        ValueError: if that is so.
    """
    coded = sum(scan.end - scan.start for scan in structure.scans)
    if structure.scans and 8 * coded < LEAST_BITS * structure.size.area / 64:
        raise ValueError("Nearly all of the picture is missing.")


def _check_supported(structure: JpegStructure) -> None:
    if structure.frame and structure.frame not in jpeg_segments.SUPPORTED_FRAMES:
        raise GlideError(
            translate(
                "JpegRead",
                "This kind of JPEG (lossless or hierarchical) is not supported;"
                " convert it to PNG or TIFF in the program that made it.",
            )
        )
    if structure.frame and not structure.size.height:
        raise NotImplementedError("The height of the JPEG stands behind its first scan (DNL).")
    if structure.frame and structure.precision != 8:
        raise GlideError(
            translate(
                "JpegRead",
                "JPEG with {precision} bits a channel is not supported; convert it to "
                "PNG or TIFF in the program that made it.",
            ).format(precision=structure.precision)
        )


def _with_metadata(parts: PictureParts, structure: JpegStructure) -> PictureParts:
    text = dict(parts.text)
    if structure.comment:
        try:
            text[COMMENT] = structure.comment.decode()
        except UnicodeDecodeError:
            text[COMMENT] = structure.comment.decode("latin-1")
    iptc = None if structure.iptc is None else xmp_iptc.clean_iptc(structure.iptc)
    parts = replace(parts, text=text, iptc=iptc)
    if structure.has_profile and parts.icc is None:
        parts = parts.with_note(translate("Picture", UNUSABLE_PROFILE))
    return parts.with_note(translate("JpegRead", MORE_XMP)) if structure.has_more_xmp else parts


def _with_damage(parts: PictureParts, damage: Damage, structure: JpegStructure) -> PictureParts:
    if damage.missing is not None:
        return parts.with_missing(damage.missing)
    if damage.shifted is not None:
        y, x = divmod(int(damage.shifted.argmax()), structure.size.width)
        note = translate("JpegRead", SHIFTED).format(x=x, y=y)
        return replace(parts.with_note(note), missing=damage.shifted)
    if damage.is_somewhere:
        return parts.with_note(translate("JpegRead", DAMAGED_SOMEWHERE))
    return parts if structure.complete else parts.with_note(translate("PillowRead", COMPLETE))


def _blocks_mask(damaged: NDArray[np.intp], mcu: tuple[int, int], size: Size) -> NDArray[np.uint8]:
    """Return [h, w] uint8, 255 in MCUs of `mcu` pixels that are damaged, by their numbers."""
    width, height = mcu
    grid = np.zeros((-(-size.height // height), -(-size.width // width)), np.uint8)
    grid.ravel()[damaged] = 255
    whole = np.repeat(np.repeat(grid, height, axis=0), width, axis=1)
    return whole[: size.height, : size.width].copy()


def find_missing(
    data: bytes, structure: JpegStructure, is_damaged: bool = False
) -> NDArray[np.uint8] | None:
    """Return [h, w] uint8, 255 where the picture, not yet upright, is missing; None if it is whole.

    data: the file, with an end marker. is_damaged: True if it is known to be not whole.

    The place of damage is known to one MCU where the scan ends early, where bytes were overwritten
    by a constant, and within restart intervals.

    Raises:
        DamageNotFound: if the picture is damaged in another place.
    """
    if not structure.scans or not structure.size.area:
        return None
    checker = _ScanChecker(data, structure)
    # Each holds a picture, and a progressive one its coefficients too.
    workers = 1 if structure.size.area > MAX_RGB_PIXELS else 3
    with ThreadPoolExecutor(workers) as pool:
        before, appended, replaced = pool.map(
            checker.decode, (data, checker.with_noise(0), checker.with_noise(TAIL_BYTES))
        )
    short = not np.array_equal(before, appended)
    # Bytes that are never decoded are left over where blocks in the middle were lost.
    surplus = np.array_equal(before, replaced) and checker.has_surplus(before)
    if not short and not surplus and not checker.lost_intervals and not is_damaged:
        return None
    return checker.mask(before, appended)


class DamageNotFound(Exception):
    """Raised for a picture that is damaged somewhere."""


class _ScanChecker:
    """Compares decoded pictures block by block; blocks are the picture's MCUs, row by row."""

    def __init__(self, data: bytes, structure: JpegStructure) -> None:
        self._data, self._structure = data, structure
        self._mcu = structure.mcu_size
        size = structure.size
        self.columns = -(-size.width // self._mcu[0])
        self.rows = -(-size.height // self._mcu[1])
        # One interleaved scan shows every missing block in its luminance.
        plain = len(structure.scans) == 1 or size.area > MAX_RGB_PIXELS
        self._space = GRAY if plain and len(structure.sampling) != 4 else None
        if self._space is None and len(structure.sampling) == 3:
            self._space = RGB
        random = np.random.default_rng(1)
        # Neither it nor its inverse holds 0xFF, which would be a marker.
        self._noise = random.integers(1, 255, NOISE_BYTES, np.uint8).tobytes()
        self.lost_intervals = self._find_lost_intervals()

    def with_noise(self, replaced: int) -> bytes:
        """Return the file with noise at the end of each scan, in place of its last bytes."""
        parts, at = [], 0
        for scan in self._structure.scans:
            end = max(scan.start, scan.end - replaced)
            parts.append(self._with_noise_at_restarts(self._data[at:end], scan.start - at))
            parts.append(self._noise)
            at = scan.end
        return b"".join([*parts, self._data[at:]])

    def _with_noise_at_restarts(self, part: bytes, start: int) -> bytes:
        if not self._structure.restart_interval:
            return part
        head, scan = part[: max(0, start)], part[max(0, start) :]
        for number in range(8):
            marker = bytes([0xFF, 0xD0 + number])
            scan = scan.replace(marker, self._noise + marker)
        return head + scan

    def decode(self, data: bytes) -> NDArray[Any]:
        """Decode to what is compared: luminance alone where it shows all damage."""
        if self._space is None:
            with Image.open(BytesIO(data), formats=["JPEG", "MPO"]) as image:
                image.load()
                return np.asarray(image)
        return np.asarray(imagecodecs.jpeg8_decode(data, outcolorspace=self._space))

    def _differing(self, before: NDArray[Any], after: NDArray[Any]) -> list[int]:
        """Return the numbers of the blocks in which two decoded pictures differ."""
        width, height = self._mcu
        differs = before != after
        if differs.ndim == 3:
            differs = differs.any(axis=2)
        blocks = np.zeros((self.rows * height, self.columns * width), np.bool_)
        blocks[: differs.shape[0], : differs.shape[1]] = differs
        counts = np.count_nonzero(
            blocks.reshape(self.rows, height, self.columns, width), axis=(1, 3)
        )
        # Color is interpolated over one pixel beyond a block.
        spill = 0 if self._space == GRAY else 2 * (width + height)
        return [int(block) for block in np.flatnonzero(counts > spill)]

    def has_surplus(self, before: NDArray[Any]) -> bool:
        """Return True if the last scan has bytes that are not decoded, beyond mere padding."""
        scan = self._structure.scans[-1]
        content = self._data[scan.start : scan.end]
        length = len(content.rstrip(content[-1:]))
        if length <= 2 * TAIL_BYTES:
            return False
        cut, rest = self._data[: scan.start + length - TAIL_BYTES], self._data[scan.end :]
        inverse = bytes(255 - byte for byte in self._noise)
        # Two kinds: one alone may be clipped to the white or black that was there.
        return all(
            np.array_equal(before, self.decode(cut + noise + rest))
            for noise in (self._noise, inverse)
        )

    def mask(self, before: NDArray[Any], appended: NDArray[Any]) -> NDArray[np.uint8]:
        """Return [h, w] uint8, 255 in all blocks from the first damaged one of each interval on.

        before, appended: as decoded from the file, and with noise at the ends of its scans.
        """
        differing = self._differing(before, appended)
        interval = self._structure.restart_interval
        damaged = np.zeros(self.columns * self.rows, np.bool_)
        if interval and len(self._structure.scans) == 1:
            for block in differing:
                damaged[block : (block // interval + 1) * interval] = True
            for number in self.lost_intervals:
                damaged[number * interval : (number + 1) * interval] = True
        else:
            starts = [*differing[:1], *self._hole_start(before)]
            damaged[min(starts, default=damaged.size) :] = True
        if not damaged.any():
            raise DamageNotFound
        return _blocks_mask(np.flatnonzero(damaged), self._mcu, self._structure.size)

    def _hole_start(self, before: NDArray[Any]) -> list[int]:
        """Return the first block that bytes overwritten by a constant reach, if there are such."""
        for scan in self._structure.scans:
            content = np.frombuffer(self._data, np.uint8, scan.end - scan.start, scan.start)
            changes = np.flatnonzero(np.diff(content)) + 1
            starts = np.concatenate([[0], changes])
            lengths = np.diff(np.concatenate([starts, [content.size]]))
            holes = starts[lengths >= HOLE_BYTES]
            if holes.size:
                cut = self._data[: scan.start + int(holes[0])]
                after = self.decode(cut + self._noise + END_OF_IMAGE)
                return self._differing(before, after)[:1]
        return []

    def _find_lost_intervals(self) -> list[int]:
        """Return the numbers of restart intervals whose markers are missing."""
        interval = self._structure.restart_interval
        if not interval or len(self._structure.scans) != 1:
            return []
        scan = self._structure.scans[0]
        content = np.frombuffer(self._data, np.uint8, scan.end - scan.start, scan.start)
        places = np.flatnonzero(content[:-1] == 0xFF)
        following = content[places + 1]
        found = following[(following >= 0xD0) & (following <= 0xD7)] - 0xD0
        expected = -(-self.columns * self.rows // interval) - 1
        lost: list[int] = []
        number = 0  # of the interval that the next marker should end
        for marker in found.tolist():
            skipped = (marker - number) % 8
            lost += range(number, number + skipped + 1) if skipped else []
            number += skipped + 1
        if number < expected:
            lost += range(number, expected + 1)
        return [one for one in lost if one <= expected]
