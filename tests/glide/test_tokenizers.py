"""The tokenizers give the released ones' ids and stay fast on hostile text."""

import itertools
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.paths import resources_folder
from tests.glide.golden import files, name, numbers

TOKENIZER = Tokenizer(resources_folder() / "vocabulary" / "glide")


def entries() -> list[tuple[Path, int]]:
    paths = files("*/tokenizer/tokens.json")
    return [(path, i) for path in paths for i in range(len(numbers(path)["entries"]))]


@pytest.mark.golden
@pytest.mark.parametrize(("path", "entry"), entries(), ids=name)
def test_glide_tokens(path: Path, entry: int) -> None:
    about: dict[str, Any] = numbers(path)["entries"][entry]
    text, golden = about["text"], about["glide"]
    if "error" in golden:
        with pytest.raises(UnicodeEncodeError):
            TOKENIZER.encode(text)
        return
    assert TOKENIZER.encode(text) == golden["ids"]
    ids, mask = TOKENIZER.encode_padded(text, 128)
    assert ids.tolist() == golden["padded_128"]
    assert mask.tolist() == [bool(m) for m in golden["mask_128"]]
    assert TOKENIZER.decode(golden["ids"]) == golden["decoded"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_decoding_returns_the_lower_cased_text(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text.lower()


@given(st.text("abcdehirtsn", max_size=12))
def test_merging_equals_the_definition(word: str) -> None:
    parts = list(word)
    ranks = TOKENIZER.pairs.ranks
    while known := [
        (ranks[pair], i) for i, pair in enumerate(itertools.pairwise(parts)) if pair in ranks
    ]:
        i = min(known)[1]
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    assert TOKENIZER.pairs.merge(word) == parts


def test_one_word_of_ten_thousand_letters_costs_little() -> None:
    started = time.process_time()
    ids, mask = TOKENIZER.encode_padded("aboriginalise" * 769, 128)
    assert time.process_time() - started < 2.0  # quadratic merging takes minutes
    assert mask.all()
    assert len(ids) == 128
