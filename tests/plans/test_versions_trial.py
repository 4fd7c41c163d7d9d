"""A plan tried on a form's facts, and facts that cannot be."""

from __future__ import annotations

import pytest

from mutualaid.plans.shipped import library_document
from mutualaid.plans.texts import compiled
from mutualaid.plans.trial import TrialRefused, Tried, fields_of, try_case

MEMBER = {
    "birth_date": "1985-04-02",
    "sex": "F",
    "employment": "in_service",
    "basic_insurance": "employee",
    "groups": "",
}
COVER = {"from": "2026-01-01", "until": "2027-01-01", "units": "1", "joined_on": "2025-01-01"}
STAY = {
    "kind": "inpatient",
    "started_on": "2026-03-01",
    "ended_on": "2026-03-08",
    "hospital_level": "3",
    "diagnoses": "J18.9, I10",
    "accident": "false",
    "total": "30,000",
    "self_paid": "12800.00",
}


def tried(events: list[dict[str, str]], lang: str = "zh", **changed: dict[str, str]) -> Tried:
    shipped = library_document(plan="demo-inpatient-2026")
    assert shipped is not None
    facts = {"member": MEMBER, "cover": COVER, **changed}
    return try_case(document=shipped.document, loaded=compiled((shipped.text,)), events=events, lang=lang, **facts)


def test_a_stay_is_decided_with_its_working() -> None:
    found = tried([STAY])
    # 12,000 over the deductible: 10,000 at 40 %, 2,000 at 50 %; seven days at 50.
    assert [(line.name, line.amount) for line in found.lines] == [("住院自付补助", "5000.00"), ("住院津贴", "350.00")]
    assert found.total == "5350.00"
    assert found.lines[0].working[0].cells[0] == "个人自付"
    assert found.case["events"][0]["diagnoses"] == ["J18.9", "I10"]
    english = tried([STAY], "en")
    assert (english.lines[0].name, english.lines[0].outcome_name) == ("Hospital costs", "paid")


def test_events_count_together() -> None:
    found = tried([STAY, {**STAY, "started_on": "2026-05-01", "ended_on": "2026-07-30"}])
    assert [line.amount for line in found.lines if line.benefit == "allowance"] == ["350.00", "750.00"]


def test_a_fact_that_is_not_known_is_asked_for() -> None:
    found = tried([{**STAY, "ended_on": ""}])
    assert [line.outcome for line in found.lines] == ["pay", "refer"]
    assert found.lines[1].missing == ("结束日期（出院日）",)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"ended_on": "2026-02-01"}, "events[0].ended_on"),
        ({"started_on": ""}, "events[0].started_on"),
        ({"started_on": "2026-02-30"}, "events[0].started_on"),
        ({"kind": "flying"}, "events[0].kind"),
        ({"total": "much"}, "events[0].amounts.total"),
        ({"total": "1.234"}, "events[0].amounts.total"),
        ({"hospital_level": "4"}, "events[0].hospital_level"),
        ({"accident": "perhaps"}, "events[0].accident"),
        ({"rest_days": "-1"}, "events[0].rest_days"),
    ],
)
def test_events_that_cannot_be(changed: dict[str, str], place: str) -> None:
    with pytest.raises(TrialRefused) as refused:
        tried([{**STAY, **changed}])
    assert place in [fault.place for fault in refused.value.faults]
    assert all(fault.zh and fault.en for fault in refused.value.faults)


def test_persons_and_covers_that_cannot_be() -> None:
    for part, changed, place in (
        ("cover", {**COVER, "until": "2025-01-01"}, "cover.until"),
        ("cover", {**COVER, "from": ""}, "cover.from"),
        ("cover", {**COVER, "units": "0"}, "cover.units"),
        ("member", {**MEMBER, "sex": "X"}, "member.sex"),
        ("member", {**MEMBER, "birth_date": "2026-12-01"}, "cover.from"),
    ):
        with pytest.raises(TrialRefused) as refused:
            tried([STAY], member=changed) if part == "member" else tried([STAY], cover=changed)
        assert place in [fault.place for fault in refused.value.faults]
    for events in ([], [STAY] * 21):
        with pytest.raises(TrialRefused, match="1 to 20 events"):
            tried(events)


def test_the_form_offers_what_the_plan_names() -> None:
    shipped = library_document(plan="demo-women-2026")
    assert shipped is not None
    fields = {field.name: field for field in fields_of(document=shipped.document)}
    assert [value for value, _, _ in fields["kind"].choices][:2] == ["diagnosis", "inpatient"]
    assert "option" not in fields
    assert len(fields) == len(fields_of(document=shipped.document))
    assert all(field.zh and field.en for field in fields.values())
