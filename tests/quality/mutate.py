"""Do the tests bite? `python -m tests.quality.mutate [--count 300] [--seed 0]`.

Makes small wrong changes, one at a time, in `document`, `imaging`, `io`, `editor` and `glide`:
another comparison, constant, operator or truth value, a call that is left out, nothing returned.
Each runs in a copy of the package against the tests that reach the changed line, in child processes
as well, the quickest first, as `tests.quality.tests_by_line` has measured them beforehand; where its
package's tests were not measured, against the test files that name what was changed. What survives
is printed.

Not changed: type hints, decorators, assertions, messages of the log, `zip`'s `strict`, imports for the
type checker, and kernels that take a minute to compile. Processes are forked from one that has loaded
the libraries.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import math
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from tests.quality.known_mutants import KNOWN
from tests.quality.tests_by_line import PATH, TestsByLine

ROOT = Path(__file__).parents[2]
PACKAGES = ("document", "imaging", "io", "editor", "glide")
LEFT_OUT = ("imaging/completion/kernels.py", "io/sandbox/child.py")
LINKED = (
    "tests",
    "models",
    "resources",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "constraints.txt",
)
LIBRARIES = (
    "numpy",
    "cv2",
    "PIL.Image",
    "tifffile",
    "imagecodecs",
    "psd_tools",
    "torch",
    "numba",
    "psutil",
    "PySide6.QtWidgets",
    "pytestqt.plugin",
    "hypothesis",
)
MAX_FILES = 12  # of tests that name what was changed
MAX_TESTS_S = 60  # processor time of the tests for one change, the quickest that reach it
LEAST_S, SLOWER = 30, 3  # a change that takes longer, and so many times as long, was noticed
BUSY_FACTOR = 8  # times as much on the clock, where other programs have the processor
IDLE_S = 60  # that it may wait, on the clock, without computing
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
WRONG_PACKAGE, NO_TESTS = 99, 98  # exit status

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift, ast.Pow: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A wrong change. path: of the module in the package. source: of the whole changed module.
    lines: that run it. names: whose users run it, where that is only at import. function: lines of the
    body of the outermost function around it."""

    path: str
    line: int
    scope: str
    what: str
    source: str
    lines: tuple[int, ...] = ()
    names: frozenset[str] = frozenset()
    function: tuple[int, ...] = ()


def find_modules() -> list[str]:
    """Modules that are changed, by their path in the package."""
    package = ROOT / "glide_studio"
    found = (path for part in PACKAGES for path in sorted((package / part).rglob("*.py")))
    names = (path.relative_to(package).as_posix() for path in found if path.name != "__init__.py")
    return [name for name in names if name not in LEFT_OUT]


class Site(NamedTuple):
    """A node that may be changed. scope: the dotted name of what it stands in. statements: that it is
    part of, the innermost last."""

    node: ast.AST
    parent: ast.AST
    scope: str
    statements: tuple[ast.stmt, ...]


def iter_sites(tree: ast.Module) -> Iterator[Site]:
    """Yield the nodes of a module, but those that no test is there to notice."""

    def walk(node: ast.AST, scope: str, statements: tuple[ast.stmt, ...]) -> Iterator[Site]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = f"{scope}.{node.name}" if scope else node.name
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "slice", "type_params"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST) or is_left_out(child, node):
                    continue
                inner = (*statements, child) if isinstance(child, ast.stmt) else statements
                yield Site(child, node, scope, inner)
                yield from walk(child, scope, inner)

    yield from walk(tree, "", ())


def find_runs(site: Site) -> tuple[tuple[int, ...], frozenset[str]]:
    """Return (the lines whose run runs a node, the names whose use runs it)."""
    last = site.statements[-1]
    if isinstance(last, FUNCTIONS):  # a default value: of those that call the function
        body = last.body
        return tuple(range(body[0].lineno, (body[-1].end_lineno or 0) + 1)), frozenset()
    if any(isinstance(one, FUNCTIONS) for one in site.statements):
        lines = {last.lineno, *range(site.node.lineno, (site.node.end_lineno or 0) + 1)}
        return tuple(sorted(lines)), frozenset()
    stored = (one for one in ast.walk(last) if isinstance(one, ast.Name))
    names = {one.id for one in stored if isinstance(one.ctx, ast.Store)}
    return (), frozenset(names or {site.scope.rpartition(".")[2] or "glide_studio"})


