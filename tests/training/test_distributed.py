"""Several processes train as one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from glide_studio.errors import GlideError
from glide_studio.training.distributed import World, place

TOGETHER = Path(__file__).with_name("together.py")


def test_shares_are_the_batch() -> None:
    rows = list(range(12))
    assert [row for rank in range(3) for row in rows[World(rank, 3).share(12)]] == rows
    with pytest.raises(ValueError, match="cannot be shared"):
        World(0, 5).share(12)


def test_alone_everybody_agrees() -> None:
    assert World().any_process(True)
    assert not World().any_process(False)
    assert World().mean(torch.tensor(2.5)) == 2.5


def test_each_process_has_a_device_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(GlideError, match="no device 'cuda'"):
        place("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert (place("cuda"), place("cuda:1")) == ("cuda:3", "cuda:1")


def trained(processes: int, folder: Path, target: Path, how: str) -> list[float]:
    """The losses that `together.py` prints."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(processes)]
    if processes == 1:
        command = [sys.executable]
    found = subprocess.run(
        [*command, str(TOGETHER), str(folder), str(target), how],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr[-3000:]
    return [float(line) for line in found.stdout.split()]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["wrap_data_parallel", "sharded"])
def test_two_processes_equal_one(how: str, folder: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.pt", tmp_path / "two.pt"
    for _ in range(2):  # the second time from the saved state
        losses = trained(1, folder, one, how)
        assert trained(2, folder, two, how) == pytest.approx(losses, abs=1e-5)
        alone, together = (torch.load(path, weights_only=True) for path in (one, two))
        assert alone["step"] == together["step"]
        for part in ("network", "average"):
            assert alone[part].keys() == together[part].keys()
            for name, tensor in alone[part].items():
                torch.testing.assert_close(together[part][name], tensor, atol=1e-5, rtol=0)
    assert one.with_suffix(".safetensors").stat().st_size == (
        two.with_suffix(".safetensors").stat().st_size
    )
