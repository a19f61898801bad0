"""Writes a PSD apart: `python -m glide_studio.io.sandbox.layered_writer PATH`, layers on standard input.

psd-tools is imported only here and in the reading worker, so that the window starts without it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, Any

from glide_studio.errors import GlideError
from glide_studio.io.layered.psd_write import write_psd
from glide_studio.io.sandbox.parent import Answer, read_exactly, read_line
from glide_studio.io.sandbox.protocol import from_answer


def write(path: Path, source: IO[bytes]) -> dict[str, Any]:
    """Read layers from `source` and write them; what to tell the parent.

    Raises:
        EOFError: if the parent went away before all was said; nothing is written then.
    """
    header = read_line(source)
    if header is None:
        raise EOFError
    buffers = [read_exactly(source, int(count)) for count in header["buffers"]]
    try:
        return {"notes": write_psd(path, from_answer(Answer(header, buffers)))}
    except GlideError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": f"There is not enough memory to write '{path.name}'; close something."}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(write(Path(sys.argv[1]), sys.stdin.buffer)) + "\n")
