"""What the user has in hand: the tool and its settings, and what the prompt panel says.

Local to the session: neither saved with the document nor undone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from glide_studio.contract.request import Sampling

SMALLEST_BRUSH, LARGEST_BRUSH = 1.0, 3000.0  # document pixels across


class Tool(StrEnum):
    """Everything the left mouse button can do on the canvas."""

    BRUSH = "brush"
    ERASER = "eraser"
    LASSO = "lasso"
    POLYGON = "polygon"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    WAND = "wand"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Tools:
    """Tool settings.

    size: brush diameter in document pixels. hardness, flow: 0 .. 1. tolerance: of the wand, 0 .. 1 of
    any channel. grow: pixels a step of grow and shrink; feather: its radius.
    """

    tool: Tool = Tool.BRUSH
    size: float = 80.0
    hardness: float = 0.8
    flow: float = 1.0
    tolerance: float = 0.1
    grow: int = 8
    feather: int = 8


@dataclass(frozen=True, slots=True)
class Recipe:
    """What Generate will ask for.

    new_seed: draw another seed for every run; otherwise `sampling.seed` is used again.
    keep_mask: the painted mask stays after Accept.
    """

    prompt: str = ""
    negative: str = ""
    model: str = "mini"
    sampling: Sampling = field(default_factory=lambda: Sampling(count=4))
    new_seed: bool = True
    keep_mask: bool = True
