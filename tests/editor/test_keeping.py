"""What the session does with the working store: damage is told, accepted work outlives a power cut."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.brush import StrokePoint
from glide_studio.editor.pictures import to_picture
from glide_studio.editor.session import Session
from glide_studio.editor.state import Grade, Notice
from glide_studio.imaging.geometry import Point
from glide_studio.io.project.working_store import Recordable, WorkingStore
from tests.editor.test_session import fill


def test_unreadable_tiles_are_told_when_a_project_opens(
    session: Session, photo_file: Path, tmp_path: Path
) -> None:
    session.open(photo_file)
    before = to_picture(session.document).pixels
    session.save(tmp_path / "work.glide")
    session.open(photo_file)
    connection = sqlite3.connect(tmp_path / "work.glide")
    connection.execute("UPDATE content SET data = zeroblob(9) WHERE key = 2")
    connection.commit()
    connection.close()
    told: list[Notice] = []
    session.notice.connect(told.append)
    session.open(tmp_path / "work.glide")
    (notice,) = told
    assert notice.grade is Grade.WARNING
    assert "'work.glide' is damaged: 1 tile of 128 x 128" in notice.text
    after = to_picture(session.document).pixels
    lost = (after == 0).all(axis=-1)
    assert lost.sum() <= 128 * 128
    assert np.array_equal(after[~lost], before[~lost])


def test_a_whole_project_opens_without_a_word(
    session: Session, photo_file: Path, tmp_path: Path
) -> None:
    session.open(photo_file)
    session.save(tmp_path / "work.glide")
    session.open(photo_file)
    told: list[Notice] = []
    session.notice.connect(told.append)
    session.open(tmp_path / "work.glide")
    assert told == []


def test_an_accept_waits_for_the_disk_and_a_stroke_does_not(
    session: Session, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[bool] = []
    real = WorkingStore.record

    def record(self: WorkingStore, history: Recordable, *, durable: bool = False) -> None:
        recorded.append(durable)
        real(self, history, durable=durable)

    monkeypatch.setattr(WorkingStore, "record", record)
    session.open(photo_file)
    assert recorded.pop() is True
    session.masking.begin_stroke(StrokePoint(100, 100), erase=False)
    session.masking.extend_stroke([StrokePoint(140, 100)])
    session.masking.finish_stroke()
    assert recorded.pop() is False
    session.undo()
    assert recorded.pop() is False
    session.masking.ellipse(Point(100, 60), Point(180, 140))
    fill(session)
    recorded.clear()
    session.accept()
    assert recorded == [True]
