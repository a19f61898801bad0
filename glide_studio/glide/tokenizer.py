"""GLIDE's byte-level BPE: GPT-2's vocabulary and merges on lower-cased text.

The algorithm is in `bpe`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from glide_studio.glide.bpe import BytePairs, byte_letters

SPLIT = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


class Tokenizer:
    """Text to token ids and back.

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

    def encode_padded(self, text: str, context: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(ids [context], mask [context]: True where a token stands); cut on the right if too long.

        The empty text is the unconditional one: only padding, and an all-False mask.
        """
        found = self.encode(text)[:context]
        ids = np.full(context, self.padding, dtype=np.int64)
        ids[: len(found)] = found
        return ids, np.arange(context) < len(found)

    def _merge(self, word: str) -> tuple[str, ...]:
        return tuple(self.pairs.merge(word))
