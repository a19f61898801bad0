"""The program's entry: `glide-studio` and `python -m glide_studio`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the returned number is the exit status."""
    # Two torch programs on the same cores would otherwise spend their time spinning at barriers.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if sys.argv[1:] == ["--version"]:
        from glide_studio.version import __version__

        print(f"glide-studio {__version__}")
        return 0
    from glide_studio.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
