"""The untouched-pixel proof of two states of a document."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, dirty
from glide_studio.document.raster import Raster
from glide_studio.imaging.blending.checks import UnchangedReport, check_unchanged


def prove(before: Document, after: Document, mask: Raster) -> UnchangedReport:
    """Compare what is seen wherever `mask` is 0, in the document's own depth.

    Tiles that both documents share by identity hold the same bits: they count as compared.
    """
    result = UnchangedReport()
    for box in dirty(before, after):
        result += check_unchanged(
            composite(before, box), composite(after, box), mask.read(box)[..., 0]
        )
    painted = sum(int(np.count_nonzero(tile.pixels)) for _, tile in mask.tiles())
    return replace(result, compared=before.size.area - painted)
