"""Tables as Markdown and JSON, sheets as PNG."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.training.image_folder import read_rgb
from tests.quality.contact_sheet import grid
from tests.quality.report import Report, Table
from tests.quality.statistics import Interval

TABLE = Table(
    "Kinds",
    ("name", "share", "count"),
    [("a|b", Interval(0.5, 0.25, 0.75), 3), ("c", None, 0.12345)],
)


def test_a_report_lands_in_its_folder(tmp_path: Path) -> None:
    page = np.full((5, 7, 3), 9, np.uint8)
    report = Report("it", "It", {"seeds": "0-9"}, [TABLE], ["Read this."], {"page": page})
    written = report.write(tmp_path)
    assert {path.name for path in written} == {"it.md", "it.json", "page.png"}
    text = (tmp_path / "it.md").read_text("utf-8")
    assert "| a\\|b | 0.500 (0.250 .. 0.750) | 3 |" in text
    assert "| c |  | 0.1235 |" in text
    assert "- Read this." in text
    values = json.loads((tmp_path / "it.json").read_text("utf-8"))
    first, second = values["tables"][0]["rows"]
    assert first["share"] == {"value": 0.5, "low": 0.25, "high": 0.75}
    assert second == {"name": "c", "share": None, "count": 0.12345}
    assert values["settings"] == {"seeds": "0-9"}
    np.testing.assert_array_equal(read_rgb(tmp_path / "page.png"), page)


def test_a_number_that_is_none_stays_readable_json(tmp_path: Path) -> None:
    table = Table("T", ("x",), [(Interval(float("nan"), float("nan"), float("nan")),)])
    Report("it", "It", {}, [table]).write(tmp_path)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads((tmp_path / "it.json").read_text("utf-8"), parse_constant=refuse)


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(GlideError, match="folder is gone"):
        Report("it", "It", {}, [TABLE]).write(tmp_path / "gone")


def test_a_grid_shows_every_picture_at_its_place() -> None:
    colors = [[(1, 0, 0), (0, 1, 0)], [(0, 0, 1), (1, 1, 0)]]
    rows = [[np.full((8, 8, 3), c, np.float32) for c in line] for line in colors]
    page = grid(rows, ["one", "two"], ["a", "b"], side=16, framed={(0, 1)})
    for line in colors:
        for color in line:
            found = (page == np.array(color, np.uint8) * 255).all(-1).sum()
            framed = color == (0, 1, 0)
            assert found == (10**2 if framed else 16**2)
