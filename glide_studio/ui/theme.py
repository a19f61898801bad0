"""Colors, spacing and the style sheet: dark, neutral and quiet, so that the photo is what is seen."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

GROUND = "#17181b"  # around the photo
PANEL = "#1f2024"
RAISED = "#292b30"
FIELD = "#141518"
LINE = "#303238"
TEXT = "#e4e5e9"
SOFT = "#9a9da6"
FAINT = "#686b74"
ACCENT = "#5b9dff"
ON_ACCENT = "#0b1a30"
ACCENT_SOFT = "#2b4166"
MASK = "#ec4856"
SUCCESS = "#4fbf8b"
WARNING = "#e5b454"
ERROR = "#f0626c"

FAMILIES = ("Inter", "SF Pro Text", "Segoe UI", "Ubuntu", "Cantarell", "Noto Sans")

SHEET = f"""
* {{ outline: none; }}
QMainWindow, QWidget {{ background: {PANEL}; color: {TEXT}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 5px 8px; }}
QMenuBar {{ background: {PANEL}; padding: 2px 6px; border-bottom: 1px solid {FIELD}; }}
QMenuBar::item {{ padding: 5px 10px; border-radius: 5px; background: transparent; color: {SOFT}; }}
QMenuBar::item:selected {{ background: {RAISED}; color: {TEXT}; }}
QMenu {{ background: {RAISED}; border: 1px solid {LINE}; padding: 5px; }}
QMenu::item {{ padding: 6px 28px 6px 14px; border-radius: 4px; }}
QMenu::item:selected {{ background: {ACCENT_SOFT}; }}
QMenu::item:disabled {{ color: {FAINT}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 5px 8px; }}
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ color: {SOFT}; font-size: 11px; font-weight: 600; }}
QLabel[role="soft"] {{ color: {SOFT}; font-size: 12px; }}
QLabel[role="faint"] {{ color: {FAINT}; font-size: 11px; }}
QFrame[role="rule"] {{ background: {LINE}; max-height: 1px; min-height: 1px; border: none; }}
QPlainTextEdit, QInputDialog > QLineEdit, QComboBox {{
    background: {FIELD}; border: 1px solid {LINE}; border-radius: 6px; padding: 5px 8px;
    selection-background-color: {ACCENT_SOFT}; min-height: 18px; }}
QPlainTextEdit {{ padding: 5px 6px; }}
QSpinBox, QDoubleSpinBox {{ background: {FIELD}; border: 1px solid {LINE}; border-radius: 6px;
    padding: 5px 6px; min-height: 18px; selection-background-color: {ACCENT_SOFT}; }}
QPlainTextEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover {{
    border-color: #40434b; }}
QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
    border-color: {ACCENT}; }}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{
    width: 0; border: none; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox QAbstractItemView {{ background: {RAISED}; border: 1px solid {LINE}; padding: 4px;
    selection-background-color: {ACCENT_SOFT}; }}
QPushButton {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 6px;
    padding: 6px 14px; min-height: 18px; }}
QPushButton:hover {{ background: #32353b; }}
QPushButton:pressed {{ background: {FIELD}; }}
QPushButton:focus {{ border-color: {ACCENT}; }}
QPushButton:disabled {{ color: {FAINT}; background: {PANEL}; }}
QPushButton[role="primary"] {{ background: {ACCENT}; color: {ON_ACCENT}; border: 1px solid {ACCENT};
    font-weight: 600; }}
QPushButton[role="primary"]:hover {{ background: #75adff; }}
QPushButton[role="primary"]:pressed {{ background: #4a8bec; }}
QPushButton[role="primary"]:disabled {{ background: {RAISED}; color: {FAINT}; border-color: {LINE}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px;
    padding: 5px; color: {SOFT}; }}
QToolButton:hover {{ background: {RAISED}; color: {TEXT}; }}
QToolButton:checked {{ background: {ACCENT_SOFT}; }}
QToolButton:focus {{ border-color: {ACCENT}; }}
QSlider {{ background: transparent; min-height: 18px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {LINE}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {ACCENT}; }}
QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
    background: {TEXT}; }}
QSlider::handle:horizontal:hover {{ background: white; }}
QSlider::sub-page:horizontal:disabled {{ background: {LINE}; }}
QSlider::handle:horizontal:disabled {{ background: {FAINT}; }}
QProgressBar {{ background: {FIELD}; border: none; border-radius: 2px; max-height: 4px;
    min-height: 4px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 2px; }}
QCheckBox {{ background: transparent; spacing: 7px; color: {SOFT}; }}
QListWidget, QTreeWidget {{ background: {PANEL}; border: none; }}
QListWidget::item, QTreeWidget::item {{ border-radius: 5px; padding: 3px 6px; }}
QListWidget::item:hover, QTreeWidget::item:hover {{ background: {RAISED}; }}
QListWidget::item:selected, QTreeWidget::item:selected {{ background: {ACCENT_SOFT};
    color: {TEXT}; }}
QScrollArea {{ border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle {{ background: #3c3f47; border-radius: 3px; min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: #50545e; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: {FIELD}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QMessageBox QLabel {{ min-width: 320px; }}
"""


def apply_theme(app: QApplication) -> None:
    """Style every widget of the program, native dialogs excepted."""
    app.setStyle("Fusion")
    palette = QPalette()
    for role, color in (
        (QPalette.ColorRole.Window, PANEL),
        (QPalette.ColorRole.WindowText, TEXT),
        (QPalette.ColorRole.Base, FIELD),
        (QPalette.ColorRole.AlternateBase, RAISED),
        (QPalette.ColorRole.Text, TEXT),
        (QPalette.ColorRole.Button, RAISED),
        (QPalette.ColorRole.ButtonText, TEXT),
        (QPalette.ColorRole.ToolTipBase, RAISED),
        (QPalette.ColorRole.ToolTipText, TEXT),
        (QPalette.ColorRole.Highlight, ACCENT),
        (QPalette.ColorRole.HighlightedText, "#ffffff"),
        (QPalette.ColorRole.PlaceholderText, FAINT),
        (QPalette.ColorRole.Link, ACCENT),
    ):
        palette.setColor(role, QColor(color))
    app.setPalette(palette)
    font = QFont(app.font())
    known = set(QFontDatabase.families())
    if family := next((name for name in FAMILIES if name in known), None):
        font.setFamily(family)
    font.setPixelSize(13)
    app.setFont(font)
    app.setStyleSheet(SHEET)
