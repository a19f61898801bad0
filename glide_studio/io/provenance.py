"""Convert `Provenance` without pixels, where a layer came from, to JSON and back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, get_args

from glide_studio.api.request import PIXELS, Kind, Provenance, Request
from glide_studio.api.sampling import Sampling
from glide_studio.imaging.geometry import Box

DROPPED = ("rank", "words")
"""Fields that requests had in earlier files; they did not affect the picture."""


def provenance_to_dict(provenance: Provenance) -> dict[str, Any]:
    """Make the JSON object that `Layer.provenance` holds; pixels of the request are left out."""
    fields: dict[str, Any] = json.loads(provenance_to_json(provenance))
    return fields


def provenance_from_dict(fields: Mapping[str, Any]) -> Provenance:
    """Read what `provenance_to_dict` made.

    Raises:
        ValueError: if it is not that.
    """
    try:
        return Provenance(
            request_from(fields["request"]),
            int(fields["candidate"]),
            str(fields["program"]),
            tuple((str(name), str(digest)) for name, digest in fields["weights"]),
            str(fields.get("role", "")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is no provenance: {error!r}.") from error


def provenance_to_json(provenance: Provenance) -> str:
    """Write as one line of JSON; pixels of the request are left out."""
    request = provenance.request.without_pixels()
    fields = {
        "request": {
            field.name: getattr(request, field.name)
            for field in dataclasses.fields(request)
            if field.name not in PIXELS
        },
        "candidate": provenance.candidate,
        "program": provenance.program,
        "weights": provenance.weights,
    }
    if provenance.role:
        fields["role"] = provenance.role
    return json.dumps(fields, default=dataclasses.asdict, sort_keys=True)


def provenance_from_json(text: str) -> Provenance:
    """Read what `provenance_to_json` wrote.

    Raises:
        ValueError: if it is not that.
    """
    try:
        return provenance_from_dict(json.loads(text))
    except RecursionError as error:
        raise ValueError(f"This is no provenance: {error!r}.") from error


def request_from(fields: dict[str, Any]) -> Request:
    """Read a request without pixels from its JSON object.

    Raises:
        KeyError, TypeError, ValueError: if it is not one.
    """
    fields = {name: value for name, value in fields.items() if name not in DROPPED}
    box, sampling = Box(**fields.pop("box")), Sampling(**fields.pop("sampling"))
    request = Request(box=box, sampling=sampling, **fields)
    if request.kind not in get_args(Kind):
        raise ValueError(f"There is no request '{request.kind}'.")
    return request


def describe(provenance: Provenance) -> str:
    """Describe the request in words, for a PNG's text."""
    request, sampling = provenance.request, provenance.request.sampling
    lines = [request.prompt]
    if request.negative:
        lines.append(f"Negative prompt: {request.negative}")
    lines.append(
        f"Steps: {sampling.steps}, Sampler: {sampling.sampler}, Guidance: {sampling.guidance},"
        f" Seed: {sampling.seed}, Candidate: {provenance.candidate}, Model: {request.model},"
        f" Program: {provenance.program}"
    )
    return "\n".join(lines)
