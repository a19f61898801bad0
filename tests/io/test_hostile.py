"""A small run of the fuzzing benchmark, and the helper process under attack."""

import importlib.util
import sys
from pathlib import Path

import pytest
from PIL import Image

from glide_studio.errors import GlideError
from glide_studio.io.images.read import Dense, decode_in_process, read_image
from glide_studio.io.images.sniff import sniff
from glide_studio.io.sandbox import parent

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
