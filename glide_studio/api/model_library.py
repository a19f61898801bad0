"""`ModelLibrary`: the protocol of what keeps the installed models, and what it tells about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Step = Callable[[str], object]
"""Called with the name of each file before it is tried; what it raises ends the work."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One installed model.

    name: identifier in a Request. title: for people. licence: of the weights. bytes: on the disk.
    side: pixels of the square that it makes. roles: purposes of its networks, as in
    `inference.models.model_set.Role`. nouns: what it knows, empty if it is not limited to a list.
    summary: origin and limits. taught: what the user taught it. is_bundled: it came with the
    program and cannot be removed. has_alpha: it makes objects with alpha instead of whole pictures.
    """

    name: str
    title: str
    licence: str
    bytes: int
    side: int
    roles: tuple[str, ...]
    nouns: tuple[str, ...] = ()
    summary: str = ""
    taught: tuple[str, ...] = ()
    is_bundled: bool = False
    has_alpha: bool = False


class ModelLibrary(Protocol):
    """All methods may run in any thread and raise GlideError with a sentence for the user."""

    def list(self) -> tuple[ModelInfo, ...]:
        """List the installed models, by name."""
        ...

    def add(self, source: Path, step: Step) -> ModelInfo:
        """Copy a weight file, or a folder of them, to the user's models; every network is tried."""
        ...

    def verify(self, name: str, step: Step) -> int:
        """Load and try every network of a model and compare its hash; returns how many files."""
        ...

    def keep_taught(self, source: str, base: Path, noun: str, name: str, step: Step) -> ModelInfo:
        """Add a copy of the model `source` that draws `noun` by the network in `base`."""
        ...

    def remove(self, name: str) -> None:
        """Delete one of the user's own models."""
        ...
