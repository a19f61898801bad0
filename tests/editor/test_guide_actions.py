"""Guides are set, moved and deleted as entries of the history."""

from __future__ import annotations

from pathlib import Path

import pytest

from glide_studio.document.guides import MAX_GUIDES, NO_GUIDES, Guides
from glide_studio.editor.editor import Editor
from glide_studio.errors import GlideError


def guides(editor: Editor) -> Guides:
    return editor.document.guides


def test_a_guide_is_added_moved_and_deleted(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.guides.add("horizontal", 10)
    editor.guides.add("vertical", 20)
    editor.guides.move("horizontal", 10, 12)
    assert guides(editor).of("horizontal") == (12,)
    editor.guides.remove("horizontal", 12)
    assert guides(editor).of("horizontal") == ()
    assert guides(editor).of("vertical") == (20,)
    editor.undo()
    assert guides(editor).of("horizontal") == (12,)
    editor.guides.clear()
    assert guides(editor) == NO_GUIDES


def test_there_are_at_most_so_many_guides_but_each_can_be_moved(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    for position in range(MAX_GUIDES):
        editor.guides.add("vertical", position)
    with pytest.raises(GlideError, match=f"There are {MAX_GUIDES} guides already"):
        editor.guides.add("vertical", MAX_GUIDES + 1)
    editor.guides.move("vertical", 0, MAX_GUIDES + 1)
    assert len(guides(editor).of("vertical")) == MAX_GUIDES
