"""The language of the window: which ones there are, and loading the chosen one at the start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from glide_studio import translation
from glide_studio.io.project.store_files import stores_folder
from glide_studio.paths import resources_folder

SYSTEM, ENGLISH = "system", "en"
PREFIX = "glide-studio_"  # of the files with translations; the name of the locale follows
FOLDER = "translations"


class Language(NamedTuple):
    """code: of a locale, as zh_CN. name: of the language in itself. file: None for English."""

    code: str
    name: str
    file: Path | None


def user_folder() -> Path:
    """Return where the user puts further translations."""
    return stores_folder().with_name(FOLDER)


def list_languages() -> list[Language]:
    """List English and all languages that there are translations for; those of the user win."""
    found = {}
    for folder in (resources_folder() / FOLDER, user_folder()):
        for file in sorted(folder.glob(f"{PREFIX}*.qm")):
            code = file.stem.removeprefix(PREFIX)
            locale = QLocale(code)
            if locale.language() is not QLocale.Language.C:
                found[code] = Language(code, locale.nativeLanguageName(), file)
    return [Language(ENGLISH, "English", None), *found.values()]


def choose_language(wanted: str, languages: list[Language], system: QLocale) -> Language:
    """Choose a language by its code; "system" and what is not there any more: as the desktop.

    system: the desktop's locale, with the languages that the user reads in order.
    """
    by_code = {language.code: language for language in languages}
    if wanted in by_code:
        return by_code[wanted]
    scripts: dict[QLocale.Language, QLocale.Script] = {}
    for name in system.uiLanguages():
        locale = QLocale(name)
        scripts.setdefault(locale.language(), locale.script())  # "zh" after "zh-TW" says less
    for asked in scripts.items():
        for language in languages:
            locale = QLocale(language.code)
            if (locale.language(), locale.script()) == asked:
                return language
    return by_code[ENGLISH]


def use_language(application: QCoreApplication, language: Language) -> None:
    """Show Qt's own texts and ours, and numbers, in a language; called before the first widget."""
    translation.install(None)
    for old in application.findChildren(QTranslator):
        application.removeTranslator(old)
        old.deleteLater()
    if language.file is None:
        if QLocale().language() is not QLocale.Language.English:
            QLocale.setDefault(QLocale(QLocale.Language.English))
        return
    locale = QLocale(language.code)
    QLocale.setDefault(locale)
    ours = QTranslator(application)
    if not ours.load(str(language.file)):
        return
    for translator in (*_load_qt(application, locale), ours):
        application.installTranslator(translator)

    def look_up(context: str, source: str, comment: str, n: int, /) -> str:
        return ours.translate(context, source, comment or None, n) or ""

    def write_number(value: float, decimals: int) -> str:
        return locale.toString(float(value), "f", decimals)

    translation.install(look_up, write_number)


def _load_qt(application: QCoreApplication, locale: QLocale) -> Iterator[QTranslator]:
    """Yield the translations of Qt's dialogs, as far as Qt has them."""
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(locale, "qtbase", "_", folder):
        yield translator
