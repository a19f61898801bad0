"""The packages and who imports whom, read from the code; `python tests/architecture.py` renews the map."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "glide_studio"
MAP = ROOT / "resources" / "docs" / "architecture.md"
BEGIN, END = "<!-- map: begin -->\n", "<!-- map: end -->\n"
OUTSIDE = ("torch", "PySide6", "cv2", "sqlite3")


def rooms() -> dict[str, set[str]]:
    """Each package (or module on the top floor) and what it imports: ours, and the heavy libraries."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        names = found.setdefault(room, set())
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            for module in modules:
                parts = module.split(".")
                if parts[0] == "glide_studio" and len(parts) > 1 and parts[1] != room:
                    names.add(parts[1])
                elif parts[0] in OUTSIDE:
                    names.add(parts[0])
    return found


def describe_document(room: str) -> str:
    """The first line of a package's docstring."""
    path = PACKAGE / room / "__init__.py"
    source = path if path.exists() else PACKAGE / f"{room}.py"
    return (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").split("\n")[0]


def table() -> str:
    """The map as a Markdown table."""
    lines = ["| package | what it is | imports |", "|---|---|---|"]
    for room, names in rooms().items():
        lines.append(f"| `{room}` | {describe_document(room)} | {', '.join(sorted(names))} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the table between the two marks of the document."""
    before, rest = MAP.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    MAP.write_text(f"{before}{BEGIN}{table()}{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
