"""A document in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.editor.document_info import describe_document
from glide_studio.editor.editor import Editor
from glide_studio.imaging.geometry import Point, Size
from tests.io.images.makers import WIDE


def test_everything_that_can_be_known_of_a_document(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(10, 20), Point(40, 60))
    editor.selection.keep("Face")
    editor.layers.add_mask()
    editor.layers.select_mask()
    editor.layers.set_opacity(None, 0.5)
    editor.layers.group()
    editor.layers.add()
    editor.layers.set_visible(None, False)
    editor.layers.set_clipping(None, True)
    editor.layers.set_locked(None, True)
    assert describe_document(editor.document, len(editor.timeline)) == [
        "300 x 200 pixels, 8 bit",
        "profile: sRGB",
        "history: 11 states",
        "mask: painted in 30 x 40 pixels at (10, 20)",
        "kept mask: Face",
        "layer: Layer 3  normal 100%  hidden  locked  clipped",
        "group: Group  pass-through 100%",
        "  layer: photo  normal 50%  masked",
    ]


def test_profile_resolution_and_metadata() -> None:
    layer = Layer("Photo", Raster.empty(Size(4, 3), 4, np.uint16))
    metadata = {"dpi": b"[300.0, 150.5]", "exif": bytes(1234)}
    document = Document(Size(4, 3), 16, (layer,), layer.id, icc=WIDE, metadata=metadata)
    lines = describe_document(document, 1)
    assert lines[0] == "4 x 3 pixels, 16 bit"
    assert lines[1].endswith(f", {len(WIDE):,} bytes of ICC")
    assert lines[2:5] == [
        "resolution: 300 x 150.5 pixels an inch",
        "metadata: exif (1,234 bytes)",
        "history: 1 state",
    ]


def test_a_broken_profile_is_named_unknown() -> None:
    document = Document(Size(4, 3), 8, (), None, icc=b"profile")
    assert describe_document(document, 1)[1] == "profile: unknown, 7 bytes of ICC"


def test_a_name_commands_no_terminal() -> None:
    layer = Layer("a\x1b[2Jb\nc", Raster.empty(Size(4, 3), 4))
    document = Document(Size(4, 3), 8, (layer,), layer.id)
    assert describe_document(document, 1)[-1] == "layer: a\ufffd[2Jb\ufffdc  normal 100%"
