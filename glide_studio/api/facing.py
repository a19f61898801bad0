"""Which way an object faces: models that have learned one way alone draw the other mirrored."""

from __future__ import annotations

import re

FACING = re.compile(r",?\s*\bfacing (left|right)\b", re.IGNORECASE)


def choose_side(prompt: str, seed: int, candidate: int) -> tuple[str, bool]:
    """Return a prompt without its words for the side, and whether its object is to face right.

    "facing left" and "facing right" decide; without them every other candidate of a seed faces
    right.
    """
    found = FACING.search(prompt)
    if found is None:
        return prompt, (seed + candidate) % 2 == 1
    rest = f"{prompt[: found.start()]}{prompt[found.end() :]}".strip(" ,")
    return rest, found[1].lower() == "right"


def say_side(prompt: str, seed: int, candidate: int) -> str:
    """Return the prompt of a candidate with the side that it faces."""
    rest, is_right = choose_side(prompt, seed, candidate)
    return f"{rest}, facing {'right' if is_right else 'left'}"
