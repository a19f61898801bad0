"""Walk through the real window as a designer does, by mouse and keys, and look at every station.

    python -m tests.quality.walk -o FOLDER [--size 1366x768] [--theme dark] [--language en]
        [--model] [--only WORD] [--thinking SECONDS]

Starts the window on a screen of its own (Xvfb) and sends it what a hand would: `xdotool` moves the
pointer, presses buttons and types. Each row of the walk prints WORKS or FAILS with the reason; each leaves
a screenshot in FOLDER. Without --size, --theme and --language all of three sizes, two themes and two
languages are walked. --model
takes the bundled model instead of a stand-in that answers at once. --thinking waits before every
action of the row that is timed, "first photos". Files are dragged
from a window of another process. Needs Xvfb and xdotool.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from glide_studio.api.engine_protocol import Engine

SIZES = ("1024x700", "1366x768", "2560x1440")
THEMES = ("dark", "light")
LANGUAGES = ("en", "zh_CN")


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk on each wanted screen; the exit status is 1 if a row fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.walk", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--theme", choices=THEMES, action="append")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--model", action="store_true", help="fill by the bundled model")
    parser.add_argument("--only", default="", metavar="WORD", help="rows that contain this word")
    parser.add_argument("--thinking", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--die", type=Path, metavar="PHOTO", help=argparse.SUPPRESS)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.die is not None:
        edit_and_die(options.die)
    if options.here:
        return walk_here(options)
    if lacking := [name for name in ("Xvfb", "xvfb-run", "xdotool") if not shutil.which(name)]:
        raise SystemExit(f"The walk needs {', '.join(lacking)}; install xvfb and xdotool.")
    status = 0
    for language, theme, size in product(
        options.language or LANGUAGES, options.theme or THEMES, options.size or SIZES
    ):
        command = [sys.executable, "-m", "tests.quality.walk", "--here", "--size", size]
        command += ["--theme", theme, "--language", language]
        command += ["-o", str(options.output / f"{size}-{theme}-{language}")]
        command += ["--thinking", str(options.thinking)]
        command += ["--only", options.only, *(["--model"] if options.model else [])]
        screen = ["xvfb-run", "-a", "-s", f"-screen 0 {size}x24", *command]
        environment = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
        status |= subprocess.run(screen, env=environment, check=False).returncode
    return min(status, 1)


def edit_and_die(photo: Path) -> None:
    """Open a photo, paint all of it, and be killed."""
    from glide_studio.editor.editor import Editor
    from glide_studio.editor.runner import InlineRunner
    from tests.editor.standin import StandInEngine

    editor = Editor(InlineRunner(StandInEngine))
    editor.files.open(photo)
    editor.selection.select_all()
    os.kill(os.getpid(), signal.SIGKILL)


def make_engine(is_real: bool) -> Engine:
    """Make what draws: the bundled model, or a stand-in that answers at once."""
    from glide_studio.inference.engine import LocalEngine
    from tests.editor.standin import StandInEngine

    return LocalEngine(background=True) if is_real else StandInEngine(pace=0.05)


def walk_here(options: argparse.Namespace) -> int:
    """Walk on the screen that is there."""
    from tests.quality.walk_driver import Walk
    from tests.quality.walk_rows import ROWS

    options.output.mkdir(parents=True, exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLIDE_STUDIO_STATE"] = folder
        (size,), (theme,), (language,) = options.size, options.theme, options.language
        engine = make_engine(options.model)
        walk = Walk(Path(folder), options.output, size, theme, language, engine)
        walk.thinking_s = options.thinking
        lines = []
        for number, (name, row) in enumerate(ROWS):
            if options.only not in name:
                continue
            fault = walk.try_row(row)
            failed += bool(fault)
            walk.shoot(f"{number:02}-{row.__name__}")
            lines.append(f"{'FAILS' if fault else 'WORKS'}  {name}{f': {fault}' if fault else ''}")
            print(lines[-1], flush=True)
        walk.close()
    (options.output / "walk.txt").write_text("\n".join(lines) + "\n")
    print(f"{size} {theme} {language}: {len(lines) - failed} of {len(lines)} rows work")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
