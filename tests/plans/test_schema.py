"""The published JSON Schema takes what the reader takes: shipped plans, examples, and every shorthand of the language."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mutualaid.plans.schema import schema_text
from mutualaid.plans.yaml_reader import read_yaml
from tests.plans.documents import COMBINATION, GOOD, PART, change

ROOT = Path(__file__).parents[2]
PLANS = sorted([*(ROOT / "plans").glob("*.yaml"), *(ROOT / "docs" / "examples").glob("*.yaml")])
SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text()))


def as_json(value: Any) -> Any:
    """What an editor gives to the schema: dates as text, and fractions of a yuan."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return (
        value.isoformat() if isinstance(value, datetime.date) else str(value) if isinstance(value, Decimal) else value
    )


def faults(text: str) -> list[str]:
    """Where a document does not fit the schema."""
    return [error.json_path for error in SCHEMA.iter_errors(as_json(read_yaml(text.encode()).value))]


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_plans_fit_the_schema(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("text", [GOOD, COMBINATION, PART], ids=["single", "combination", "part"])
def test_shorthand_fits_the_schema(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("    kinds: disability\n", "    kinds: 5\n", "$.benefits[4]"),
        ("deductible: {amount: 500}", "deductible: {amount: [five]}", "$.benefits[0]"),
        ("units: {most: 2", "units: {many: 2", "$.units"),
        ("family: samples\n", "", "$"),
    ],
)
def test_what_the_reader_refuses_does_not_fit(old: str, new: str, place: str) -> None:
    assert any(fault.startswith(place) for fault in faults(change(GOOD, (old, new))))
