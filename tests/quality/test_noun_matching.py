"""Which classes count as a noun, and which prototype is nearest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.paths import resources_folder
from tests.quality.noun_matching import Prototypes, named, read_classes

WORDS = resources_folder() / "vocabulary"
HELD_OUT = {"teapot", "umbrella", "accordion", "pineapple", "snail"}


def test_the_table_is_about_the_nouns_that_there_are() -> None:
    table = read_classes(WORDS / "imagenet.tsv")
    nouns = set(json.loads((WORDS / "nouns.json").read_text("utf-8")))
    assert set(table) <= nouns | HELD_OUT
    assert set(table) >= HELD_OUT
    assert len(table) > 200
    assert all(table.values())


def test_kinds_of_a_thing_lie_inside_it() -> None:
    table = read_classes(WORDS / "imagenet.tsv")
    for kind, thing in (
        ("poodle", "dog"), ("polar bear", "bear"), ("penguin", "bird"), ("owl", "bird"),
        ("taxi", "car"), ("racing car", "car"), ("pickup truck", "truck"), ("fire truck", "truck"),
        ("wine bottle", "bottle"), ("folding chair", "chair"), ("ladybug", "beetle"),
        ("locomotive", "train"), ("blowfish", "fish"), ("ram", "sheep"),
    ):  # fmt: skip
        assert table[kind] <= table[thing], kind
    assert not table["cat"] & table["dog"]
    assert not table["shark"] & table["fish"] - table["fish"]


def test_ranges_and_lists(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv"
    path.write_text("# why\n\ndog\t3-5,9\tDog .. Dog\tevery breed\ncat\t7\tCat\n", "utf-8")
    assert read_classes(path) == {"dog": {3, 4, 5, 9}, "cat": {7}}


@pytest.mark.parametrize("line", ["dog", "dog\tthree", "dog\t5-3", "dog\t1000", "dog\t-1"])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "table.tsv"
    path.write_text(f"cat\t7\n{line}\n", "utf-8")
    with pytest.raises(GlideError, match=r"Line 2 of table\.tsv"):
        read_classes(path)


def test_any_of_the_five_likeliest_counts() -> None:
    top = np.array([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]])
    assert named(top, frozenset({5, 99})).tolist() == [True, False]


def test_a_noun_is_near_if_fewer_than_five_others_are_nearer() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(12, 32)).astype(np.float32)
    nouns = [f"noun {i}" for i in range(12)]
    features = {
        noun: point + 0.01 * rng.normal(size=(3, 32)).astype(np.float32)
        for noun, point in zip(nouns, points, strict=True)
    }
    prototypes = Prototypes(features)
    for noun, rows in features.items():
        assert prototypes.near(rows, noun).all()
    counts = sum(prototypes.near(points, noun).astype(int) for noun in nouns)
    assert (counts == 5).all()
