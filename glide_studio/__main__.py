"""The program's entry: `glide-studio` and `python -m glide_studio`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the returned number is the exit status."""
    # Two torch programs on the same cores would otherwise spend their time spinning at barriers.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # OpenCV stays on one thread, also in child processes: the model's threads need the cores.
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
    if sys.argv[1:] == ["--version"]:
        from glide_studio.version import __version__

        print(f"glide-studio {__version__}")
        return 0
    from glide_studio.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
