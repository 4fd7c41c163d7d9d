"""What a fault of form tells a designer to do: an example of what is missing, the slip of the keyboard in a key."""

import pytest

from mutualaid.plans import document
from mutualaid.plans.reading import PlanError, example_of, read_document
from mutualaid.plans.yaml_reader import read_yaml
from tests.plans.documents import GOOD, change


def required_keys() -> set[str]:
    parts = [part for part in vars(document).values() if isinstance(part, type) and issubclass(part, document.Part)]
    fields = [item for part in parts for item in part.model_fields.items()]
    return {field.alias or name for name, field in fields if field.is_required()}


@pytest.mark.parametrize("key", sorted(required_keys()))
def test_every_key_that_is_required_has_an_example(key: str) -> None:
    example = example_of(("benefits", 0, key))
    assert "…" not in example
    assert read_yaml(example.encode()).value[key] is not None


def test_an_example_looks_at_the_part_that_it_is_for() -> None:
    assert example_of(("limits", 0, "of")) == "of: discharge"
    assert example_of(("benefits", 0, "base", "of")) == "of: [self_paid]"


@pytest.mark.parametrize(
    ("old", "new", "place", "zh"),
    [
        ("units: {most: 2,", "units: {most：2,", "units.most：2", "没有这个键；“：”是全角符号，请改用半角 :"),
        ("units: {most: 2,", "units: {most:2,", "units.most:2", "没有这个键；冒号后请加空格"),
        ("units: {most: 2, source: S1}", "units: most：2", "units", '得到 "most：2"；“：”是全角符号，请改用半角 :'),
    ],
)
def test_a_slip_of_the_keyboard_in_a_key(old: str, new: str, place: str, zh: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_document("sample.yaml", change(GOOD, (old, new)).encode())
    assert any(fault.place == place and zh in fault.zh for fault in caught.value.faults)
