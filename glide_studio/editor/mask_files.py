"""Masks from files."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.document.morphology import grow
from glide_studio.document.raster import Raster
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.export_options import ExportOptions, format_for
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from glide_studio.translation import translate

GRAY_SPREAD = 24  # of 8-bit channels: up to here a pixel counts as gray
COLORED_SHARE = 0.02  # of the pixels, from which a file counts as a picture in color
WHOLE_SHARE = 0.99  # of the pixels: a mask of so many is hardly meant


def mask_from_picture(picture: Picture) -> NDArray[np.uint8]:
    """Return a mask file's gray, weighted by its alpha: white = will change; [h, w] uint8.

    A mask drawn on transparency in one color, as paint programs save a selection, is its alpha.
    """
    top = 255 if picture.depth == 8 else 65535
    gray = picture.pixels[..., :3].astype(np.float32).mean(axis=-1) / top
    alpha = picture.pixels[..., 3].astype(np.float32) / top
    if picture.has_alpha and not (gray * alpha).any():
        gray = np.ones_like(gray)
    mask: NDArray[np.uint8] = np.rint(gray * alpha * 255).astype(np.uint8)
    return mask


def read_mask(path: Path, size: Size) -> NDArray[np.uint8]:
    """Return the mask in an image file, [h, w] uint8; errors as of `read_mask_picture`."""
    return mask_from_picture(read_mask_picture(path, size))


def read_mask_picture(path: Path, size: Size) -> Picture:
    """Return an image file that is to be a mask.

    Raises:
        GlideError: if the file is no image or not of `size`; the sentence says both sizes.
    """
    picture = read_image(path)
    if picture.size != size:
        raise GlideError(
            translate(
                "MaskFiles",
                "The mask is {size} pixels and the picture {wanted}; choose a mask of "
                "the picture's size.",
            ).format(size=picture.size, wanted=size)
        )
    return picture


def explain_mask(name: str, picture: Picture, mask: NDArray[np.uint8]) -> str:
    """Return one sentence for the user if a file is hardly meant as a mask, else "".

    name: of the file. picture: what it shows. mask: [h, w], what became of it.
    """
    if not mask.any():
        text = translate(
            "MaskFiles",
            "'{name}' is black all over, so nothing is selected; white marks what changes.",
        )
    elif _is_colored(picture):
        text = translate(
            "MaskFiles",
            "'{name}' is a picture in color, of which the bright parts are selected now; undo it if"
            " that was not meant.",
        )
    elif (mask > 0).mean() > WHOLE_SHARE:
        text = translate(
            "MaskFiles",
            "'{name}' is nowhere black, so all of the picture is selected now; undo it if that was"
            " not meant.",
        )
    else:
        return ""
    return text.format(name=name)


def _is_colored(picture: Picture) -> bool:
    channels = [picture.pixels[..., one] >> (picture.depth - 8) for one in range(3)]
    darkest, lightest = reduce(np.minimum, channels), reduce(np.maximum, channels)
    return bool((lightest - darkest > GRAY_SPREAD).mean() > COLORED_SHARE)


def grow_mask(mask: NDArray[np.uint8] | NDArray[np.bool_], pixels: int) -> NDArray[np.uint8]:
    """Return a mask [h, w] grown by so many pixels, 0 .. 255."""
    values = mask if mask.dtype == np.uint8 else mask * np.uint8(255)
    raster = grow(Raster.from_array(np.asarray(values, np.uint8)[..., None]), pixels)
    return np.ascontiguousarray(raster.read(raster.box)[..., 0], np.uint8)


def write_mask(path: Path, mask: NDArray[np.uint8]) -> None:
    """Write a mask [h, w] uint8 as an opaque gray image, white = will change.

    Raises:
        GlideError: if it cannot be written there or in that format.
    """
    opaque = np.full_like(mask, 255)
    picture = Picture(np.dstack([mask, mask, mask, opaque]), has_alpha=False)
    write_image(path, picture, ExportOptions(format_for(path), quality=100))
