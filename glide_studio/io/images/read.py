"""Read an image file of any kind to a `Picture`, or refuse it in one sentence."""

from __future__ import annotations

import logging
import stat
import struct
from pathlib import Path

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.decode import decode
from glide_studio.io.images.extras import require_extra
from glide_studio.io.images.picture import (
    FREE_FILE,
    RAW_SUFFIXES,
    Format,
    Picture,
    check_size,
    decoding_error,
)
from glide_studio.io.images.sniff import UNTRUSTED, Kind, is_complete, sniff
from glide_studio.io.sandbox import parent
from glide_studio.translation import translate

MAX_FILE = 4 << 30  # bytes
HEAD_BYTES = 64  # that tell the format
DNG_VERSION = 50706  # a tag (DNG 1.7, chapter 4)
DENSEST = 1000  # pixels a byte of file; a photo has one to ten, flat color some hundreds

log = logging.getLogger(__name__)


def read_image(path: Path, *, takes_layers: bool = False) -> Picture:
    """Decode the image file at `path`: PNG, JPEG, TIFF, WebP, BMP, AVIF; others with their extras.

    The picture comes upright, in straight-alpha RGBA, 8 or 16 bits a channel. TIFF, the extras,
    long files and those that look damaged are decoded in a child process, under a memory limit and
    a deadline.

    takes_layers: who asks opens layered files as well, by their endings: the sentences say so.

    Raises:
        GlideError: if there is no such file, it is not an image, is damaged or too large.
        MissingExtra: if its format needs an extra that is not installed.
    """
    head, length = read_head(path)
    kind = _find_kind(path, head)
    if kind is None or kind == "psd" or kind == "ora" or kind == "glide":
        raise not_an_image_error(path, kind, takes_layers)
    require_extra(kind, path)
    if length <= FREE_FILE and kind not in UNTRUSTED:
        data = _read(path, length)
        if is_complete(kind, data):
            try:
                return decode_in_process(kind, data, path.name)
            except Dense as error:
                log.info("%s: %s", path.name, error)
    return parent.decode_in_child(path, kind, length)


def _find_kind(path: Path, head: bytes) -> Kind | None:
    """Return the format; of RAW files, which mostly begin like a TIFF, by their names too."""
    kind = sniff(head)
    if kind is None or kind == "tiff":
        return "raw" if path.suffix.lower() in RAW_SUFFIXES or _is_dng(path, head) else kind
    return kind


def _is_dng(path: Path, head: bytes) -> bool:
    """Return True if the first directory of a TIFF says that it holds what a sensor measured."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
    if order is None or len(head) < 8:
        return False
    try:
        with path.open("rb") as file:
            file.seek(struct.unpack_from(f"{order}I", head, 4)[0])
            count = struct.unpack(f"{order}H", file.read(2))[0]
            entries = file.read(12 * count)
    except (OSError, struct.error):
        return False
    tags = (entries[at : at + 2] for at in range(0, len(entries), 12))
    return struct.pack(f"{order}H", DNG_VERSION) in tags


def read_head(path: Path) -> tuple[bytes, int]:
    """Return (the first 64 bytes of a file, its length).

    Raises:
        GlideError: if it is missing, a folder, empty, too large, or may not be read.
    """
    try:
        length = regular_file_size(path)
        if length > MAX_FILE:
            raise GlideError(
                translate(
                    "Read",
                    "'{name}' has {length} GiB and files up to {max_file} GiB can be "
                    "opened; save it smaller or in another format.",
                ).format(name=path.name, length=length >> 30, max_file=MAX_FILE >> 30)
            )
    except (OSError, ValueError) as error:
        raise _read_error(path, error) from error
    head = _read(path, HEAD_BYTES)
    if not head:
        raise GlideError(
            translate("Read", "'{name}' is empty; choose another file.").format(name=path.name)
        )
    return head, length


def _read(path: Path, count: int) -> bytes:
    """Read at most so many bytes from the start of a file.

    Raises:
        GlideError: if it is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise _read_error(path, error) from error


def _read_error(path: Path, error: Exception) -> GlideError:
    if isinstance(error, FileNotFoundError):
        text = translate(
            "Read",
            "There is no file '{name}'; it may have been moved or renamed. Choose another one.",
        )
    else:
        text = translate("Read", "'{name}' cannot be read; check that you may open it.")
    return GlideError(text.format(name=path.name))


def regular_file_size(path: Path) -> int:
    """Return the bytes of a file, without opening it: a pipe or a device would never end.

    Raises:
        GlideError: if it is no regular file.
        OSError: if it is missing or may not be looked at.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise GlideError(
            translate("Read", "'{name}' is a folder; choose a file inside of it.").format(
                name=path.name
            )
        )
    if not stat.S_ISREG(status.st_mode):
        raise GlideError(
            translate("Read", "'{name}' is a device or a pipe; choose a file.").format(
                name=path.name
            )
        )
    return status.st_size


class Dense(Exception):
    """Raised for a file with so many pixels a byte that it is decoded in a child process."""


def decode_in_process(form: Format, data: bytes, name: str) -> Picture:
    """Decode in this process; every failure is one sentence.

    Raises:
        GlideError: if the data is damaged or the picture too large.
        Dense: if it has more than DENSEST pixels a byte.
    """

    def announce(size: Size, /, *, layers_area: int = 0) -> None:
        check_size(size)
        if size.area > DENSEST * len(data):
            raise Dense(f"{size} in {len(data)} bytes")

    try:
        return decode(form, data, announce)
    except Dense:
        raise
    except GlideError as error:
        raise GlideError(
            translate("Read", "'{name}' was not opened: {error}").format(name=name, error=error)
        ) from error
    except MemoryError as error:
        raise GlideError(
            translate(
                "Read",
                "There is not enough memory to open '{name}'; close other documents or "
                "make it smaller.",
            ).format(name=name)
        ) from error
    except Exception as error:
        # Codecs raise exceptions of any kind for damaged data.
        log.info("%s: %r", name, error)
        raise decoding_error(name, error) from error


def not_an_image_error(path: Path, kind: Kind | None, takes_layers: bool = False) -> GlideError:
    """Return the sentence for a file that holds no single picture.

    takes_layers: see `read_image`.
    """
    if kind is None and takes_layers:
        text = translate(
            "Read",
            "'{name}' is not an image that can be opened; choose a PNG, JPEG, TIFF, WebP,"
            " BMP, AVIF, HEIC, JPEG XL or RAW file, a PSD, an OpenRaster file or a .glide"
            " project.",
        )
    elif kind is None:
        text = translate(
            "Read",
            "'{name}' is not an image that can be opened; choose a PNG, JPEG, TIFF, WebP,"
            " BMP, AVIF, HEIC, JPEG XL or RAW file.",
        )
    elif takes_layers:
        text = translate(
            "Read",
            "'{name}' is a layered document with another ending; rename it to end in .{ending}.",
        )
    else:
        text = translate(
            "Read", "'{name}' has layers, and a picture is needed; export it as a PNG first."
        )
    return GlideError(text.format(name=path.name, ending=kind))
