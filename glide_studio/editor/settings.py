"""Settings of the tools and of Generate.

Undo does not change them. A project stores them, but for the chosen tool (see `settings_json`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.sampling import Sampling
from glide_studio.document.selection import CombineMode
from glide_studio.document.shapes import ShapeKind
from glide_studio.imaging.blending.object_placement import PlacementOptions

MIN_BRUSH_PX, MAX_BRUSH_PX = 1.0, 3000.0  # document pixels across
MAX_CANDIDATES = 16  # of one run


class Tool(StrEnum):
    """Everything the left mouse button can do on the canvas."""

    BRUSH = "brush"
    ERASER = "eraser"
    REMOVE = "remove"
    HEAL = "heal"
    CLONE = "clone"
    LASSO = "lasso"
    POLYGON = "polygon"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    WAND = "wand"
    COLOR = "color"
    OBJECT = "object"
    PAINT = "paint"
    ERASE_PIXELS = "erase-pixels"
    BUCKET = "bucket"
    GRADIENT = "gradient"
    SHAPE = "shape"
    PICKER = "picker"
    TRANSFORM = "transform"
    CROP = "crop"
    EXTEND = "extend"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """Tool settings.

    size: brush diameter in document pixels; until the user has chosen it (size_chosen) it suits the
    picture. hardness, flow: 0 .. 1. spacing: of dabs, in diameters.
    pressure_size, pressure_flow: what a pen's pressure scales. mode: how shapes, wand and colors
    join the painted mask. tolerance: of wand and colors, 0 .. 1 of any channel; softness: how far
    beyond it colors fade out. contiguous: the wand takes connected pixels only. all_layers: the
    bucket looks for them in the visible picture, not in the active layer. grow: pixels a step
    of grow and shrink; feather, smooth: their radius. on_layer_mask: brush and eraser work on the
    active layer's own mask. scribble: the Object tool takes strokes on the object, not a box.
    takes_rim: removal takes a rim around the painted mask along, and the shadow of the thing.
    color, second_color: what is painted with, and where gradients lead, as "#rrggbb" in sRGB.
    opacity: of what is painted, 0 .. 1. radial: gradients are circles. fades: they end in nothing
    instead of the second color. shape: what the Shape tool draws; a line is as thick as the brush.
    """

    tool: Tool = Tool.BRUSH
    size: float = 80.0
    size_chosen: bool = False
    hardness: float = 0.8
    flow: float = 1.0
    spacing: float = 0.1
    pressure_size: bool = True
    pressure_flow: bool = False
    mode: CombineMode = "union"
    tolerance: float = 0.1
    softness: float = 0.05
    contiguous: bool = True
    all_layers: bool = False
    grow: int = 8
    feather: int = 8
    smooth: int = 8
    on_layer_mask: bool = False
    scribble: bool = False
    takes_rim: bool = True
    color: str = "#000000"
    second_color: str = "#ffffff"
    opacity: float = 1.0
    radial: bool = False
    fades: bool = True
    shape: ShapeKind = "rectangle"


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """What Generate will ask for.

    new_seed: draw another seed for every run; otherwise `sampling.seed` is used again.
    keep_mask: the painted mask stays after Accept. drafts_first: a model that takes long for the
    detail makes drafts to pick from.
    placement: of objects with alpha; its seed is the sampling's. shadow_layer: their shadow becomes
    a layer of its own. clear_first: what is there is removed before they are drawn.
    """

    prompt: str = ""
    negative: str = ""
    model: str = DEFAULT_MODEL
    sampling: Sampling = field(default_factory=lambda: Sampling(count=4))
    new_seed: bool = True
    keep_mask: bool = False
    drafts_first: bool = True
    placement: PlacementOptions = field(default_factory=PlacementOptions)
    shadow_layer: bool = False
    clear_first: bool = False
