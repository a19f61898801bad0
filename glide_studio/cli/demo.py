"""Remove something from a bundled photo, add something to another, and open the result."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.cli.shared_options import add_sampling_options, make_folder, parse_sampling

PROMPT = "a tomato"
GAP_PX = 12  # white between the two halves of the side-by-side image


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("glide-studio-demo"),
        metavar="FOLDER",
        help="where the pictures are written; default: glide-studio-demo",
    )
    parser.add_argument(
        "--prompt", default=PROMPT, help=f"what is added to the second photo; default: {PROMPT}"
    )
    parser.add_argument("--no-editor", action="store_true", help="only write the images")
    add_sampling_options(parser)


def run(options: argparse.Namespace) -> int:
    """Remove something from one photo and add something to another; write both and open the latter.

    Raises:
        GlideError: if the folder cannot be written or an option cannot be used.
    """
    sampling = parse_sampling(options)
    folder: Path = options.output
    make_folder(folder)
    from glide_studio.cli import headless
    from glide_studio.cli.headless_editor import open_headless_editor
    from glide_studio.cli.photo_batch import describe_proof
    from glide_studio.cli.progress import job_bar
    from glide_studio.paths import resources_folder

    bundled = resources_folder() / "demo"
    with open_headless_editor() as editor:
        editor.files.open(bundled / "rocket.jpg")
        before = headless.render_rgb(editor)
        editor.files.load_mask(bundled / "rocket-mask.png")
        print(
            "Removing two towers; the first removal after installation takes some seconds longer."
        )
        editor.retouch.remove_painted(seed=sampling.seed)
        written = save_pair(folder, "removed", before, headless.render_rgb(editor))
    with open_headless_editor() as editor:
        editor.files.open(bundled / "coffee.jpg")
        before = headless.render_rgb(editor)
        editor.files.load_mask(bundled / "coffee-mask.png")
        with job_bar(options.prompt) as watch:
            job = headless.fill(editor, options.prompt, sampling, options.model, watch)
        proof = editor.candidates.accept(job.id, 0)
        written += save_pair(folder, "added", before, headless.render_rgb(editor))
        editor.files.save(folder / "added.glide")
    print(f"'{options.prompt}' in {job.seconds:.1f} s; {describe_proof(proof)}:")
    for path in (*written, folder / "added.glide"):
        print(f"  {path.resolve()}")
    if not options.no_editor and has_display():
        command = [sys.executable, "-m", "glide_studio", str((folder / "added.glide").resolve())]
        subprocess.Popen(command, start_new_session=True)
        print("The result opens in the editor.")
    return 0


def save_pair(
    folder: Path, name: str, before: NDArray[np.uint8], after: NDArray[np.uint8]
) -> list[Path]:
    """Write `name`-before.png, -after.png and both side by side; return the files."""
    from glide_studio.cli import headless

    gap = np.full((before.shape[0], GAP_PX, 3), 255, np.uint8)
    pictures = {
        "before": before,
        "after": after,
        "side-by-side": np.concatenate([before, gap, after], axis=1),
    }
    files = []
    for what, pixels in pictures.items():
        files.append(folder / f"{name}-{what}.png")
        headless.save_png(files[-1], pixels)
    return files


def has_display() -> bool:
    """Return True if a window can be shown."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
