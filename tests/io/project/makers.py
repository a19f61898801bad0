"""Documents and histories that the tests of this folder share."""

import hashlib
from dataclasses import replace

import numpy as np

from glide_studio.api.request import Provenance, Request
from glide_studio.api.sampling import Sampling
from glide_studio.document.document import Document, SavedMask
from glide_studio.document.history import History
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer, change_layer
from glide_studio.document.mask_edits import clear_mask
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.project.working_store import WorkingStore
from glide_studio.io.provenance import provenance_to_dict


def noise(box, channels=4, dtype=np.uint8, seed=0):
    top = np.iinfo(dtype).max
    random = np.random.default_rng(seed)
    return random.integers(0, top + 1, (box.height, box.width, channels)).astype(dtype)


SMALL = Size(300, 200)


def photo(size=SMALL, depth=8):
    dtype = np.uint8 if depth == 8 else np.uint16
    layer = Layer("Photo", Raster.from_array(noise(size.box, dtype=dtype)))
    return Document(
        size,
        depth,
        (layer,),
        layer.id,
        icc=b"a profile",
        metadata={"exif": b"II*\0", "dpi": b"[1,2]"},
    )


def provenance(prompt="a red hat"):
    request = Request("fill", prompt, Box(1, 2, 30, 40), Sampling(seed=2**62), state="x")
    return Provenance(request, 3, "glide-studio 0.1.0", (("base.safetensors", "0123456789abcdef"),))


def stroke(document, seed, side=40):
    """The document with a random square painted into the selection."""
    random = np.random.default_rng(seed)
    x = int(random.integers(0, document.size.width - side))
    y = int(random.integers(0, document.size.height - side))
    box = Box(x, y, side, side)
    return replace(document, selection=document.selection.write(box, noise(box, 1, seed=seed)))


def rich(depth=8):
    """A history with a branch, groups, masks, provenance and a saved mask."""
    history = History.begin(photo(depth=depth))
    size = history.document.size
    dtype = history.document.dtype
    history.record("Paint mask", stroke(history.document, 1))
    patch = Raster.empty(size, 4, dtype).write(
        Box(10, 20, 30, 40), noise(Box(0, 0, 30, 40), dtype=dtype)
    )
    mask = Raster.empty(size, 1).write(Box(10, 20, 30, 40), noise(Box(0, 0, 30, 40), 1))
    inner = Layer(
        "Result ü\ud800",
        patch,
        mask=mask,
        opacity=1 / 3,
        blend="multiply",
        provenance=provenance_to_dict(provenance()),
    )
    clipped = Layer("Clipped", patch, clipping=True, locked=True, visible=False, keeps_alpha=True)
    group = Layer("Group", children=(inner, clipped), blend="pass-through")
    history.record("Add layer", clear_mask(add_layer(history.document, group)))
    base = history.document.layers[0]
    box = Box(0, 0, 20, 20)
    painted = base.raster.write(box, noise(box, dtype=dtype, seed=9))
    history.record("Paint", change_layer(history.document, base.id, raster=painted))
    history.undo()
    history.record("Change layer", change_layer(history.document, inner.id, opacity=0.5))
    masks = (SavedMask("Sky", mask),)
    history.record("Keep mask", Document(size, depth, history.document.layers, None, mask, masks))
    history.undo()
    history.set_thumbnail(history.current.id, noise(Box(0, 0, 7, 5)))
    return history


def stored(history, folder):
    """A new working store that holds `history`."""
    return WorkingStore.create(history, "Photo", folder=folder)


def fingerprint(document):
    """A digest of all that a document is, pixels and all."""
    found = hashlib.sha256()

    def add(*values):
        found.update(repr(values).encode("utf-8", "surrogatepass"))

    def raster(one):
        if one is not None:
            add(one.size, one.channels, str(one.dtype))
            found.update(one.read(one.box).tobytes())

    def layer(one):
        add(one.id, one.name, one.opacity, one.blend, one.clipping, one.visible, one.locked)
        if one.keeps_alpha:
            add("keeps alpha")
        add(one.provenance and dict(one.provenance), len(one.children), one.is_group)
        raster(one.raster)
        raster(one.mask)
        for child in one.children:
            layer(child)

    add(document.size, document.depth, document.active, document.icc, dict(document.metadata))
    for one in document.layers:
        layer(one)
    raster(document.selection)
    for saved in document.saved_masks:
        add(saved.name)
        raster(saved.raster)
    return found.hexdigest()


def whole(history):
    """All that a history is, to be compared."""
    states = [
        (one.id, one.parent, one.label, one.time, fingerprint(one.document))
        for one in history.states
    ]
    return states, history.visited
