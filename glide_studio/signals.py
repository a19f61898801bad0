"""A signal without Qt: state below `ui/` tells its watchers what changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVarTuple, Unpack

Args = TypeVarTuple("Args")


class Signal(Generic[*Args]):
    """Calls every connected function, in order of connection, with the emitted values.

    One thread only (the loop's). A slot may connect or disconnect while a signal is being
    emitted: the change holds from the next emission on, but a slot that was disconnected is
    not called any more. An exception in a slot goes to whoever emits.
    """

    def __init__(self) -> None:
        self._slots: list[Callable[[Unpack[Args]], object]] = []

    def connect(self, slot: Callable[[Unpack[Args]], object]) -> Callable[[], None]:
        """Call `slot` at each emission from now on; the returned function ends that."""
        self._slots.append(slot)

        def disconnect() -> None:
            if slot in self._slots:
                self._slots.remove(slot)

        return disconnect

    def disconnect_all(self) -> None:
        """End every connection."""
        self._slots.clear()

    def emit(self, *values: *Args) -> None:
        """Call the connected slots with `values`."""
        for slot in tuple(self._slots):
            if slot in self._slots:
                slot(*values)

    def __len__(self) -> int:
        return len(self._slots)
