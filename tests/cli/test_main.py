"""The command line as a whole: every option is explained, and a mistake is one sentence."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from glide_studio.cli import main
from glide_studio.cli.progress import share_bar
from glide_studio.paths import PACKAGE


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


def run_alone(
    arguments: list[str], folder: Path, **options: Any
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), **options.pop("env", {})}
    command = [sys.executable, "-m", "glide_studio", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "é.png"
    Image.new("RGB", (4, 3)).save(path)
    return path


def test_output_that_nobody_reads_any_more_ends_the_program_quietly(picture: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    ended = run_alone(["info", picture.name], picture.parent, stdout=write)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (main.OUTPUT_CLOSED, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="of Linux")
def test_output_for_which_there_is_no_room_is_one_sentence(picture: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = run_alone(["info", picture.name], picture.parent, stdout=full)
    assert ended.returncode == main.BAD_INPUT
    assert ended.stderr.startswith("glide-studio: The output cannot be written")


def test_a_terminal_without_the_letters_of_a_name_shows_them_escaped(picture: Path) -> None:
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = run_alone(["info", picture.name], picture.parent, stdout=subprocess.PIPE, env=poor)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "4 x 3 pixels" in ended.stdout


@pytest.mark.skipif(os.name != "posix", reason="others keep the folder")
def test_a_folder_that_is_gone_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert main.run(["export", "a.png", "-o", "b.png"]) == main.BAD_INPUT
    assert "current folder is gone" in capsys.readouterr().err


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
