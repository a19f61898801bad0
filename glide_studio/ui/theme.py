"""Colors and the style sheet: neutral and quiet, so that the photo stands out.

The names below are the dark theme; `use_theme` replaces them, before any widget is made.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from glide_studio.paths import resources_folder
from glide_studio.translation import QT_TRANSLATE_NOOP

# Grounds, from dark to light.
FIELD = "#141518"  # text fields
BACKGROUND = "#17181b"  # around the photo
PANEL = "#1f2024"
SELECTED = "#24385a"  # rows and checked buttons
RAISED = "#292b30"  # buttons, menus, notifications

# Text: each has a contrast of at least 4.5:1 on every ground above.
TEXT = "#e4e5e9"
SECONDARY = "#b9bcc5"
HINT = "#a3a7b2"
DISABLED = "#8f939e"  # on PANEL and RAISED only
ACCENT = "#6aa6ff"
ON_ACCENT = "#0b1a30"  # on ACCENT
SUCCESS = "#4fbf8b"
WARNING = "#e5b454"
ERROR = "#f47680"

BORDER = "#34363d"
CONTROL_BORDER = "#4a4d56"
DISABLED_ICON = "#62666f"
ICON = "#b9bcc5"
ACTIVE_ICON = "#ffffff"  # on checked and hovered buttons
HOVER = "#32353b"  # of buttons
ACCENT_HOVER, ACCENT_PRESSED = "#84b6ff", "#5490ea"
HANDLE = "#ffffff"  # of a slider under the mouse
ICON_FOLDER = "icons"

DARK_ACCENTS: Mapping[str, str] = {
    QT_TRANSLATE_NOOP("Theme", "Blue"): ACCENT,
    QT_TRANSLATE_NOOP("Theme", "Teal"): "#4fc3bd",
    QT_TRANSLATE_NOOP("Theme", "Green"): "#6fc77c",
    QT_TRANSLATE_NOOP("Theme", "Amber"): "#e0b04f",
    QT_TRANSLATE_NOOP("Theme", "Rose"): "#f08aa8",
    QT_TRANSLATE_NOOP("Theme", "Violet"): "#b49bff",
}
LIGHT_ACCENTS: Mapping[str, str] = {
    "Blue": "#1a5fc4",
    "Teal": "#0b6e69",
    "Green": "#23702f",
    "Amber": "#805300",
    "Rose": "#b0305a",
    "Violet": "#6440c4",
}
LIGHT: Mapping[str, str] = {
    "FIELD": "#ffffff",
    "BACKGROUND": "#c9cbd0",
    "PANEL": "#f3f4f6",
    "SELECTED": "#cddff9",
    "RAISED": "#ffffff",
    "TEXT": "#1b1d22",
    "SECONDARY": "#3b3f48",
    "HINT": "#474c56",
    "DISABLED": "#696e79",
    "ON_ACCENT": "#ffffff",
    "SUCCESS": "#1c6e42",
    "WARNING": "#7d5500",
    "ERROR": "#b3212e",
    "BORDER": "#d3d6dc",
    "CONTROL_BORDER": "#a5aab4",
    "DISABLED_ICON": "#a9adb6",
    "ICON": "#444953",
    "ACTIVE_ICON": "#000000",
    "HOVER": "#e8ebf0",
    "HANDLE": "#000000",
    "ICON_FOLDER": "icons/light",
}
"""The light theme: the colors that differ from the dark one."""

FONT_FAMILIES = ("Inter", "SF Pro Text", "Segoe UI", "Ubuntu", "Cantarell", "Noto Sans")
CHINESE_FAMILIES = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei UI",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)
"""What Chinese is set in, where the one before has no such characters; else the system chooses."""

FONT_SIZE_PX = 13
HINT_SIZE_PX = 11


def make_style_sheet() -> str:
    """Return the style sheet of the whole program."""
    icons = (resources_folder() / ICON_FOLDER).as_posix()
    return f"""
