"""Each entry of a menu has a letter of its own, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QMenu

from glide_studio import translation
from glide_studio.ui.language import ENGLISH, choose_language, list_languages, use_language
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver

MARKED = re.compile(r"&([^&])")


@pytest.fixture(params=[ENGLISH, "zh_CN"])
def spoken(qapp: QCoreApplication, request: pytest.FixtureRequest) -> Iterator[WindowDriver]:
    use_language(qapp, choose_language(request.param, list_languages(), QLocale.c()))
    driver = WindowDriver(StandInEngine())
    yield driver
    driver.close()
    use_language(qapp, choose_language(ENGLISH, list_languages(), QLocale.c()))
    QLocale.setDefault(QLocale.c())
    translation.install(None)


def find_doubled(texts: list[str]) -> list[str]:
    """The letters that more than one entry is marked with."""
    marked = (MARKED.search(text.replace("&&", "")) for text in texts)
    counts = Counter(one[1].upper() for one in marked if one)
    return [letter for letter, count in counts.items() if count > 1]


def test_no_letter_of_a_menu_is_marked_twice(spoken: WindowDriver, photo_file: Path) -> None:
    spoken.open(photo_file)
    bar = spoken.window.menu_bar
    menus = [*spoken.window.findChildren(QMenu), *bar.findChildren(QMenu)]
    assert len(menus) > 20
    entries = [[one.text() for one in menu.actions()] for menu in (bar, *menus)]
    assert [texts for texts in entries if find_doubled(texts)] == []
