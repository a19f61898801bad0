"""The results as a list for Qt: one item for each candidate, and how it is drawn."""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Choice, Job, JobQueue, JobState, Mark
from glide_studio.editor.stored_patch import pixels_in_memory
from glide_studio.imaging.blending.object_placement import OBJECT_ALPHA
from glide_studio.imaging.filters import bounding_box, reduce_mask
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import CompactImage
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui import theme
from glide_studio.ui.icons import pixmap as icon_pixmap
from glide_studio.ui.widgets import format_time, picture_pixmap

SIDE_PX = 72  # of a candidate's picture
GAP_PX = 4  # on each side of it
BOUNDS_PX = 512  # side of the picture in which the bounds of what was painted are looked for
CUTOUT_PX = 512  # side of an object's picture that a thumbnail is made of, and less than twice that
MAKING_S = 0.006  # for thumbnails in one turn of the event loop, one at least
TURN_PAUSE_MS = 4  # for other events between two such turns
THUMBNAIL_MARGIN = 0.12  # around what was painted, over its longer side
GROUP_GAP_PX = 12  # before the first candidate of a fill
BADGE_PX = 18  # diameter of a mark on a picture
BADGE_INSET_PX = 2  # of its icon
CHOICE_ROLE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


MARK_NAMES = {
    Mark.FAVORITE: QT_TRANSLATE_NOOP("ResultsModel", "favorite"),
    Mark.REJECTED: QT_TRANSLATE_NOOP("ResultsModel", "rejected"),
}
ACCEPTED = QT_TRANSLATE_NOOP("ResultsModel", "accepted")
PICKED = QT_TRANSLATE_NOOP("ResultsModel", "picked for its part of the mask")


class Filter(Enum):
    """Which results are shown."""

    ALL = QT_TRANSLATE_NOOP("ResultsModel", "All")
    FAVORITES = QT_TRANSLATE_NOOP("ResultsModel", "Favorites")
    REJECTED = QT_TRANSLATE_NOOP("ResultsModel", "Rejected")


@dataclass(frozen=True, slots=True)
class ResultTile:
    """One item: a candidate, finished or under way. is_first: of its job."""

    choice: Choice
    is_first: bool


