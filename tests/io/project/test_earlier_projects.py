"""Projects saved by earlier versions of the program open with the same pixels, layers and history."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.compositing import composite
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from tests.editor.standin import StandInEngine

FOLDER = Path(__file__).parent
SAVED = {
    "brush-strokes.glide": (
        "833058aefad0a42d7845e706a64aa56de8408ace8ba0a0db9c87a24a4855d37f",
        ["a"],
        5,
    ),
    "accepted-fill.glide": (
        "fe9f6153b07a141e99b4245f3d336b3571591fff00d207aec95607838dd2f20a",
        ["a", "a red apple"],
        5,
    ),
    "groups-16-bit.glide": (
        "f09f981651a98a8f0e417e8eac372346144d85866c375fb7701c4e599cd00d72",
        ["b", "Group"],
        6,
    ),
}


@pytest.mark.parametrize("name", sorted(SAVED))
def test_a_project_saved_by_version_0_1_opens_unchanged(name: str, tmp_path: Path) -> None:
    sha256, layers, states = SAVED[name]
    path = tmp_path / name
    shutil.copy(FOLDER / name, path)
    editor = Editor(InlineRunner(StandInEngine), stores=tmp_path / "stores")
    try:
        editor.files.open(path)
        document = editor.document
        pixels = np.ascontiguousarray(composite(document, document.box))
        assert hashlib.sha256(pixels.tobytes()).hexdigest() == sha256
        assert [layer.name for layer in document.layers] == layers
        assert len(editor.timeline) == states
        if name == "accepted-fill.glide":
            assert editor.generation_settings.prompt == "a red apple"
            assert document.layers[-1].provenance is not None
    finally:
        editor.close()
