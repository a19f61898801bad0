"""Captions for objects, as a user might ask for them, in English and Chinese."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

TEMPLATES = {
    "3d-render": ("{}", "{a} {}", "a 3d render of {a} {}", "a picture of {a} {}"),
    "drawing": ("{}", "{a} {}", "a drawing of {a} {}", "a picture of {a} {}"),
    "photo": ("{}", "{a} {}", "a photo of {a} {}", "a picture of {a} {}"),
}


def article(noun: str) -> str:
    """ "an" before a vowel, else "a"."""
    return "an" if noun[:1] in "aeiou" else "a"


class Captions:
    """Makes captions of labels.

    chinese: a JSON file label -> Chinese name, or None for English only.
    """

    def __init__(self, chinese: Path | None) -> None:
        names = {} if chinese is None else json.loads(chinese.read_text("utf-8"))
        self.chinese: dict[str, str] = names

    def choose(self, text: str, label: str, kind: str, rng: np.random.Generator) -> str:
        """One caption; the Chinese name in a quarter of the cases where there is one."""
        name = label.lower()
        if name in self.chinese and rng.random() < 0.25:
            return self.chinese[name]
        noun = text.lower() if rng.random() < 0.5 else name
        templates = TEMPLATES.get(kind, TEMPLATES["photo"])
        return templates[rng.integers(len(templates))].format(noun, a=article(noun))

    def all(self, text: str, label: str, kind: str) -> set[str]:
        """Every caption that `choose` may return."""
        nouns = {text.lower(), label.lower()}
        templates = TEMPLATES.get(kind, TEMPLATES["photo"])
        found = {template.format(n, a=article(n)) for n in nouns for template in templates}
        if label.lower() in self.chinese:
            found.add(self.chinese[label.lower()])
        return found
