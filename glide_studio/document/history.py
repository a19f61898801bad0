"""`History`: a tree of states, and a budget for the memory they hold together."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.document.document import Document, is_same
from glide_studio.document.layer import new_id
from glide_studio.document.layer_edits import activate_layer
from glide_studio.document.memory_budget import MemoryBudget
from glide_studio.document.tile import TileStore
from glide_studio.translation import translate

MEMORY_BUDGET = 320 << 20  # bytes besides the tiles of the current document
AT_ONCE = 256  # tiles that are dropped while an edit is shown, 4 microseconds each


@dataclass(frozen=True, slots=True, eq=False)
class HistoryState:
    """One document of the history's tree.

    time: seconds since 1970. parent: id of the state it came from, None for the first.
    """

    label: str
    document: Document
    parent: str | None = None
    time: float = field(default_factory=time.time)
    id: str = field(default_factory=new_id)


class History:
    """All states since the document was opened; one of them is current.

    Undo goes to the parent, redo to the child that was visited last. An edit after an undo begins a
    new branch; nothing is ever lost. When the states hold more than `budget` bytes besides the
    tiles of the current document, tiles seen longest ago that `store` holds are dropped from
    memory, a few at each edit and the others by `trim`; they are loaded again when they are read.
    Without a store everything stays in memory.
    """

    def __init__(
        self,
        states: Iterable[HistoryState],
        current: str,
        *,
        budget: int = MEMORY_BUDGET,
        store: TileStore | None = None,
        visited: Iterable[str] = (),
    ) -> None:
        """Restore a tree from its states, parents before children.

        visited: ids of states, the one visited longest ago first, as `History.visited` gave them;
            redo follows them.

        Raises:
            KeyError: if `current` or a parent is not among the states.
            ValueError: if there is no first state, or more than one.
        """
        self._states: dict[str, HistoryState] = {}
        self._children: dict[str, list[str]] = {}
        self._visited: dict[str, None] = {}
        self._thumbnails: dict[str, NDArray[Any]] = {}
        self._memory = MemoryBudget(budget, store)
        for state in states:
            self._add(state)
        if sum(state.parent is None for state in self._states.values()) != 1:
            raise ValueError("A history has exactly one first state.")
        for state_id in (*self._states, *visited):
            self._touch(state_id)
        self._visit(current)

    @classmethod
    def begin(
        cls,
        document: Document,
        label: str = "",
        *,
        budget: int = MEMORY_BUDGET,
        store: TileStore | None = None,
    ) -> History:
        """Start a history of one state."""
        state = HistoryState(label or translate("History", "Open"), document)
        return cls([state], state.id, budget=budget, store=store)

    @property
    def current(self) -> HistoryState:
        """The state that the user sees."""
        return self._states[self._current]

    @property
    def document(self) -> Document:
        """The current state's document."""
        return self.current.document

    @property
    def states(self) -> tuple[HistoryState, ...]:
        """All states, parents before children, in the order they were made."""
        return tuple(self._states.values())

    @property
    def visited(self) -> tuple[str, ...]:
        """Ids of all states, the one visited longest ago first; the last one is current."""
        return tuple(self._visited)

    @property
    def budget(self) -> int:
        """Bytes that the states may hold besides the tiles of the current document."""
        return self._memory.limit

    @budget.setter
    def budget(self, budget: int) -> None:
        self._memory.limit = budget  # what is beyond it goes from the next edit on

    @property
    def nbytes(self) -> int:
        """Bytes that all states hold in memory, each shared part counted once."""
        return self._memory.used_bytes()

    @property
    def held_bytes(self) -> int:
        """Bytes that all states hold as tiles with all their mip levels; quick to ask for."""
        return self._memory.held_bytes

    @property
    def hidden_bytes(self) -> int:
        """Bytes of `held_bytes` besides the tiles of the current document."""
        return self._memory.hidden_bytes

    def trim(self) -> None:
        """Drop from memory what is beyond the budget and held by the store.

        Slow after an edit that made new tiles everywhere: call it once that is shown.
        """
        self._memory.evict(self.document)

    def spill(self, limit: int, *, is_shown: bool) -> None:
        """Keep at most `limit` bytes in memory, now; the tiles that are shown do not count.

        What the store does not hold yet stays. is_shown: the current document is, else nothing.
        """
        self._memory.evict(self.document if is_shown else None, limit)

    def __len__(self) -> int:
        return len(self._states)

    def __contains__(self, state_id: object) -> bool:
        return state_id in self._states

    def state(self, state_id: str) -> HistoryState:
        """Get the state of this id.

        Raises:
            KeyError: if there is none.
        """
        return self._states[state_id]

    def children(self, state_id: str) -> tuple[HistoryState, ...]:
        """Get the states made from one, oldest first."""
        return tuple(self._states[child] for child in self._children[state_id])

    def path(self, state_id: str | None = None) -> tuple[HistoryState, ...]:
        """List the states from the first to the given one (None: the current), both included."""
        line = [self._states[state_id or self._current]]
        while line[-1].parent is not None:
            line.append(self._states[line[-1].parent])
        return tuple(reversed(line))

    def record(self, label: str, document: Document) -> HistoryState | None:
        """Make `document`, which was made from the current one, the current state.

        Returns the new state, or None if nothing changed, which leaves no entry.
        """
        if is_same(self.document, document):
            return None
        state = HistoryState(label, document, self._current)
        self._add(state)
        self._visit(state.id)
        return state

    def activate_layer(self, layer: str | None) -> None:
        """Make a layer of the current document its active one, which is no edit: no new state.

        Raises:
            KeyError: if the document has no such layer.
        """
        document = activate_layer(self.document, layer)
        self._states[self._current] = replace(self.current, document=document)

    @property
    def can_undo(self) -> bool:
        """True unless the first state is current."""
        return self.undo_state is not None

    @property
    def can_redo(self) -> bool:
        """True if a state was made from the current one."""
        return bool(self._children[self._current])

    @property
    def undo_state(self) -> HistoryState | None:
        """Where `undo` goes: the parent; None if there is none."""
        parent = self.current.parent
        return None if parent is None else self._states[parent]

    @property
    def redo_state(self) -> HistoryState | None:
        """Where `redo` goes: the child visited last; None if there is none."""
        children = self._children[self._current]
        if len(children) > 1:
            children = [one for one in reversed(self._visited) if one in children]
        return self._states[children[0]] if children else None

    def undo(self) -> HistoryState | None:
        """Go to `undo_state`; return None if there is none."""
        state = self.undo_state
        return None if state is None else self.jump(state.id)

    def redo(self) -> HistoryState | None:
        """Go to `redo_state`; return None if there is none."""
        state = self.redo_state
        return None if state is None else self.jump(state.id)

    def expect(self, state: HistoryState | None) -> None:
        """Keep the tiles of a state in memory until one is visited: it will be the next.

        state: None if none is expected any more.
        """
        self._memory.expected = None if state is None else state.document

    def jump(self, state_id: str) -> HistoryState:
        """Go to any state.

        Raises:
            KeyError: if there is none of this id.
        """
        state = self._states[state_id]
        # All states on the way count as visited, so that redo leads back to the state before.
        for passed in self.path(state_id):
            self._touch(passed.id)
        self._visit(state_id)
        return state

    def thumbnail(self, state_id: str) -> NDArray[Any] | None:
        """Get the thumbnail kept for a state, [h, w, 4] uint8; None if there is none."""
        return self._thumbnails.get(state_id)

    def set_thumbnail(self, state_id: str, pixels: NDArray[np.uint8]) -> None:
        """Keep a thumbnail [h, w, 4] for a state.

        Raises:
            KeyError: if there is no such state.
        """
        pixels.setflags(write=False)
        self._thumbnails[self._states[state_id].id] = pixels

    def _add(self, state: HistoryState) -> None:
        if state.parent is not None:
            self._children[self._states[state.parent].id].append(state.id)
        self._states[state.id] = state
        self._children[state.id] = []
        self._memory.register(state.document)

    def _touch(self, state_id: str) -> None:
        self._visited.pop(state_id, None)
        self._visited[state_id] = None

    def _visit(self, state_id: str) -> None:
        self._current = self._states[state_id].id
        self._touch(state_id)
        self._memory.expected = None
        self._memory.evict(self.document, most=AT_ONCE)
