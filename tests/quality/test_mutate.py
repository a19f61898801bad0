"""Mutation testing: which changes are made, and which tests are run against them."""

import ast
from pathlib import Path

import pytest

from tests.quality import mutate
from tests.quality.tests_by_line import TestsByLine

SOURCE = '''
"""A module."""
import os
LIMIT = 7

def grow(width: int, by: int = 2) -> int:
    """Grow."""
    assert width > 0
    log.info("grew by %d", 3)
    return width + by
'''


def changes(source: str) -> set[str]:
    tree = ast.parse(source)
    sites = [one for one in mutate.iter_sites(tree) if mutate.change(one.node, one.parent)]
    return {mutate.make_mutant("a.py", tree, site).what for site in sites}


def test_only_what_tests_could_notice_is_changed() -> None:
    assert changes(SOURCE) == {
        "7  ->  8",
        "2  ->  3",
        "width + by  ->  width - by",
        "return width + by  ->  return None",
    }


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [("a < b", "a <= b"), ("not a", "a"), ("a and b", "a or b"), ("1.0", "1.5"), ("True", "False")],
)
def test_a_change_is_small_and_leaves_the_module_as_it_was(expression: str, wrong: str) -> None:
    tree = ast.parse(f"x = {expression}")
    before = ast.unparse(tree)
    (site,) = [one for one in mutate.iter_sites(tree) if mutate.change(one.node, one.parent)]
    mutant = mutate.make_mutant("a.py", tree, site)
    assert mutant.source == f"x = {wrong}"
    assert ast.unparse(tree) == before


def test_the_sample_follows_its_seed() -> None:
    first = mutate.make_mutants(12, 5)
    assert first == mutate.make_mutants(12, 5)
    assert first != mutate.make_mutants(12, 6)
    for one in first:
        assert ast.parse(one.source)
        assert one.lines or one.names


def test_tests_that_reach_the_line_run_the_quickest_of_its_package_first() -> None:
    seconds = {
        "tests/io/test_a.py::slow": 2.0,
        "tests/io/test_a.py::quick": 0.1,
        "tests/cli/test_b.py::quickest": 0.01,
        "tests/io/test_a.py::elsewhere": 0.01,
        "tests/io/test_a.py::endless": mutate.MAX_TESTS_S,
    }
    reached = {3: set(seconds) - {"tests/io/test_a.py::elsewhere"}}
    known = TestsByLine(seconds, {"io/a.py": reached})
    mutant = mutate.Mutant("io/a.py", 3, "f", "", "", (3,))
    tests, total = mutate.choose_tests(mutant, known)
    assert tests == [
        "tests/io/test_a.py::quick",
        "tests/io/test_a.py::slow",
        "tests/cli/test_b.py::quickest",
    ]
    assert total == pytest.approx(2.11)


def test_the_known_changes_are_still_changes_of_the_code() -> None:
    for one in mutate.known_mutants():
        assert ast.parse(one.source)
        assert one.source != (mutate.ROOT / "glide_studio" / one.path).read_text()
        for test in one.scope.split():
            assert (mutate.ROOT / test.partition("::")[0]).exists()


def test_what_was_measured_later_takes_the_place_of_earlier(tmp_path: Path) -> None:
    known = TestsByLine({"a": 1.0, "b": 2.0}, {"m.py": {1: {"a", "b"}, 2: {"b"}}})
    known.add(TestsByLine({"a": 3.0}, {"m.py": {2: {"a"}}}))
    known.save(tmp_path / "build" / "map.json")
    back = TestsByLine.load(tmp_path / "build" / "map.json")
    assert back == known
    assert back.reaching("m.py", [1]) == {"b"}
    assert back.reaching("m.py", [1, 2, 3]) == {"a", "b"}
    assert back.seconds["a"] == 3.0
