"""A prompt that names nothing a model knows is told with what is near."""

import json

import pytest

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.unknown_words import explain_unknown_words, find_similar_nouns
from glide_studio.paths import models_folder, resources_folder

BUNDLED = tuple(json.loads((models_folder() / DEFAULT_MODEL / "model.json").read_text())["nouns"])


@pytest.mark.parametrize("prompt", ["a red Apple.", "two apples", "ice  cream!", "", "cherries"])
def test_a_prompt_with_a_known_noun_needs_no_explanation(prompt: str) -> None:
    assert explain_unknown_words(prompt, ("apple", "ice cream", "cherries")) == ""


@pytest.mark.parametrize(
    ("prompt", "first", "others"),
    [
        ("an orange", "apple", {"cherry", "tomato"}),
        ("two oranges in the sun", "apple", {"cherry", "tomato"}),
        ("a tasty sandwich", "hamburger", {"hot dog", "bread"}),
        ("a goldfish", "cat", {"dog", "rabbit"}),
        ("a couch", "sofa", {"chair", "armchair"}),
        ("a motorcycle", "bicycle", {"scooter"}),
        ("a violin", "guitar", {"piano"}),
        ("a goat", "horse", {"rabbit"}),  # spelled like a boat
        ("an orange pumpkin", "tomato", set()),
    ],
)
def test_what_a_model_does_not_know_is_told_with_what_is_of_the_same_kind(
    prompt: str, first: str, others: set[str]
) -> None:
    found = find_similar_nouns(prompt, BUNDLED)
    assert found[0] == first
    assert others <= set(found[:5])
    told = explain_unknown_words(prompt, BUNDLED)
    assert told.endswith(f"of that kind it knows {', '.join(found[:5])}.")


def test_a_misspelled_word_is_told_with_what_is_spelled_alike() -> None:
    assert explain_unknown_words("an aple", BUNDLED).endswith("; it knows apple.")


def test_a_prompt_in_other_letters_is_asked_for_in_english() -> None:
    told = explain_unknown_words("一个苹果", BUNDLED)
    assert told == "This model knows English words alone; write '一个苹果' in English."
    assert "in English" not in explain_unknown_words("苹果 xyz", BUNDLED)


def test_where_nothing_is_near_no_nouns_are_listed_unless_they_are_few() -> None:
    assert find_similar_nouns("some xyz", BUNDLED) == []
    told = explain_unknown_words("some xyz", BUNDLED)
    assert told.endswith("; Models lists the 113 things that it knows.")
    assert explain_unknown_words("xyz", ("teapot",)).endswith("; it knows teapot.")
    assert explain_unknown_words("xyz", ()) == ""


def test_every_noun_of_the_bundled_model_has_a_kind() -> None:
    text = (resources_folder() / "vocabulary" / "kinds.json").read_text("utf-8")
    kinds = [words.split(", ") for words in json.loads(text).values()]
    assert set(BUNDLED) <= {word for kind in kinds for word in kind}
    assert all(len(set(kind)) == len(kind) for kind in kinds)
