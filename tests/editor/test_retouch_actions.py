"""Removal, healing, cloning, object selection and extension from the photo's own pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.document.brush import StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.editor.editor import Editor
from glide_studio.editor.retouch_actions import RETOUCH_LAYER
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.state import Notification
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Point, Size
from glide_studio.io.provenance import provenance_from_dict
from tests.editor.held import HeldWorker
from tests.editor.standin import StandInEngine

WIDTH, HEIGHT = 200, 140


def wall(dtype: type = np.uint8) -> np.ndarray:
    """Fine grain on a vertical slope, none right of 160; a dark disc at (100, 70) of radius 12."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    gray = 120 + 0.4 * y + np.where(x < 160, rng.normal(0, 4, y.shape), 0)
    rgb = np.stack([gray, gray * 0.9, gray * 0.8], -1)
    rgb[(x - 100) ** 2 + (y - 70) ** 2 < 144] = (20, 20, 90)
    return np.clip(np.rint(rgb), 0, 255).astype(dtype)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Editor]:
    path = tmp_path / "wall.png"
    Image.fromarray(wall()).save(path)
    session = Editor(InlineRunner(StandInEngine), stores=tmp_path / "stores")
    session.files.open(path)
    session.set_tool_settings(size=30.0, hardness=1.0, pressure_size=False)
    yield session
    session.close()


def seen(session: Editor) -> np.ndarray:
    return composite(session.document, session.document.box)[..., :3].astype(int)


def notices(session: Editor) -> list[Notification]:
    found: list[Notification] = []
    session.notice.connect(found.append)
    return found


def dab(session: Editor, kind: str, *points: tuple[float, float], erase: bool = False) -> None:
    first, *rest = [StrokePoint(x, y) for x, y in points]
    session.retouch.begin_stroke(kind, first, erase=erase)
    session.retouch.extend_stroke(rest)
    session.retouch.finish_stroke()


def test_a_stroke_of_the_remove_brush_takes_the_disc_away_and_nothing_else(
    session: Editor,
) -> None:
    before = seen(session)
    dab(session, "remove", (98, 70), (102, 70))
    after = seen(session)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc = (x - 100) ** 2 + (y - 70) ** 2 < 144
    assert after[disc][:, 2].mean() == pytest.approx(0.8 * (120 + 0.4 * 70), abs=8)
    far = (x - 100) ** 2 + (y - 70) ** 2 > 20**2
    assert np.array_equal(before[far], after[far])
    assert [layer.name for layer in session.document.layers] == ["wall", RETOUCH_LAYER]
    assert session.timeline.current.label == "Remove"
    assert session.retouch.progress is None
    session.undo()
    assert np.array_equal(seen(session), before)


def test_further_strokes_go_onto_the_same_layer(session: Editor) -> None:
    dab(session, "remove", (100, 70))
    dab(session, "remove", (40, 40))
    assert len(session.document.layers) == 2
    assert len(session.timeline.path()) == 3


def test_while_a_stroke_is_drawn_only_the_draft_changes(session: Editor) -> None:
    session.retouch.begin_stroke("remove", StrokePoint(100, 70))
    assert session.shown is not None
    assert not session.shown.selection.content_box().empty
    assert session.document.selection.content_box().empty
    session.undo()
    assert not session.retouch.stroking
    assert session.shown is session.document


def test_remove_what_is_painted(session: Editor) -> None:
    with pytest.raises(GlideError, match="Nothing is painted"):
        session.retouch.remove_painted()
    session.selection.ellipse(Point(84, 54), Point(116, 86))
    session.retouch.remove_painted()
    assert seen(session)[70, 100, 2] > 90
    assert not session.document.selection.content_box().empty, "the mask stays"


def test_removal_takes_from_the_sampling_area_only(session: Editor) -> None:
    session.selection.rectangle(Point(164, 0), Point(200, 140))
    session.retouch.sample_from_mask()
    assert session.document.selection.content_box().empty
    session.selection.rectangle(Point(84, 54), Point(116, 86))
    session.retouch.remove_painted()
    rows = seen(session)[62:78, 92:108, 0]
    assert (rows - rows.mean(axis=1, keepdims=True)).std() < 1.5, "without grain"
    session.retouch.sample_everywhere()
    session.selection.select_all()
    session.retouch.avoid_mask()
    session.selection.rectangle(Point(84, 54), Point(116, 86))
    said = notices(session)
    session.retouch.remove_painted()
    assert "Nothing is left to take from" in said[-1].text


