"""The README and CI name what the program asks for."""

from __future__ import annotations

import importlib
import re
import shlex

from glide_studio import app
from glide_studio.cli import main
from glide_studio.errors import GlideError
from tests import architecture


def test_every_system_library_of_qt_is_named() -> None:
    packages = [*app.QT.values(), *app.PLUGINS["xcb"].values()]
    for path in (architecture.ROOT / "README.md", architecture.ROOT / ".ci" / "run"):
        words = path.read_text("utf-8").replace("(", " ").replace(")", " ").split()
        assert [name for name in packages if name not in words] == [], path.name


def find_commands() -> list[tuple[str, str]]:
    """Every command line of the program that the documents show, with the document's name."""
    documents = [
        architecture.ROOT / "README.md",
        *(architecture.ROOT / "resources" / "docs").rglob("*.md"),
        *architecture.ROOT.glob("models/*/*.md"),
    ]
    found = []
    for path in documents:
        text = path.read_text("utf-8").replace("\\\n", " ")
        blocks = re.findall(r"^```sh$(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        spans = re.findall(r"(?<!`)`([^`]+)`(?!`)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        for line in [*lines, *(" ".join(span.split()) for span in spans)]:
            command = line.partition("glide-studio ")[2].partition(" #")[0].strip()
            if line.strip().startswith("glide-studio ") or "&& glide-studio " in line:
                found.append((path.name, command))
    return found


def test_every_command_in_the_documents_is_one_of_the_program() -> None:
    unknown = []
    for document, command in find_commands():
        verb, *arguments = shlex.split(command)
        if verb not in main.VERBS:
            if not verb.startswith("-") and "." not in verb:
                unknown.append((document, command))
            continue
        parser = main.Parser(prog=verb, add_help=False)
        parser.add_argument("--help", action="store_true")
        importlib.import_module(f"glide_studio.cli.{verb}").add_arguments(parser)
        try:
            parser.parse_args([one for one in arguments if one != "..."])
        except GlideError as error:
            # Some say a verb and an option alone.
            if not re.search("are missing|is needed|needs a value", str(error)):
                unknown.append((document, command, str(error)))
    assert unknown == []
    assert len(find_commands()) > 50
