"""A small run of the fuzzing benchmark, and the helper process under attack."""

import importlib.util
import io
import os
import struct
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import Dense, decode_in_process, read_image
from glide_studio.io.images.sniff import sniff
from glide_studio.io.images.write import write_image
from glide_studio.io.layered.layered_files import read_layers, write_layers
from glide_studio.io.layered.layered_picture import MAX_NOTES
from glide_studio.io.sandbox import parent, plausible_length
from glide_studio.io.sandbox.plausible_length import check_length

DATA = Path(__file__).parent / "data"
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def benchmark(name):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def open_here(fuzz):
    """As the program opens files, but with damaged images decoded here too: faster, and harder."""

    def open_file(path, stores):
        data = path.read_bytes()
        kind = sniff(data[:64])
        if kind in ("png", "jpeg", "webp", "bmp", "avif"):
            try:
                return decode_in_process(kind, data, path.name)
            except Dense as error:
                raise GlideError(f"{error}.") from error
        return fuzz.open_any(path, stores)

    return open_file


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about damaged metadata
def test_two_hundred_hostile_files(tmp_path):
    fuzz = benchmark("fuzz")
    # The bombs that only a deadline stops take all of it; the benchmark has them.
    cases = [one for one in fuzz.cases(200, 7, tmp_path) if one[0] not in ("bomb7", "bomb8")]
    outcomes = [fuzz.attempt(*one, tmp_path, open_here(fuzz)) for one in cases]
    assert [one for one in outcomes if one.end == "defect"] == []
    assert {one.end for one in outcomes} == {"opened", "refused"}
    assert len(outcomes) == 198


def child(tmp_path, code):
    """A worker module that runs `code` in place of decoding."""
    (tmp_path / "worker_of_test.py").write_text("import sys, time\nout = sys.stdout\n" + code)
    return "worker_of_test"


@pytest.mark.parametrize(
    ("code", "match"),
    [
        ("sys.exit(3)", "damaged"),
        ("print('nonsense')", "damaged"),
        ("print('[1]')", "damaged"),
        ('print(\'{"stage": "done"}\')', "damaged"),
        ('print(\'{"stage": "done", "value": 7, "buffers": [5]}\'); print(\'abc\')', "damaged"),
        ('print(\'{"stage": "done", "value": 7, "buffers": [-5]}\')', "damaged"),
        ('print(\'{"stage": "size", "width": 1}\')', "damaged"),
        ('print(\'{"stage": "size", "width": 90000, "height": 90000}\')', "90000"),
        ('print(\'{"stage": "ready"}\', flush=True); time.sleep(60)', "too long"),
        ("import os; os.kill(os.getpid(), 11)", "damaged"),
    ],
)
def test_whatever_the_child_does_is_one_sentence(tmp_path, monkeypatch, code, match):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(parent, "DEADLINE_S", 0.3)
    with pytest.raises(GlideError, match=match):
        parent.run(tmp_path / "a.tif", "read-image", "tiff", 10, child(tmp_path, code))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no memory limit here")
