"""Walk through the real window as a designer does, by mouse and keys, and look at every station.

    python -m tests.quality.walk -o FOLDER [--size 1366x768] [--theme dark] [--model] [--only WORD]

Starts the window on a screen of its own (Xvfb) and sends it what a hand would: `xdotool` moves the
pointer, presses buttons and types. Each row of the walk prints WORKS or FAILS with the reason; each leaves
a screenshot in FOLDER. Without --size and --theme all of three sizes and two themes are walked. --model
takes the bundled model instead of a stand-in that answers at once. Needs Xvfb and xdotool. Files are
dropped by Qt's own events, since no other program is there to drag them from.
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
from pathlib import Path

from glide_studio.api.engine_protocol import Engine

SIZES = ("1024x700", "1366x768", "2560x1440")
THEMES = ("dark", "light")


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk on each wanted screen; the exit status is 1 if a row fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.walk", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--theme", choices=THEMES, action="append")
    parser.add_argument("--model", action="store_true", help="fill by the bundled model")
    parser.add_argument("--only", default="", metavar="WORD", help="rows that contain this word")
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
    for theme in options.theme or THEMES:
        for size in options.size or SIZES:
            command = [sys.executable, "-m", "tests.quality.walk", "--here", "--size", size]
            command += ["--theme", theme, "-o", str(options.output / f"{size}-{theme}")]
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
        (size,), (theme,) = options.size, options.theme
        walk = Walk(Path(folder), options.output, size, theme, make_engine(options.model))
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
    print(f"{size} {theme}: {len(lines) - failed} of {len(lines)} rows work")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
