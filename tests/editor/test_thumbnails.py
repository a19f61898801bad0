"""Small pictures of states and layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from glide_studio.editor.editor import Editor
from glide_studio.editor.thumbnails import Thumbnails, in_srgb
from glide_studio.editor.workers import InlineWorker
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Point


@pytest.fixture
def opened(editor: Editor, photo_file: Path) -> Editor:
    editor.thumbnails.begin()
    editor.files.open(photo_file)
    return editor


def test_every_state_gets_its_picture(opened: Editor) -> None:
    first = opened.timeline.current.id
    opened.selection.ellipse(Point(60, 40), Point(240, 160))
    opened.layers.set_opacity(None, 0.5)
    pictures = [opened.thumbnails.of_state(state.id) for state in opened.timeline.states]
    assert [picture.shape for picture in pictures if picture is not None] == [(43, 64, 4)] * 3
    plain, painted, dimmed = pictures
    assert plain is not None
    assert painted is not None
    assert dimmed is not None
    assert int(painted[21, 32, 0]) > int(plain[21, 32, 0]), "the mask is seen"
    assert np.array_equal(painted[2, 2], plain[2, 2])
    assert dimmed[2, 2, 3] < plain[2, 2, 3]
    opened.jump(first)
    assert opened.thumbnails.of_state(first) is plain, "made once"


def test_a_picture_that_fails_is_told_and_the_next_one_made(
    opened: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    thumbnails = Thumbnails(opened.state, InlineWorker(), lambda error: told.append(str(error)))
    thumbnails.begin()

    def fail(document: object) -> None:
        raise GlideError("There is no room in memory; close another picture.")

    with monkeypatch.context() as patched:
        patched.setattr(thumbnails, "_make", fail)
        opened.selection.select_all()
    assert told == ["There is no room in memory; close another picture."]
    assert not thumbnails.layers
    opened.layers.set_opacity(None, 0.5)
    assert list(thumbnails.layers) == [opened.document.layers[0].id]
    assert len(told) == 1


def test_a_draft_gets_none(opened: Editor) -> None:
    made: list[int] = []
    opened.thumbnails.made.connect(lambda: made.append(1))
    opened.layers.preview_opacity(opened.document.layers[0].id, 0.2)
    assert not made
    opened.layers.set_opacity(None, 0.2)
    assert made == [1]


def test_layers_and_their_masks_follow_the_document(opened: Editor) -> None:
    layer = opened.document.layers[0].id
    assert set(opened.thumbnails.layers) == {layer}
    opened.selection.rectangle(Point(0, 0), Point(150, 200))
    opened.layers.add_mask()
    mask = opened.thumbnails.layers[f"{layer}/mask"]
    assert (mask[:, :31] == 255).all()
    assert (mask[:, 33:, :3] == 0).all()
    opened.undo()
    assert set(opened.thumbnails.layers) == {layer}


def test_pictures_are_saved_with_the_project(opened: Editor, tmp_path: Path) -> None:
    opened.selection.select_all()
    wanted = [opened.thumbnails.of_state(state.id) for state in opened.timeline.states]
    opened.files.save(tmp_path / "kept.glide")
    opened.files.open(Path(tmp_path / "photo.png"))
    opened.files.open(tmp_path / "kept.glide")
    kept = [opened.timeline.thumbnail(state.id) for state in opened.timeline.states]
    assert len(kept) == 2
    for one, other in zip(kept, wanted, strict=True):
        assert one is not None
        assert other is not None
        assert np.array_equal(one, other)


def test_without_a_window_none_are_made(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    assert editor.timeline.thumbnail(editor.timeline.current.id) is None
    assert not editor.thumbnails.layers


def test_a_wide_gamut_is_shown_in_srgb(opened: Editor) -> None:
    profile = imagecodecs.cms_profile("adobergb")
    plain = opened.thumbnails.of_state(opened.timeline.current.id)
    assert plain is not None
    wide = replace(opened.document, icc=profile)
    opened.state.apply("Assign profile", wide)
    seen = opened.thumbnails.of_state(opened.timeline.current.id)
    assert np.array_equal(seen, in_srgb(plain, profile))
    assert not np.array_equal(seen, plain)
