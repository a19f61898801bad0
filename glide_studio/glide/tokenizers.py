"""Tokenizers by byte-pair encoding: GLIDE's (GPT-2's vocabulary on lower-cased text) and CLIP's.

Sennrich et al. 2016 (arXiv 1508.07909) for the merges; Radford et al. 2019 (GPT-2), section 2.2,
for bytes as the alphabet; Radford et al. 2021 (arXiv 2103.00020), section 2.4, for CLIP, whose text
is cleaned by ftfy.
"""

from __future__ import annotations

import gzip
import heapq
import html
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import ftfy
import numpy as np
import regex
from numpy.typing import NDArray

GLIDE_SPLIT = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)
CLIP_SPLIT = regex.compile(
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+",
    regex.IGNORECASE,
)
START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
CLIP_MERGES = 48_894
CACHED_WORDS = 20_000


def byte_letters() -> dict[int, str]:
    """Return a printable character for each of the 256 bytes, as the vocabulary files spell them.

    Printable Latin-1 bytes stand for themselves; the others follow from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in printable}
    rest = (byte for byte in range(256) if byte not in letters)
    return letters | {byte: chr(0x100 + i) for i, byte in enumerate(rest)}


BYTE_LETTERS = byte_letters()
LETTER_BYTES = {letter: byte for byte, letter in BYTE_LETTERS.items()}


def spell(text: str) -> str:
    """Return the text's UTF-8 bytes, one letter a byte.

    Raises:
        UnicodeEncodeError: if the text holds a lone surrogate.
    """
    return "".join(BYTE_LETTERS[byte] for byte in text.encode("utf-8"))


class BytePairs:
    """The merges of a vocabulary, best first; no two of them make the same symbol."""

    def __init__(self, merges: Iterable[tuple[str, str]]) -> None:
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}

    def merge(self, symbols: Sequence[str]) -> list[str]:
        """Join neighbors until no pair is known, the best-ranked first and the leftmost of equals.

        n log n in the length, since a prompt may be one word of 10,000 letters.
        """
        parts: list[str] = list(symbols)
        end = len(parts)
        after = list(range(1, end + 1))
        before = list(range(-1, end - 1))
        heap: list[tuple[int, int]] = []

        def offer(i: int) -> None:
            if i >= 0 and after[i] < end:
                rank = self.ranks.get((parts[i], parts[after[i]]))
                if rank is not None:
                    heapq.heappush(heap, (rank, i))

        for i in range(end):
            offer(i)
        while heap:
            rank, i = heapq.heappop(heap)
            j = after[i]
            # A merge nearby may have changed or consumed this pair since it was offered.
            if j == end or self.ranks.get((parts[i], parts[j])) != rank:
                continue
            parts[i], parts[j] = parts[i] + parts[j], ""
            after[i] = after[j]
            after[j] = end
            if after[i] < end:
                before[after[i]] = i
            offer(before[i])
            offer(i)
        return [part for part in parts if part]


class Tokenizer:
    """GLIDE's tokenizer: text to token ids and back.

    folder: holds `encoder.json` (token -> id) and `vocab.bpe` (merges, best first).

    Raises:
        FileNotFoundError: if one of them is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.ids: dict[str, int] = json.loads((folder / "encoder.json").read_text("utf-8"))
        lines = (folder / "vocab.bpe").read_text("utf-8").splitlines()[1:]
        merges = (line.split() for line in lines if line)
        self.pairs = BytePairs((left, right) for left, right in merges)
        self.tokens = {token_id: token for token, token_id in self.ids.items()}
        self.merge = lru_cache(maxsize=CACHED_WORDS)(self._merge)

    @property
    def size(self) -> int:
        """Number of token ids, 50,257 for GLIDE."""
        return len(self.ids)

    @property
    def padding(self) -> int:
        """The id that fills the context behind the text: the last one, `<|endoftext|>`."""
        return self.size - 1

    def encode(self, text: str) -> list[int]:
        """Return the token ids of the lower-cased text, without any special token.

        Raises:
            UnicodeEncodeError: if the text holds a lone surrogate.
        """
        words = GLIDE_SPLIT.findall(text.lower())
        return [self.ids[token] for word in words for token in self.merge(spell(word))]

    def decode(self, ids: list[int]) -> str:
        """Return the text of token ids; bytes that are not UTF-8 become U+FFFD."""
        letters = "".join(self.tokens[token_id] for token_id in ids)
        data = bytes(LETTER_BYTES[letter] for letter in letters)
        return data.decode("utf-8", errors="replace")

    def encode_padded(self, text: str, context: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return (ids [context], mask [context], True at a token); cut on the right if too long.

        The empty text is the unconditional one: only padding, and an all-False mask.
        """
        found = self.encode(text)[:context]
        ids = np.full(context, self.padding, dtype=np.int64)
        ids[: len(found)] = found
        return ids, np.arange(context) < len(found)

    def _merge(self, word: str) -> tuple[str, ...]:
        return tuple(self.pairs.merge(word))


class ClipTokenizer:
    """CLIP's tokenizer: cleaned, lower-cased text to token ids and back.

    folder: holds `bpe_simple_vocab_16e6.txt.gz` (merges, best first, after a line of heading).

    Raises:
        FileNotFoundError: if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        with gzip.open(folder / "bpe_simple_vocab_16e6.txt.gz", "rt", encoding="utf-8") as file:
            lines = file.read().split("\n")[1 : CLIP_MERGES + 1]
        merges = [(left, right) for left, right in (line.split() for line in lines)]
        self.pairs = BytePairs(merges)
        alphabet = [*BYTE_LETTERS.values()]
        symbols = [*alphabet, *(letter + WORD_END for letter in alphabet)]
        symbols += [left + right for left, right in merges]
        self.tokens = [*symbols, START, END]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.merge = lru_cache(maxsize=CACHED_WORDS)(self._merge)

    @property
    def size(self) -> int:
        """Number of token ids, 49,408 for CLIP."""
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """Return the token ids of the text, the special tokens among them where it spells them.

        Raises:
            UnicodeEncodeError: if the text holds a lone surrogate.
        """
        found: list[int] = []
        for word in CLIP_SPLIT.findall(clean_text(text)):
            tokens = (word,) if word in (START, END) else self.merge(spell(word))
            found += [self.ids[token] for token in tokens]
        return found

    def decode(self, ids: list[int]) -> str:
        """Return the text of token ids, a space behind each word.

        Bytes that are not UTF-8 become U+FFFD.
        """
        letters = "".join(self.tokens[token_id] for token_id in ids).replace(WORD_END, " ")
        data = bytes(0x20 if letter == " " else LETTER_BYTES[letter] for letter in letters)
        return data.decode("utf-8", errors="replace")

    def encode_padded(self, text: str, context: int = 77) -> tuple[NDArray[np.int64], int]:
        """Return (ids [context]: start, text, end, zeros; the number of tokens before them)."""
        found = [self.ids[START], *self.encode(text)[: context - 2], self.ids[END]]
        ids = np.zeros(context, dtype=np.int64)
        ids[: len(found)] = found
        return ids, len(found)

    def _merge(self, word: str) -> tuple[str, ...]:
        return tuple(self.pairs.merge([*word[:-1], word[-1] + WORD_END]))


def clean_text(text: str) -> str:
    """Repair mojibake, resolve HTML entities twice, collapse white space and lower the case."""
    repaired = html.unescape(html.unescape(ftfy.fix_text(text)))
    return " ".join(repaired.split()).lower()
