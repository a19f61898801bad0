"""Hostile files: `python tests/benchmarks/fuzz.py [N] [SEED] [--spawn]`.

Makes N damaged files of every format, `.glide` included, and opens each. It counts as a defect if
anything but a document or one GlideError sentence comes out, if it takes more than 5 s, or if this
process grows by more than MEMORY or one that decodes holds more. A process that dies ends the run,
which is a defect as well.

The 5 s are computed ones, since that is what the program gives a file, so that a busy machine refuses no
honest one; on an idle machine a clock shows the same. On a busy one it may show four times as many.

What the program decodes in a process of its own is decoded in a fork of this one, with the same limits,
which takes milliseconds instead of most of a second; --spawn starts real ones.
"""

from __future__ import annotations

import argparse
import collections
import math
import os
import signal
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import FORMATS, MAX_PIXELS, Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.sniff import sniff
from glide_studio.io.images.write import write_image
from glide_studio.io.layered.layered_files import read_layers, write_layers
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.working_store import WorkingStore
from glide_studio.io.sandbox import child, parent
from glide_studio.io.sandbox.child import serve

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

SECONDS = 5.0
TRIES = 3  # until a case is too slow: a page fault alone may take long on a busy machine
MEMORY = 1500 << 20  # bytes that this process may grow by, and that a decoding process may hold
IN_PROCESS = ("png", "jpeg", "webp", "bmp", "avif", "glide")
APART = ("tiff", "psd", "ora", "jxl", "raw")  # always decoded in a process of their own
ENDINGS = {"glide": "glide", "raw": "dng"}  # where the name's ending counts


@dataclass(frozen=True)
class Outcome:
    """One case: what was opened, and how it ended: "opened", "refused" or "defect".

    seconds: computed, here and in the decoding process. lasted: seconds on the clock. memory: the
    most that the decoding process held, in bytes, 0 without one.
    """

    name: str
    end: str
    seconds: float
    lasted: float
    message: str
    memory: int = 0

    @property
    def slow(self) -> bool:
        """True if it took longer than it may."""
        return self.seconds > SECONDS or self.lasted > parent.BUSY_FACTOR * SECONDS


def seeds(folder: Path) -> dict[str, list[bytes]]:
    """Whole files of every format, small."""
    y, x = np.mgrid[0:48, 0:64]
    plain = np.dstack([x * 4, y * 5, (x + y) * 2, np.full_like(x, 255)]).astype(np.uint8)
    clear = plain.copy()
    clear[..., 3] = (x * 4).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    block = exif.tobytes()[6:]
    pictures = [
        Picture(plain, exif=block, dpi=(72.0, 72.0), text={"a": "b"}),
        Picture(clear, True),
        Picture(clear.astype(np.uint16) * 257, True, exif=block),
    ]
    found: dict[str, list[bytes]] = {}
    path = folder / "seed"
    for form in FORMATS:
        if form in ("heif", "jxl", "raw"):
            continue
        for picture in pictures:
            write_image(path, picture, ExportOptions(form))
            found.setdefault(form, []).append(path.read_bytes())
    out = BytesIO()
    Image.fromarray(plain[..., :3]).save(out, "JPEG", progressive=True)
    found["jpeg"].append(out.getvalue())
    out = BytesIO()
    Image.fromarray(plain[..., :3]).convert("CMYK").save(out, "JPEG")
    found["jpeg"].append(out.getvalue())
    out = BytesIO()
    Image.fromarray(plain[..., :3]).convert("P").save(out, "PNG")
    found["png"].append(out.getvalue())
    deep = (clear.astype(np.uint16) * 4)[..., :3]
    found["avif"].append(imagecodecs.avif_encode(deep, bitspersample=10, level=100))
    found["jxl"] = [
        imagecodecs.jpegxl_encode(one) for one in (plain, clear.astype(np.uint16) * 257)
    ]
    tifffile.imwrite(
        path,
        np.array(clear[..., 0], np.uint16) * 60,
        photometric=32803,
        metadata=None,
        extratags=[
            (33421, "H", 2, (2, 2), True),
            (33422, "B", 4, bytes([0, 1, 1, 2]), True),
            (50706, "B", 4, bytes([1, 4, 0, 0]), True),
            (50721, "2i", 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),
        ],
    )
    found["raw"] = [path.read_bytes()]
    layers = tuple(Layer(name, Raster.from_array(clear)) for name in ("a", "b"))
    document = Document(Size(64, 48), 8, layers, layers[0].id, icc=b"profile" * 40)
    for suffix in (".psd", ".ora"):
        write_layers(folder / f"seed{suffix}", document)
        found[suffix[1:]] = [(folder / f"seed{suffix}").read_bytes()]
    store = WorkingStore.create(History.begin(document), "seed", folder=folder / "stores")
    store.write_project(folder / "seed.glide")
    store.close(discard=True)
    found["glide"] = [(folder / "seed.glide").read_bytes()]
    return found


