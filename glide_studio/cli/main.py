"""The command line: parse the verb and its options, run it, say errors in one sentence."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from glide_studio.errors import GlideError

BAD_INPUT, INTERRUPTED, OUTPUT_CLOSED = 2, 130, 141  # exit statuses

SYSTEM_ERRORS = {
    errno.ENAMETOOLONG: "A file name is too long; choose a shorter one.",
    errno.ENOENT: "The current folder is gone; change to another one.",
    errno.ENOSPC: "The output cannot be written because the disk is full.",
}
"""What is said of errors that no file is to blame for, of paths and of the standard output."""

VERBS = {
    "fill": "fill the masked part of a photo with what a prompt describes",
    "generate": "draw what a prompt describes as a picture, with transparency if possible",
    "remove": "remove what a mask covers; the photo itself fills the place",
    "expand": "extend a photo over its edges; the photo itself fills the new area",
    "select": "cut out the object that words name, in a box or under scribbles, as a mask",
    "replace": "find what words name in a photo, remove it, and draw something else in its place",
    "upscale": "enlarge a photo 2 or 4 times with the model's upsampler",
    "demo": "edit the bundled photograph with the bundled model",
    "export": "write a project or image in another format",
    "info": "describe a project or image",
    "thumbnail": "write a small PNG of a project or image, as file managers ask for",
    "models": "list, download, add, check and remove models",
    "integrate": "add the program to the desktop's menu, with its icon and file type",
    "teach": "teach a model your own pictures of one thing",
    "train": "train a network on images",
}
"""Verb -> what it does. A verb is the module `glide_studio.cli.<verb>` with two functions:
`add_arguments(parser)` and `run(options) -> exit status`."""


def run(arguments: list[str]) -> int:
    """Parse `arguments` and run them.

    Returns the exit status: 0 on success, 2 for bad input (one sentence on stderr), 130 if
    interrupted.
    """
    print_any_name()
    try:
        is_verb = bool(arguments) and arguments[0] in VERBS
        status = run_verb(arguments[0], arguments[1:]) if is_verb else run_editor(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except GlideError as error:
        print(f"glide-studio: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        if error.errno == errno.EPIPE:  # who read the output has left
            drop_output()
            return OUTPUT_CLOSED
        if error.errno not in SYSTEM_ERRORS or (error.errno == errno.ENOENT and has_folder()):
            raise
        try:
            sys.stdout.flush()
        except OSError:
            drop_output()
        print(f"glide-studio: {SYSTEM_ERRORS[error.errno]}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def drop_output() -> None:
    """Let what is still to be printed vanish, or the interpreter would fail at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def has_folder() -> bool:
    """Return True unless the current folder was removed."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def print_any_name() -> None:
    """Escape what a terminal cannot show, such as file names in another encoding."""
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if stream.errors == "strict" or stream.encoding.lower() != "utf-8":
            stream.reconfigure(errors="backslashreplace")


ERRORS = (
    (r"the following arguments are required: (.*)", "these are missing: {}"),
    (r"unrecognized arguments: (.*)", "there is no option '{}'"),
    (r"argument (\S+): invalid int value: (.*)", "{} takes a whole number, not {}"),
    (r"argument (\S+): invalid float value: (.*)", "{} takes a number, not {}"),
    (r"argument (\S+): invalid choice: (.*) \(choose from (.*)\)", "{0} is one of {2}, not {1}"),
    (r"argument (\S+): expected (?:one|at least one) argument", "{} needs a value"),
    (r"one of the arguments (.*) is required", "one of these is needed: {}"),
)
"""What argparse says, as regular expressions, and what the user reads."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, with the command that explains all options."""

    def error(self, message: str) -> NoReturn:
        """Raise GlideError in place of printing the usage and leaving."""
        for pattern, sentence in ERRORS:
            if found := re.fullmatch(pattern, message):
                message = sentence.format(*found.groups())
                break
        said = message[0].upper() + message[1:]
        raise GlideError(f"{said}; '{self.prog} --help' explains every option.")


def run_verb(verb: str, arguments: list[str]) -> int:
    """Import the module of `verb`, parse its options and run it."""
    parser, module = make_parser(verb)
    status: int = module.run(parser.parse_args(arguments))
    return status


def make_parser(verb: str) -> tuple[Parser, ModuleType]:
    """Import the module of `verb`; return the parser of its options, and the module."""
    module = importlib.import_module(f"glide_studio.cli.{verb}")
    parser = Parser(prog=f"glide-studio {verb}", description=module.__doc__)
    module.add_arguments(parser)
    return parser, module


def run_editor(arguments: list[str]) -> int:
    """Open the editor: `glide-studio [PHOTO ...]`.

    Raises:
        GlideError: if a file does not exist.
    """
    width = max(map(len, VERBS)) + 2
    parser = Parser(
        prog="glide-studio",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Open the editor, or run one of the commands below without a window.",
        epilog="commands (each has its own --help):\n"
        + "\n".join(f"  {verb:{width}}{text}" for verb, text in VERBS.items()),
    )
    parser.add_argument("photo", nargs="*", type=Path, help="images and .glide projects to open")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument("--help-all", action="store_true", help="explain every command and exit")
    options = parser.parse_args(arguments)
    if options.help_all:
        pages = [parser, *(make_parser(verb)[0] for verb in VERBS)]
        print("\n\n".join(page.format_help() for page in pages), end="")
        return 0
    if options.version:
        from glide_studio.version import __version__

        print(f"glide-studio {__version__}")
        return 0
    missing = next((path for path in options.photo if not path.exists()), None)
    if missing is not None:
        raise GlideError(
            f"There is no file '{missing}' and no command of that name; "
            f"commands are {', '.join(VERBS)}."
        )
    from glide_studio.app import open_editor

    return open_editor(options.photo)
