"""Nothing GPL comes with the default install; LGPL only as Qt's own binding."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LGPL_ALLOWED = frozenset({"pyside6-essentials", "shiboken6"})


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
