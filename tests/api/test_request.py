"""A request is complete, checked data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.api.request import (
    MAX_PROMPT,
    PIXELS,
    Request,
    clean_prompt,
    counted_things,
    is_unfinished,
    named_nouns,
    parse_noun,
    use_known_nouns,
)
from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box

BOX = Box(0, 0, 4, 3)


def test_arrays_become_read_only() -> None:
    image = np.zeros((3, 4, 3), np.float32)
    Request("fill", "a cat", BOX, image=image, mask=np.ones((3, 4), np.float32))
    with pytest.raises(ValueError, match="read-only"):
        image[0] = 1


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mask must be float32 \(3, 4\)"):
        Request("fill", "a cat", BOX, mask=np.ones((4, 3), np.float32))


def test_stored_requests_keep_everything_but_pixels() -> None:
    image = np.zeros((3, 4, 3), np.float32)
    request = Request(
        "fill",
        "a cat",
        BOX,
        image=image,
        mask=image[..., 0],
        draft=image,
        state="s",
    )
    stored = request.without_pixels()
    usual = Request("fill", "a cat", BOX)
    assert all(getattr(stored, name) == getattr(usual, name) for name in PIXELS)
    assert (stored.id, stored.prompt, stored.box, stored.state) == (request.id, "a cat", BOX, "s")


@pytest.mark.parametrize(
    "values",
    [
        {"seed": -1},
        {"seed": 2**63},
        {"count": 0},
        {"steps": 0},
        {"steps": 1001},
        {"guidance": np.nan},
        {"guidance_low": -0.1},
        {"guidance_high": 1.1},
        {"rescale": np.nan},
        {"classifier_class": -2},
        {"strength": 1.5},
        {"context": "half"},
        {"sampler": "euler"},
        {"variance": "none"},
        {"eta": 1.1},
        {"resamples": 0},
        {"jump": 0},
        {"longest": -1},
    ],
)
def test_sampling_outside_its_ranges_is_refused(values: dict) -> None:
    with pytest.raises(ValueError):
        Sampling(**values)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 5)])
def test_a_draft_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    odd = np.zeros(shape, np.float32)
    with pytest.raises(ValueError, match=r"draft must be float32"):
        Request("fill", "a cat", BOX, draft=odd)


@given(st.text(alphabet=st.characters(codec=None), max_size=50))
def test_a_cleaned_prompt_can_always_be_encoded(text: str) -> None:
    clean_prompt(text + "\ud800").encode("utf-8")


def test_a_cleaned_prompt_is_bounded_and_keeps_astral_characters() -> None:
    assert len(clean_prompt("x" * 20_000)) == MAX_PROMPT
    assert clean_prompt("a \U0001f34e\n apple") == "a \U0001f34e  apple"


@pytest.mark.parametrize(
    ("prompt", "known"),
    [
        ("three Apples on a plate", "three apple on a plate"),
        ("tomatoes and cherries", "tomato and cherry"),
        ("glasses of water", "glasses of water"),
        ("buses, teddy bears", "bus, teddy bear"),
        ("grapes", "grapes"),
        ("", ""),
    ],
)
def test_plurals_become_the_nouns_that_a_model_knows(prompt: str, known: str) -> None:
    nouns = ("apple", "tomato", "cherry", "glass", "glasses", "bus", "teddy bear", "plate")
    assert use_known_nouns(prompt, nouns) == known
    assert use_known_nouns(prompt, ()) == prompt


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("two Boxes in a cardboard box", ["box", "cardboard box"]),
        ("cardboard  boxes", ["cardboard box"]),
        ("my white T-shirt, a box", ["T-Shirt", "box"]),
        ("t-shirts", ["T-Shirt"]),
        ("boxing, an inbox, a cardboard", []),
        ("", []),
    ],
)
def test_a_prompt_names_nouns_in_its_order_and_of_two_the_longer(
    prompt: str, named: list[str]
) -> None:
    assert named_nouns(prompt, ("box", "T-Shirt", "cardboard box", "!")) == named
    assert named_nouns(prompt, ()) == []


@pytest.mark.parametrize(
    ("prompt", "unfinished"),
    [("a red ap", True), ("a ted", True), ("a BEA", True), ("an ape", False), ("ap ", False)],
)
def test_a_word_that_is_being_typed_may_become_a_noun(prompt: str, unfinished: bool) -> None:
    assert is_unfinished(prompt, ("apple", "teddy bear")) is unfinished
    assert not is_unfinished(prompt, ())


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("two apples", 2),
        ("a pair of shoes", 2),
        ("Three red cups, two of them full", 3),
        ("12 eggs", 12),
        ("an apple", 1),
        ("one apple", 1),
        ("a 1960 car", 1),
        ("", 1),
    ],
)
def test_things_are_counted_as_a_prompt_names_them(prompt: str, count: int) -> None:
    assert counted_things(prompt) == count


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("  A red\n Vase ", "red vase"),
        ("an anvil", "anvil"),
        ("The\x07 the", "the"),
        ("theater", "theater"),
        ("A", "a"),
        ("茶壶", "茶壶"),
    ],
)
def test_a_noun_stands_without_its_article(text: str, noun: str) -> None:
    assert parse_noun(text) == noun


@pytest.mark.parametrize("text", ["", " \n", "!!", "a !!", "\x07", "\ud800"])
def test_a_noun_without_a_word_is_a_sentence(text: str) -> None:
    with pytest.raises(GlideError, match="no word in the noun") as refused:
        parse_noun(text)
    str(refused.value).encode()
