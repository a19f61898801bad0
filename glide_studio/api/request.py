"""`Request`: one order to an engine, and `Provenance`: the origin of a generated layer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.translation import translate

Kind = Literal["fill", "generate", "upscale", "select"]
Facing = Literal["", "left", "right"]

PIXELS = ("image", "mask", "draft", "like")
"""Fields of `Request` that are not stored."""

DEFAULT_MODEL = "objects"
"""Name of the bundled model set, which is used where none is named."""

COMPLETION = "completion"
"""Name of the model in requests that are filled from the photo itself, without an engine."""

CONTEXT_FACTOR = 1.75
"""Side of a crop over side of the mask's bounding box. The surroundings tell the model what belongs
there, but every pixel of context is one less for the masked part."""

NUMBER_WORDS = {
    "pair": 2,
    **{
        word: number
        for number, word in enumerate(
            ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"), 2
        )
    },
    "twelve": 12,
    "dozen": 12,
}

MAX_PROMPT = 10_000  # characters kept; the tokenizers keep at most 128 tokens


def new_id() -> str:
    """Return a new unique identifier: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def clean_prompt(text: str) -> str:
    """Remove lone surrogates and control characters, and cut to MAX_PROMPT characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(c if c.isprintable() else " " for c in whole)[:MAX_PROMPT].strip()


QUOTED = 60  # characters of a prompt that a message repeats


def plural_of(noun: str) -> str:
    """Return the regular English plural of a noun, or of the last of several words."""
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def use_known_nouns(prompt: str, nouns: Sequence[str]) -> str:
    """Replace plurals in a prompt by the nouns that a model was trained on: it knows no other word.

    nouns: what the model was trained on; a plural among them stays. Case is kept but for what is
    replaced.
    """
    known = set(nouns)
    singular = {
        plural: noun
        for noun in nouns
        for plural in (plural_of(noun), f"{noun}s", f"{noun}es")
        if plural not in known
    }
    if not singular:
        return prompt
    longest_first = sorted(singular, key=len, reverse=True)
    pattern = rf"\b({'|'.join(map(re.escape, longest_first))})\b"
    return re.sub(pattern, lambda match: singular[match[0].lower()], prompt, flags=re.IGNORECASE)


def named_nouns(prompt: str, nouns: Iterable[str]) -> list[str]:
    """Return the nouns that a prompt names, or their plurals, in its order.

    Of "box" and "cardboard box", a prompt for a cardboard box names the longer alone.
    """
    known = {" ".join(re.findall(r"\w+", noun.lower())): noun for noun in nouns}
    known.pop("", None)
    longest_first = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    text = use_known_nouns(" ".join(re.findall(r"\w+", prompt.lower())), list(known))
    found = re.findall(rf"\b(?:{longest_first})\b", text) if known else []
    return [known[words] for words in found]


def parse_noun(text: str) -> str:
    """Return the noun that a user wrote: lower case, one space between words, no leading article.

    Raises:
        GlideError: if there is no word in it.
    """
    noun = re.sub("^(?:an?|the) ", "", " ".join(clean_prompt(text).lower().split()))
    if not re.search(r"\w", noun):
        raise GlideError(
            translate(
                "Request",
                "There is no word in the noun “{noun}”; say what the pictures show, such as"
                " “teapot”.",
            ).format(noun=noun[:QUOTED])
        )
    return noun


def is_unfinished(prompt: str, nouns: Sequence[str]) -> bool:
    """Tell whether the last word of a prompt may become one of the nouns that a model knows."""
    words = re.findall(r"\w+$", prompt.lower())
    return bool(words) and any(
        part.startswith(words[-1]) for noun in nouns for part in noun.split()
    )


def counted_things(prompt: str) -> int:
    """Return how many things a prompt asks for by a number from 2 to 12, or by "a pair"; else 1."""
    for word in re.findall(r"[a-z]+|\d+", prompt.lower()):
        count = int(word) if word.isdigit() else NUMBER_WORDS.get(word, 0)
        if 1 < count <= max(NUMBER_WORDS.values()):
            return count
    return 1


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One complete order to an engine.

    kind: "fill" generates where the mask is set; "generate" makes a picture from the prompt alone;
        "upscale" enlarges the picture four times; "select" finds what the prompt names.
    image: [h, w, 3] float32, 0 .. 1, sRGB: the visible composite inside `box`.
    mask: [h, w] float32, 0 .. 1: above 0 = generate (painted, or transparent and so unknown),
        0 = known and kept.
    box: position of the crop in the document, in document pixels; h, w are its height and width.
    draft: [m, m, 3 or 4] float32, 0 .. 1: a chosen draft of a fill, so that the base network is not
        run again; `draft_index` is the number of its candidate.
    like: [m, n, 3 or 4] float32, 0 .. 1, straight alpha: a picture to vary, as large as the crop or
        of its proportions. like_strength: denoising strength for it, 0 .. 1: 0 is the picture
        itself, 1 has nothing of it.
    facing: the side that every object faces, see `facing.choose_side`; "" leaves it to the prompt.
    drafts_only: stop after the base network and yield `Draft`s alone.
    state: id of the history state that the pixels were cut from. A Request is *stored* without
        pixels (`without_pixels`); they can be cut again from this state and box.
    model: name of an installed model set.

    Arrays are read-only. Compared by identity; `id` is its permanent name.

    Raises:
        ValueError: if shapes or dtypes do not fit each other.
    """

    kind: Kind
    prompt: str
    box: Box
    sampling: Sampling = field(default_factory=Sampling)
    negative: str = ""
    image: NDArray[np.float32] | None = None
    mask: NDArray[np.float32] | None = None
    draft: NDArray[np.float32] | None = None
    draft_index: int = 0
    like: NDArray[np.float32] | None = None
    like_strength: float = 0.5
    facing: Facing = ""
    drafts_only: bool = False
    model: str = DEFAULT_MODEL
    state: str = ""
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        shape = (self.box.height, self.box.width)
        if not 0 <= self.like_strength <= 1:
            raise ValueError(f"like_strength lies in 0 .. 1; {self.like_strength} does not.")

        def any_size(picture: NDArray[np.float32] | None) -> tuple[int, ...]:
            if picture is None:
                return ()
            return (*picture.shape[:2], 4 if picture.shape[-1:] == (4,) else 3)

        for name, array, expected in (
            ("image", self.image, (*shape, 3)),
            ("mask", self.mask, shape),
            ("draft", self.draft, any_size(self.draft)),
            ("like", self.like, any_size(self.like)),
        ):
            if array is None:
                continue
            if array.shape != expected or array.dtype != np.float32:
                raise ValueError(
                    f"A request's {name} must be float32 {expected}, "
                    f"not {array.dtype} {array.shape}."
                )
            array.setflags(write=False)

    def without_pixels(self) -> Self:
        """Return the same request as it is stored: no arrays."""
        return replace(self, image=None, mask=None, draft=None, like=None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Origin of a layer's pixels: the request (without pixels), the candidate, the weights.

    weights: file name and first 16 hexadecimal digits of its sha256, for each network used.
    role: what the editor uses the layer for, whatever its name: "retouch" takes what Remove, Heal
        and Clone make, "extension" is the new area of a canvas; "" for all others.
    """

    request: Request
    candidate: int
    program: str
    weights: tuple[tuple[str, str], ...] = ()
    role: str = ""
