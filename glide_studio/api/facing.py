"""Which way an object faces: models that have learned one way alone draw the other mirrored."""

from __future__ import annotations

import re

from glide_studio.api.request import Facing

FACING = re.compile(r",?\s*\bfacing (left|right)\b", re.IGNORECASE)


def choose_side(prompt: str, seed: int, candidate: int, facing: Facing = "") -> tuple[str, bool]:
    """Return a prompt without its words for the side, and whether its object is to face right.

    "facing left" and "facing right" decide; without them every other candidate of a seed faces
    right. facing: decides instead, unless it is "".
    """
    found = FACING.search(prompt)
    if found is None:
        return prompt, facing == "right" if facing else (seed + candidate) % 2 == 1
    rest = f"{prompt[: found.start()]}{prompt[found.end() :]}".strip(" ,")
    return rest, (facing or found[1].lower()) == "right"
