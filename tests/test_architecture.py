"""What the linters cannot see of the house's rules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from glide_studio.paths import resources_folder
from tests import architecture


@pytest.mark.parametrize(
    "path", sorted(architecture.PACKAGE.rglob("__init__.py")), ids=lambda path: path.parent.name
)
def test_packages_hold_a_docstring_only(path: Path) -> None:
    (only,) = ast.parse(path.read_text("utf-8")).body
    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)


def test_the_map_of_the_architecture_is_the_code() -> None:
    text = architecture.MAP.read_text("utf-8")
    assert architecture.table() in text, "run `python tests/architecture.py`"


def test_the_files_that_the_documents_name_are_there() -> None:
    root = architecture.MAP.parents[2]
    roots = [root / part for part in ("", "glide_studio", "tests", "tests/benchmarks")]
    for name in ("architecture.md", "CONTRIBUTING.md"):
        for path in re.findall(
            r"`([a-z_/]+/[a-z_]+[.]py)`", (architecture.MAP.parent / name).read_text("utf-8")
        ):
            assert any((one / path).is_file() for one in roots), (name, path)


def test_lines_of_documents_fit_in_100_columns() -> None:
    root = architecture.MAP.parents[2]
    documents = [
        root / "README.md",
        *(root / "resources").rglob("*.md"),
        *root.glob("models/*/*.md"),
    ]
    for path in documents:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert len(line) <= 100 or line.startswith("|"), f"{path}:{number}"


def test_files_are_replaced_by_one_module_alone() -> None:
    replacing = re.compile(r"\bos\.(replace|rename)\(|\.rename\(target|mkstemp|NamedTemporary")
    users = {
        path.relative_to(architecture.PACKAGE).as_posix()
        for path in architecture.PACKAGE.rglob("*.py")
        if replacing.search(path.read_text("utf-8"))
    }
    # The second moves finished stores to the trash and back, and writes nothing.
    assert users == {"atomic.py", "io/project/recovery.py"}


PHOTO = str(resources_folder() / "demo" / "coffee.jpg")
LIGHT = {"version": ["--version"], "list": ["models", "list"], "info": ["info", PHOTO]}


@pytest.mark.parametrize("command", LIGHT.values(), ids=LIGHT)
def test_light_commands_load_neither_torch_nor_qt(command: list[str]) -> None:
    code = (
        "import sys; from glide_studio.__main__ import main; "
        f"sys.argv = ['glide-studio', *{command!r}]; status = main(); "
        "heavy = {'torch', 'PySide6'} & set(sys.modules); "
        "print('heavy:', sorted(heavy)); sys.exit(status)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "heavy: []" in run.stdout
