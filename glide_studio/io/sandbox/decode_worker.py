"""Decodes an image in a process of its own: `python -m glide_studio.io.sandbox.decode_worker KIND PATH`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

from glide_studio.io.images.decode import decode
from glide_studio.io.images.picture import Announce, Format
from glide_studio.io.sandbox.child import serve
from glide_studio.io.sandbox.parent import picture_header

PER_PIXEL = 56  # bytes: float32 work copies of RGBA beside 16-bit input and output


def decode_image(kind: str, data: bytes, announce: Announce) -> tuple[dict[str, Any], list[Any]]:
    """An image file as header and buffers."""
    return picture_header(decode(cast(Format, kind), data, announce))


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), decode_image, PER_PIXEL, sys.stdout.buffer)
