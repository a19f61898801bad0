"""`Frame`: which coordinates a place in the picture is told in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Frame:
    """Coordinates of a picture: places told in one frame mean something in another of that name.

    name: another one after every turn, flip and scaling. x, y: where the upper left corner of the
    canvas lies in what has that name; cropping and extending move it.
    """

    name: str = ""
    x: int = 0
    y: int = 0

    @classmethod
    def new(cls) -> Self:
        """Return one that has nothing to do with any other."""
        return cls(secrets.token_hex(8))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` made; a name alone is read as it is."""
        match text.split(" "):
            case [name, x, y]:
                try:
                    return cls(name, int(x), int(y))
                except ValueError:
                    return cls(text)
            case _:
                return cls(text)

    def move(self, dx: int, dy: int) -> Self:
        """Return the frame of a canvas whose corner lies elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def __str__(self) -> str:
        # Earlier versions compare the text alone: to them a moved corner is another frame.
        return f"{self.name} {self.x} {self.y}" if self.x or self.y else self.name


FIRST = Frame()  # of a picture that was just opened
