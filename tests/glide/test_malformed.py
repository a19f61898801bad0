"""Two thousand malformed checkpoints: each is refused in one sentence, and nothing in it runs."""

from pathlib import Path

import pytest

from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.glide.weights import WeightsError, load, state_dict
from glide_studio.inference.models.detect import identify
from tests.glide.malformed import CONTAINERS, malformed, packed
from tests.glide.test_networks import TINY, network

CI, ALL = range(100), range(100, 2000)
CAUGHT_EARLY = ("trapped", "page", "header", "truncated")
"""What the library must refuse from names and shapes alone, before torch is loaded."""


def one_sentence(error: Exception) -> bool:
    """On one line, with an end."""
    said = str(error)
    return said.endswith(".") and len(said.splitlines()) == 1 and len(said) < 600


def refuse_all(numbers: range, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load each of them, as a user and as the library would."""
    # A tiny network stands for the released ones, so that only the malformation speaks against a
    # file.
    monkeypatch.setattr(weights, "OFFICIAL", {"tiny": TINY})
    state = {name: tensor.clone() for name, tensor in state_dict(network()).items()}
    trap, path = folder / "trap", folder / "m.pt"
    for container in CONTAINERS:
        path.write_bytes(packed(state, container, TINY))
        load(path)
        identify(path)
    for number in numbers:
        how, contents = malformed(number, state, TINY, trap)
        path.write_bytes(contents)
        try:
            load(path)
        except WeightsError as error:
            assert one_sentence(error), (number, how, str(error))  # noqa: PT017
        else:
            pytest.fail(f"number {number} ({how}) was loaded")
        try:
            identify(path)
        except GlideError as error:
            assert one_sentence(error), (number, how, str(error))  # noqa: PT017
        else:
            assert how not in CAUGHT_EARLY, (number, how)
        assert not trap.exists(), (number, how)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_malformed_checkpoints_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_all(CI, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_the_others_of_two_thousand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_all(ALL, tmp_path, monkeypatch)
