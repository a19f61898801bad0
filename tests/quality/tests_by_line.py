"""Which tests run a line: `python -m tests.quality.tests_by_line [FOLDER or FILE of tests ...]`.

Runs the tests under coverage, each with a context of its own, and adds what each one reached and how
long it took to `build/tests-by-line.json`, which `tests.quality.mutate` reads. What child processes of
a test run counts as its own, and so do fixtures that it shares with others.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "glide_studio"
PATH = ROOT / "build" / "tests-by-line.json"
FOLDERS = (
    "document",
    "imaging",
    "io",
    "editor",
    "glide",
    "cli",
    "inference",
    "training",
    "api",
    "ui",
    "e2e",
)
TEST, DATA = "MEASURED_TEST", "MEASURED_DATA"  # environment of child processes
END_S = 5.0  # that a child process may take to write what it ran, before it is killed
CHILD_START = f"""
import atexit, os
if os.environ.get("{TEST}"):
    import coverage
    measured = coverage.Coverage(
        data_file=os.environ["{DATA}"], data_suffix=True, source=[{str(PACKAGE)!r}],
        config_file=False, context=os.environ["{TEST}"],
    )
    measured.start()
    atexit.register(lambda: (measured.stop(), measured.save()))
"""


@dataclass
class TestsByLine:
    """seconds: of each test, by node id. lines: tests, by module and line. sources: of the modules as
    they were measured."""

    __test__ = False  # of pytest

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path = PATH) -> TestsByLine:
        """Read what was measured.

        Raises:
            FileNotFoundError: if nothing was.
        """
        kept = json.loads(path.read_text())
        names = list(kept["seconds"])
        return cls(
            kept["seconds"],
            {
                module: {int(line): {names[one] for one in tests} for line, tests in lines.items()}
                for module, lines in kept["lines"].items()
            },
        )

    def save(self, path: Path = PATH) -> None:
        """Write what was measured."""
        path.parent.mkdir(exist_ok=True)
        index = {name: number for number, name in enumerate(self.seconds)}
        lines = {
            module: {line: sorted(index[one] for one in tests) for line, tests in lines.items()}
            for module, lines in self.lines.items()
        }
        path.write_text(json.dumps({"seconds": self.seconds, "lines": lines}))

    def add(self, other: TestsByLine) -> None:
        """Put what was measured later in place of what is known of the same tests."""
        for lines in self.lines.values():
            for line in lines:
                lines[line] -= other.seconds.keys()
        self.seconds |= other.seconds
        for module, lines in other.lines.items():
            mine = self.lines.setdefault(module, {})
            for line, tests in lines.items():
                mine.setdefault(line, set()).update(tests)

    def reaching(self, module: str, lines: Iterable[int]) -> set[str]:
        """Tests that run any of the lines of a module, by its path in the package."""
        known = self.lines.get(module, {})
        return set().union(*(known.get(line, set()) for line in lines))

    def using(self, names: set[str]) -> set[str]:
        """Tests that run a line, of any module, in which one of the names stands."""
        word = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
        found: set[str] = set()
        for module, lines in self.lines.items():
            text = (PACKAGE / module).read_text().split("\n")
            for line, tests in lines.items():
                if line <= len(text) and word.search(text[line - 1]):
                    found |= tests
        return found


class Contexts:
    """A pytest plugin: what a test runs, its fixtures and child processes included, is its own."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.seconds: dict[str, float] = {}
        self.sharing: dict[str, set[str]] = defaultdict(set)
        self._coverage = measured

    def tests(self, context: str) -> set[str]:
        """Return the tests that a context stands for: itself, or all that share a fixture."""
        return self.sharing.get(context, {context}) & self.seconds.keys()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Function) -> Generator[None, object, object]:
        """Count the time as well."""
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            self.sharing[_name_fixture(definitions[-1])].add(item.nodeid)
        self._switch(item.nodeid)
        begin = sum(os.times()[:4])  # of its children as well
        result = yield
        self.seconds[item.nodeid] = round(sum(os.times()[:4]) - begin, 3)
        self._switch("")
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Give what a shared fixture runs to all that share it."""
        before = os.environ[TEST]
        if fixturedef.scope != "function":
            self._switch(_name_fixture(fixturedef))
        try:
            return (yield)
        finally:
            self._switch(before)

    def _switch(self, context: str) -> None:
        self._coverage.switch_context(context)
        os.environ[TEST] = context


def _name_fixture(definition: pytest.FixtureDef[object]) -> str:
    return f"fixture {definition.baseid} {definition.argname}"


def _kill_later(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, after it had time to write what it ran."""
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.send_signal(9)


def measure(tests: list[str]) -> TestsByLine:
    """Run tests, paths from the root, under coverage."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "start").mkdir()
        (folder / "start" / "sitecustomize.py").write_text(CHILD_START)
        path = os.pathsep.join([str(folder / "start"), os.environ.get("PYTHONPATH", "")])
        os.environ.update({"PYTHONPATH": path, DATA: str(folder / "data"), TEST: ""})
        measured = coverage.Coverage(
            data_file=str(folder / "data"), source=[str(PACKAGE)], config_file=False
        )
        contexts = Contexts(measured)
        subprocess.Popen.kill = _kill_later  # type: ignore[method-assign]
        measured.start()
        try:
            pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[contexts])
        finally:
            measured.stop()
        measured.save()
        measured.combine([str(folder)])
        return TestsByLine(contexts.seconds, dict(_read_lines(measured.get_data(), contexts)))


def _read_lines(
    data: coverage.CoverageData, contexts: Contexts
) -> Iterator[tuple[str, dict[int, set[str]]]]:
    for name in data.measured_files():
        found = data.contexts_by_lineno(name).items()
        lines = {line: set().union(*map(contexts.tests, reached)) for line, reached in found}
        yield Path(name).relative_to(PACKAGE).as_posix(), lines


def main() -> int:
    """Measure the tests that are named, or all of FOLDERS."""
    os.chdir(ROOT)
    tests = sys.argv[1:] or [f"tests/{name}" for name in FOLDERS]
    known = TestsByLine.load() if PATH.exists() else TestsByLine()
    known.add(measure(tests))
    known.save()
    print(f"{len(known.seconds)} tests, {sum(known.seconds.values()):.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
