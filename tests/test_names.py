"""House rules for names: one meaning a name, functions are verbs, few fragments, plain words."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "glide_studio"
FILES = sorted(PACKAGE.rglob("*.py"))
MAX_FRAGMENTS = 15
FRAGMENT_LINES = 50

VERBS = {"bring", "embed", "exceed", "feed", "need", "proceed", "seed", "shed", "speed"}
PARTICIPLES = frozenset(
    [
        "begun",
        "bound",
        "broken",
        "brought",
        "built",
        "caught",
        "chosen",
        "done",
        "drawn",
        "found",
        "given",
        "grown",
        "held",
        "hidden",
        "kept",
        "known",
        "laid",
        "left",
        "lost",
        "made",
        "meant",
        "met",
        "said",
        "seen",
        "sent",
        "shown",
        "spent",
        "stood",
        "taken",
        "thrown",
        "told",
        "torn",
        "worn",
        "written",
    ]
)
NO_VERBS = frozenset(
    [
        "A",
        "All",
        "An",
        "Another",
        "Any",
        "As",
        "At",
        "Back",
        "Both",
        "Each",
        "Every",
        "For",
        "From",
        "Half",
        "How",
        "If",
        "In",
        "It",
        "No",
        "None",
        "Nothing",
        "Of",
        "On",
        "One",
        "Only",
        "Out",
        "Pixels",
        "Random",
        "Rate",
        "That",
        "The",
        "Their",
        "These",
        "Three",
        "To",
        "True",
        "Two",
        "Up",
        "What",
        "When",
        "Where",
        "Whether",
        "Which",
        "Why",
        "With",
    ]
)
RIDDLES = re.compile(r"\b(can not|shall|anew|belie[fv]\w*|nobody|as ever)\b", re.IGNORECASE)


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def functions() -> list[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    found = []
    for path in FILES:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append((path, node))
    return found


def is_value(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A property is a value, and an adjective is a good name for one."""
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def test_no_function_is_named_by_a_bare_participle() -> None:
    bare = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
        for path, node in functions()
        if not is_value(node)
        and "_" not in (name := node.name.strip("_"))
        and name not in VERBS
        and (name.endswith("ed") or name in PARTICIPLES)
    ]
    assert bare == []


def test_a_class_name_stands_for_one_thing() -> None:
    places = defaultdict(list)
    for path in FILES:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_a_module_name_stands_for_one_module() -> None:
    places = defaultdict(list)
    for path in FILES:
        if path.name != "__init__.py":
            places[path.name].append(str(path.relative_to(PACKAGE)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_few_modules_are_fragments() -> None:
    short = [
        str(path.relative_to(PACKAGE))
        for path in FILES
        if path.name != "__init__.py" and len(path.read_text("utf-8").splitlines()) < FRAGMENT_LINES
    ]
    assert len(short) <= MAX_FRAGMENTS, short


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_words_are_plain(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    riddles = [f"{n}: {line.strip()}" for n, line in enumerate(lines, 1) if RIDDLES.search(line)]
    assert riddles == []


def is_imperative(line: str) -> bool:
    """Judge the first word of a docstring by its form, since verbs cannot be listed."""
    word = line.split()[0].strip(".,:;")
    return bool(
        re.fullmatch(r"[A-Z][a-z]+(-[a-z]+)?", word)
        and word not in NO_VERBS
        and (word.lower() in VERBS or not re.search(r"([^s]s|ing|ed)$", word))
    )


def test_docstrings_of_functions_begin_with_an_imperative() -> None:
    others = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {line}"
        for path, node in functions()
        if not is_value(node)
        and (line := (ast.get_docstring(node) or "Return").splitlines()[0])
        and node.name != "__init__"
        and not is_imperative(line)
    ]
    assert others == []
