"""Write captions for objects as a user might phrase them, in English and Chinese."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

# A bare noun means the rendering: one meaning is learnt sooner than two.
TEMPLATES = {
    "3d-render": ("{}", "{a} {}", "a 3d render of {a} {}", "a picture of {a} {}"),
    "drawing": ("a drawing of {a} {}", "a flat drawing of {a} {}", "{} drawing"),
    "photo": ("{}", "{a} {}", "a photo of {a} {}", "a picture of {a} {}"),
}


def article(noun: str) -> str:
    """Return "an" before a vowel, else "a"."""
    return "an" if noun[:1] in "aeiou" else "a"


def read_json_table(path: Path | None) -> Any:
    """Read a JSON object from a file; return an empty one without a file."""
    return {} if path is None else json.loads(path.read_text("utf-8"))


class CaptionWriter:
    """Write captions for labels.

    nouns: a JSON file noun -> labels of the data that show one; chinese: a JSON file name ->
    Chinese name; either may be None. focus: nouns drawn more often than others.

    Raises:
        ValueError: if a noun of the focus is not in the table.
    """

    def __init__(
        self,
        nouns: Path | None = None,
        chinese: Path | None = None,
        focus: Collection[str] = (),
    ) -> None:
        self.nouns: dict[str, list[str]] = read_json_table(nouns)
        self.focus = frozenset(focus)
        if unknown := sorted(self.focus - set(self.nouns)):
            raise ValueError(f"'{unknown[0]}' is not one of the {len(self.nouns)} known nouns.")
        self.chinese: dict[str, str] = read_json_table(chinese)

    def choose(self, text: str, label: str, kind: str, rng: np.random.Generator) -> str:
        """Draw one caption; the Chinese name in a tenth of the cases where there is one."""
        name = label.lower()
        if name in self.chinese and rng.random() < 0.1:
            return self.chinese[name]
        noun = text.lower() if rng.random() < 0.5 else name
        templates = TEMPLATES.get(kind, TEMPLATES["photo"])
        return templates[rng.integers(len(templates))].format(noun, a=article(noun))

    def all(self, text: str, label: str, kind: str) -> set[str]:
        """Return every caption that `choose` may return."""
        nouns = {text.lower(), label.lower()}
        templates = TEMPLATES.get(kind, TEMPLATES["photo"])
        found = {template.format(n, a=article(n)) for n in nouns for template in templates}
        if label.lower() in self.chinese:
            found.add(self.chinese[label.lower()])
        return found
