"""Completion of the words that the chosen model was trained on, while a prompt is typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QStringListModel, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QLineEdit, QPlainTextEdit

from glide_studio.editor.editor import Editor
from glide_studio.ui.theme import style_window

MIN_LETTERS = 2  # before words are offered
POPUP_WIDTH_PX, POPUP_GAP_PX = 188, 4


class WordCompleter(QObject):
    """Offers nouns of the model below a prompt; Enter or a click takes one, Esc closes the list."""

    def __init__(self, editor: Editor, field: QLineEdit | QPlainTextEdit) -> None:
        super().__init__(field)
        self._editor = editor
        self._field = field
        self._nouns: tuple[str, ...] = ()
        self._known_for: tuple[str, bool] | None = None
        self._offered = QStringListModel(self)
        self.completer = QCompleter(self._offered, self)
        self.completer.setWidget(field)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        popup = self.completer.popup()
        assert popup is not None
        self._popup: QAbstractItemView = popup
        popup.setObjectName("completion")
        style_window(popup)
        self.completer.activated.connect(self._take)
        if isinstance(field, QLineEdit):
            field.textEdited.connect(lambda text: self._offer())
        else:
            field.textChanged.connect(self._offer)

    @property
    def is_open(self) -> bool:
        """True while words are offered."""
        return self._popup.isVisible()

    def _offer(self) -> None:
        """Show the nouns that continue what stands before the cursor."""
        if not self._field.hasFocus():
            return
        before = self._text_before_cursor()
        words = find_continuations(before, self._read_nouns())
        if not words:
            self._popup.hide()
            return
        self._offered.setStringList(words)
        rect = self._field.cursorRect()
        rect.setWidth(POPUP_WIDTH_PX)
        if isinstance(self._field, QLineEdit):
            rect.setBottom(self._field.rect().bottom())  # the list is below its border
        rect.translate(0, POPUP_GAP_PX)
        self.completer.complete(rect)
        self._popup.setCurrentIndex(self.completer.completionModel().index(0, 0))

    def _read_nouns(self) -> tuple[str, ...]:
        """Return the nouns of the chosen model; asking the engine reads files, so they are kept."""
        engine, model = self._editor.engine, self._editor.generation_settings.model
        key = model, engine is not None
        if key != self._known_for:
            self._known_for = key
            nouns = engine.capabilities.nouns if engine is not None else {}
            self._nouns = tuple(sorted(nouns.get(model, ())))
        return self._nouns

    def _text_before_cursor(self) -> str:
        if isinstance(self._field, QLineEdit):
            return self._field.text()[: self._field.cursorPosition()]
        cursor = self._field.textCursor()
        return self._field.toPlainText()[: cursor.position()]

    def _take(self, noun: str) -> None:
        """Replace the begun word by the whole one."""
        begun = len(begun_word(self._text_before_cursor(), noun))
        if isinstance(self._field, QLineEdit):
            end = self._field.cursorPosition()
            text = self._field.text()
            self._field.setText(text[: end - begun] + noun + text[end:])
            self._field.setCursorPosition(end - begun + len(noun))
            self._field.textEdited.emit(self._field.text())
        else:
            cursor = self._field.textCursor()
            left, keep = QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor
            cursor.movePosition(left, keep, begun)
            cursor.insertText(noun)
        self._popup.hide()


def begun_word(text: str, noun: str) -> str:
    """Return the longest end of `text`, from the start of a word on, that `noun` begins with."""
    starts = [n for n in range(len(text)) if n == 0 or not text[n - 1].isalnum()]
    ends = (text[start:] for start in starts)
    found = (end for end in ends if end.strip() and noun.lower().startswith(end.lower()))
    return next(found, "")


def find_continuations(text: str, nouns: Sequence[str]) -> list[str]:
    """Return the nouns that continue the end of `text`; none if it ends with a whole one."""
    found = [noun for noun in nouns if len(begun_word(text, noun)) >= MIN_LETTERS]
    whole = any(begun_word(text, noun).lower() == noun.lower() for noun in found)
    return [] if whole else found
