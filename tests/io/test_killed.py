"""The killer benchmark, a few times."""

import sys

import pytest

from tests.io.test_hostile import benchmark


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_ten_kills_lose_nothing():
    killer = benchmark("killer")
    verdicts = [killer.one(seed) for seed in range(100, 110)]
    assert [one.fault for one in verdicts if one.fault] == []
    assert sum(one.edits for one in verdicts) > 30
    assert sum(one.saves for one in verdicts) > 0
