"""Texts for the user in the language of the process: English until the window installs another.

Every package writes its sentences as ``translate("Context", "English text")``, where the context is
the module's name in CamelCase. Both are literals, so that Qt's ``lupdate`` finds them; values are
filled in afterwards: ``translate("FileActions", "Open {name}").format(name=name)``. Tables are
marked by `QT_TRANSLATE_NOOP` and translated where they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from string import Formatter
from typing import Protocol

BEGIN, PART, END = (
    "\x02",
    "\x1f",
    "\x03",
)  # around and inside of a text that is translated elsewhere
NESTED = re.compile(f"{BEGIN}([^{BEGIN}{END}]*){END}")
FIELD = re.compile(r"\{(\w+)\}")
MAX_NESTING = 4  # of texts in texts
MAX_DIGITS = 9  # of a number that chooses the plural


class FilledText(str):
    """A translated text whose fields are filled in.

    packed: the same, not translated yet; see `pack`.
    """

    packed: str

    def __new__(cls, text: str, packed: str) -> FilledText:
        made = super().__new__(cls, text)
        made.packed = packed
        return made


class Text(str):
    """A translated text that knows its English source, by which actions are found again.

    source: the text as it is in the program. packed: the same, not translated yet, with fields to
    fill in; see `pack`.
    """

    source: str
    packed: str

    def __new__(cls, text: str, source: str, packed: str = "") -> Text:
        made = super().__new__(cls, text)
        made.source, made.packed = source, packed
        return made

    def format(self, *args: object, **values: object) -> FilledText:
        """Fill in the fields."""
        packed = {name: pack(one) if isinstance(one, str) else one for name, one in values.items()}
        return FilledText(super().format(*args, **values), self.packed.format(*args, **packed))


class Lookup(Protocol):
    """Finds the translation of a source text; empty if there is none."""

    def __call__(self, context: str, source: str, comment: str, n: int, /) -> str:
        """Return a translation.

        comment: tells equal sources apart. n: the number that chooses the plural; -1 without.
        """


def write_english_number(value: float, decimals: int) -> str:
    """Write a number as the English texts do: 12,345.6."""
    return f"{value:,.{decimals}f}"


_lookup: Lookup | None = None
_write_number: Callable[[float, int], str] = write_english_number
_is_deferred = False


def install(
    lookup: Lookup | None, write_number: Callable[[float, int], str] = write_english_number
) -> None:
    """Translate from now on by `lookup`, None for English; write numbers by `write_number`."""
    global _lookup, _write_number
    _lookup, _write_number = lookup, write_number


def translate(context: str, source: str, comment: str | None = None, n: int = -1) -> Text:
    """Translate a text.

    context: the module in CamelCase. source: English, with named fields in braces that the caller
    fills in by `format`; with `n`, "%n" is the number and "(s)" the ending of its plural. comment:
    tells equal sources with other meanings apart. A translation with other fields than its source
    is not used.
    """
    packed = _pack(context, source, comment or "", n)
    if _is_deferred:
        return Text(packed, source, packed)
    text = "" if _lookup is None else _lookup(context, source, comment or "", n)
    if not text or ("{" in source and _fields(text) != _fields(source)):
        text = source if n < 0 else source.replace("(s)", "" if n == 1 else "s")
    return Text(text if n < 0 else text.replace("%n", number(n)), source, packed)


def QT_TRANSLATE_NOOP(context: str, source: str) -> str:
    """Mark a text of a table for extraction; `translate` it where it is shown."""
    return source


def number(value: float, decimals: int = 0) -> str:
    """Write a number with digits grouped, in the language of the process."""
    return _write_number(value, decimals)


def defer() -> None:
    """Leave translating to the process that reads this one's texts, by `resolve`."""
    global _is_deferred
    _is_deferred = True


def pack(text: str) -> str:
    """Return a text so that `resolve` translates it, also in another language later.

    One that `translate` did not make stays as it is.
    """
    return text.packed if isinstance(text, Text | FilledText) else text


def resolve(text: str) -> str:
    """Translate what `pack` returned, or a process that called `defer`; it may be untrusted."""
    for _ in range(MAX_NESTING):
        text, found = NESTED.subn(lambda match: _unpack(match[1]), text)
        if not found:
            break
    return text


def _pack(context: str, source: str, comment: str, n: int) -> str:
    """Write a text so that `str.format` fills in its fields and `resolve` can translate it."""
    fields = _fields(source) or set()
    plain = source.replace("{", "{{").replace("}", "}}") if fields else source
    values = "".join(f"{PART}{name}={{{name}}}" for name in sorted(fields))
    return f"{BEGIN}{context}{PART}{plain}{PART}{comment}{PART}{n}{values}{END}"


def _unpack(packed: str) -> str:
    context, source, comment, n, *values = (*packed.split(PART), "", "", "")[:64]
    count = int(n) if n.isdecimal() and len(n) <= MAX_DIGITS else -1
    text = translate(context, source, comment, count)
    filled = dict(value.partition("=")[::2] for value in values)
    return FIELD.sub(lambda match: filled.get(match[1], ""), text)


def _fields(text: str) -> set[str] | None:
    """Return the names of the fields of a text; None if its braces do not match."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return None
