"""Nothing GPL comes with the default install; LGPL only as Qt's own binding."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LGPL_ALLOWED = frozenset({"pyside6-essentials", "shiboken6"})

STRICT = re.compile(
    r"(^|/)(lib)?(x26[45]|xvidcore|fftw3[fl]?|gsl(cblas)?|gs|poppler|readline|postproc|mad|faad|rubberband|vidstab|lzo2)"
    r"(?![a-z])[^/]*\.(so|dll|dylib)\b"
)
"""Codecs and the like under the GPL that wheels are known to bundle."""


def name_of(requirement):
    return re.split(r"[\s;<>=!~\[(]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def default_install():
    """Names of pyproject's dependencies and of theirs, as far as they are installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting = [name_of(one) for one in project["dependencies"]]
    found = {}
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # a dependency of another platform
        needed = [one for one in found[name].requires or () if "extra ==" not in one]
        waiting += [name_of(one) for one in needed]
    return found


def licence(distribution):
    """Everything that a distribution's metadata says about its licence, in lower case."""
    fields = distribution.metadata
    classifiers = [one for one in fields.get_all("Classifier") or () if one.startswith("License")]
    # Some put the licence's whole text into the field; its first lines name it.
    text = (fields.get("License") or "")[:200]
    return " | ".join([fields.get("License-Expression") or "", text, *classifiers]).lower()


def forbidden(text):
    """True if the only licence offered is of the GPL family."""
    choices = re.split(r"\bor\b|\|", text)
    named = [one for one in choices if re.search(r"[a-z]", one) and one.strip() != "license ::"]
    strict = [bool(re.search(r"\ba?gpl|general public", one)) for one in named]
    return (
        bool(named)
        and any(strict)
        and not any(
            not flag and re.search(r"mit|bsd|apache|isc|zlib|psf|mpl|lgpl|unlicense|hpnd", one)
            for flag, one in zip(strict, named, strict=True)
        )
    )


def test_the_default_install_has_no_gpl():
    found = default_install()
    assert {"numpy", "pillow", "imagecodecs", "torch"} <= found.keys()
    for name, distribution in found.items():
        text = licence(distribution)
        assert text.strip(" |"), f"{name} names no licence"
        if name in LGPL_ALLOWED:
            assert "lgpl" in text or "lesser" in text
        else:
            assert not forbidden(text), f"{name}: {text}"
            assert "lgpl" not in text, f"{name}: {text}"


def strict_libraries(paths):
    """Shared libraries of the GPL among the files of a wheel, whatever its own licence says."""
    return [path for path in paths if STRICT.search(path)]


def test_no_wheel_brings_a_gpl_library_along():
    looked = 0
    for name, distribution in default_install().items():
        paths = [str(one) for one in distribution.files or ()]
        looked += sum("libs/lib" in path for path in paths)
        assert not strict_libraries(paths), name
    assert looked > 20, "the wheels' own libraries were looked at"


def test_wheels_with_such_libraries_are_noticed():
    paths = [
        "pillow_heif.libs/libx265-1a2b3c.so.215",
        "some/.dylibs/libx264.164.dylib",
        "some.libs/x265-9f.dll",
        "some.libs/libfftw3f-1.so.3",
        "imagecodecs.libs/liblzokay-6a69d3ec.so",
        "pillow.libs/libXau-154567c4.so.6.0.0",
        "some.libs/libgstreamer-1.0.so.0",
        "pillow/x264.py",
    ]
    assert strict_libraries(paths) == paths[:4]


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("gpl-3.0-only", True),
        ("agpl-3.0-or-later", True),
        ("gnu general public license v3", True),
        ("mit", False),
        ("mit or gpl-2.0-only", False),
        ("license :: osi approved :: gnu general public license v2 (gplv2)", True),
        ("bsd-3-clause", False),
    ],
)
def test_the_check_itself(text, bad):
    assert forbidden(text) is bad
