"""The command line: one verb a command; each imports only what it runs."""

from __future__ import annotations

import argparse
import sys

from glide_studio.base.errors import GlideError


def run(arguments: list[str]) -> int:
    """Parse and run; 0 on success, 2 for bad input (one sentence on stderr)."""
    parser = argparse.ArgumentParser(prog="glide-studio", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    if "train" in arguments[:1]:
        from glide_studio.train import command

        command.add_arguments(commands.add_parser("train", help="train a network on pictures"))
        try:
            return command.run(parser.parse_args(arguments))
        except GlideError as error:
            print(error, file=sys.stderr)
            return 2
    parser.parse_args(arguments)
    return 0
