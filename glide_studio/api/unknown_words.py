"""What a model does not know of a prompt, in one sentence with what it knows that is near."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from glide_studio.api.request import QUOTED, named_nouns
from glide_studio.paths import resources_folder
from glide_studio.translation import translate

CLOSE = 0.75  # similarity from which a noun is offered for a misspelled word
MAX_OFFERED = 5  # nouns in a sentence
SHORTEST_NOUN = 4  # letters; articles are like many nouns


def explain_unknown_words(prompt: str, nouns: Sequence[str]) -> str:
    """Return one sentence for the user if a prompt names nothing that a model was trained on.

    nouns: what the model was trained on; empty if it is not limited to a list. Returns "" if at
    least one of them, or its plural, is in the prompt. Names what is of the same kind, else what is
    spelled alike, else where all of them are named.
    """
    words = re.findall(r"\w+", prompt.lower())
    if not nouns or not words or named_nouns(prompt, nouns):
        return ""
    telling = [word for word in words if len(word) >= SHORTEST_NOUN]
    of_kind = find_similar_nouns(prompt, nouns)
    close = [
        match for word in telling for match in difflib.get_close_matches(word, nouns, 2, CLOSE)
    ]
    few = [] if len(nouns) > MAX_OFFERED else sorted(nouns)
    if of_kind:
        text = translate(
            "UnknownWords",
            "This model does not know '{prompt}'; of that kind it knows {nouns}.",
        )
    elif close or few:
        text = translate("UnknownWords", "This model does not know '{prompt}'; it knows {nouns}.")
    elif not any(word.isascii() for word in words) and all(map(str.isascii, nouns)):
        text = translate(
            "UnknownWords", "This model knows English words alone; write '{prompt}' in English."
        )
    else:
        text = translate(
            "UnknownWords",
            "This model does not know '{prompt}'; Models lists the {count} things that it knows.",
        )
    known = ", ".join(list(dict.fromkeys(of_kind or close or few))[:MAX_OFFERED])
    quoted = prompt if len(prompt) <= QUOTED else f"{prompt[:QUOTED]}…"
    return text.format(prompt=quoted, nouns=known, count=len(nouns))


def find_similar_nouns(prompt: str, nouns: Sequence[str]) -> list[str]:
    """Return the nouns of the same kind as what a prompt names, the most alike first.

    nouns: what a model was trained on. Returns [] if the prompt names no thing that has a kind, or
    none of `nouns` is of it.
    """
    kinds, known, text = _read_kinds(), set(nouns), prompt.lower()
    named = named_nouns(text, {word for kind in kinds for word in kind})
    # Directly before another thing it says what that is like: an orange pumpkin.
    pairs = pairwise([*named, ""])
    things = [one for one, after in pairs if not after or f"{one} {after}" not in text]
    # Narrow kinds stand before wide ones, and in a kind what is most typical of it is first.
    alike = (word for thing in things for kind in kinds if thing in kind for word in kind)
    return list(dict.fromkeys(word for word in alike if word in known))


@cache
def _read_kinds() -> tuple[tuple[str, ...], ...]:
    """Read which things are of one kind, kind by kind."""
    text = (resources_folder() / "vocabulary" / "kinds.json").read_text("utf-8")
    return tuple(tuple(words.split(", ")) for words in json.loads(text).values())
