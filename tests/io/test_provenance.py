"""How a result was made, as JSON: what is read back is a request that the program knows."""

import json
from dataclasses import replace

import pytest

from glide_studio.api.request import Provenance, Request
from glide_studio.api.sampling import Sampling
from glide_studio.imaging.geometry import Box
from glide_studio.io.provenance import (
    describe,
    provenance_from_json,
    provenance_to_json,
    request_from,
)

REQUEST = Request("fill", "a hat", Box(3, 4, 50, 60), Sampling(seed=7), negative="a cap")


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "explode"), ("sampler", "magic")],
)
def test_a_request_of_another_kind_or_sampler_is_refused(field, value):
    fields = json.loads(provenance_to_json(Provenance(REQUEST, 0, "0.1.0")))["request"]
    assert repr(request_from(json.loads(json.dumps(fields)))) == repr(REQUEST)
    inner = fields if field in fields else fields["sampling"]
    inner[field] = value
    with pytest.raises(ValueError, match=f"{value}|sampler must be"):
        request_from(fields)


def test_nested_text_without_end_is_refused():
    with pytest.raises(ValueError, match="no provenance"):
        provenance_from_json("[" * 100_000)


def test_a_recipe_in_words_names_what_is_not_wanted_only_if_there_is_something():
    text = describe(Provenance(REQUEST, 2, "0.1.0"))
    assert text.startswith("a hat\nNegative prompt: a cap\nSteps: ")
    assert "Seed: 7, Candidate: 2" in text
    assert "Negative" not in describe(Provenance(replace(REQUEST, negative=""), 0, "0.1.0"))
