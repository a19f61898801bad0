"""Which way an object faces."""

from __future__ import annotations

import pytest

from glide_studio.api.facing import choose_side, say_side


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


def test_the_side_of_a_candidate_can_be_asked_for_again() -> None:
    for n in range(4):
        asked = say_side("a car", 7, n)
        assert choose_side(asked, 1234 + n, 3 * n) == choose_side("a car", 7, n)
    assert say_side("a car facing left", 7, 0) == "a car, facing left"
