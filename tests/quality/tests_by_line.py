"""Which tests run a line: `python -m tests.quality.tests_by_line [FOLDER or FILE of tests ...]`.

Runs the tests under coverage, each with a context of its own, and adds what each one reached and how
long it took to `build/tests-by-line.json`, which `tests.quality.mutate` reads. Lines that only a child
process runs are in no test's list.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "glide_studio"
PATH = ROOT / "build" / "tests-by-line.json"
FOLDERS = ("document", "imaging", "io", "editor", "glide", "cli", "inference", "training")


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
    """A pytest plugin: what a test runs, its fixtures included, is counted as its own."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.seconds: dict[str, float] = {}
        self._coverage = measured

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Count the time as well."""
        self._coverage.switch_context(item.nodeid)
        begin = time.process_time()
        result = yield
        self.seconds[item.nodeid] = round(time.process_time() - begin, 3)
        self._coverage.switch_context("")
        return result


def measure(tests: list[str]) -> TestsByLine:
    """Run tests, paths from the root, under coverage."""
    with tempfile.TemporaryDirectory() as folder:
        measured = coverage.Coverage(
            data_file=str(Path(folder) / "data"), source=[str(PACKAGE)], config_file=False
        )
        contexts = Contexts(measured)
        measured.start()
        try:
            pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[contexts])
        finally:
            measured.stop()
        data = measured.get_data()
        lines: dict[str, dict[int, set[str]]] = defaultdict(dict)
        for name in data.measured_files():
            module = Path(name).relative_to(PACKAGE).as_posix()
            for line, reached in data.contexts_by_lineno(name).items():
                lines[module][line] = {one for one in reached if one in contexts.seconds}
    return TestsByLine(contexts.seconds, dict(lines))


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
