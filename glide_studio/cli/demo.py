"""Edit the bundled photograph with the bundled model, and open the result in the editor."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from glide_studio.cli.shared_options import add_sampling_options, make_folder, parse_sampling

PROMPT = "a peach"
GAP_PX = 12  # white between the two halves of the side-by-side image


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("glide-studio-demo"), metavar="FOLDER"
    )
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--no-editor", action="store_true", help="only write the images")
    add_sampling_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write before.png, after.png, side-by-side.png and after.glide; open the last if there is a display.

    Raises:
        GlideError: if the folder cannot be written or an option cannot be used.
    """
    sampling = parse_sampling(options)
    folder: Path = options.output
    make_folder(folder)
    import numpy as np

    from glide_studio.cli import headless
    from glide_studio.cli.progress import job_bar
    from glide_studio.paths import resources_folder

    bundled = resources_folder() / "demo"
    with headless.open_session() as session:
        session.open(bundled / "coffee.jpg")
        session.load_mask(bundled / "mask.png")
        before = headless.render_rgb(session)
        with job_bar(options.prompt) as watch:
            job = headless.fill(session, options.prompt, sampling, options.model, watch)
        proof = session.generation.accept(job.id, 0)
        after = headless.render_rgb(session)
        gap = np.full((before.shape[0], GAP_PX, 3), 255, np.uint8)
        headless.save_png(folder / "before.png", before)
        headless.save_png(folder / "after.png", after)
        headless.save_png(folder / "side-by-side.png", np.concatenate([before, gap, after], axis=1))
        session.save(folder / "after.glide")
    print(f"'{options.prompt}' in {job.seconds:.1f} s; {headless.describe_proof(proof)}:")
    for name in ("before.png", "after.png", "side-by-side.png", "after.glide"):
        print(f"  {(folder / name).resolve()}")
    if not options.no_editor and has_display():
        command = [sys.executable, "-m", "glide_studio", str((folder / "after.glide").resolve())]
        subprocess.Popen(command, start_new_session=True)
        print("The result opens in the editor.")
    return 0


def has_display() -> bool:
    """Return True if a window can be shown."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
