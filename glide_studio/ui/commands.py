"""Every action of a menu bar with its path and its shortcuts, for search and for the overview."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from glide_studio.translation import Text

SEPARATOR = " › "
MNEMONIC = re.compile(r"\(&\w\)")  # as in translations to scripts without a keyboard of their own

Entry = TypeVar("Entry", QAction, QMenu)


class Command(NamedTuple):
    """An action and the titles of the menus around it, the outermost first.

    id: the path in English, which is the same in all languages.
    """

    menus: tuple[str, ...]
    action: QAction
    id: str

    @property
    def name(self) -> str:
        """What the action does, as in the menu."""
        return plain(self.action.text())

    @property
    def path(self) -> str:
        """The way through the menus."""
        return SEPARATOR.join((*self.menus, self.name))

    @property
    def keys(self) -> str:
        """The shortcuts, as they are written on the keys."""
        native = QKeySequence.SequenceFormat.NativeText
        return ", ".join(one.toString(native) for one in self.action.shortcuts())


def list_commands(bar: QMenuBar, *, lasting: bool = False) -> list[Command]:
    """List all actions of a menu bar, in its order; each once.

    lasting: leave out those of menus that are filled again at each opening, which have the
    property "passing".
    """
    found: list[Command] = []
    for action in bar.actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            if not lasting:
                menu.aboutToShow.emit()
            found += _walk(menu, (plain(menu.title()),), (source_of(menu),), lasting)
    by_action: dict[int, Command] = {}
    for one in found:
        by_action.setdefault(id(one.action), one)
    return list(by_action.values())


def search(commands: list[Command], text: str) -> list[Command]:
    """Find the commands whose path, also in English, holds all words of a text, the best first.

    A command whose own name begins with the text comes before one whose name holds it, and that
    before one that is only found by its menus.
    """
    words = text.casefold().split()

    def holds(command: Command, word: str) -> bool:
        return word in command.path.casefold() or word in command.id.casefold()

    def rank(command: Command) -> tuple[int, int]:
        name, whole = command.name.casefold(), " ".join(words)
        if name.startswith(whole):
            return 0, len(name)
        return (1, len(name)) if all(word in name for word in words) else (2, len(name))

    matching = [one for one in commands if all(holds(one, word) for word in words)]
    return sorted(matching, key=rank) if words else matching


def plain(text: str) -> str:
    """Remove the marks of mnemonics and the dots that say that a dialog follows."""
    return (
        MNEMONIC.sub("", text).replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")
    )


def set_source(entry: Entry, text: str) -> Entry:
    """Let an action or a menu know the English source of its text."""
    entry.setProperty("source", text.source if isinstance(text, Text) else text)
    return entry


def source_of(entry: QAction | QMenu) -> str:
    """Return the English name of an action or a menu; what it shows if it is not ours."""
    shown = entry.title() if isinstance(entry, QMenu) else entry.text()
    return plain(entry.property("source") or shown)


def _walk(
    menu: QMenu, titles: tuple[str, ...], sources: tuple[str, ...], lasting: bool
) -> Iterator[Command]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            if lasting and inner.property("passing"):
                continue
            if not lasting:
                inner.aboutToShow.emit()
            outer = (*titles, plain(inner.title()))
            yield from _walk(inner, outer, (*sources, source_of(inner)), lasting)
        elif action.text() and not action.isSeparator():
            yield Command(titles, action, SEPARATOR.join((*sources, source_of(action))))
