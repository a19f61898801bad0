"""EXIF blocks, changed in place so that a camera's own notes, which hold offsets, stay readable.

A block is a small TIFF file: byte order, then directories of 12-byte entries (EXIF 2.32, 4.6).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

PREFIX = b"Exif\0\0"  # stands before the block in a JPEG
ORIENTATION, EXIF_IFD = 0x0112, 0x8769
PIXEL_X, PIXEL_Y = 0xA002, 0xA003
SHORT, LONG = 3, 4

TRANSPOSED = frozenset({5, 6, 7, 8})
"""Orientations that exchange width and height."""


def bare(exif: bytes) -> bytes | None:
    """The block without the JPEG prefix; None if it is not one."""
    block = exif.removeprefix(PREFIX)
    return block if block[:4] in (b"II*\0", b"MM\0*") else None


def orientation(block: bytes) -> int:
    """1 .. 8; 1, upright, if the block does not say."""
    order = _order(block)
    for tag, kind, _, at in _entries(block, _first(block)):
        if tag == ORIENTATION and kind == SHORT:
            value: int = struct.unpack_from(order + "H", block, at)[0]
            return value if 1 <= value <= 8 else 1
    return 1


def upright(block: bytes) -> bytes:
    """The block with orientation 1 and without the link to its thumbnail directory."""
    order = _order(block)
    out = bytearray(block)
    first = _first(block)
    for tag, kind, _, at in _entries(block, first):
        if tag == ORIENTATION and kind == SHORT:
            struct.pack_into(order + "H", out, at, 1)
    if first + 2 <= len(block):
        link = first + 2 + 12 * struct.unpack_from(order + "H", block, first)[0]
        if link + 4 <= len(block):
            struct.pack_into(order + "I", out, link, 0)
    return bytes(out)


def with_size(block: bytes, width: int, height: int) -> bytes:
    """The block with the picture's size, where it names one."""
    order = _order(block)
    out = bytearray(block)
    for tag, _, _, at in _entries(block, _first(block)):
        if tag != EXIF_IFD:
            continue
        inner = struct.unpack_from(order + "I", block, at)[0]
        for name, kind, _, place in _entries(block, inner):
            side = {PIXEL_X: width, PIXEL_Y: height}.get(name)
            if side is None:
                continue
            if kind == LONG:
                struct.pack_into(order + "I", out, place, side)
            elif kind == SHORT and side < 1 << 16:
                struct.pack_into(order + "H", out, place, side)
    return bytes(out)


def _order(block: bytes) -> str:
    return "<" if block[:2] == b"II" else ">"


def _first(block: bytes) -> int:
    if len(block) < 8:
        return len(block)
    offset: int = struct.unpack_from(_order(block) + "I", block, 4)[0]
    return offset


def _entries(block: bytes, offset: int) -> Iterator[tuple[int, int, int, int]]:
    """(tag, type, count, place of the value) of each entry of the directory at `offset`."""
    order = _order(block)
    if offset + 2 > len(block):
        return
    for number in range(struct.unpack_from(order + "H", block, offset)[0]):
        at = offset + 2 + 12 * number
        if at + 12 > len(block):
            return
        tag, kind, count = struct.unpack_from(order + "HHI", block, at)
        yield tag, kind, count, at + 8