def test_the_childs_memory_is_limited(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code = """
from pathlib import Path
from glide_studio.io.sandbox.child import serve
serve("x", Path(__file__), lambda *_: bytes(4 << 30), sys.stdout.buffer)
"""
    with pytest.raises(GlideError, match="more memory"):
        parent.run(tmp_path / "a.tif", "read-image", "tiff", 10, child(tmp_path, code))


def test_a_picture_denser_than_any_photo_is_decoded_apart(tmp_path, monkeypatch):
    Image.new("1", (3000, 3000)).save(tmp_path / "a.png")
    called = []
    real = parent.decode_in_child
    monkeypatch.setattr(parent, "decode_in_child", lambda *a: called.append(a) or real(*a))
    assert read_image(tmp_path / "a.png").size.width == 3000
    assert called


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="a process's time is not known here"
)
def test_a_child_that_has_to_wait_for_the_processor_is_given_time(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(parent, "DEADLINE_S", 0.5)
    answer = 'print(\'{"stage": "done", "value": 7, "buffers": []}\')'
    ready = 'print(\'{"stage": "ready"}\', flush=True); '
    waiting = child(tmp_path, f"{ready}time.sleep(1.0); {answer}")
    assert parent.run(tmp_path / "a.tif", "read-image", "tiff", 10, waiting) == 7
    busy = "while True: pass"
    working = child(tmp_path, ready + "\n" + busy)
    with pytest.raises(GlideError, match="too long"):
        parent.run(tmp_path / "a.tif", "read-image", "tiff", 10, working)


def test_a_child_that_lingers_after_its_answer_is_ended(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    started = []
    real = parent.start
    monkeypatch.setattr(
        parent, "start", lambda *a, **more: started.append(real(*a, **more)) or started[0]
    )
    code = 'print(\'{"stage": "done", "value": 7, "buffers": []}\', flush=True); time.sleep(20)'
    assert parent.run(tmp_path / "a.tif", "read-image", "tiff", 10, child(tmp_path, code)) == 7
    assert started[0].returncode != 0, "it did not sleep to its end"


ORPHAN = """
import os, subprocess, sys
from glide_studio.io.layered.layered_files import read_layers, write_layers
from glide_studio.io.layered.layered_picture import MAX_NOTES
from glide_studio.io.sandbox import parent, plausible_length
from glide_studio.io.sandbox.plausible_length import check_length
child = parent.start(sys.argv[1], stdin=subprocess.DEVNULL)
child.stdout.readline()
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_the_child_ends_with_a_killed_parent(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    module = child(
        tmp_path,
        "from glide_studio.io.sandbox.child import end_with_parent\n"
        "end_with_parent()\nprint('ready', flush=True)\ntime.sleep(600)\n",
    )
    done = subprocess.run([sys.executable, "-c", ORPHAN, module], capture_output=True, check=False)
    assert done.returncode == -9
    process = int(done.stdout)
    for _ in range(200):
        if not psutil.pid_exists(process) or psutil.Process(process).status() == "zombie":
            return
        time.sleep(0.05)
    os.kill(process, 9)
    pytest.fail("The child went on.")


def ora(canvas, layers):
    """An OpenRaster file whose layers all show one 1024 x 1024 picture."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        picture = io.BytesIO()
        Image.new("RGBA", (1024, 1024)).save(picture, "PNG")
        archive.writestr("a.png", picture.getvalue())
        stack = "".join(f'<layer name="{n}" src="a.png" x="{n}"/>' for n in range(layers))
        archive.writestr(
            "stack.xml", f'<image w="{canvas}" h="{canvas}"><stack>{stack}</stack></image>'
        )
    return data.getvalue()


def test_layers_with_far_more_pixels_than_the_file_explains_are_refused(tmp_path):
    (tmp_path / "a.ora").write_bytes(ora(1024, 300))
    with pytest.raises(GlideError, match="more pixels"):
        read_layers(tmp_path / "a.ora")
    (tmp_path / "b.ora").write_bytes(ora(1024, 20))
    document, _ = read_layers(tmp_path / "b.ora")
    assert len(document.layers) == 20


def stack(tmp_path, members, layers):
    path = tmp_path / "a.ora"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("stack.xml", f'<image w="64" h="64"><stack>{layers}</stack></image>')
    return path


def png(side=64):
    data = io.BytesIO()
    Image.effect_noise((side, side), 60).convert("RGBA").save(data, "PNG")
    return data.getvalue()


def test_a_layer_whose_picture_is_lost_comes_out_empty_and_the_others_whole(tmp_path):
    members = {"a.png": png(), "cut.png": png()[:2000], "text.png": b"no picture"}
    names = ("a", "cut", "text", "gone")
    layers = "".join(f'<layer name="{name}" src="{name}.png"/>' for name in names)
    document, notes = read_layers(stack(tmp_path, members, layers))
    by_name = {layer.name: layer for layer in document.layers}
    assert by_name["a"].raster.content_box().area == 64 * 64
    assert 0 < by_name["cut"].raster.content_box().area < 64 * 64
    assert by_name["text"].raster.content_box().empty
    assert by_name["gone"].raster.content_box().empty
    assert [note.count("missing") for note in notes] == [1, 1, 1]
    with pytest.raises(GlideError, match="damaged"):
        read_layers(stack(tmp_path, {}, layers))


def test_of_countless_notes_the_first_are_shown(tmp_path):
    layers = "".join(f'<layer name="{n}" src="a.png" x="0.5"/>' for n in range(300))
    _, notes = read_layers(stack(tmp_path, {"a.png": png(8)}, layers))
    assert len(notes) == MAX_NOTES + 1
    assert notes[-1].startswith("280 more")


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.png", b""),
        ("a.png", png()[:100]),
        ("a.jpg", b"\xff\xd8\xff\xe0"),
        ("a.tif", b"II*\0\x08\0\0\0"),
        ("a.psd", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 64, 64, 8, 3)),
        ("a.ora", b"PK\3\4" + bytes(26) + b"mimetypeimage/openraster"),
    ],
    ids=["zeros", "png", "jpeg", "tiff", "psd", "ora"],
)
def test_a_long_file_with_little_in_it_is_refused_unread(tmp_path, monkeypatch, name, head):
    with (tmp_path / name).open("wb") as file:
        file.write(head)
        file.truncate(3 << 30)
    read = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path))
    opened = read_layers if name.endswith(("psd", "ora")) else read_image
    with pytest.raises(GlideError):
        opened(tmp_path / name)
    for kind in ("psd", "ora") if name.endswith(("psd", "ora")) else ("png", "jpeg", "tiff"):
        with pytest.raises(Exception):  # noqa: B017 - of any kind, for damaged headers
            check_length(kind, tmp_path / name, 3 << 30)
    assert not read