def test_the_clone_stamp_copies_from_the_source_point(session: Editor) -> None:
    with pytest.raises(GlideError, match="Alt-click"):
        session.retouch.begin_stroke("clone", StrokePoint(40, 40))
    session.retouch.set_source_point(Point(100, 70))
    dab(session, "clone", (40, 40))
    after = seen(session)
    assert np.array_equal(after[32:48, 32:48], wall()[62:78, 92:108])
    dab(session, "clone", (40, 100))
    assert np.array_equal(seen(session)[96:104, 36:44], after[126:134, 96:104])
    session.retouch.set_source_point(Point(20, 20))
    assert session.retouch.source_offset is None


def test_healing_copies_the_texture_but_keeps_the_tone(session: Editor) -> None:
    session.retouch.set_source_point(Point(30, 20))
    before = seen(session)
    dab(session, "heal", (30, 120))
    after = seen(session)
    here = slice(112, 128), slice(22, 38)
    assert not np.array_equal(before[here], after[here])
    assert after[here].mean() == pytest.approx(before[here].mean(), abs=4)
    assert abs(before[12:28, 22:38].mean() - before[here].mean()) > 20


def test_an_object_is_selected_by_a_box_and_by_scribbles(session: Editor) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc = (x - 100) ** 2 + (y - 70) ** 2 < 144

    def overlap() -> float:
        mask = session.selection.painted_mask(session.document.box) > 127
        return float((mask & disc).sum() / (mask | disc).sum())

    session.retouch.select_object(Point(80, 50), Point(122, 92))
    assert overlap() > 0.85
    assert session.timeline.current.label == "Select object"
    session.selection.clear()
    session.set_tool_settings(size=6.0)
    dab(session, "scribble", (95, 66), (105, 74))
    dab(session, "scribble", (60, 30), (150, 30), (150, 110), erase=True)
    assert overlap() > 0.85


def test_the_canvas_is_extended_and_filled(session: Editor) -> None:
    before = seen(session)
    session.retouch.extend(Margins(30, 0, 10, 20))
    assert session.document.size == Size(WIDTH + 40, HEIGHT + 20)
    after = composite(session.document, session.document.box)
    assert after[..., 3].min() == 255
    assert np.array_equal(after[:HEIGHT, 30 : 30 + WIDTH, :3], before)
    assert after[:100, :30, 0].std() < 25
    assert len(session.timeline.path()) == 2
    session.undo()
    assert session.document.size == Size(WIDTH, HEIGHT)
    with pytest.raises(GlideError, match="Drag an edge"):
        session.retouch.extend(Margins())


def test_a_cancelled_removal_changes_nothing(
    session: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    retouching = session.retouch
    monkeypatch.setattr(retouching, "_report", lambda share: retouching.cancel())
    before = session.document
    dab(session, "remove", (100, 70))
    assert session.document is before
    assert session.shown is before
    assert retouching.progress is None


def test_a_removal_says_where_its_pixels_come_from(session: Editor) -> None:
    dab(session, "remove", (100, 70))
    layer = session.document.layers[-1]
    assert layer.provenance is not None
    request = provenance_from_dict(layer.provenance).request
    assert (request.model, request.prompt) == ("completion", "")
    assert request.box in session.document.box


def held_session(tmp_path: Path) -> tuple[Editor, HeldWorker]:
    path = tmp_path / "wall.png"
    Image.fromarray(wall()).save(path)
    held = HeldWorker()
    workers = replace(Workers.inline(), pool=held)
    session = Editor(InlineRunner(StandInEngine), workers, tmp_path / "stores")
    session.files.open(path)
    session.set_tool_settings(size=30.0, hardness=1.0, pressure_size=False)
    return session, held


def test_strokes_while_a_removal_runs_wait_for_it_and_none_is_lost(tmp_path: Path) -> None:
    session, held = held_session(tmp_path)
    before = seen(session)
    dab(session, "remove", (100, 70))
    dab(session, "remove", (40, 40))
    dab(session, "remove", (60, 110))
    assert len(session.timeline) == 1
    held.catch_up()
    assert [state.label for state in session.timeline.path()][1:] == ["Remove"] * 3
    after = seen(session)
    for x, y in ((100, 70), (40, 40), (60, 110)):
        assert (after[y - 8 : y + 8, x - 8 : x + 8] != before[y - 8 : y + 8, x - 8 : x + 8]).any()
    session.close()


def test_undo_while_a_removal_runs_stops_it(tmp_path: Path) -> None:
    session, held = held_session(tmp_path)
    dab(session, "remove", (100, 70))
    session.undo()
    held.catch_up()
    assert len(session.timeline) == 1
    assert session.shown is session.document
    assert session.retouch.progress is None
    session.close()
