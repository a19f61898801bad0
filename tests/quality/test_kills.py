"""The measure of kills, a few times."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.quality.kills import judge, try_kill


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork")
@pytest.mark.parametrize("ending", ["glide", "png"])
def test_a_kill_loses_nothing(ending: str) -> None:
    verdict = try_kill(3, ending)
    assert verdict.fault == ""
    assert verdict.edits > 0


def test_what_is_lost_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "stores").mkdir()
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "work.png"
    said = [["done", "abc"], ["saving", "abc"], ["saved", "abc"]]
    assert judge(tmp_path, path, said) == "unsaved work is not listed"
