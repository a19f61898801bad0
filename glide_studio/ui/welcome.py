"""What is seen while no picture is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout

from glide_studio.ui import theme
from glide_studio.ui.icons import pixmap
from glide_studio.ui.parts import label


class Welcome(QFrame):
    """An invitation to open or drop a photo."""

    def __init__(self, open_picture: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setStyleSheet(f"#welcome {{ background: {theme.GROUND}; }}")
        mark = QLabel()
        mark.setPixmap(pixmap("spark", theme.ACCENT, 56))
        title = QLabel("Open a photo to begin")
        title.setStyleSheet("font-size: 20px; font-weight: 600;")
        button = QPushButton("Open photo…")
        button.setProperty("role", "primary")
        button.setAccessibleName("Open photo")
        button.setToolTip("Choose a picture or a project  (Ctrl+O)")
        button.clicked.connect(lambda: open_picture())
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(4)
        for widget in (
            mark,
            title,
            label(
                "or drop one here. Paint over what should change, say what should be there.", "soft"
            ),
            button,
        ):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(5)
