"""The line at the bottom: where one is, how large it is seen, and the untouched-pixel proof."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton

from glide_studio.editor.session import Session
from glide_studio.imaging.geometry import Point
from glide_studio.ui import theme
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.widgets import make_label


class StatusBar(QFrame):
    """Position, size, proof, zoom."""

    def __init__(self, session: Session, canvas: Canvas) -> None:
        super().__init__()
        self._session = session
        self._canvas = canvas
        self.setAccessibleName("Status")
        self.setFixedHeight(28)
        self.extent = make_label("", "faint")
        self.position = make_label("", "faint")
        self.position.setMinimumWidth(90)
        self.proof = make_label("", "faint")
        self.proof.setAccessibleName("Untouched-pixel proof")
        self.zoom = QToolButton()
        self.zoom.setText("100 %")
        self.zoom.setAccessibleName("Zoom")
        self.zoom.setToolTip("Fit the picture in the window  (Ctrl+0)")
        self.zoom.clicked.connect(canvas.fit)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 10, 0)
        row.setSpacing(18)
        for widget in (self.extent, self.position):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self.proof)
        row.addWidget(self.zoom)
        canvas.viewport_changed.connect(self._show_zoom)
        canvas.pointed.connect(self._show_position)
        session.document_changed.connect(lambda *_: self._show())
        session.candidates_changed.connect(self._show)

    def _show(self) -> None:
        if self._session.history is None:
            return
        document = self._session.document
        depth = f"{document.depth} bit"
        self.extent.setText(f"{document.size.width} × {document.size.height}   {depth}")
        proof = self._session.generation.proof
        if proof is not None:
            color = theme.SUCCESS if proof.holds else theme.ERROR
            self.proof.setStyleSheet(f"color: {color};")
            self.proof.setText(proof_words(proof.compared, proof.differing))
        else:
            self.proof.clear()
        self._show_zoom()

    def _show_zoom(self) -> None:
        self.zoom.setText(f"{self._canvas.viewport.scale * 100:.4g} %")

    def _show_position(self, point: Point | None) -> None:
        self.position.setText("" if point is None else f"{point.x:.0f}, {point.y:.0f}")


def proof_words(compared: int, changed: int) -> str:
    """The proof's result in a few words."""
    if changed:
        return f"✕  {changed:,} pixels outside the mask changed"
    return f"✓  {compared:,} pixels outside the mask identical"