class ResultsModel(QAbstractListModel):
    """The candidates of all fills of the document, the newest fill first."""

    def __init__(self, editor: Editor, parent: QObject) -> None:
        super().__init__(parent)
        self._editor = editor
        self._tiles: list[ResultTile] = []
        # Of a picture no more than a reference, since it may leave the memory.
        self._pixmaps: dict[Choice, tuple[weakref.ref[CompactImage], QPixmap]] = {}
        self._making_until: float | None = None  # `time.perf_counter()`, of this turn of the loop
        self._is_more_due = False
        self._next_turn = QTimer(self, singleShot=True, interval=TURN_PAUSE_MS)
        self._next_turn.timeout.connect(self._begin_turn)
        self.text = ""
        self.filter = Filter.ALL

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The candidates in the order of the list."""
        return tuple(tile.choice for tile in self._tiles)

    def show(self) -> None:
        """Follow the jobs, their marks, the search and the filter."""
        tiles = self._find_tiles()
        if tiles != self._tiles:
            # Only what differs is replaced, so that selection and scrolling stay.
            before, after = self._tiles, tiles
            start = _count_shared(before, after)
            end = _count_shared(before[start:][::-1], after[start:][::-1])
            if start < len(before) - end:
                self.beginRemoveRows(QModelIndex(), start, len(before) - end - 1)
                self._tiles = before[:start] + before[len(before) - end :]
                self.endRemoveRows()
            if start < len(after) - end:
                self.beginInsertRows(QModelIndex(), start, len(after) - end - 1)
                self._tiles = after
                self.endInsertRows()
            self._tiles = after
            kept = set(self.choices)
            self._pixmaps = {key: one for key, one in self._pixmaps.items() if key in kept}
        if self._tiles:
            self.dataChanged.emit(self.index(0), self.index(len(self._tiles) - 1))

    def row_of(self, choice: Choice) -> int:
        """Return the row of a candidate; -1 if it is not in the list."""
        return next((n for n, tile in enumerate(self._tiles) if tile.choice == choice), -1)

    def job(self, row: int) -> Job | None:
        """Return the job of a row."""
        return self._editor.generation.jobs.get(self._tiles[row].choice.job)

    def tile(self, row: int) -> ResultTile:
        """Return the item of a row."""
        return self._tiles[row]

    def pixmap(self, row: int, ratio: float) -> QPixmap | None:
        """Return the picture of a row; None if there is none yet.

        While others have taken the time of this turn, the one before, or an empty one.
        """
        job, choice = self.job(row), self._tiles[row].choice
        picture = None if job is None else candidate_pictures(job).get(choice.index)
        if picture is None or job is None:
            return None
        known = self._pixmaps.get(choice)
        if known is None or known[0]() is not picture or known[1].devicePixelRatioF() != ratio:
            if self._is_turn_over():
                return QPixmap() if known is None else known[1]
            part = crop_to_painted(picture, job)
            made = picture_pixmap(part, SIDE_PX, ratio)
            known = self._pixmaps[choice] = weakref.ref(picture), made
        return known[1]

    def _is_turn_over(self) -> bool:
        """Tell if the next picture has to wait, since all results of a fill arrive at once."""
        now = time.perf_counter()
        if self._making_until is None:
            self._making_until = now + MAKING_S
            self._next_turn.start()
            return False
        self._is_more_due = self._is_more_due or now >= self._making_until
        return now >= self._making_until

    def _begin_turn(self) -> None:
        """Let pictures be made again, and have those drawn that had to wait."""
        self._making_until = None
        if self._is_more_due and self._tiles:
            self.dataChanged.emit(self.index(0), self.index(len(self._tiles) - 1))
        self._is_more_due = False

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        job, results = self.job(index.row()), self._editor.results
        choice = self._tiles[index.row()].choice
        if job is None:
            return None
        match role:
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.DisplayRole:
                parts = [describe_candidate(job, *results.place_of(choice))]
                if (mark := job.marks.get(choice.index)) is not None:
                    parts.append(translate("ResultsModel", MARK_NAMES[mark]))
                if choice in results.accepted:
                    parts.append(translate("ResultsModel", ACCEPTED))
                if choice in results.shown_beside:
                    parts.append(translate("ResultsModel", PICKED))
                return ", ".join(parts)
            case Qt.ItemDataRole.ToolTipRole:
                told = describe_origin(job, *results.place_of(choice))
                if choice in results.accepted:
                    told += "\n" + translate("ResultsModel", "It is a layer of the picture.")
                if choice in results.shown_beside:
                    told += "\n" + translate(
                        "ResultsModel",
                        "It is picked for its part of the mask; Accept takes it too.",
                    )
                if why_not := self._editor.candidates.explain_misplaced(job):
                    told += "\n" + why_not
                return told
            case _ if role == CHOICE_ROLE:
                return choice
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        job = self.job(index.row())
        if job is None or job.state is not JobState.FINISHED:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _find_tiles(self) -> list[ResultTile]:
        tiles: list[ResultTile] = []
        for series in self._editor.results.find_series(self.text):
            wanted = [choice for choice in series if self._is_wanted(choice)]
            tiles += [ResultTile(choice, number == 0) for number, choice in enumerate(wanted)]
        return tiles

    def _is_wanted(self, choice: Choice) -> bool:
        mark = self._editor.results.mark_of(choice)
        if self.filter is Filter.FAVORITES:
            return mark is Mark.FAVORITE
        return (mark is Mark.REJECTED) == (self.filter is Filter.REJECTED)


class TileDelegate(QStyledItemDelegate):
    """Draws a candidate: its picture, a frame if it is chosen or picked, marks, and progress."""

    def __init__(self, editor: Editor, model: ResultsModel, view: QWidget) -> None:
        super().__init__(view)
        self._editor = editor
        self._model = model
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        side = SIDE_PX + 2 * GAP_PX
        return QSize(side + self._indent(index), side)

    def _indent(self, index: Index) -> int:
        return GROUP_GAP_PX if index.row() and self._model.tile(index.row()).is_first else 0

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        job, tile = self._model.job(index.row()), self._model.tile(index.row())
        if job is None:
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        indent = self._indent(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if indent:
            x = rect.x() + indent / 2
            painter.setPen(QPen(QColor(theme.BORDER), 1))
            painter.drawLine(round(x), rect.y() + 14, round(x), rect.bottom() - 14)
        place = QRectF(rect.x() + indent + GAP_PX, rect.y() + GAP_PX, SIDE_PX, SIDE_PX)
        self._draw_picture(painter, place, index, job)
        if job.is_drafts:
            _draw_tag(painter, place, translate("ResultsModel", "Draft"))
        mark = job.marks.get(tile.choice.index)
        if mark is not None:
            is_favorite = mark is Mark.FAVORITE
            color = theme.WARNING if is_favorite else theme.SECONDARY
            corner = QPointF(place.right() - BADGE_PX - 3, place.y() + 3)
            _draw_badge(painter, corner, "star" if is_favorite else "close", color)
        if tile.choice in self._editor.results.accepted:
            _draw_badge(painter, place.topLeft() + QPointF(3, 3), "check", theme.SUCCESS)
        candidates = self._editor.candidates
        is_chosen = tile.choice == Choice(candidates.current_id, candidates.selected)
        is_picked = tile.choice in self._editor.results.shown_beside
        if is_chosen or is_picked or state & QStyle.StateFlag.State_Selected:
            focus = state & QStyle.StateFlag.State_HasFocus
            color = theme.ACCENT if is_chosen or is_picked else theme.SECONDARY
            painter.setPen(QPen(QColor(color), 2.5 if is_chosen else 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(-1.5, -1.5, 1.5, 1.5), 7, 7)
            if focus:
                painter.setPen(QPen(QColor(theme.TEXT), 1))
                painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 5, 5)
        painter.restore()

    def _draw_picture(self, painter: QPainter, place: QRectF, index: Index, job: Job) -> None:
        outline = QPainterPath()
        outline.addRoundedRect(place, 6, 6)
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(place, QColor(theme.FIELD))
        picture = self._model.pixmap(index.row(), self._view.devicePixelRatioF())
        if job.marks.get(self._model.tile(index.row()).choice.index) is Mark.REJECTED:
            painter.setOpacity(0.45)
        if picture is not None:
            painter.drawPixmap(place.topLeft(), picture)
        painter.setOpacity(1.0)
        if not job.state.final:
            bar = QRectF(place.x(), place.bottom() - 4, place.width(), 4)
            painter.fillRect(bar, QColor(theme.FIELD))
            bar.setWidth(bar.width() * job.fraction)
            painter.fillRect(bar, QColor(theme.ACCENT))
        painter.restore()
        if picture is None:
            painter.setPen(self._view.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, describe_wait(job))


def _draw_tag(painter: QPainter, place: QRectF, text: str) -> None:
    """Draw a word in the lower left corner of a picture."""
    width = painter.fontMetrics().horizontalAdvance(text) + 10
    tag = QRectF(place.x() + 4, place.bottom() - 21, width, 17)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.FIELD))
    painter.drawRoundedRect(tag, 4, 4)
    painter.setPen(QColor(theme.SECONDARY))
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)


def _draw_badge(painter: QPainter, corner: QPointF, name: str, color: str) -> None:
    """Draw an icon on a disc with a ring, one of which stands out from any picture."""
    badge = QRectF(corner.x(), corner.y(), BADGE_PX, BADGE_PX)
    painter.setPen(QPen(QColor(theme.FIELD), 1.5))
    painter.setBrush(QColor(color))
    painter.drawEllipse(badge)
    inner = badge.adjusted(BADGE_INSET_PX, BADGE_INSET_PX, -BADGE_INSET_PX, -BADGE_INSET_PX)
    painter.drawPixmap(inner.topLeft(), icon_pixmap(name, theme.FIELD, round(inner.width())))


def candidate_pictures(job: Job) -> dict[int, CompactImage]:
    """Return the best picture of each candidate by index: result, else draft, else preview."""
    first, draft = job.request.draft_index, job.request.draft
    found: dict[int, CompactImage] = {} if draft is None else {first: draft}
    found |= enumerate(job.previews, first)
    found |= {draft.index: draft.image for draft in job.drafts}
    found |= {patch.index: pixels_in_memory(patch) for patch in job.patches}
    if job.state is JobState.FINISHED:
        made = {choice.index for choice in job.choices}
        found = {index: picture for index, picture in found.items() if index in made}
    return found


def crop_to_painted(picture: CompactImage, job: Job) -> CompactImage:
    """Return the part of a candidate's picture that was asked for, with a margin.

    picture: [h, w, C] of the job's box, at any scale. With alpha it is the object: fitting moves it
        into what was painted; a large one is returned reduced.
    """
    height, width = picture.shape[:2]
    step = max(1, min(height, width) // BOUNDS_PX)  # a large picture would hold up the window
    if picture.shape[2] == 4:
        shown = picture[::step, ::step, 3] > OBJECT_ALPHA
    elif job.painted is not None:
        shown = reduce_mask(job.painted, -(-width // step), -(-height // step)) > 0
    else:
        return picture
    bounds = bounding_box(shown)
    if bounds.empty:
        return picture
    side = math.ceil(step * max(bounds.width, bounds.height) * (1 + 2 * THUMBNAIL_MARGIN))
    left = step * bounds.x + (step * bounds.width - side) // 2
    top = step * bounds.y + (step * bounds.height - side) // 2
    part = Box(left, top, side, side).clamp(Box(0, 0, width, height))
    if picture.shape[2] == 3:
        return picture[part.slices]
    # A copy of a large one would hold up the window.
    step = max(1, side // CUTOUT_PX)
    square = np.zeros((-(-side // step), -(-side // step), 4), picture.dtype)
    seen = picture[part.slices][::step, ::step]
    x, y = (part.x - left) // step, (part.y - top) // step
    square[y : y + seen.shape[0], x : x + seen.shape[1]] = seen
    return square


def describe_wait(job: Job) -> str:
    """Return what stands in the place of a picture that is still to be made."""
    match job.state:
        case JobState.QUEUED:
            return translate("ResultsModel", "Waiting")
        case JobState.PAUSED:
            return translate("ResultsModel", "Paused")
        case _:
            return f"{round(100 * job.fraction)} %"


def describe_fill(job: Job) -> str:
    """Return the prompt in quotes, or what a fill without one is called."""
    return f"“{job.request.prompt}”" if job.request.prompt else translate("ResultsModel", "Removal")


def describe_part(jobs: JobQueue, job: Job) -> str:
    """Return which part of a mask a job fills, "" if it fills all of it."""
    part, count = jobs.part_of(job)
    text = translate("ResultsModel", "part {part} of {count}")
    return text.format(part=part, count=count) if count > 1 else ""


def describe_candidate(job: Job, place: int, count: int) -> str:
    """Name a candidate of a job by its prompt and its place among `count` of them."""
    kind = translate("ResultsModel", ", draft") if job.is_drafts else ""
    return translate("ResultsModel", "{fill}{kind}, {place} of {count}").format(
        fill=describe_fill(job), kind=kind, place=place, count=count
    )


def describe_origin(job: Job, place: int, count: int) -> str:
    """Describe where a candidate comes from: prompt, place, model, seed and time."""
    request = job.request
    parts = [describe_candidate(job, place, count)]
    if request.prompt:
        parts.append(
            translate("ResultsModel", "{model}, seed {seed}").format(
                model=request.model, seed=request.sampling.seed
            )
        )
    if job.created:
        parts.append(format_time(job.created))
    return "\n".join(parts)


def _count_shared(one: Sequence[ResultTile], other: Sequence[ResultTile]) -> int:
    """Return how many items two lists begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