def is_left_out(node: ast.AST, parent: ast.AST) -> bool:
    """True for what no test is there to notice."""
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.keyword) and node.arg in (
        "strict",
        "slots",
        "frozen",
        "daemon",
        "name",
    ):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    called = node.value if isinstance(node, ast.Expr) else node
    if isinstance(called, ast.Call) and ast.unparse(called.func).startswith(("log.", "TypeVar")):
        return True
    return isinstance(parent, ast.Raise) and isinstance(node, ast.Call)


def change(node: ast.AST, parent: ast.AST) -> ast.AST | None:
    """Return a changed copy of a node, which shares its children; None for nodes that stay as they are."""
    new: Any = copy.copy(node)
    match node:
        case ast.Compare(ops=[op, *others]) if type(op) in COMPARISONS:
            new.ops = [COMPARISONS[type(op)](), *others]
        case ast.BinOp(op=op) if type(op) in OPERATORS and not _is_text(node):
            new.op = OPERATORS[type(op)]()
        case ast.AugAssign(op=op) if type(op) in OPERATORS:
            new.op = OPERATORS[type(op)]()
        case ast.BoolOp(op=op):
            new.op = ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            new = operand
        case ast.Constant(value=bool(value)):
            new.value = not value
        case ast.Constant(value=int(value)) if not isinstance(parent, ast.Subscript):
            new.value = value + 1
        case ast.Constant(value=float(value)):
            new.value = value * 1.5 if value else 1.0
        case ast.Return(value=ast.expr() as value) if not _is_false(value):
            new.value = ast.Constant(None)
        case ast.Expr(value=ast.Call()):
            new = ast.Pass()
        case _:
            return None
    return new


def _is_text(node: ast.AST) -> bool:
    return any(isinstance(one, ast.JoinedStr) or _is_string(one) for one in ast.walk(node))


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in (None, False)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) <= 90 else f"{text[:87]}..."


@cache
def find_sites(path: str) -> tuple[ast.Module, list[Site]]:
    """Return (a module, its nodes that can be changed)."""
    tree = ast.parse((ROOT / "glide_studio" / path).read_text())
    return tree, [one for one in iter_sites(tree) if change(one.node, one.parent) is not None]


def make_mutants(count: int, seed: int) -> list[Mutant]:
    """Choose `count` changes, module by module at random so that small modules count as well."""
    choose = random.Random(seed)
    modules = find_modules()
    made: dict[tuple[str, int, str], Mutant] = {}
    while len(made) < count:
        path = choose.choice(modules)
        tree, sites = find_sites(path)
        if sites:
            mutant = make_mutant(path, tree, choose.choice(sites))
            made.setdefault((path, mutant.line, mutant.what), mutant)
    return list(made.values())


def make_mutant(path: str, tree: ast.Module, site: Site) -> Mutant:
    """Change one node of a module, whose tree stays as it is."""
    new = change(site.node, site.parent)
    assert new is not None
    what = f"{_short(site.node)}  ->  {_short(new)}"
    lines, names = find_runs(site)
    functions = [one for one in site.statements if isinstance(one, FUNCTIONS)]
    body = [statement for one in functions[:1] for statement in one.body]
    function = tuple(line for one in body for line in range(one.lineno, (one.end_lineno or 0) + 1))
    _replace(site.parent, site.node, new)
    source = ast.unparse(ast.fix_missing_locations(tree))
    _replace(site.parent, new, site.node)
    line = getattr(site.node, "lineno", 0)
    return Mutant(path, line, site.scope, what, source, lines, names, function)


def _replace(parent: ast.AST, node: ast.AST, new: ast.AST) -> None:
    for field, value in ast.iter_fields(parent):
        if value is node:
            setattr(parent, field, new)
        elif isinstance(value, list):
            value[:] = [new if one is node else one for one in value]


