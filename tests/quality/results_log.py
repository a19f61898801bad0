"""Verdicts on disk: one line a noun, so that a measure of hours goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from tests.quality.report import write_text

Verdict = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the judge said of one noun, a row a seed.

    named: [n, 2] (fill, real) by the classes, None for a noun without one. near: [n, 2] by prototypes.
    """

    named: Verdict | None
    near: Verdict

    @property
    def counted(self) -> Verdict:
        """[n, 2]: the verdict that counts: by classes where there are any."""
        return self.near if self.named is None else self.named


class ResultsLog:
    """The outcomes in a file, under the settings that they were found with.

    Raises:
        GlideError: if the file holds outcomes of other settings, or is damaged.
    """

    def __init__(self, path: Path, settings: Mapping[str, object]) -> None:
        self.path, self.outcomes = path, dict[str, Outcome]()
        heading = json.dumps(settings, sort_keys=True)
        if not path.exists():
            write_text(path, heading + "\n")
            return
        first, *lines = path.read_text("utf-8").splitlines()
        if first != heading:
            raise GlideError(
                f"'{path}' holds figures of another model or plan; choose another folder with -o."
            )
        for number, line in enumerate(lines, start=2):
            try:
                row = json.loads(line)
                named = None if row["named"] is None else np.array(row["named"], np.bool_)
                self.outcomes[row["noun"]] = Outcome(named, np.array(row["near"], np.bool_))
            except (ValueError, KeyError, TypeError):
                raise GlideError(f"Line {number} of '{path}' is damaged; remove it.") from None

    def add(self, noun: str, outcome: Outcome) -> None:
        """Keep an outcome, on disk first."""
        named = None if outcome.named is None else outcome.named.astype(int).tolist()
        row = {"noun": noun, "named": named, "near": outcome.near.astype(int).tolist()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        self.outcomes[noun] = outcome