* {{ outline: none; }}
QMainWindow, QWidget {{ background: {PANEL}; color: {TEXT}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {BORDER}; padding: 5px 8px; }}
QMenuBar {{ background: {PANEL}; padding: 2px 6px; border-bottom: 1px solid {FIELD}; }}
QMenuBar::item {{ padding: 5px 10px; border-radius: 5px; background: transparent;
    color: {SECONDARY}; }}
QMenuBar::item:selected {{ background: {RAISED}; color: {TEXT}; }}
QMenu {{ background: {RAISED}; border: 1px solid {BORDER}; padding: 5px; menu-scrollable: 1; }}
QMenu::item {{ padding: 5px 28px 5px 14px; border-radius: 4px; }}
QMenu::item:selected {{ background: {SELECTED}; }}
QMenu::item:disabled {{ color: {DISABLED}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {BORDER}; margin: 5px 8px; }}
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ color: {SECONDARY}; font-size: 11px; font-weight: 600; }}
QLabel[role="secondary"] {{ color: {SECONDARY}; font-size: 12px; }}
QLabel[role="hint"] {{ color: {HINT}; font-size: {HINT_SIZE_PX}px; }}
QLabel:disabled {{ color: {DISABLED}; }}
QFrame[role="rule"] {{ background: {BORDER}; max-height: 1px; min-height: 1px; border: none; }}
QPlainTextEdit, QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox {{
    background: {FIELD}; border: 1px solid {BORDER}; border-radius: 6px; padding: 5px 8px;
    selection-background-color: {SELECTED}; placeholder-text-color: {HINT}; min-height: 18px; }}
QPlainTextEdit {{ padding: 5px 6px; }}
QSpinBox, QDoubleSpinBox {{ padding: 5px 2px 5px 6px; }}
QSpinBox QLineEdit, QDoubleSpinBox QLineEdit {{ border: none; padding: 0; min-height: 0;
    background: transparent; }}
QPlainTextEdit:hover, QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover {{
    border-color: {CONTROL_BORDER}; }}
QPlainTextEdit:focus, QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
    border-color: {ACCENT}; }}
QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{ color: {DISABLED};
    background: {PANEL}; }}
QSpinBox::up-button, QDoubleSpinBox::up-button {{ subcontrol-origin: border;
    subcontrol-position: top right; width: 18px; border: none; background: transparent; }}
QSpinBox::down-button, QDoubleSpinBox::down-button {{ subcontrol-origin: border;
    subcontrol-position: bottom right; width: 18px; border: none; background: transparent; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ width: 12px; height: 12px;
    image: url({icons}/chevron-up-hint.svg); }}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ width: 12px; height: 12px;
    image: url({icons}/chevron-down-hint.svg); }}
QSpinBox::up-arrow:hover, QDoubleSpinBox::up-arrow:hover {{
    image: url({icons}/chevron-up-text.svg); }}
QSpinBox::down-arrow:hover, QDoubleSpinBox::down-arrow:hover {{
    image: url({icons}/chevron-down-text.svg); }}
QSpinBox::up-arrow:disabled, QSpinBox::up-arrow:off, QDoubleSpinBox::up-arrow:off {{
    image: url({icons}/chevron-up-disabled.svg); }}
QSpinBox::down-arrow:disabled, QSpinBox::down-arrow:off, QDoubleSpinBox::down-arrow:off {{
    image: url({icons}/chevron-down-disabled.svg); }}
QComboBox {{ padding-right: 22px; }}
QComboBox::drop-down {{ border: none; width: 22px; subcontrol-position: center right; }}
QComboBox::down-arrow {{ width: 14px; height: 14px; image: url({icons}/chevron-down-hint.svg); }}
QComboBox::down-arrow:hover {{ image: url({icons}/chevron-down-text.svg); }}
QComboBox::down-arrow:disabled {{ image: url({icons}/chevron-down-disabled.svg); }}
QComboBox QAbstractItemView {{ background: {RAISED}; border: none; margin: 0 1px; padding: 4px;
    selection-background-color: {SELECTED}; selection-color: {TEXT}; }}
QPushButton {{ background: {RAISED}; border: 1px solid {BORDER}; border-radius: 6px;
    padding: 6px 14px; min-height: 18px; }}