def choose_tests(mutant: Mutant, known: TestsByLine) -> tuple[list[str], float]:
    """Return (tests in the order in which they run, their processor time in seconds)."""
    reaching = known.using(set(mutant.names)) if mutant.names else set()
    reaching |= known.reaching(mutant.path, mutant.lines)
    if mutant.lines and not known.reaching(mutant.path, mutant.function):
        # A function that no test runs line by line may be compiled: by those that run its module.
        reaching |= known.reaching(mutant.path, known.lines.get(mutant.path, {}))
    own = f"tests/{Path(mutant.path).parts[0]}/"
    if not any(one.startswith(own) for one in known.seconds):
        return find_naming_files(mutant), LEAST_S
    ordered = sorted(reaching, key=lambda one: (not one.startswith(own), known.seconds[one], one))
    chosen, total = [], 0.0
    for test in ordered:
        if not chosen or total + known.seconds[test] <= MAX_TESTS_S:
            chosen.append(test)
            total += known.seconds[test]
    return chosen, total


def find_naming_files(mutant: Mutant) -> list[str]:
    """Return test files that name the function, class or module that was changed, best first."""
    module = Path(mutant.path)
    package = module.parts[0]
    names = [one.strip("_") for one in mutant.scope.split(".") if one]
    files = sorted((ROOT / "tests" / package).rglob("test_*.py"))
    if package == "editor":
        files += sorted((ROOT / "tests" / "cli").glob("test_*.py"))
    scored = []
    for path in files:
        text = path.read_text()
        words = set(re.findall(r"\w+", text))
        score = 4 * sum(name in words for name in names)
        score += 3 * (module.stem in words) + 5 * (module.stem in path.stem)
        score += len({*module.parts[:-1]} & {*path.relative_to(ROOT / "tests").parts})
        scored.append((-score, path.stat().st_size, str(path.relative_to(ROOT))))
    return [name for _, _, name in sorted(scored)[:MAX_FILES]]


