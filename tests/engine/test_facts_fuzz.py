"""Reading cases, whatever comes: any JSON value gives a case or a CaseError, never another exception."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benefit_engine.fact_reader import CaseError
from benefit_engine.facts import Case
from benefit_engine.words import AMOUNTS, EMPLOYMENTS, INSURANCES, KINDS, RELATIONS
from tests.engine.test_facts import GOOD, changed, parse

TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(codec=None), max_size=6),  # lone surrogates too
    st.sampled_from(
        ["e1", "e2", "p", "q", "", "2025-03-01", "2025-02-29", "0001-01-01", "9999-12-31", "1.00", "-1.00", "NaN"]
    ),
    st.sampled_from([*KINDS, *EMPLOYMENTS, *INSURANCES, *RELATIONS, "F", "M", "C50.9", "x_y"]),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), TEXTS)
KEYS = st.one_of(
    st.sampled_from(
        sorted(
            {
                *GOOD,
                *GOOD["member"],
                *GOOD["covers"][0],
                *GOOD["events"][0],
                *GOOD["opening"][0],
                *GOOD["paid"][0],
                "reverses",
                "replaces",
                *AMOUNTS,
            }
        )
    ),
    TEXTS,
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=25,
)


def case_or_error(data: object) -> None:
    """A case, or an error whose words can be written in both languages; no other exception."""
    error = error_of(data)
    if error is not None:
        assert error.faults
        for fault in error.faults:
            assert fault.zh
            assert fault.en
        json.dumps(error.text("zh") + error.text("en"), ensure_ascii=False).encode("utf-8")
        assert error.case is None or error.case.isprintable()


def error_of(data: object) -> CaseError | None:
    try:
        case = parse(data)
    except CaseError as error:
        return error
    assert isinstance(case, Case)
    return None


@settings(max_examples=500)
@given(JSON)
def test_any_value_gives_a_case_or_an_error(data: object) -> None:
    case_or_error(data)


PLACES = [
    *(name for name in GOOD),
    *(f"member__{name}" for name in GOOD["member"]),
    *(f"covers__0__{name}" for name in GOOD["covers"][0]),
    *(f"events__{i}__{name}" for i in (0, 1) for name in [*GOOD["events"][0], "reverses", "replaces"]),
    *(f"events__0__amounts__{name}" for name in sorted(AMOUNTS)),
    *(f"opening__0__{name}" for name in GOOD["opening"][0]),
    *(f"paid__0__{name}" for name in GOOD["paid"][0]),
    "covers__1",
    "events__2",
    "opening__1",
    "paid__1",
]


@settings(max_examples=600)
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.one_of(JSON, SCALARS)),
        min_size=1,
        max_size=3,
        unique_by=lambda pair: pair[0],
    )
)
def test_a_case_with_any_values_gives_a_case_or_an_error(changes: list[tuple[str, Any]]) -> None:
    whole = sorted(changes, key=lambda change: -change[0].count("__"))  # inner places first: an outer one replaces them
    case_or_error(changed(**dict(whole)))
