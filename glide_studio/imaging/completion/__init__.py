"""Image completion by exemplars: what is removed is filled from the rest of the photograph.

`complete` fills a hole once, `candidates` in several ways, best first. Nothing of it needs a model.
"""

from glide_studio.imaging.completion.complete import (
    Cancelled,
    Completion,
    Variant,
    candidates,
    complete,
    warm_up,
)
from glide_studio.imaging.completion.expand import Margins, expand, margins_for_aspect

__all__ = [
    "Cancelled",
    "Completion",
    "Margins",
    "Variant",
    "candidates",
    "complete",
    "expand",
    "margins_for_aspect",
    "warm_up",
]
