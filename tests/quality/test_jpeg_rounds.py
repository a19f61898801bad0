"""The measure of JPEGs that stay JPEGs, with a few files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glide_studio.io.images import jpeg_keep
from tests.quality.jpeg_rounds import allowed, keep_in_process, make_sample, try_rounds


def test_editing_changes_nothing_out_of_reach_in_any_kind_of_jpeg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jpeg_keep, "write_jpeg_in_child", keep_in_process)
    random = np.random.default_rng(7)
    samples = [make_sample(random) for _ in range(30)]
    assert len({sample.kind for sample in samples}) == 7
    for sample in samples:
        verdict = try_rounds(random, sample, tmp_path, 2)
        assert (verdict.stray, verdict.fault) == (0, "")


def test_the_reach_of_an_edit_is_its_blocks_and_two_pixels() -> None:
    changed = np.zeros((40, 50), np.bool_)
    changed[17, 20] = True
    found = allowed(changed, (16, 16))
    assert found.sum() == 20 * 20
    assert found[14, 14]
    assert not found[13, 20]
