"""The word of the plan language for an earlier stay that is filed late: read, checked, compiled, told, and changed by the form;
and both engines decide the events of a case in the order in which they are given, whatever it says."""

from __future__ import annotations

import pytest

from mutualaid.plans.common_values import ValuesRefused, common_values, with_values
from mutualaid.plans.compiling import reopens
from mutualaid.plans.library import Loaded, compile_drafts
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.prose.model import texts
from mutualaid.plans.reading import PlanFault, read_document
from mutualaid.plans.shipped import library_documents
from tests.engine.small_plans import case, one, stay, told
from tests.engine.test_columns_agree import assert_agree, library_of
from tests.plans.documents import COMBINATION, GOOD, PART, SECOND, change, check

FORMULA = "base: {of: [self_paid], name: 个人自付}\nrate: 80%\ncaps: [{amount: 1000, per: period}]\n"
REOPENS = "late_filed: {earlier_stay: reopens, clause: 第五条}\n"


def _loaded(rest: str) -> Loaded:
    return compile_drafts([read_document("small.yaml", one(FORMULA, rest=rest).encode())])


def _told(rest: str, lang: str) -> str:
    loaded = _loaded(rest)
    return "\n".join(texts(plan_prose(loaded.documents["small"].document, lang, loaded)))


def _said(text: str, word: str) -> str:
    return text.replace("\nbenefits:", f"\nlate_filed: {{earlier_stay: {word}, source: S1}}\nbenefits:", 1)


def test_a_plan_that_says_nothing_does_not_reopen() -> None:
    assert not any(reopens(shipped.document) for shipped in library_documents())
    assert [_loaded(rest).library.plans["small"].reopens for rest in ("", REOPENS)] == [False, True]
    assert not _loaded(REOPENS.replace("reopens", "stands")).library.plans["small"].reopens


def test_faults_are_told_where_they_stand() -> None:
    def places(faults: list[PlanFault]) -> list[str]:
        return [fault.place for fault in faults]

    assert places(check(_said(GOOD, "reopens"))) == []
    assert places(check(change(_said(GOOD, "reopens"), ("reopens, source: S1", "reopens")))) == ["late_filed"]
    assert places(check(_said(COMBINATION, "reopens"), PART, SECOND)) == ["late_filed"]
    faults = check(COMBINATION, _said(PART, "reopens"), SECOND)
    assert places(faults) == ["combines[1]"]
    assert "late_filed 应一致" in faults[0].zh
    assert "first to differ" in faults[0].en
    assert check(COMBINATION, _said(PART, "reopens"), _said(SECOND, "reopens")) == []


def test_a_combination_does_as_its_plans_say() -> None:
    def combined(*parts: str) -> bool:
        found = compile_drafts(
            [read_document(f"{i}.yaml", text.encode()) for i, text in enumerate((COMBINATION, *parts))]
        )
        bundle = found.library.combinations["bundle"]
        assert bundle.own is not None
        assert bundle.own.reopens is bundle.reopens
        return bundle.reopens

    assert not combined(PART, SECOND)
    assert combined(_said(PART, "reopens"), _said(SECOND, "reopens"))


def test_members_read_it() -> None:
    assert "按住院（事件）开始的先后计算" in _told(REOPENS, "zh")
    assert "in the order in which the stays (or events) began" in _told(REOPENS, "en")
    stands = REOPENS.replace("reopens", "stands")
    assert "按提交申请的先后计算，先前的决定不变" in _told(stands, "zh")
    assert "filed late" not in _told("", "en")


def test_the_form_of_the_designer_changes_it() -> None:
    text = one(FORMULA, rest=REOPENS)
    found = {value.place: value for value in common_values(text)}["late_filed.earlier_stay"]
    assert (found.kind, found.value, found.group[0]) == ("late_filed", "reopens", "等待期与时限")
    changed = with_values(text, {"late_filed.earlier_stay": "stands"})
    assert changed == text.replace("reopens", "stands")
    with pytest.raises(ValuesRefused):
        with_values(text, {"late_filed.earlier_stay": "sometimes"})


def test_no_engine_reorders_the_events_of_a_case() -> None:
    later = stay("e1", "2025-05-01", "2025-05-04", self_paid="1000.00")
    earlier = stay("e2", "2025-03-01", "2025-03-04", self_paid="1000.00")
    data = case(later, earlier)
    for rest in ("", REOPENS):
        document = one(FORMULA, rest=rest)
        assert_agree(library_of(document), [data])
        assert told(document, data) == ["e1 inpatient pay 800.00", "e2 inpatient pay 200.00 cap_reached"]
