"""Every action of a menu bar with its path and its shortcuts, for search and for the overview."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from glide_studio.translation import QT_TRANSLATE_NOOP, Text, translate

SEPARATOR = " › "
MNEMONIC = re.compile(r"\(&\w\)")  # as in translations to scripts without a keyboard of their own

OTHER_NAMES: dict[str, str] = {
    "File › Export image": QT_TRANSLATE_NOOP("Commands", "save as jpeg png"),
    "Image › Crop": QT_TRANSLATE_NOOP("Commands", "straighten rotate level horizon trim"),
    "Image › Extend › Extend canvas": QT_TRANSLATE_NOOP("Commands", "expand uncrop outpaint"),
    "Image › Scale": QT_TRANSLATE_NOOP("Commands", "image size resize resample"),
    "Image › Flip horizontally": QT_TRANSLATE_NOOP("Commands", "mirror"),
    "Image › Flip vertically": QT_TRANSLATE_NOOP("Commands", "mirror"),
    "Layer › New adjustment › Levels": QT_TRANSLATE_NOOP(
        "Commands", "brightness contrast histogram"
    ),
    "Layer › New adjustment › Exposure": QT_TRANSLATE_NOOP("Commands", "brightness lighten darken"),
    "Layer › New adjustment › White balance": QT_TRANSLATE_NOOP(
        "Commands", "color temperature tint"
    ),
    "Layer › New adjustment › Hue and saturation": QT_TRANSLATE_NOOP(
        "Commands", "vibrance recolor colorize"
    ),
    "Layer › Move and transform": QT_TRANSLATE_NOOP(
        "Commands", "free transform scale rotate resize distort perspective"
    ),
    "Layer › Paint › Bucket": QT_TRANSLATE_NOOP("Commands", "fill"),
    "Layer › Paint › Color picker": QT_TRANSLATE_NOOP("Commands", "eyedropper"),
    "Layer › Clip to the layer below": QT_TRANSLATE_NOOP("Commands", "clipping mask"),
    "Retouch › Remove": QT_TRANSLATE_NOOP("Commands", "delete object content-aware fill"),
    "Retouch › Heal": QT_TRANSLATE_NOOP("Commands", "spot healing patch blemish"),
    "Mask › Clear": QT_TRANSLATE_NOOP("Commands", "deselect"),
    "Mask › Tools › Object select": QT_TRANSLATE_NOOP("Commands", "quick selection subject"),
    "Mask › Tools › Rectangle": QT_TRANSLATE_NOOP("Commands", "marquee selection"),
    "Mask › Tools › Ellipse": QT_TRANSLATE_NOOP("Commands", "marquee selection"),
    "Generate › Generate": QT_TRANSLATE_NOOP("Commands", "generative fill"),
    "Image › Extend › Results side by side": QT_TRANSLATE_NOOP("Commands", "compare"),
    "View › Before and after": QT_TRANSLATE_NOOP("Commands", "compare split"),
    "View › Picture before": QT_TRANSLATE_NOOP("Commands", "compare original"),
    "View › Hand": QT_TRANSLATE_NOOP("Commands", "pan move"),
}
"""What else a command is called, by its id: only for the search."""

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
    def other_names(self) -> str:
        """What else it is called, in English and in the language of the program."""
        words = OTHER_NAMES.get(self.id, "")
        return f"{words} {translate('Commands', words)}" if words else ""

    @property
    def keys(self) -> str:
        """The shortcuts, as they are written on the keys, else the keys that the menu names."""
        native = QKeySequence.SequenceFormat.NativeText
        bound = ", ".join(one.toString(native) for one in self.action.shortcuts())
        return bound or self.action.text().partition("\t")[2]


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
    """Find the commands whose path or other names, also in English, hold all words of a text.

    The best come first: a command whose own name begins with the text before one whose name holds
    it, then those found by their menus, at last those found by another name.
    """
    words = text.casefold().split()

    def holds(place: str) -> bool:
        return all(word in place.casefold() for word in words)

    def rank(command: Command) -> tuple[int, int]:
        name, whole = command.name.casefold(), " ".join(words)
        ranks = (name.startswith(whole), holds(name), holds(command.path + command.id), True)
        return ranks.index(True), len(name)

    matching = [one for one in commands if holds(f"{one.path} {one.id} {one.other_names}")]
    return sorted(matching, key=rank) if words else matching


def plain(text: str) -> str:
    """Remove the marks of mnemonics, keys, and the dots that say that a dialog follows."""
    text = text.partition("\t")[0]
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
