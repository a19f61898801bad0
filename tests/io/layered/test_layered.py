"""OpenRaster and PSD: what is written is read back, by us and by readers that are not ours."""

import struct
import zipfile
from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from glide_studio.document.canvas_edits import set_depth
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import BLEND_MODES, Layer
from glide_studio.document.raster import Raster
from glide_studio.editor.image_documents import document_from_picture
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.images import band_write
from glide_studio.io.images.picture import Picture, check_size
from glide_studio.io.images.read import read_image
from glide_studio.io.layered import layered_files, layered_picture, ora_write
from glide_studio.io.layered.layered_files import read_layers, write_layers
from glide_studio.io.layered.layered_picture import from_document, to_document
from glide_studio.io.layered.ora_read import read_ora
from glide_studio.io.layered.ora_write import write_ora
from glide_studio.io.layered.psd_read import read_psd
from glide_studio.io.layered.psd_write import write_psd_content
from glide_studio.io.sandbox import parent, plausible_length
from tests.io.images.makers import WIDE, full_picture
from tests.io.project.makers import noise

SIZE = Size(150, 140)


def solid(box, seed, dtype=np.uint8, alpha=None):
    pixels = noise(box, 4, dtype, seed)
    if alpha is not None:
        pixels[..., 3] = alpha
    return Raster.empty(SIZE, 4, dtype).write(box, pixels)


