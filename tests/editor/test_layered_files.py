"""Layers go to other programs and come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.compositing import composite
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster
from glide_studio.editor.editor import Editor


@pytest.mark.parametrize("ending", ["psd", "ora"])
def test_a_document_survives_a_layered_file(
    editor: Editor, photo_file: Path, tmp_path: Path, ending: str
) -> None:
    editor.files.open(photo_file)
    size = editor.document.size
    rng = np.random.default_rng(0)
    upper = rng.integers(0, 256, (size.height, size.width, 4), np.uint8)
    layer = Layer("upper", Raster.from_array(upper))
    editor.state.apply("Add layer", add_layer(editor.document, layer))
    before = editor.document
    editor.files.save(tmp_path / f"layers.{ending}")
    editor.files.open(tmp_path / f"layers.{ending}")
    after = editor.document
    assert [layer.name for layer in after.layers] == [layer.name for layer in before.layers]
    assert np.array_equal(composite(after, after.box), composite(before, before.box))
