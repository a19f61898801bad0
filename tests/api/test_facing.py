"""Which way an object faces."""

from __future__ import annotations

import pytest

from glide_studio.api.facing import choose_side


@pytest.mark.parametrize(
    ("prompt", "rest", "is_right"),
    [
        ("a car facing right", "a car", True),
        ("A car, Facing Left", "A car", False),
        ("facing right, a horse on a meadow", "a horse on a meadow", True),
    ],
)
def test_a_prompt_may_say_the_side(prompt: str, rest: str, is_right: bool) -> None:
    assert {choose_side(prompt, seed, n) for seed in range(2) for n in range(3)} == {
        (rest, is_right)
    }


def test_without_a_word_candidates_take_turns() -> None:
    sides = [choose_side("a car", 6, n) for n in range(4)]
    assert sides == [("a car", False), ("a car", True), ("a car", False), ("a car", True)]
    assert choose_side("a car", 7, 0) == ("a car", True)


@pytest.mark.parametrize("facing", ["left", "right"])
@pytest.mark.parametrize("prompt", ["a car", "a car facing left", "a car facing right"])
def test_a_side_that_is_asked_for_is_that_of_all_candidates(prompt: str, facing: str) -> None:
    sides = {choose_side(prompt, seed, n, facing) for seed in range(2) for n in range(3)}
    assert sides == {("a car", facing == "right")}
