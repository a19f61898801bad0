"""The command line as a whole: every option is explained, and a mistake is one sentence."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator

import pytest

from glide_studio.cli import main
from glide_studio.cli.progress import share_bar


def unexplained(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                assert isinstance(inner, main.Parser)
                yield from (f"{name} {one}" for one in unexplained(inner))
        elif not action.help:
            yield " ".join(action.option_strings) or action.dest


@pytest.mark.parametrize("verb", main.VERBS)
def test_every_option_is_explained(verb: str) -> None:
    parser = main.Parser(prog=verb)
    importlib.import_module(f"glide_studio.cli.{verb}").add_arguments(parser)
    assert list(unexplained(parser)) == []
    assert parser.format_help()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fill", "x.jpg", "--mask", "m.png", "-o", "o.png"], "These are missing: --prompt; "),
        (["remove", "x.jpg", "--mask", "m", "-o", "o", "--fast"], "There is no option '--fast'; "),
        (["expand", "x.jpg", "-o", "o.png", "--left", "x"], "--left takes a whole number, not 'x'"),
        (["expand", "x.jpg", "-o", "o.png", "--left"], "--left needs a value; "),
        (["models", "frob"], "ACTION is one of 'list', "),
        (["--frob"], "There is no option '--frob'; 'glide-studio --help' explains"),
    ],
)
def test_a_mistake_is_one_sentence_with_a_hint(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) == main.BAD_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith(f"glide-studio: {sentence}")
    assert "--help' explains every option." in said.err


def test_no_bar_stands_above_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        with share_bar(1) as begin:
            begin("photo.jpg")
            raise ValueError("no such file")

    with pytest.raises(ValueError, match="no such file"):
        fail()
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    with pytest.raises(ValueError, match="no such file"):
        fail()
    erased_line = "\x1b[1A\x1b[2K"
    assert capsys.readouterr().err.endswith(erased_line)