def layered(depth=8, masks=True, blend="normal"):
    dtype = np.uint8 if depth == 8 else np.uint16
    top = int(np.iinfo(dtype).max)
    base = Layer("Base", solid(SIZE.box, 1, dtype, top))
    mask = Raster.empty(SIZE, 1).write(Box(30, 30, 60, 60), noise(Box(0, 0, 60, 60), 1, seed=2))
    result = Layer(
        "Résult",
        solid(Box(20, 10, 90, 80), 3, dtype),
        mask=mask if masks else None,
        opacity=102 / 255,
        blend=blend,
    )
    hidden = Layer("Hidden", solid(Box(100, 100, 20, 20), 4, dtype), visible=False, locked=True)
    group = Layer("Group", children=(result, hidden), blend="pass-through")
    shape = Layer("Shape", solid(Box(60, 60, 50, 50), 5, dtype, top), keeps_alpha=True)
    clipped = Layer("Clipped", solid(Box(40, 40, 60, 60), 6, dtype, top // 2), clipping=True)
    return Document(SIZE, depth, (base, group, shape, clipped), base.id, icc=WIDE)


def through_ora(tmp_path, document):
    notes = write_ora(tmp_path / "a.ora", document)
    return read_ora((tmp_path / "a.ora").read_bytes(), check_size), notes


def through_psd(tmp_path, document):
    notes = write_psd_content(tmp_path / "a.psd", from_document(document))
    return read_psd((tmp_path / "a.psd").read_bytes(), check_size), notes


def equal(one, other):
    """True if two rasters, or none, hold the same pixels."""
    if one is None or other is None:
        return one is other
    return np.array_equal(one.read(SIZE.box), other.read(SIZE.box))


def flat(document):
    return composite(document, document.box).astype(int)


@pytest.mark.parametrize("depth", [8, 16])
def test_psd_keeps_everything(tmp_path, depth):
    document = layered(depth)
    picture, notes = through_psd(tmp_path, document)
    back = to_document(picture)
    assert back.depth == depth
    assert back.icc == WIDE
    assert picture.notes == ()
    assert notes == ()
    for ours, theirs in zip(document.iter_layers(), back.iter_layers(), strict=True):
        assert (theirs.name, theirs.blend, theirs.clipping) == (
            ours.name,
            ours.blend,
            ours.clipping,
        )
        assert (theirs.visible, theirs.locked) == (ours.visible, ours.locked)
        assert theirs.keeps_alpha == ours.keeps_alpha
        assert theirs.opacity == ours.opacity
        if ours.raster is not None:
            assert np.array_equal(theirs.raster.read(SIZE.box), ours.raster.read(SIZE.box))
        assert (theirs.mask is None) == (ours.mask is None)
        if ours.mask is not None:
            mask = theirs.mask.read(SIZE.box) / theirs.mask.max_value
            assert np.abs(mask - ours.mask.read(SIZE.box) / 255).max() < 1e-6
    assert np.abs(flat(back) - flat(document)).max() <= (0 if depth == 8 else 1)


@pytest.mark.parametrize("depth", [8, 16])
def test_pillow_opens_the_psd(tmp_path, depth):
    write_psd_content(tmp_path / "a.psd", from_document(layered(depth)))
    if depth == 8:
        with Image.open(tmp_path / "a.psd") as image:
            assert image.size == (150, 140)
            merged = np.asarray(image.convert("RGB")).astype(int)
            assert np.abs(merged - flat(layered())[..., :3]).max() <= 2
            assert [one[0] for one in image.layers if one[0][:2] != "</"][:1] == ["Base"]
    other = PSDImage.open(tmp_path / "a.psd")
    assert [one.name for one in other] == ["Base", "Group", "Shape", "Clipped"]
    assert (other.depth, other.size) == (depth, (150, 140))


@pytest.mark.parametrize("blend", [mode for mode in BLEND_MODES if mode != "pass-through"])
def test_blend_modes(tmp_path, blend):
    document = layered(blend=blend)
    for through in (through_psd, through_ora):
        picture, _ = through(tmp_path, document)
        found = next(one for one in picture.layers[1].children if one.name == "Résult")
        assert found.blend == blend
        assert picture.notes == ()


@pytest.mark.parametrize("depth", [8, 16])
def test_ora_looks_the_same(tmp_path, depth):
    document = layered(depth)
    picture, notes = through_ora(tmp_path, document)
    back = to_document(picture)
    assert len(notes) == 1
    assert "other programs" in notes[0]
    assert picture.icc == WIDE
    assert back.depth == depth
    for ours, theirs in zip(document.iter_layers(), back.iter_layers(), strict=True):
        assert (theirs.name, theirs.clipping) == (ours.name, ours.clipping)
        assert equal(theirs.raster, ours.raster)
        assert equal(theirs.mask, ours.mask)
    assert np.array_equal(flat(back), flat(document))
    hidden = next(layer for layer in back.iter_layers() if layer.name == "Hidden")
    assert (hidden.visible, hidden.locked) == (False, True)
    assert [one.name for one in back.iter_layers() if one.keeps_alpha] == ["Shape"]
    assert back.layers[1].blend == "pass-through"


def test_copies_of_a_layer_are_stored_once(tmp_path):
    base = layered().layers[1].children[0]
    copies = tuple(replace(base, id=str(n), opacity=0.5) for n in range(30))
    other = replace(base, id="other", mask=None)
    document = Document(SIZE, layers=(*copies, other))
    picture, _ = through_ora(tmp_path, document)
    back = to_document(picture)
    assert np.array_equal(flat(back), flat(document))
    assert [one.opacity for one in back.layers] == [0.5] * 30 + [base.opacity]
    assert back.layers[-1].mask is None
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        names = [name for name in archive.namelist() if name.startswith("data/")]
    # Masked and bare pixels, and one without the mask; the masks themselves are small.
    assert len(names) - 30 == 3


@pytest.mark.parametrize("depth", [8, 16])
def test_a_large_ora_is_written_in_bands_and_reads_the_same(tmp_path, monkeypatch, depth):
    document = replace(layered(depth), metadata={"exif": full_picture(np.uint8, False).exif})
    small, _ = through_ora(tmp_path, document)
    monkeypatch.setattr(ora_write, "LARGE_AREA", 0)
    monkeypatch.setattr(band_write, "BAND_AREA", 1)
    large, _ = through_ora(tmp_path, document)
    back, wanted = to_document(large), to_document(small)
    assert large.exif == small.exif is not None
    for ours, theirs in zip(wanted.iter_layers(), back.iter_layers(), strict=True):
        assert equal(theirs.raster, ours.raster)
        assert equal(theirs.mask, ours.mask)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        merged = read_image_bytes(archive.read("mergedimage.png"), tmp_path)
        assert np.array_equal(merged, composite(document, document.box))
        thumbnail = archive.read("Thumbnails/thumbnail.png")
        with Image.open(BytesIO(thumbnail)) as image:
            assert max(image.size) == 150


def read_image_bytes(data, folder):
    (folder / "merged.png").write_bytes(data)
    return read_image(folder / "merged.png").pixels


def test_the_thumbnail_of_an_ora_is_a_small_picture_of_it(tmp_path):
    y, x = np.mgrid[0:700, 0:1100]
    pixels = np.dstack([x / 5, y / 3, x * 0, x * 0 + 255]).astype(np.uint8)
    document = document_from_picture(Picture(pixels), "a")
    write_ora(tmp_path / "a.ora", document)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        found = Image.open(BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert found.size == (256, 163)
    wanted = Image.fromarray(pixels).resize(found.size, Image.Resampling.BOX)
    assert np.abs(np.asarray(found).astype(int) - np.asarray(wanted)).max() <= 3


def test_an_ora_that_could_not_be_opened_again_does_not_replace_an_older_file(
    tmp_path, monkeypatch
):
    path = tmp_path / "a.ora"
    write_ora(path, layered())
    before = path.read_bytes()
    monkeypatch.setattr(layered_picture, "FREE_AREA", 0)
    monkeypatch.setattr(layered_picture, "PIXELS_PER_BYTE", 0)
    with pytest.raises(GlideError, match="far more pixels than the file explains"):
        write_ora(path, layered())
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.ora"]


def test_layers_that_no_psd_can_hold_are_refused_before_they_are_read(tmp_path, monkeypatch):
    document = layered()
    length = sum(
        tile.nbytes
        for one in document.iter_layers()
        if one.raster
        for _, tile in one.raster.tiles()
    )
    monkeypatch.setattr(layered_files, "MAX_PSD", length)
    write_layers(tmp_path / "a.psd", document)
    monkeypatch.setattr(layered_files, "MAX_PSD", length - 1)
    monkeypatch.setattr(Raster, "read", None)
    with pytest.raises(GlideError, match="too much for a PSD; merge some of them"):
        write_layers(tmp_path / "b.psd", document)
    assert not (tmp_path / "b.psd").exists()


@pytest.mark.parametrize("depth", [8, 16])
def test_layers_that_just_fit_into_memory_are_written_as_psd(tmp_path, monkeypatch, depth):
    document = set_depth(flat_document(), depth)
    needed = document.size.area * 4 * depth // 8
    for available in (needed, needed - 1):
        memory = SimpleNamespace(available=available)
        monkeypatch.setattr(layered_files.psutil, "virtual_memory", lambda memory=memory: memory)
        if available == needed:
            write_layers(tmp_path / "a.psd", document)
        else:
            with pytest.raises(GlideError, match="too much for a PSD"):
                write_layers(tmp_path / "a.psd", document)


def rewritten(path, attributes=lambda key: True, paint=None):
    """The file as a program leaves it that knows nothing of ours and paints on `paint`."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    root = ElementTree.fromstring(content["stack.xml"])
    for element in root.iter():
        for key in list(element.attrib):
            if not attributes(key):
                del element.attrib[key]
        if paint is not None and element.get("name") == paint:
            content[element.get("src")] = PIXEL.getvalue()
    content["stack.xml"] = ElementTree.tostring(root)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("how", ["attributes are lost", "a layer is painted on"])
def test_masks_stay_merged_once_another_program_was_there(tmp_path, how):
    document = layered()
    write_ora(tmp_path / "a.ora", document)
    if how == "attributes are lost":
        rewritten(tmp_path / "a.ora", attributes=lambda key: not key.startswith("{"))
    else:
        rewritten(tmp_path / "a.ora", paint="Résult")
    back = to_document(read_ora((tmp_path / "a.ora").read_bytes(), check_size))
    names = ["Base", "Group", "Résult", "Hidden", "Shape", "Shape", "Clipped"]
    assert [layer.name for layer in back.iter_layers()] == names
    assert all(layer.mask is None for layer in back.iter_layers())
    if how == "attributes are lost":
        # Where a mask was merged into alpha, alpha was rounded once more.
        assert np.abs(flat(back) - flat(document)).max() <= 1


def test_the_mask_of_a_group_comes_back(tmp_path):
    mask = Raster.empty(SIZE, 1).write(Box(10, 10, 80, 70), noise(Box(0, 0, 80, 70), 1, seed=8))
    inner = (
        Layer("a", solid(SIZE.box, 1)),
        Layer("b", solid(Box(5, 5, 40, 40), 2), blend="screen"),
    )
    group = Layer("Group", children=inner, mask=mask, opacity=0.7, blend="normal")
    document = Document(SIZE, 8, (Layer("Base", solid(SIZE.box, 3, alpha=255)), group))
    picture, _ = through_ora(tmp_path, document)
    back = to_document(picture)
    assert equal(back.layers[1].mask, mask)
    assert np.array_equal(flat(back), flat(document))


def test_a_clipped_layer_that_blends_comes_back(tmp_path):
    layers = (
        Layer("Base", solid(SIZE.box, 3, alpha=255)),
        Layer("Shape", solid(Box(20, 20, 60, 60), 1, alpha=200)),
        Layer("Clipped", solid(SIZE.box, 2), blend="multiply", clipping=True),
    )
    document = Document(SIZE, 8, layers)
    picture, notes = through_ora(tmp_path, document)
    assert "clip" in notes[0]
    assert np.array_equal(flat(to_document(picture)), flat(document))


def test_ora_is_as_the_standard_wants_it(tmp_path):
    write_ora(tmp_path / "a.ora", layered())
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        assert b"image/openraster" in (tmp_path / "a.ora").read_bytes()[:64]
        with Image.open(BytesIO(archive.read("mergedimage.png"))) as merged:
            assert np.array_equal(np.asarray(merged.convert("RGBA")), flat(layered()))
        with Image.open(BytesIO(archive.read("Thumbnails/thumbnail.png"))) as small:
            assert max(small.size) <= 256
        stack = ElementTree.fromstring(archive.read("stack.xml")).find("stack")
        assert stack[-1].get("name") == "Base", "the bottom layer comes last"
        for element in stack.iter("layer"):
            with Image.open(BytesIO(archive.read(element.get("src")))) as layer:
                assert layer.mode == "RGBA"


def crafted(folder, xml, files=()):
    with zipfile.ZipFile(folder / "x.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", xml)
        for name, content in files:
            archive.writestr(name, content)
    return (folder / "x.ora").read_bytes()


PIXEL = BytesIO()
Image.new("RGBA", (2, 2), "red").save(PIXEL, "PNG")


def test_an_ora_of_another_program(tmp_path):
    xml = """<image w="8" h="8"><stack><layer src="a.png" x="-1" y="3" opacity="0.5" name="top"
    composite-op="svg:plus"/><text/><stack x="2" y="2" composite-op="svg:src-over" isolation="isolate">
    <layer src="a.png"/></stack></stack></image>"""
    picture = read_ora(crafted(tmp_path, xml, [("a.png", PIXEL.getvalue())]), check_size)
    back = to_document(picture)
    group, top = back.layers
    assert (top.opacity, top.blend, group.blend) == (0.5, "normal", "normal")
    assert group.children[0].raster.content_box() == Box(2, 2, 2, 2)
    assert top.raster.content_box() == Box(0, 3, 1, 2)
    assert any("plus" in note for note in picture.notes)
    assert any("text" in note for note in picture.notes)


@pytest.mark.parametrize(
    ("written", "opacity", "told"),
    [
        ("2", 1, ["The opacity of 'a' became 100 %."]),
        ("-1", 0, ["The opacity of 'a' became 0 %."]),
        ("0,25", 0.25, ["The opacity of 'a' was read with a decimal comma."]),
        ("50%", 1, ["The opacity of 'a' is no number and was left out."]),
        ("NaN", 1, ["The opacity of 'a' is no number and was left out."]),
        (" 5e-1 ", 0.5, []),
    ],
)
def test_an_opacity_of_another_program_is_read_leniently(tmp_path, written, opacity, told):
    layer = f'<layer name="a" src="a.png" opacity="{written}"/>'
    xml = f'<image w="8" h="8"><stack>{layer}</stack></image>'
    picture = read_ora(crafted(tmp_path, xml, [("a.png", PIXEL.getvalue())]), check_size)
    assert to_document(picture).layers[0].opacity == opacity
    assert list(picture.notes) == told


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE a [<!ENTITY b "x">]><image w="8" h="8"><stack/></image>',
        '<image w="8" h="8"/>',
        '<image w="8" h="8"><stack><layer src="../../etc/passwd"/></stack></image>',
        "<image",
        '<image w="8" h="8"><stack>' + "<stack>" * 80 + "</stack>" * 80 + "</stack></image>",
    ],
)
def test_hostile_ora(tmp_path, xml):
    data = crafted(tmp_path, xml)
    with pytest.raises(
        (ValueError, KeyError, ElementTree.ParseError, __import__("xml").parsers.expat.ExpatError)
    ):
        read_ora(data, check_size)


def test_an_ora_of_absurd_size_is_refused(tmp_path):
    with pytest.raises(GlideError):
        read_ora(crafted(tmp_path, '<image w="900000" h="900000"><stack/></image>'), check_size)


def test_a_flat_psd_is_one_layer(tmp_path):
    for mode, color in (("RGB", (10, 20, 30)), ("L", 77), ("CMYK", (0, 255, 255, 0))):
        PSDImage.new(mode, (20, 10), color=color).save(tmp_path / "flat.psd")
        picture = read_psd((tmp_path / "flat.psd").read_bytes(), check_size)
        assert len(picture.layers) == 1
        assert picture.size == Size(20, 10)
    assert picture.icc is None


def test_too_large_for_a_psd(tmp_path):
    wide = Size(30_001, 1)
    document = Document(wide, 8, (Layer("a", Raster.empty(wide, 4)),))
    with pytest.raises(GlideError, match="30000"):
        write_psd_content(tmp_path / "a.psd", from_document(document))


@pytest.mark.parametrize("name", ["a.psd", "a.ora"])
def test_files_come_through_the_helper(tmp_path, name):
    document = layered(16)
    write_layers(tmp_path / name, document)
    back, notes = read_layers(tmp_path / name)
    assert notes == ()
    assert np.abs(flat(back) - flat(document)).max() <= 1
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(GlideError, match="damaged"):
        read_layers(tmp_path / name)


def test_an_ora_that_was_packed_by_hand(tmp_path):
    document = layered()
    write_layers(tmp_path / "a.ora", document)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        content = {name: archive.read(name) for name in sorted(archive.namelist())}
    with zipfile.ZipFile(tmp_path / "b.ora", "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    back, _ = read_layers(tmp_path / "b.ora")
    assert np.array_equal(flat(back), flat(document))


def test_what_has_no_layers_is_refused(tmp_path):
    (tmp_path / "a.psd").write_bytes(PIXEL.getvalue())
    with pytest.raises(GlideError, match="not a PSD"):
        read_layers(tmp_path / "a.psd")
    with pytest.raises(GlideError, match=r"\.psd"):
        write_layers(tmp_path / "a.png", layered())


def test_openraster_keeps_metadata_in_its_merged_picture(tmp_path):
    photo = full_picture(np.uint16, has_alpha=False)
    document = document_from_picture(replace(photo, dpi=(300.0, 150.0)), "Photo")
    path = tmp_path / "a.ora"
    assert write_layers(path, document) == ()
    back, notes = read_layers(path)
    assert notes == ()
    assert back.metadata == document.metadata
    assert set(back.metadata) == {"exif", "xmp", "dpi", "text"}
    with zipfile.ZipFile(path) as archive, Image.open(archive.open("mergedimage.png")) as merged:
        assert merged.getexif()[0x010F] == "Maker"
        assert merged.info["icc_profile"] == photo.icc


@pytest.mark.parametrize("how", ["gone", "no picture", "cut"])
def test_metadata_that_can_not_be_read_costs_no_layer(tmp_path, how):
    document = document_from_picture(full_picture(np.uint8, has_alpha=False), "Photo")
    write_layers(tmp_path / "a.ora", document)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    merged = files.pop("mergedimage.png")
    if how != "gone":
        files["mergedimage.png"] = b"no" if how == "no picture" else merged[:-20]
    with zipfile.ZipFile(tmp_path / "b.ora", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    back, _ = read_layers(tmp_path / "b.ora")
    assert set(back.metadata) == {"dpi"}
    assert back.metadata["dpi"] == b"[300.0, 300.0]"
    assert np.array_equal(composite(back, back.box), composite(document, document.box))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        *(2 * (name,) for name in ("日本語のレイヤー", "Żółw nad rzeką", "Привет", "😀 smile")),
        ("a" * 400, "a" * 255),
        ("😀" * 200, "😀" * 127),
        ("a" * 500_000, "a" * 255),
        ("\udcff of bytes", "? of bytes"),
    ],
)
def test_psd_keeps_layer_names_as_unicode(tmp_path, name, wanted):
    document = flat_document()
    document = replace(document, layers=tuple(replace(one, name=name) for one in document.layers))
    write_layers(tmp_path / "a.psd", document)
    assert read_layers(tmp_path / "a.psd")[0].layers[0].name == wanted
    write_layers(tmp_path / "a.ora", document)
    assert len(read_layers(tmp_path / "a.ora")[0].layers) == 1


def flat_document():
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 4), np.uint8)
    pixels[..., 3] = 255
    return document_from_picture(Picture(pixels), "Layer")


@pytest.mark.parametrize("share", [0.99, 0.9])
def test_a_psd_that_lost_its_merged_picture_opens_with_its_layers(tmp_path, share):
    document = flat_document()
    write_psd_content(tmp_path / "whole.psd", from_document(document))
    data = (tmp_path / "whole.psd").read_bytes()
    (tmp_path / "cut.psd").write_bytes(data[: int(share * len(data))])
    back, notes = read_layers(tmp_path / "cut.psd")
    assert ["damaged at its end" in note for note in notes] == [True]
    (layer,) = back.layers
    assert np.array_equal(
        layer.raster.read(document.box), document.layers[0].raster.read(document.box)
    )


def test_a_psd_that_its_program_showed_otherwise_is_told_and_its_picture_offered(tmp_path):
    picture = from_document(flat_document())
    write_psd_content(tmp_path / "same.psd", picture)
    assert read_layers(tmp_path / "same.psd")[1] == ()
    merged = picture.merged.copy()
    merged[1:20, :, :3] = 255 - merged[1:20, :, :3]
    write_psd_content(tmp_path / "other.psd", replace(picture, merged=merged))
    document, notes = read_layers(tmp_path / "other.psd")
    assert any("look different" in note for note in notes)
    saved = document.layers[-1]
    assert (saved.name, saved.visible) == ("As saved", False)
    assert np.array_equal(saved.raster.read(document.box), merged)


def test_an_ora_without_a_resolution_has_none(tmp_path):
    assert through_ora(tmp_path, layered())[0].dpi is None


def test_a_psd_explains_the_bytes_of_its_channels_and_sections(tmp_path):
    path = tmp_path / "a.psd"
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 10, 20, 8, 3)
    path.write_bytes(head + struct.pack(">I7xII", 7, 0, 0))
    assert plausible_length._explained_psd_bytes(path) == 3 * 10 * 20 + 7


@pytest.mark.parametrize("side", [40, 1500])
def test_a_child_that_dies_while_it_is_given_the_layers_is_one_sentence(
    tmp_path, monkeypatch, side
):
    monkeypatch.setattr(parent, "CHILD", "glide_studio.version")  # which ends at once
    (tmp_path / "a.psd").write_bytes(b"as it was")
    pixels = np.zeros((side, side, 4), np.uint8)
    size = Size(side, side)
    part = layered_picture.LayerPart("a", size.box, pixels)
    picture = layered_picture.LayeredPicture(size, 8, (part,), merged=pixels)
    with pytest.raises(GlideError, match=r"'a\.psd' could not be written"):
        parent.write_psd_in_child(tmp_path / "a.psd", picture)
    assert [one.name for one in tmp_path.iterdir()] == ["a.psd"]
    assert (tmp_path / "a.psd").read_bytes() == b"as it was"
