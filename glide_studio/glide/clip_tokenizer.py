"""CLIP's tokenizer: byte-pair encoding of cleaned, lower-cased text, between a start and an end token.

Radford et al. 2021 (arXiv 2103.00020), section 2.4; the cleaning is ftfy's (Speer 2019). The algorithm
of the merges is in `bpe`.
"""

from __future__ import annotations

import gzip
import html
from functools import lru_cache
from pathlib import Path

import ftfy
import numpy as np
import regex
from numpy.typing import NDArray

from glide_studio.glide.bpe import BytePairs, byte_letters

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
SPLIT = regex.compile(
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+",
    regex.IGNORECASE,
)
MERGES = 48_894


def clean_text(text: str) -> str:
    """Mojibake mended, HTML entities resolved twice over, white space collapsed, lower case."""
    mended = html.unescape(html.unescape(ftfy.fix_text(text)))
    return " ".join(mended.split()).lower()


class ClipTokenizer:
    """Text to token ids and back.

    folder: holds `bpe_simple_vocab_16e6.txt.gz` (merges, best first, after a line of heading).

    Raises:
        FileNotFoundError: if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        with gzip.open(folder / "bpe_simple_vocab_16e6.txt.gz", "rt", encoding="utf-8") as file:
            lines = file.read().split("\n")[1 : MERGES + 1]
        merges = [(left, right) for left, right in (line.split() for line in lines)]
        self.pairs = BytePairs(merges)
        self.letters = byte_letters()
        alphabet = [*self.letters.values()]
        symbols = [*alphabet, *(letter + WORD_END for letter in alphabet)]
        symbols += [left + right for left, right in merges]
        self.tokens = [*symbols, START, END]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.bytes = {letter: byte for byte, letter in self.letters.items()}
        self.merge = lru_cache(maxsize=20_000)(self._merge)

    @property
    def size(self) -> int:
        """Number of token ids, 49,408 for CLIP."""
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """Token ids of the cleaned text; the two special tokens are known if the text spells them."""
        found: list[int] = []
        for word in SPLIT.findall(clean_text(text)):
            if word in (START, END):
                found.append(self.ids[word])
                continue
            spelled = "".join(self.letters[byte] for byte in word.encode("utf-8"))
            found += [self.ids[token] for token in self.merge(spelled)]
        return found

    def decode(self, ids: list[int]) -> str:
        """The text of token ids, a space behind each word; bytes that are no UTF-8 become U+FFFD."""
        spelled = "".join(self.tokens[token_id] for token_id in ids).replace(WORD_END, " ")
        data = b"".join(
            b" " if letter == " " else bytes([self.bytes[letter]]) for letter in spelled
        )
        return data.decode("utf-8", errors="replace")

    def encode_padded(self, text: str, context: int = 77) -> tuple[NDArray[np.int64], int]:
        """(start, ids, end, then zeros: [context]; the number of tokens before the zeros)."""
        found = [self.ids[START], *self.encode(text)[: context - 2], self.ids[END]]
        ids = np.zeros(context, dtype=np.int64)
        ids[: len(found)] = found
        return ids, len(found)

    def _merge(self, word: str) -> tuple[str, ...]:
        return tuple(self.pairs.merge([*word[:-1], word[-1] + WORD_END]))