class Chosen:
    """A pytest plugin: runs these tests, in this order, and no others."""

    def __init__(self, tests: list[str]) -> None:
        self._tests = tests
        self.found = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Choose from all tests of the files."""
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[one] for one in self._tests if one in by_name]
        self.found = len(items)


def run_tests(folder: Path, tests: list[str], seconds: int) -> str:
    """Run tests or test files in a fork, in `folder`; "survived", "caught", or "caught, too slow".

    seconds: of processor time that it may take.
    """
    files = list(dict.fromkeys(one.partition("::")[0] for one in tests))
    chosen = Chosen(tests) if "::" in tests[0] else None
    process = os.fork()
    if process == 0:
        os.setsid()
        # Only the soft limit: decoding processes set one of their own, which may be higher.
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))
        os.chdir(folder)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.path[:] = [
            str(folder),
            str(folder / "tests"),
            *(one for one in sys.path if str(ROOT) not in one),
        ]
        os.environ["PYTHONPATH"] = f"{folder}:{folder / 'tests'}"
        for name in [one for one in sys.modules if one.split(".")[0] in ("tests", "glide_studio")]:
            del sys.modules[name]
        status = 1
        try:
            plugins = [] if chosen is None else [chosen]
            options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
            status = int(pytest.main([*options, *files], plugins))
            if chosen is not None and status == pytest.ExitCode.NO_TESTS_COLLECTED:
                status = NO_TESTS
            if not str(sys.modules["glide_studio"].__file__).startswith(str(folder)):
                status = WRONG_PACKAGE
        finally:
            os._exit(status)
    end = time.monotonic() + BUSY_FACTOR * seconds
    used, since = 0.0, time.monotonic()
    while time.monotonic() < min(end, since + IDLE_S):
        now = _processor_time(process)
        if now > used + 0.1:
            used, since = now, time.monotonic()
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            _end_group(process)
            if code == WRONG_PACKAGE:
                raise RuntimeError("The tests imported another copy of the package.")
            if code == NO_TESTS:
                raise RuntimeError("The tests are others than those that were measured.")
            if code == -signal.SIGXCPU or code == -signal.SIGKILL:
                break
            return "survived" if code in (0, 5) else "caught"
        time.sleep(0.05)
    else:
        _end_group(process)
        os.waitpid(process, 0)
    return "caught, too slow"


def _processor_time(process: int) -> float:
    """Return the seconds that a process and all that it started have computed."""
    own = psutil.Process(process)
    total = 0.0
    for one in [own, *own.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:4])
    return total


def _end_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)


def known_mutants() -> list[Mutant]:
    """The changes of `known_mutants`; their tests stand in place of the scope.

    Raises:
        ValueError: if the code that is changed is no longer there.
    """
    made = []
    for path, old, new, tests in KNOWN:
        source = (ROOT / "glide_studio" / path).read_text()
        if old not in source:
            raise ValueError(f"{path} has no longer: {old}")
        line = source[: source.index(old)].count("\n") + 1
        what = f"{' '.join(old.split())}  ->  {' '.join(new.split())}"
        made.append(Mutant(path, line, tests, what, source.replace(old, new, 1)))
    return made


def judge(mutant: Mutant, folder: Path, tests: list[str], seconds: float) -> str:
    """Put a change into the copy of the package in `folder`, run tests, take it back.

    seconds: that the tests take without the change.
    """
    path = folder / "glide_studio" / mutant.path
    original = path.read_text()
    path.write_text(mutant.source)
    try:
        return run_tests(folder, tests, round(LEAST_S + SLOWER * seconds))
    finally:
        path.write_text(original)


def copy_package(folder: Path) -> None:
    """Copy the package, compiled kernels included, and link what its tests need beside it."""
    shutil.copytree(
        ROOT / "glide_studio", folder / "glide_studio", ignore=shutil.ignore_patterns("*.pyc")
    )
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)


def read_results(path: Path | None) -> dict[str, str]:
    """Return how each change ended that earlier runs have tried, by its name."""
    if path is None or not path.exists():
        return {}
    return dict(line.split("\t")[1::-1] for line in path.read_text().splitlines())


def main() -> int:
    """Run and print; 1 if fewer than 90 % were caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="of the whole sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--packages", default=",".join(PACKAGES), help="of the sample, which to try"
    )
    parser.add_argument("--results", type=Path, help="file to go on with and to add to")
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after this time")
    parser.add_argument("--known", action="store_true", help="try those of known_mutants.py")
    arguments = parser.parse_args()
    sys.dont_write_bytecode = True  # of a changed module within the same second
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for name in LIBRARIES:
        importlib.import_module(name)
    if not arguments.known and not PATH.exists():
        parser.error("run `python -m tests.quality.tests_by_line` first")
    by_line = TestsByLine() if arguments.known else TestsByLine.load()
    mutants = known_mutants() if arguments.known else make_mutants(arguments.count, arguments.seed)
    done = read_results(arguments.results)
    stop = time.monotonic() + arguments.seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_package(folder)
        for mutant in mutants:
            title = f"{mutant.path}:{mutant.line} {mutant.scope}  {mutant.what}"
            wanted = mutant.path.partition("/")[0] in arguments.packages.split(",")
            if title in done or not wanted:
                continue
            if time.monotonic() > stop:
                break
            tests, seconds = mutant.scope.split(), float(LEAST_S)
            if not arguments.known:
                tests, seconds = choose_tests(mutant, by_line)
            begin = time.monotonic()
            done[title] = judge(mutant, folder, tests, seconds) if tests else "survived"
            line = f"{done[title]}\t{title}\t{time.monotonic() - begin:.0f} s, {len(tests)} tests"
            print(line, flush=True)
            if arguments.results is not None:
                with arguments.results.open("a") as file:
                    file.write(f"{line}\n")
    found = Counter(done.values())
    share = 1 - found["survived"] / max(1, found.total())
    print(
        f"{found.total()} changes, {found['survived']} survived, {share:.1%} caught,"
        f" {found['caught, too slow']} of them because they took too long"
    )
    return int(share < 0.9)


if __name__ == "__main__":
    sys.exit(main())
