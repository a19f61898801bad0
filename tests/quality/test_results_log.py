"""Verdicts that outlive a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glide_studio.errors import GlideError
from tests.quality.results_log import Outcome, ResultsLog

SETTINGS = {"base": "abc", "steps": 15}
NEAR = np.array([[True, False], [False, False]])


def test_what_was_entered_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    first = ResultsLog(path, SETTINGS)
    first.add("dog", Outcome(~NEAR, NEAR))
    first.add("rose", Outcome(None, NEAR))
    again = ResultsLog(path, SETTINGS).outcomes
    assert list(again) == ["dog", "rose"]
    np.testing.assert_array_equal(again["dog"].counted, ~NEAR)
    np.testing.assert_array_equal(again["dog"].near, NEAR)
    assert again["rose"].named is None
    np.testing.assert_array_equal(again["rose"].counted, NEAR)


def test_outcomes_of_other_settings_are_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    ResultsLog(path, SETTINGS).add("dog", Outcome(None, NEAR))
    before = path.read_bytes()
    with pytest.raises(GlideError, match="another model or plan"):
        ResultsLog(path, {**SETTINGS, "steps": 16})
    assert path.read_bytes() == before


@pytest.mark.parametrize("line", ["{", '{"noun": "dog"}', "[]", '{"noun": "d", "near": "x"}'])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "verdicts.jsonl"
    ResultsLog(path, SETTINGS)
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(GlideError, match="Line 2 of"):
        ResultsLog(path, SETTINGS)