def test_a_long_file_that_its_header_explains_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(plausible_length, "FREE_FILE", 1000)
    forms = {"png": "PNG", "bmp": "BMP", "tiff": "TIFF", "jpeg": "JPEG"}
    for kind, form in forms.items():
        path = tmp_path / f"a.{kind}"
        Image.effect_noise((300, 200), 60).convert("RGB").save(path, form)
        length = path.stat().st_size
        check_length(kind, path, length)
        with pytest.raises(GlideError, match="longer"):
            check_length(kind, path, length + 16 * 300 * 200)
    path = stack(tmp_path, {"a.png": png()}, "")
    check_length("ora", path, path.stat().st_size)
    layers = (
        Layer(
            "a", Raster.from_array(np.asarray(Image.effect_noise((300, 200), 60).convert("RGBA")))
        ),
    )
    write_layers(tmp_path / "a.psd", Document(Size(300, 200), 8, layers, layers[0].id))
    length = (tmp_path / "a.psd").stat().st_size
    check_length("psd", tmp_path / "a.psd", length)
    with pytest.raises(GlideError, match="longer"):
        check_length("psd", tmp_path / "a.psd", length + 300_000)


def test_pipes_and_devices_are_refused_unopened(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    for path in (tmp_path / "a.png", Path("/dev/zero")):
        for read in (read_image, read_layers):
            with pytest.raises(GlideError, match="device or a pipe"):
                read(path)


@pytest.mark.parametrize("name", ["comma.ora", "floatpos.ora"])
def test_numbers_of_other_programs_are_read_leniently(name):
    document, notes = read_layers(DATA / name)
    assert notes
    assert len(document.layers) == 1
    if name == "comma.ora":
        assert document.layers[0].opacity == 0.5


def test_nobody_watches_a_child_that_has_answered(tmp_path):
    path = tmp_path / "a.tif"
    write_image(path, Picture(np.full((8, 9, 4), 255, np.uint8), False), ExportOptions("tiff"))
    before = set(threading.enumerate())
    assert read_image(path).size == Size(9, 8)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(GlideError, match="damaged"):
        read_image(path)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(("version", "form"), [(1, ">III"), (2, ">IIQ")])
def test_a_psd_is_as_long_as_its_sections_and_its_picture(tmp_path, monkeypatch, version, form):
    """Only the length of the layers has eight bytes in a PSB."""
    monkeypatch.setattr(plausible_length, "FREE_FILE", 0)
    sections = (50, 700, 9000)
    path = tmp_path / "a.psd"
    with path.open("wb") as out:
        out.write(struct.pack(">4sH6sHIIHH", b"8BPS", version, b"", 4, 20, 30, 16, 3))
        for kind, length in zip(form[1:], sections, strict=True):
            out.write(struct.pack(f">{kind}", length) + bytes(length))
    explained = sum(sections) + 4 * 20 * 30 * 2
    assert plausible_length._explained_psd_bytes(path) == explained
    check_length("psd", path, explained)
    with pytest.raises(GlideError, match="longer"):
        check_length("psd", path, 2 * explained + 5000)
