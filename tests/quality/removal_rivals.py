"""Other ways of closing a hole: those of OpenCV, of scikit-image, PyPatchMatch and G'MIC.

None of them is a dependency; those that are not installed are left out and said so. To have all:
`pip install opencv-contrib-python-headless scikit-image pypatchmatch` in an environment of its own
(opencv-contrib replaces opencv), and G'MIC as a program.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Hole = NDArray[np.bool_]
Fill = Callable[[Image, Hole], Image]

RADIUS = 3  # pixels that OpenCV's own methods look at, as in its tutorial
GMIC_SECONDS = 900


def rivals() -> dict[str, Fill]:
    """Every method that can run here, by its name in the table."""
    found: dict[str, Fill] = {
        "Telea": lambda image, hole: _opencv(image, hole, cv2.INPAINT_TELEA),
        "Navier-Stokes": lambda image, hole: _opencv(image, hole, cv2.INPAINT_NS),
    }
    if hasattr(cv2, "xphoto"):
        found["xphoto SHIFTMAP"] = shiftmap
        found["xphoto FSR"] = fsr
    if find_spec("skimage") is not None:
        found["biharmonic"] = biharmonic
    if find_spec("patchmatch") is not None:
        found["PyPatchMatch 3"] = lambda image, hole: pypatchmatch(image, hole, 3)
        found["PyPatchMatch 5"] = lambda image, hole: pypatchmatch(image, hole, 5)
    if shutil.which("gmic") is not None:
        found["G'MIC"] = gmic
    return found


def keep_outside(filled: Image, image: Image, hole: Hole) -> Image:
    """`filled` in the hole, `image` elsewhere: some methods change what is around."""
    return np.where(hole[..., None], filled, image).astype(np.uint8)


def _opencv(image: Image, hole: Hole, method: int) -> Image:
    return np.asarray(cv2.inpaint(image, hole.astype(np.uint8), RADIUS, method), np.uint8)


def shiftmap(image: Image, hole: Hole) -> Image:
    """Shift-map (Pritch, Kav-Venaki, Peleg 2009, with He and Sun's offsets 2012), on Lab."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    out = np.zeros_like(lab)
    cv2.xphoto.inpaint(
        lab, np.where(hole, 0, 255).astype(np.uint8), out, cv2.xphoto.INPAINT_SHIFTMAP
    )
    return keep_outside(cv2.cvtColor(out, cv2.COLOR_LAB2RGB), image, hole)


def fsr(image: Image, hole: Hole) -> Image:
    """Frequency selective reconstruction (Genser et al. 2018), the fast setting."""
    out = np.zeros_like(image)
    mask = np.where(hole, 0, 255).astype(np.uint8)
    bgr = np.ascontiguousarray(image[..., ::-1])
    cv2.xphoto.inpaint(bgr, mask, out, cv2.xphoto.INPAINT_FSR_FAST)
    return keep_outside(out[..., ::-1], image, hole)


def biharmonic(image: Image, hole: Hole) -> Image:
    """The biharmonic equation (scikit-image), solved box by box."""
    from skimage.restoration import inpaint_biharmonic

    filled = inpaint_biharmonic(image / 255.0, hole, channel_axis=-1, split_into_regions=False)
    return keep_outside(np.clip(np.rint(filled * 255), 0, 255).astype(np.uint8), image, hole)


def pypatchmatch(image: Image, hole: Hole, radius: int) -> Image:
    """PatchMatch completion with a patch of 2 radius + 1 pixels."""
    from patchmatch import patch_match

    mask = hole.astype(np.uint8)[..., None] * 255
    return keep_outside(patch_match.inpaint(image.copy(), mask, patch_size=radius), image, hole)


def gmic(image: Image, hole: Hole) -> Image:
    """G'MIC's `inpaint_matchpatch` with its own settings."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("image.png", "mask.png", "out.png")]
        cv2.imwrite(str(paths[0]), image[..., ::-1])
        cv2.imwrite(str(paths[1]), hole.astype(np.uint8) * 255)
        subprocess.run(
            ["gmic", str(paths[0]), str(paths[1]), "inpaint_matchpatch[0]", "[1]",
             "keep[0]", "output", str(paths[2])],
            check=True, capture_output=True, timeout=GMIC_SECONDS,
        )  # fmt: skip
        filled = cv2.imread(str(paths[2]), cv2.IMREAD_COLOR)[..., ::-1]
    return keep_outside(filled, image, hole)
