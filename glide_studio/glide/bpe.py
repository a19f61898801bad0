"""Byte-pair encoding: what GLIDE's and CLIP's tokenizers share.

Sennrich et al. 2016 (arXiv 1508.07909) for the merges, Radford et al. 2019 (GPT-2), section 2.2, for
bytes as the alphabet.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence


def byte_letters() -> dict[int, str]:
    """A printable character for each of the 256 bytes, as the vocabulary files spell them.

    Printable Latin-1 bytes stand for themselves; the others follow from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in printable}
    rest = (byte for byte in range(256) if byte not in letters)
    return letters | {byte: chr(0x100 + i) for i, byte in enumerate(rest)}


class BytePairs:
    """The merges of a vocabulary, best first; no two of them make the same symbol."""

    def __init__(self, merges: Iterable[tuple[str, str]]) -> None:
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}

    def merge(self, symbols: Sequence[str]) -> list[str]:
        """Join neighbours, the best-ranked pair first and the leftmost of equals, until none is known.

        n log n in the length: a prompt may be one word of 10,000 letters.
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
