"""What a measure found: tables as Markdown and JSON, sheets as PNG, in one folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.atomic import atomic_write
from glide_studio.cli.headless import save_png
from tests.quality.statistics import Interval

Cell = str | int | float | Interval | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures under named columns."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]

    def markdown(self) -> str:
        """The table as Markdown."""
        lines = [f"## {self.title}", "", row(self.columns), "|" + "---|" * len(self.columns)]
        return "\n".join([*lines, *(row(tuple(map(written, cells))) for cells in self.rows)]) + "\n"

    def as_json(self) -> dict[str, object]:
        """Title and one object a row; an interval becomes an object of value, low and high."""
        rows = [
            {name: plain(cell) for name, cell in zip(self.columns, cells, strict=True)}
            for cells in self.rows
        ]
        return {"title": self.title, "rows": rows}


@dataclass(frozen=True, slots=True)
class Report:
    """What one measure found.

    name: of its files. settings: everything that fixes the figures. notes: what must be known to read
    them. sheets: file name without ending -> picture [h, w, 3] uint8.
    """

    name: str
    title: str
    settings: dict[str, object]
    tables: list[Table]
    notes: list[str] = field(default_factory=list)
    sheets: dict[str, NDArray[np.uint8]] = field(default_factory=dict)

    def markdown(self) -> str:
        """The whole report."""
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        parts = [f"# {self.title}\n", f"{settings}.\n"]
        parts += [table.markdown() for table in self.tables]
        parts += [f"- {note}" for note in self.notes]
        return "\n".join(parts) + "\n"

    def write(self, folder: Path) -> list[Path]:
        """Write `<name>.md`, `<name>.json` and the sheets; what was written."""
        values = {
            "title": self.title,
            "settings": self.settings,
            "tables": [table.as_json() for table in self.tables],
            "notes": self.notes,
        }
        markdown, data = folder / f"{self.name}.md", folder / f"{self.name}.json"
        write_text(markdown, self.markdown())
        write_text(data, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
        sheets = [folder / f"{name}.png" for name in self.sheets]
        for path, picture in zip(sheets, self.sheets.values(), strict=True):
            save_png(path, picture)
        return [markdown, data, *sheets]


def plain(cell: Cell) -> object:
    """A cell as JSON has it, where a number that is none is null."""
    if isinstance(cell, Interval):
        return {name: plain(value) for name, value in asdict(cell).items()}
    return None if isinstance(cell, float) and not isfinite(cell) else cell


def row(cells: tuple[str, ...]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def written(cell: Cell) -> str:
    """A cell as people read it: four significant digits."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return str(cell)


def write_text(path: Path, text: str) -> None:
    """Write a text file, atomically.

    Raises:
        GlideError: if it cannot be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, "utf-8")
