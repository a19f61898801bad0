"""Every text for the user goes through `translate`, is extracted by lupdate, and is translated."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from glide_studio import translation
from glide_studio.translation import Text, number, translate
from tests import translations

FILES = sorted(translations.FOLDER.glob("*.ts"))
PACKAGE = translations.ROOT / "glide_studio"
ENGLISH_ONLY = (  # what only the command line says
    *(PACKAGE / name for name in ("cli", "training", "glide", "__main__.py")),
    *(PACKAGE / "inference" / "models" / name for name in ("download.py", "released.py")),
    PACKAGE / "editor" / "document_info.py",
)
SHOWING = frozenset(
    """
    CannotKeepBlocks CheckBox GlideError LabeledSlider MissingExtra ProjectChanged QAction QCheckBox
    QGroupBox QLabel QMenu QPushButton QRadioButton addAction addItem addMenu addRow
    add_action add_menu make_dialog_buttons make_icon_button make_label notify setAccessibleDescription
    setAccessibleName setInformativeText setPlaceholderText setStatusTip setText setTitle setToolTip
    setWindowTitle with_note
    """.split()  # noqa: SIM905
)
"""Functions whose texts the user sees."""
KEYS_AT = {"make_icon_button": 3, "add_action": 3}
"""Function -> place of the argument with a shortcut."""
UNTRANSLATED = re.compile(r"^([a-z-]+|sRGB|<h3>Glide Studio </h3>|\((Ctrl\+)?Enter\))$")
"""Texts that are no sentences: icons, roles, names, keys."""
FIELDS = re.compile(r"\{\w*\}|%n")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    translation.install(None)


def sources() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if not any(path.is_relative_to(one) for one in ENGLISH_ONLY)
    ]


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


def literal(node: ast.expr) -> str | None:
    """The text of a literal with empty braces for fields; None for another expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return None


def test_no_text_for_the_user_is_a_bare_literal() -> None:
    bare = []
    for path, call in calls():
        if name_of(call) in SHOWING:
            keys = KEYS_AT.get(name_of(call), len(call.args))
            places = [one for place, one in enumerate(call.args) if place != keys]
            for argument in (*places, *(keyword.value for keyword in call.keywords)):
                text = (literal(argument) or "").replace("{}", "").strip()
                if re.search("[A-Za-z]{2}", text) and not UNTRANSLATED.match(text):
                    bare.append(f"{path.name}:{argument.lineno}: {text}")
    assert not bare, "not in `translate`: " + "; ".join(bare)


def test_what_is_translated_is_extracted() -> None:
    """Lupdate does not look into f-strings, nor at calls with keywords."""
    extracted = {(context, source) for context, source, _ in translations.read(FILES[0])}
    lost = []
    for path, call in calls():
        if name_of(call) in ("translate", "QT_TRANSLATE_NOOP") and len(call.args) > 1:
            context, source = literal(call.args[0]), literal(call.args[1])
            if context is None or source is None:
                continue
            if (context, source) not in extracted:
                lost.append(f"{path.name}:{call.lineno}: {source}")
    assert not lost, "run `python tests/translations.py`: " + "; ".join(lost)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_translation_is_whole_and_up_to_date(file: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(file, tmp_path))
    translations.update(copy)
    texts, committed = translations.read(copy), translations.read(file)
    assert texts.keys() == committed.keys(), "run `python tests/translations.py`"
    assert not [key for key, forms in committed.items() if not all(forms)]
    compiled = tmp_path / "compiled.qm"
    translations.compile_to(file, compiled)
    assert compiled.read_bytes() == file.with_suffix(".qm").read_bytes(), (
        "run `python tests/translations.py`"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_translation_keeps_fields_keys_and_mnemonics(file: Path) -> None:
    for (_, source, _), forms in translations.read(file).items():
        for text in forms:
            assert set(FIELDS.findall(text)) == set(FIELDS.findall(source)), source
            assert text.count("&") == source.count("&"), source
            assert text.endswith("…") == source.endswith("…"), source
            for keys in re.findall(r"  \(.*\)$", source):  # changed with the shortcut
                assert keys.isascii() is False or "(" in text, source


def test_without_a_translator_texts_are_english() -> None:
    assert translate("Test", "Open {name}").format(name="a") == "Open a"
    assert translate("Test", "%n tile(s)", None, 1) == "1 tile"
    assert translate("Test", "%n tile(s)", None, 2000) == "2,000 tiles"
    assert number(1234.56, 1) == "1,234.6"


def test_a_text_knows_its_source_in_every_language() -> None:
    translation.install(lambda context, source, comment, n: "开")
    text = translate("Test", "Open")
    assert isinstance(text, Text)
    assert (text, text.source) == ("开", "Open")


@pytest.mark.parametrize("broken", ["{nam} 开", "{name", "{name} {more}", ""])
def test_a_translation_with_other_fields_is_not_used(broken: str) -> None:
    translation.install(lambda context, source, comment, n: broken)
    assert translate("Test", "Open {name}").format(name="a") == "Open a"


def test_a_child_leaves_translating_to_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_is_deferred", True)
    inner = translate("Inner", "the layer")
    packed = translate("Outer", "'{name}': {what} ({{}})").format(name="{a}", what=inner)
    monkeypatch.setattr(translation, "_is_deferred", False)
    told = {"the layer": "图层", "'{name}': {what} ({{}})": "{what}：{name}"}
    assert translation.resolve(f"Note: {packed}.") == "Note: '{a}': the layer ({}).".replace(
        "({})", "({{}})"
    )
    translation.install(lambda context, source, comment, n: told[source])
    assert translation.resolve(f"Note: {packed}.") == "Note: 图层：{a}."


@pytest.mark.parametrize(
    "text",
    [
        "\x02",
        "\x02\x03",
        "\x02a\x03",
        "\x02a\x1f{b.c:>9}\x1f\x1fx\x03",
        f"\x02a\x1f%n\x1f\x1f{'9' * 5000}\x03",
    ],
)
def test_a_hostile_child_says_only_text(text: str) -> None:
    assert isinstance(translation.resolve(text), str)


def test_what_the_bundled_models_say_of_themselves_is_translated() -> None:
    extracted = translations.read(FILES[0])
    for path in sorted((translations.ROOT / "models").glob("*/model.json")):
        summary = json.loads(path.read_text("utf-8"))["summary"]
        assert ("ModelsDialog", summary, "") in extracted, (
            f"put the summary of {path.parent.name} into BUNDLED_SUMMARIES of ui/models_dialog.py"
            " and translate it"
        )
