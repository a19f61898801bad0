"""The protocol is no wider than the program: what it names is sent and read, outside of tests."""

from __future__ import annotations

import ast
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import glide_studio
from glide_studio.api import events
from glide_studio.api.engine_protocol import Capabilities, Forecast
from glide_studio.api.request import Kind, Provenance, Request
from glide_studio.api.sampling import Sampling

PACKAGE = Path(glide_studio.__file__).parent
EVENTS = [*get_args(events.Update), events.Patch]


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def trees(without: tuple[str, ...]) -> tuple[ast.Module, ...]:
    """The wheel's modules as trees, without those of some folders."""
    return tuple(
        parse(path)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in without
    )


@cache
def attributes_read(without: tuple[str, ...]) -> frozenset[str]:
    """Names of attributes that are read, be it by a dot or in a `match`."""
    found: set[str] = set()
    for tree in trees(without):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                found.add(node.attr)
            elif isinstance(node, ast.MatchClass):
                found.update(node.kwd_attrs)
    return frozenset(found)


@cache
def classes_told_apart(without: tuple[str, ...]) -> frozenset[str]:
    """Names of classes that an `isinstance` or a `match` asks for."""
    found: set[str] = set()
    for tree in trees(without):
        for node in ast.walk(tree):
            if isinstance(node, ast.MatchClass):
                found.update(n.id for n in ast.walk(node.cls) if isinstance(n, ast.Name))
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "isinstance"
            ):
                found.update(n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name))
    return frozenset(found)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_field_of_an_event_is_read_by_its_receivers(kind: type) -> None:
    read = attributes_read(("api", "inference"))
    assert [field.name for field in fields(kind) if field.name not in read] == []


@pytest.mark.parametrize("kind", get_args(events.Update), ids=lambda kind: kind.__name__)
def test_every_event_is_told_apart_by_its_receivers(kind: type) -> None:
    assert kind.__name__ in classes_told_apart(("api", "inference"))


@pytest.mark.parametrize("kind", [Capabilities, Forecast, Provenance], ids=lambda k: k.__name__)
def test_every_answer_of_the_engine_is_read(kind: type) -> None:
    read = attributes_read(("api", "inference"))
    assert [field.name for field in fields(kind) if field.name not in read] == []


def test_every_field_of_a_request_is_read() -> None:
    read = attributes_read(("api", "io"))
    assert [field.name for field in fields(Request) if field.name not in read] == []


def test_every_field_of_a_sampling_is_read_by_the_engine() -> None:
    read = attributes_read(tuple({p.name for p in PACKAGE.iterdir()} - {"inference"}))
    assert [field.name for field in fields(Sampling) if field.name not in read] == []


def test_every_kind_of_request_is_sent() -> None:
    sent = {
        node.args[0].value
        for tree in trees(("api",))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Request"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert sent == set(get_args(Kind))
