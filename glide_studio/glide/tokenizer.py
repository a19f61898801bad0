"""GLIDE's byte-level BPE: GPT-2's vocabulary and merges on lower-cased text.

Radford et al. 2019, section 2.2, for byte-level BPE; Sennrich et al. 2016 (arXiv 1508.07909) for the merges.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

SPLIT = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)


def byte_letters() -> dict[int, str]:
    """A printable character for each of the 256 bytes, as the vocabulary file spells them.

    Printable Latin-1 bytes stand for themselves; the others follow from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in printable}
    rest = (byte for byte in range(256) if byte not in letters)
    return letters | {byte: chr(0x100 + i) for i, byte in enumerate(rest)}


class Tokenizer:
    """Text to token ids and back.

    folder: holds `encoder.json` (token -> id) and `vocab.bpe` (merges, best first).

    Raises:
        FileNotFoundError: if one of them is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.ids: dict[str, int] = json.loads((folder / "encoder.json").read_text("utf-8"))
        lines = (folder / "vocab.bpe").read_text("utf-8").splitlines()[1:]
        pairs = (tuple(line.split()) for line in lines if line)
        self.ranks = {pair: rank for rank, pair in enumerate(pairs)}
        self.tokens = {token_id: token for token, token_id in self.ids.items()}
        self.letters = byte_letters()
        self.bytes = {letter: byte for byte, letter in self.letters.items()}
        self.merge = lru_cache(maxsize=20_000)(self._merge)

    @property
    def size(self) -> int:
        """Number of token ids, 50,257 for GLIDE."""
        return len(self.ids)

    @property
    def padding(self) -> int:
        """The id that fills the context behind the text: the last one, `<|endoftext|>`."""
        return self.size - 1

    def encode(self, text: str) -> list[int]:
        """Token ids of the lower-cased text, without any special token.

        Raises:
            UnicodeEncodeError: if the text holds a lone surrogate.
        """
        found: list[int] = []
        for word in SPLIT.findall(text.lower()):
            spelled = "".join(self.letters[byte] for byte in word.encode("utf-8"))
            found += [self.ids[token] for token in self.merge(spelled)]
        return found

    def decode(self, ids: list[int]) -> str:
        """The text of token ids; bytes that are no UTF-8 become U+FFFD."""
        spelled = "".join(self.tokens[token_id] for token_id in ids)
        return bytes(self.bytes[letter] for letter in spelled).decode("utf-8", errors="replace")

    def padded(self, text: str, context: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(ids [context], mask [context]: True where a token stands); cut on the right if too long.

        The empty text is the unconditional one: only padding, and an all-False mask.
        """
        found = self.encode(text)[:context]
        ids = np.full(context, self.padding, dtype=np.int64)
        ids[: len(found)] = found
        return ids, np.arange(context) < len(found)

    def _merge(self, word: str) -> tuple[str, ...]:
        parts = list(word)
        while len(parts) > 1:
            pairs = list(zip(parts, parts[1:], strict=False))
            best = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            merged: list[str] = []
            i = 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    merged.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    merged.append(parts[i])
                    i += 1
            parts = merged
        return tuple(parts)
