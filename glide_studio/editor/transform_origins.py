"""`TransformOrigins`: the whole pixels of layers that transforms have cut off at the canvas."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from glide_studio.document.layer import Layer
from glide_studio.document.quad import Quad
from glide_studio.document.raster import Raster
from glide_studio.document.warp import Matrix

MAX_KEPT = 256  # transforms
UNMOVED: Matrix = np.eye(3)


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """What a layer's pixels are made from.

    source: the layer with the pixels and masks before all its transforms. matrix: where they were
    moved to. frame: around the content of `frame_layers`, which were transformed together, as it
    was left; None for the box around it.
    """

    source: Layer
    matrix: Matrix
    frame: Quad | None = None
    frame_layers: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """Rasters that a transform made, and what it made them from."""

    rasters: tuple[Raster, ...]
    sources: tuple[Raster, ...]
    matrix: Matrix
    frame: Quad | None
    frame_layers: int


@dataclass
class TransformOrigins:
    """The origins of layers, as long as nothing but transforms has changed their pixels.

    With them a layer that is moved back into the canvas is whole again, and one that is transformed
    several times is resampled once. The pixels are those of states of the history, which are kept
    anyway.
    """

    _made: OrderedDict[tuple[int, ...], _Made] = field(default_factory=OrderedDict)

    def find(self, layer: Layer) -> Origin:
        """Find what a layer is made from: itself, unless transforms alone have made its pixels."""
        made = self._made.get(_key(layer))
        if made is None:
            return Origin(layer, UNMOVED)
        sources = iter(made.sources)
        source = layer.map_rasters(lambda _: next(sources))
        return Origin(source, made.matrix, made.frame, made.frame_layers)

    def record(
        self, moved: Iterable[tuple[Layer, Origin]], matrix: Matrix, frame: Quad | None
    ) -> None:
        """Note what layers were made from that were transformed together.

        moved: the layers afterwards, with their origins before. matrix: of this transform. frame:
            around all of them, as it was left.
        """
        moved = list(moved)
        for layer, origin in moved:
            self._made[_key(layer)] = _Made(
                tuple(layer.rasters()),
                tuple(origin.source.rasters()),
                matrix @ origin.matrix,
                frame,
                len(moved),
            )
        while len(self._made) > MAX_KEPT:
            self._made.popitem(last=False)

    def clear(self) -> None:
        """Forget all of them, with the document that they belong to."""
        self._made.clear()


def _key(layer: Layer) -> tuple[int, ...]:
    return tuple(map(id, layer.rasters()))