def bombs() -> list[bytes]:
    """Small files that claim, or hold, far more than they should."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    def png(width: int, height: int, raw: int, extra: bytes = b"") -> bytes:
        head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
        body = chunk(b"IDAT", zlib.compress(bytes(raw), 9)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + body

    zeros = zlib.compress(bytes(64 << 20), 9)
    tiff = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", 8)
    for tag, kind, value in (
        (256, 4, 100_000), (257, 4, 2_600), (258, 3, 8), (259, 3, 8), (262, 3, 1), (273, 4, 110),
        (278, 4, 2_600), (279, 4, len(zeros)),
    ):  # fmt: skip
        tiff += struct.pack("<HHII", tag, kind, 1, value)
    tiff += bytes(4)
    out = BytesIO()
    Image.new("L", (8, 8)).save(out, "JPEG", progressive=True)
    jpeg = bytearray(out.getvalue())
    at = jpeg.index(b"\xff\xc2")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 16_000, 16_000)
    scan = bytes(jpeg[jpeg.index(b"\xff\xda") : -2])
    many = bytes(jpeg[:-2]) + scan * 600 + b"\xff\xd9"
    bmp = b"BM" + struct.pack(
        "<IIIIiiHHIIiiII", 54, 0, 54, 40, 30_000, -8_000, 1, 24, 0, 0, 0, 0, 0, 0
    )
    return [
        png(2**31 - 1, 2**31 - 1, 100),
        png(50_000, 50_000, 1_000),
        png(16_384, 16_384, 1_000),
        png(8, 8, 300, chunk(b"iCCP", b"icc\0\0" + zeros)),
        png(8, 8, 300, chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zeros)),
        png(0, 0, 0),
        tiff + bytes(110 - len(tiff) % 110) + zeros,
        bytes(jpeg),
        many,
        bmp,
        b"8BPS" + struct.pack(">H6xHIIHH", 1, 4, 30_000, 30_000, 8, 3) + bytes(40),
        b"SQLite format 3\0" + bytes(4096),
    ]  # fmt: skip


def damage(random: np.random.Generator, data: bytes) -> bytes:
    """One of: cut, bits flipped, bytes set to extremes, a piece repeated, removed or zeroed."""
    out = bytearray(data)
    match int(random.integers(0, 6)):
        case 0:
            return bytes(out[: int(random.integers(1, len(out)))])
        case 1:
            for at in random.integers(0, len(out), int(random.integers(1, 30))):
                out[at] ^= 1 << int(random.integers(0, 8))
        case 2:
            # Headers hold the sizes.
            reach = min(len(out), 400)
            for at in random.integers(0, reach, int(random.integers(1, 6))):
                out[at] = int(random.choice([0, 1, 0x7F, 0x80, 0xFF]))
        case 3:
            a, b = sorted(random.integers(0, len(out), 2).tolist())
            out[a:a] = out[a:b]
        case 4:
            a, b = sorted(random.integers(0, len(out), 2).tolist())
            del out[a : min(b, a + 200)]
        case _:
            a = int(random.integers(0, len(out)))
            out[a : a + 64] = bytes(len(out[a : a + 64]))
    return bytes(out)


def mended(data: bytes) -> bytes:
    """A PNG with right check sums, so that damage gets past them; as it is where chunks do not follow."""
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        end = at + 8 + struct.unpack_from(">I", out, at)[0]
        if end + 4 > len(out):
            break
        struct.pack_into(">I", out, end, zlib.crc32(out[at + 4 : end]))
        at = end + 4
    return bytes(out)


def cases(count: int, seed: int, folder: Path, apart: int = 50) -> Iterator[tuple[str, bytes]]:
    """(name, content) of `count` files: the bombs first, then damage; one in `apart` is of APART."""
    random = np.random.default_rng(seed)
    yield from ((f"bomb{number}", data) for number, data in enumerate(bombs()[:count]))
    whole = seeds(folder)
    for number in range(max(0, count - len(bombs()))):
        forms = APART if number % apart == 0 else IN_PROCESS
        form = str(random.choice(forms))
        options = whole[form]
        broken = damage(random, options[int(random.integers(0, len(options)))])
        yield form, mended(broken) if form == "png" and random.random() < 0.7 else broken


def open_any(path: Path, stores: Path) -> object:
    """Open a file as the program does, and look at all of it."""
    kind = sniff(path.read_bytes()[:64])
    if kind == "glide" or path.suffix == ".glide":
        store, history = open_project(path, folder=stores)
        try:
            return [composite(state.document, state.document.box) for state in history.states]
        finally:
            store.close(discard=True)
    if kind in ("psd", "ora"):
        document, _ = read_layers(path)
        return composite(document, document.box)
    return read_image(path)


def attempt(
    name: str, data: bytes, folder: Path, open_file: Callable[[Path, Path], object] = open_any
) -> Outcome:
    """Open one file and judge how that ends."""
    path = folder / f"case.{ENDINGS.get(name, 'bin')}"
    path.write_bytes(data)
    begin, busy = time.perf_counter(), computed()
    Fork.peak = 0
    try:
        open_file(path, folder / "stores")
        end, message = "opened", ""
    except GlideError as error:
        message = str(error)
        sentence = message.endswith(".") and "\n" not in message and len(message) < 400
        end = "refused" if sentence else "defect"
    except Exception as error:
        end, message = "defect", repr(error)
    lasted, seconds = time.perf_counter() - begin, computed() - busy
    outcome = Outcome(name, end, seconds, lasted, message, Fork.peak)
    if outcome.memory > MEMORY:
        told = f"took {outcome.memory >> 20} MiB in the decoding process: {message}"
        return replace(outcome, end="defect", message=told)
    if outcome.slow:
        told = f"took {seconds:.1f} s, on the clock {lasted:.1f}: {message}"
        return replace(outcome, end="defect", message=told)
    return outcome


def computed() -> float:
    """Seconds of processor time that this process and its children that ended have used."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Fork:
    """As much of a `Popen` as `parent.run` needs.

    peak: bytes that the largest of these processes held since it was set to 0.
    """

    peak = 0

    def __init__(self, decode: Callable[[IO[bytes]], object]) -> None:
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                with os.fdopen(write, "wb") as out:
                    decode(out)
            finally:
                os._exit(0)
        os.close(write)
        self.stdout = os.fdopen(read, "rb")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def __enter__(self) -> Fork:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        usage = os.wait4(self.pid, 0)[2]
        Fork.peak = max(Fork.peak, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def forked(module: str, *arguments: str, stdin: int) -> Any:
    """`parent.start`, but without a new interpreter where a file is decoded."""
    task = arguments[0]
    if module != parent.CHILD or task not in DECODERS:
        return start(module, *arguments, stdin=stdin)
    kind, path = arguments[1:]
    return Fork(lambda out: serve(kind, Path(path), DECODERS[task], out))


start = parent.start
DECODERS = {
    "read-image": child.read_image,
    "read-layers": child.read_layers,
}


def peak(*, children: bool = False) -> int:
    """Most memory that this process, or one of its children, ever held, in bytes; 0 where not known."""
    if resource is None:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    return resource.getrusage(who).ru_maxrss * unit


def run(
    count: int, seed: int, report: Callable[[Outcome], object], seconds: float = math.inf
) -> int:
    """Try `count` files, or fewer once the time is over; returns the number of defects."""
    before, defects, end = peak(), 0, time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form, data in cases(count, seed, folder, apart=3):
            if time.monotonic() > end:
                break
            for _ in range(TRIES):
                outcome = attempt(form, data, folder)
                if not outcome.slow:
                    break
            defects += outcome.end == "defect"
            if outcome.end == "defect":
                keep = Path(tempfile.gettempdir()) / f"glide-fuzz-{seed}-{defects}.bin"
                keep.write_bytes(data)
                print(f"defect: {form}, kept as {keep.name}: {outcome.message}")
            report(outcome)
    grown = peak() - before
    if grown > MEMORY:
        print(f"defect: grew by {grown >> 20} MiB")
        defects += 1
    return defects


def main() -> int:
    """Run and print a table; 1 if there was a defect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--spawn", action="store_true", help="start real processes")
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after this time")
    arguments = parser.parse_args()
    if not arguments.spawn and hasattr(os, "fork"):
        parent.start = forked  # type: ignore[assignment]
    table: collections.Counter[tuple[str, str]] = collections.Counter()
    slowest = [0.0, 0.0]

    def report(outcome: Outcome) -> None:
        table[outcome.name.rstrip("0123456789"), outcome.end] += 1
        slowest[:] = max(slowest[0], outcome.seconds), max(slowest[1], outcome.lasted)

    defects = run(arguments.count, arguments.seed, report, arguments.seconds)
    for (form, end), number in sorted(table.items()):
        print(f"{form:6} {end:8} {number}")
    print(
        f"{sum(table.values())} files, {defects} defects, slowest {slowest[0]:.2f} s computed,"
        f" {slowest[1]:.2f} s on the clock at load {os.getloadavg()[0]:.1f},"
        f" peak memory {peak() >> 20} MiB, of a decoding process {peak(children=True) >> 20} MiB,"
        f" limit of pixels {MAX_PIXELS}"
    )
    return int(defects > 0)


if __name__ == "__main__":
    sys.exit(main())