QPushButton:hover {{ background: {HOVER}; }}
QPushButton:pressed {{ background: {FIELD}; }}
QPushButton:focus {{ border-color: {ACCENT}; }}
QPushButton:disabled {{ color: {DISABLED}; background: {PANEL}; }}
QPushButton[role="primary"] {{ background: {ACCENT}; color: {ON_ACCENT};
    border: 1px solid {ACCENT}; font-weight: 600; }}
QPushButton[role="primary"]:hover {{ background: {ACCENT_HOVER}; }}
QPushButton[role="primary"]:pressed {{ background: {ACCENT_PRESSED}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {TEXT}; padding: 5px 13px; }}
QPushButton[role="primary"]:disabled {{ background: {RAISED}; color: {DISABLED};
    border-color: {BORDER}; }}
QPushButton[role="link"] {{ background: transparent; border: 1px solid transparent;
    color: {ACCENT}; padding: 3px 10px; }}
QPushButton[role="link"]:hover {{ background: {RAISED}; }}
QPushButton[role="link"]:focus {{ border-color: {ACCENT}; }}
QTabBar {{ background: {PANEL}; }}
QTabBar::tab {{ background: transparent; color: {SECONDARY}; border: 1px solid transparent;
    border-bottom: 2px solid transparent; padding: 6px 10px; min-width: 90px; max-width: 220px; }}
QTabBar::tab:hover {{ background: {RAISED}; color: {TEXT}; }}
QTabBar::tab:selected {{ color: {TEXT}; border-bottom: 2px solid {ACCENT}; }}
QTabBar::tab:focus {{ border-color: {ACCENT}; }}
QTabBar::close-button {{ image: url({icons}/close-hint.svg); width: 14px; height: 14px; }}
QTabBar::close-button:hover {{ image: url({icons}/close-text.svg); }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px;
    padding: 5px; color: {SECONDARY}; }}
QToolButton:hover {{ background: {RAISED}; color: {TEXT}; }}
QToolButton:checked {{ background: {SELECTED}; }}
QToolButton:focus {{ border-color: {ACCENT}; }}
QToolButton::menu-indicator {{ image: none; }}
QSlider {{ background: transparent; min-height: 20px; border: 1px solid transparent;
    border-radius: 6px; }}
QSlider:focus {{ border-color: {ACCENT}; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {CONTROL_BORDER}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {ACCENT}; }}
QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
    background: {TEXT}; }}
QSlider::handle:horizontal:hover {{ background: {HANDLE}; }}
QSlider::sub-page:horizontal:disabled {{ background: {BORDER}; }}
QSlider::handle:horizontal:disabled {{ background: {CONTROL_BORDER}; }}
QProgressBar {{ background: {FIELD}; border: none; border-radius: 2px; max-height: 4px;
    min-height: 4px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 2px; }}
QCheckBox {{ background: transparent; spacing: 7px; color: {SECONDARY}; }}
QRadioButton {{ background: transparent; spacing: 7px; color: {TEXT}; padding: 3px;
    border: 1px solid transparent; border-radius: 6px; }}
QRadioButton:focus {{ border-color: {ACCENT}; }}
QRadioButton:disabled {{ color: {DISABLED}; }}
QRadioButton::indicator {{ width: 14px; height: 14px; border-radius: 8px;
    border: 1px solid {HINT}; background: {FIELD}; }}
QRadioButton::indicator:hover {{ border-color: {TEXT}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {ACCENT};
    background: {ON_ACCENT}; }}
QRadioButton::indicator:disabled {{ border-color: {DISABLED}; }}
QListWidget, QTreeWidget {{ background: {PANEL}; border: 1px solid transparent;
    border-radius: 6px; }}
QListWidget:focus, QTreeWidget:focus {{ border-color: {ACCENT}; }}
QTreeWidget {{ show-decoration-selected: 0; }}
QListWidget::item, QTreeWidget::item {{ padding: 3px 6px; border: none; }}
QListWidget[role="choices"]::item, QTreeWidget[role="choices"]::item {{ padding: 5px 8px; }}
QTreeWidget[role="choices"]::item:disabled {{ color: {DISABLED}; }}
QListWidget::item:selected, QTreeWidget::item:selected, QTreeWidget::branch {{
    background: transparent; }}
