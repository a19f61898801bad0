"""A run's checkpoint survives its way through bytes exactly, and nothing else passes for one."""

import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.api.checkpoint import Checkpoint


def made(memory: int = 1, drafts: int = 2) -> Checkpoint:
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    return Checkpoint(
        level=2,
        first=3,
        left=7,
        x=draw(1, 3, 8, 12),
        x0=draw(1, 3, 8, 12),
        memory=tuple(draw(1, 3, 8, 12) for _ in range(memory)),
        drafts=tuple((i, draw(4, 6, 3)) for i in range(drafts)),
        pictures=((0, draw(16, 24, 3)),),
        below=draw(8, 12, 3),
    )


@given(st.integers(0, 3), st.integers(0, 3))
def test_bytes_and_back_is_exact(memory: int, drafts: int) -> None:
    one = made(memory, drafts)
    two = Checkpoint.from_bytes(one.to_bytes())
    assert (two.level, two.first, two.left) == (2, 3, 7)
    np.testing.assert_array_equal(two.x, one.x)
    np.testing.assert_array_equal(two.x0, one.x0)
    np.testing.assert_array_equal(two.below, one.below)
    assert len(two.memory) == memory
    for a, b in zip(one.memory, two.memory, strict=True):
        np.testing.assert_array_equal(a, b)
    for (i, a), (j, b) in zip(one.drafts + one.pictures, two.drafts + two.pictures, strict=True):
        assert i == j
        np.testing.assert_array_equal(a, b)


@given(st.data())
def test_damaged_bytes_are_refused_with_a_sentence(data: st.DataObject) -> None:
    whole = made().to_bytes()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(ValueError, match=r"This paused run is damaged \(.*\); start it anew\."):
        Checkpoint.from_bytes(cut)


def test_a_pickle_is_never_loaded() -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (pytest.fail, ("the pickle was executed",))

    with pytest.raises(ValueError, match="damaged"):
        Checkpoint.from_bytes(pickle.dumps(Trap()))
    file = io.BytesIO()
    np.savez(file, values=np.array([Trap()], object))
    with pytest.raises(ValueError, match="damaged"):
        Checkpoint.from_bytes(file.getvalue())


def test_other_numbers_than_float32_are_refused() -> None:
    file = io.BytesIO()
    values = b'{"level": 0, "first": 0, "left": 1, "memory": 0, "drafts": [], "pictures": []}'
    x = np.zeros((1, 3, 4, 4))
    np.savez(file, values=np.frombuffer(values, np.uint8), x=x, x0=x)
    with pytest.raises(ValueError, match="other numbers"):
        Checkpoint.from_bytes(file.getvalue())
