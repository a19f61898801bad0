"""`Layer`: pixels, a group or an adjustment, and how it is blended with what lies below."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, Self, get_args

from glide_studio.document.adjustments import Adjustment
from glide_studio.document.raster import Raster

BlendMode = Literal[
    "normal",
    "multiply",
    "screen",
    "overlay",
    "darken",
    "lighten",
    "color-dodge",
    "color-burn",
    "hard-light",
    "soft-light",
    "difference",
    "exclusion",
    "hue",
    "saturation",
    "color",
    "luminosity",
    "pass-through",
]
"""The modes of W3C "Compositing and Blending Level 1" by their names there, and "pass-through" for
groups, whose layers then blend with what lies below the group as if there were no group."""

BLEND_MODES: tuple[BlendMode, ...] = get_args(BlendMode)


MAX_LAYERS = 10_000  # of a document, read from any file
MAX_NESTING = 64  # groups within groups


def new_id() -> str:
    """Make a unique identifier of 32 hexadecimal digits."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a document, as large as the document.

    raster: 4 channels, in the document's depth; None for a group or an adjustment.
    children: layers of a group, bottom to top.
    mask: 1 channel, any depth; its value multiplies the layer's alpha. None shows all.
    opacity: 0 .. 1.
    clipping: shown only where the nearest layer below that does not clip is, and part of it.
    locked: must not be painted on, moved or removed; checked by the editor, not by the edits.
    keeps_alpha: painting changes colors and no alpha: nothing where the layer shows nothing.
    adjustment: changes the colors of what lies below instead of holding pixels; None for others.
    provenance: how the pixels were generated, as a JSON object; None for pixels that were not. The
        document stores it and does not read it.

    Raises:
        ValueError: if a value is out of its range or the layer is half a group.
    """

    name: str
    raster: Raster | None = None
    children: tuple[Layer, ...] = ()
    mask: Raster | None = None
    opacity: float = 1.0
    blend: BlendMode = "normal"
    clipping: bool = False
    visible: bool = True
    locked: bool = False
    keeps_alpha: bool = False
    provenance: Mapping[str, Any] | None = None
    adjustment: Adjustment | None = None
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        if isinstance(self.provenance, dict):
            object.__setattr__(self, "provenance", MappingProxyType(self.provenance))
        if self.raster is not None and self.children:
            raise ValueError("A layer holds either pixels or other layers.")
        if self.adjustment is not None and (self.raster is not None or self.children):
            raise ValueError("An adjustment holds neither pixels nor layers.")
        if self.raster is not None and self.raster.channels != 4:
            raise ValueError("A layer's raster has 4 channels.")
        if self.mask is not None and self.mask.channels != 1:
            raise ValueError("A layer's mask has 1 channel.")
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"Opacity lies in 0 .. 1; {self.opacity} does not.")
        if self.blend not in BLEND_MODES:
            raise ValueError(f"There is no blend mode '{self.blend}'.")
        if self.blend == "pass-through" and not self.is_group:
            raise ValueError("Only a group can be passed through.")

    @property
    def is_group(self) -> bool:
        """True if this layer holds layers instead of pixels or an adjustment."""
        return self.raster is None and self.adjustment is None

    def iter_layers(self) -> Iterator[Layer]:
        """Iterate over this layer, then all layers inside of it, bottom to top."""
        yield self
        for child in self.children:
            yield from child.iter_layers()

    def rasters(self) -> Iterator[Raster]:
        """Iterate over the pixels and masks of this layer and of those inside of it."""
        for layer in self.iter_layers():
            if layer.raster is not None:
                yield layer.raster
            if layer.mask is not None:
                yield layer.mask

    def map_rasters(self, change: Callable[[Raster], Raster]) -> Self:
        """Apply `change` to the pixels and masks of this layer and of those inside of it."""
        return replace(
            self,
            raster=None if self.raster is None else change(self.raster),
            mask=None if self.mask is None else change(self.mask),
            children=tuple(child.map_rasters(change) for child in self.children),
        )
