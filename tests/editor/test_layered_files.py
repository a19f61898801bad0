"""Layers go to other programs and come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.adjustments import Curves
from glide_studio.document.compositing import composite
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster
from glide_studio.editor.editor import Editor
from glide_studio.errors import GlideError
from glide_studio.io.layered.layered_files import read_layers


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


def test_adjustments_are_kept_in_a_project_and_become_pixels_elsewhere(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    editor.files.open(photo_file)
    editor.layers.add_adjustment(Curves(((0, 0), (0.5, 0.7), (1, 1))))
    wanted = composite(editor.document, editor.document.box)
    editor.files.save(tmp_path / "a.glide")
    for suffix in ("psd", "ora"):
        notes: list[str] = []
        editor.notice.connect(lambda notice, notes=notes: notes.append(notice.text))
        editor.files.save(tmp_path / f"a.{suffix}")
        assert any("Adjustments were written as layers of pixels" in note for note in notes)
        document, _ = read_layers(tmp_path / f"a.{suffix}")
        assert [layer.name for layer in document.layers] == ["photo", "Curves"]
        assert np.array_equal(composite(document, document.box), wanted)
    editor.files.open(photo_file)
    editor.files.open(tmp_path / "a.glide")
    layer = editor.document.layers[-1]
    assert layer.adjustment == Curves(((0, 0), (0.5, 0.7), (1, 1)))
    assert np.array_equal(composite(editor.document, editor.document.box), wanted)


def test_each_place_names_the_kinds_of_files_that_it_takes(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    notes, psd, renamed = (tmp_path / name for name in ("notes.png", "layers.psd", "layers.png"))
    notes.write_bytes(b"no picture")
    editor.files.open(photo_file)
    editor.files.save(psd)
    renamed.write_bytes(psd.read_bytes())
    with pytest.raises(GlideError, match="a PSD, an OpenRaster file or a"):
        editor.files.open(notes)
    with pytest.raises(GlideError, match="another ending; rename it to end in"):
        editor.files.open(renamed)
    with pytest.raises(GlideError) as refused:
        editor.files.load_mask(notes)
    assert str(refused.value).endswith("AVIF, HEIC, JPEG XL or RAW file.")
    with pytest.raises(GlideError, match="has layers, and a picture is needed"):
        editor.files.load_mask(psd)
    told: list[str] = []
    editor.notice.connect(lambda notice: told.append(notice.text))
    editor.files.add_layers_later([notes])
    assert told[-1].endswith("AVIF, HEIC, JPEG XL or RAW file.")