QListWidget[role="choices"]::item:selected, QTreeWidget[role="choices"]::item:selected {{
    background: {SELECTED}; color: {TEXT}; }}
QScrollArea {{ border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle {{ background: {CONTROL_BORDER}; border-radius: 3px; min-height: 24px;
    min-width: 24px; }}
QScrollBar::handle:hover {{ background: {HINT}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
#maskbar, #firststeps {{ background: {PANEL}; border: 1px solid {BORDER}; border-radius: 10px; }}
#completion {{ background: {RAISED}; border: 1px solid {BORDER}; padding: 2px; }}
#completion::item {{ padding: 5px 8px; border-radius: 4px; }}
#completion::item:selected {{ background: {SELECTED}; color: {TEXT}; }}
#maskbar[docked="true"] {{ border: none; border-radius: 0; }}
#firststeps {{ background: {SELECTED}; border-color: {ACCENT}; }}
QSplitter::handle {{ background: {FIELD}; }}
#qt_msgbox_informativelabel {{ min-width: 320px; }}
"""


APPLICATION_SHEET = "QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }"
"""What is asked for while a widget is made, before it is in a window; the same in all themes."""


def use_theme(light: bool, accent: str = "Blue") -> None:
    """Choose the colors of all widgets that are made from now on. accent: a name of the lists."""
    names = globals()
    names.update({**_DARK, **(LIGHT if light else {})})
    color = (LIGHT_ACCENTS if light else DARK_ACCENTS).get(accent, names["ACCENT"])
    names["ACCENT"] = color
    names["ACCENT_HOVER"] = QColor(color).lighter(112).name()
    names["ACCENT_PRESSED"] = QColor(color).darker(112).name()


_DARK: Mapping[str, str] = {
    name: value for name, value in globals().items() if name.isupper() and isinstance(value, str)
}


def is_light(name: str) -> bool:
    """Tell if a theme of the preferences is light; "system" is what the desktop asks for."""
    if name == "system":
        return QApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
    return name == "light"


def style_window(widget: QWidget) -> None:
    """Give a window, or a part of one, the style sheet, unless it is in a widget that has it.

    It is not the application's: at another theme, Qt would style all widgets of all tabs at once.
    """
    sheet, above = make_style_sheet(), widget.parentWidget()
    while above is not None and above.styleSheet() != sheet:
        above = above.parentWidget()
    if above is None:
        widget.setStyleSheet(sheet)


def apply_theme(app: QApplication) -> None:
    """Set style, palette and font of every widget except native dialogs; see `style_window`."""
    if not app.styleSheet():
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
        (QPalette.ColorRole.Highlight, SELECTED),
        (QPalette.ColorRole.HighlightedText, TEXT),
        (QPalette.ColorRole.PlaceholderText, HINT),
        (QPalette.ColorRole.Link, ACCENT),
    ):
        palette.setColor(role, QColor(color))
    app.setPalette(palette)
    popup = QPalette(palette)  # the frame of a drop-down list, which no style sheet reaches
    for role in (QPalette.ColorRole.Base, QPalette.ColorRole.Window):
        popup.setColor(role, QColor(RAISED))
    # PySide's stubs ask for bytes, which it does not take.
    app.setPalette(popup, "QComboBoxPrivateContainer")  # type: ignore[arg-type]
    font = QFont(app.font())
    installed = set(QFontDatabase.families())
    families = [name for name in FONT_FAMILIES if name in installed][:1]
    if QLocale().language() is QLocale.Language.Chinese:
        families += [name for name in CHINESE_FAMILIES if name in installed]
    if families:
        font.setFamilies(families)
    font.setPixelSize(FONT_SIZE_PX)
    app.setFont(font)
    if not app.styleSheet():
        app.setStyleSheet(APPLICATION_SHEET)
