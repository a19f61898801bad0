"""A `LayeredPicture` as JSON and raw buffers, to come from the process that decoded it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.layered.layered_picture import LayeredPicture, LayerPart, MaskPart
from glide_studio.io.sandbox.parent import Answer

PLAIN = ("name", "opacity", "blend", "clipping", "visible", "locked")
BLOCKS = ("icc", "exif", "xmp")


def to_answer(picture: LayeredPicture) -> tuple[dict[str, Any], list[Any]]:
    """(header, buffers), the other half of `from_answer`."""
    buffers: list[Any] = []

    def array(pixels: NDArray[Any] | None) -> dict[str, Any] | None:
        if pixels is None:
            return None
        buffers.append(np.ascontiguousarray(pixels).reshape(-1).view(np.uint8).data)
        return {"at": len(buffers) - 1, "shape": pixels.shape, "dtype": pixels.dtype.str}

    def box(one: Box) -> list[int]:
        return [one.x, one.y, one.width, one.height]

    def part(layer: LayerPart) -> dict[str, Any]:
        mask = layer.mask
        return {
            **{name: getattr(layer, name) for name in PLAIN},
            "box": box(layer.box),
            "pixels": array(layer.pixels),
            "children": [part(child) for child in layer.children],
            "mask": None
            if mask is None
            else {"pixels": array(mask.pixels), "box": box(mask.box), "outside": mask.outside},
        }

    header: dict[str, Any] = {
        "width": picture.size.width,
        "height": picture.size.height,
        "depth": picture.depth,
        "layers": [part(layer) for layer in picture.layers],
        "dpi": picture.dpi,
        "merged": array(picture.merged),
        "notes": picture.notes,
        "text": dict(picture.text),
    }
    for name in BLOCKS:
        block = getattr(picture, name)
        header[name] = None if block is None else len(buffers)
        buffers += [] if block is None else [block]
    return header, buffers


def from_answer(answer: Answer) -> LayeredPicture:
    """The layered picture in a child's answer."""
    header, buffers = answer.header, answer.buffers

    def array(fields: dict[str, Any] | None) -> NDArray[Any] | None:
        if fields is None:
            return None
        flat = np.frombuffer(buffers[fields["at"]], np.dtype(fields["dtype"]))
        return flat.reshape(fields["shape"])

    def mask(fields: dict[str, Any] | None) -> MaskPart | None:
        if fields is None:
            return None
        pixels = array(fields["pixels"])
        assert pixels is not None
        return MaskPart(pixels, Box(*fields["box"]), fields["outside"])

    def part(fields: dict[str, Any]) -> LayerPart:
        return LayerPart(
            box=Box(*fields["box"]),
            pixels=array(fields["pixels"]),
            children=tuple(part(child) for child in fields["children"]),
            mask=mask(fields["mask"]),
            **{name: fields[name] for name in PLAIN},
        )

    blocks = {
        name: None if header[name] is None else bytes(buffers[header[name]]) for name in BLOCKS
    }
    return LayeredPicture(
        Size(header["width"], header["height"]),
        header["depth"],
        tuple(part(fields) for fields in header["layers"]),
        dpi=None if header["dpi"] is None else (header["dpi"][0], header["dpi"][1]),
        merged=array(header["merged"]),
        notes=tuple(header["notes"]),
        text=header["text"],
        **blocks,
    )
