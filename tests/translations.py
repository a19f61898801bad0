"""Bring the translations up to date: `python tests/translations.py`.

Qt's lupdate takes the texts out of the sources into `resources/translations/*.ts`, keeping what is
translated; lrelease makes the `.qm` files that the program reads. In between a translator, or Qt
Linguist (`pyside6-linguist`), fills in what is missing.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from xml.etree import ElementTree

import PySide6

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "resources" / "translations"
TOOLS = Path(PySide6.__file__).parent
LUPDATE = ("-silent", "-locations", "none", "-no-obsolete", "-sort-messages")

Message = tuple[str, str, str]
"""(context, source, comment)"""


def update(file: Path) -> None:
    """Bring a .ts file up to date with the sources; its name says the language."""
    sources = sorted(str(path) for path in (ROOT / "glide_studio").rglob("*.py"))
    language = file.stem.removeprefix("glide-studio_")
    languages = ("-source-language", "en", "-target-language", language)
    subprocess.run(
        [TOOLS / "lupdate", *LUPDATE, *languages, *sources, "-ts", file],
        check=True,
        capture_output=True,
    )


def compile_to(file: Path, compiled: Path) -> None:
    """Compile a .ts file to a .qm file; a window that has the old one open keeps that."""
    new = compiled.with_suffix(".new")
    subprocess.run(
        [TOOLS / "lrelease", "-silent", file, "-qm", new], check=True, capture_output=True
    )
    new.replace(compiled)


def read(file: Path) -> dict[Message, list[str]]:
    """Return message -> its translations, one for each plural; a missing or unfinished one is ""."""
    found: dict[Message, list[str]] = {}
    for context in ElementTree.parse(file).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            key = name, message.findtext("source") or "", message.findtext("comment") or ""
            translation = message.find("translation")
            assert translation is not None
            forms = translation.findall("numerusform") or [translation]
            done = translation.get("type") is None
            found[key] = [(form.text or "") if done else "" for form in forms]
    return found


if __name__ == "__main__":
    for one in sorted(FOLDER.glob("*.ts")):
        update(one)
        compile_to(one, one.with_suffix(".qm"))
        missing = sum(not all(forms) for forms in read(one).values())
        print(f"{one.name}: {missing} texts to translate")
