"""An office moves over: the file is checked, signed off by two, applied, and counted anew."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.claims.actions.filing import enter_claim
from mutualaid.claims.history import events_of, standing_of
from mutualaid.claims.models import Claim, Opening, PapersWanted, Source
from mutualaid.core.models import AuditEntry, LongJob
from mutualaid.core.row_security import within
from mutualaid.core.work import run_waiting
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.ledger.models import Entry, Posting
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Employer, Employment, Member
from mutualaid.takeover.actions import applying
from mutualaid.takeover.actions.bringing import (
    ask_to_apply,
    discard_takeover,
    return_takeover,
    sign_takeover,
    submit_takeover,
)
from mutualaid.takeover.models import Takeover, TakeoverRow
from mutualaid.takeover.refusals import Begun, Faulty, Refused, SamePerson, Unexplained
from tests.takeover.moving import AT, CUTOVER, covers, faults_of, members, number, whole

if TYPE_CHECKING:
    from tests.takeover.moving import Moving

DOMAINS = (Employer, Member, Employment, Enrolment, Cover, Opening, Claim, PaymentOrder, Entry)


def counts() -> list[int]:
    return [model.objects.count() for model in DOMAINS]


def of_row(sheet: str, place: int = 0) -> TakeoverRow:
    return TakeoverRow.objects.filter(sheet=sheet).order_by("line")[place]


def member(place: int) -> Member:
    return Member.objects.get(pk=int(of_row("members", place).made.partition(":")[2]))


# --- the check --------------------------------------------------------------------------------------------------------


def test_a_check_says_what_would_be_made_and_writes_nothing_else(moving: Moving) -> None:
    before = counts()
    takeover = moving.upload(whole())
    assert faults_of(takeover) == []
    assert takeover.report["across"] == []
    assert (takeover.state, takeover.report["faults"]) == ("checked", 0)
    assert counts() == before
    assert takeover.report["sheets"]["members"] == {
        "read": 4, "make": 4, "match": 0, "leave": 0, "faulty": 0, "warned": 0
    }  # fmt: skip
    assert {one["word"]: one["made"] for one in takeover.report["controls"]} == {
        "units": "1",
        "members": "4",
        "covers": "4",
        "used_amount": "47500.00",
        "combined_amount": "0.00",
        "once_amount": "10000.00",
        "claims": "2",
        "payables_amount": "2600.00",
        "bank_amount": "500000.00",
    }
    assert {one["difference"] for one in takeover.report["controls"]} == {"0", "0.00", ""}  # the last is not told
    assert number(0) not in json.dumps(takeover.report)


def test_who_is_here_already_is_matched_by_the_number(moving: Moving) -> None:
    sheets = whole()
    lin = moving.cast.lin
    sheets["members"].append(
        {"姓名": lin.name, "证件号码": lin.identity_number, "单位编码": moving.cast.mill.credit_code}
    )
    takeover = moving.upload(sheets)
    assert takeover.report["sheets"]["members"]["match"] == 1
    assert {one["word"]: one["difference"] for one in takeover.report["controls"]}["members"] == "1"


# --- two persons ------------------------------------------------------------------------------------------------------


def test_who_brought_it_does_not_sign_it(moving: Moving) -> None:
    submitted = submit_takeover(takeover=moving.upload(whole()), by=moving.by, at=AT)
    with pytest.raises(SamePerson):
        sign_takeover(takeover=submitted, by=moving.by, at=AT)
    assert sign_takeover(takeover=submitted, by=moving.by_signer, at=AT).state == "signed_off"


def test_the_database_keeps_it_to_two_persons(moving: Moving) -> None:
    takeover = moving.signed(whole())
    with pytest.raises(IntegrityError, match="takeover_of_two_persons"), transaction.atomic():
        Takeover.objects.filter(pk=takeover.pk).update(signed_by=takeover.uploaded_by_id)
    with pytest.raises(IntegrityError, match="takeover_signed_by_somebody"), transaction.atomic():
        Takeover.objects.filter(pk=takeover.pk).update(signed_by=None)


def test_a_file_with_faults_is_not_submitted(moving: Moving) -> None:
    sheets = whole()
    sheets["covers"][0]["计划"] = "没有的计划"
    with pytest.raises(Faulty):
        submit_takeover(takeover=moving.upload(sheets), by=moving.by, at=AT)


def test_totals_that_differ_are_explained(moving: Moving) -> None:
    takeover = moving.upload(whole(), members="5")
    with pytest.raises(Unexplained):
        submit_takeover(takeover=takeover, by=moving.by, at=AT)
    assert (
        submit_takeover(takeover=takeover, reason="旧报表含一名重复登记的人", by=moving.by, at=AT).state == "submitted"
    )


def test_it_is_returned_and_discarded_with_a_reason(moving: Moving) -> None:
    submitted = submit_takeover(takeover=moving.upload(whole()), by=moving.by, at=AT)
    with pytest.raises(Refused):
        return_takeover(takeover=submitted, remark=" ", by=moving.by_signer, at=AT)
    returned = return_takeover(takeover=submitted, remark="余额请再核对", by=moving.by_signer, at=AT)
    assert (returned.state, returned.submitted_by_id) == ("checked", None)
    discarded = discard_takeover(takeover=returned, remark="另传一份", by=moving.by, at=AT)
    assert (discarded.state, TakeoverRow.objects.count()) == ("discarded", 0)


# --- applied ----------------------------------------------------------------------------------------------------------


def test_all_of_it_comes_in_and_the_totals_counted_anew_are_the_same(moving: Moving) -> None:
    takeover = moving.applied(whole())
    assert takeover.state == "applied", LongJob.objects.latest("id").fault_zh
    assert takeover.closing["differences"] == []
    assert not TakeoverRow.objects.filter(made="").exclude(effect="leave").exists()
    employer = Employer.objects.get(unit__name="晨光机械厂工会")
    assert employer.unit.parent_id == moving.cast.city.pk
    cover = Cover.objects.get(member=member(0), plan="hainan-period-2")
    assert (cover.state, cover.consecutive_periods, str(cover.joined_on), str(cover.until_on), cover.employer_id) == (
        *("begun", 2, "2014-03-01", "2020-03-01"),
        employer.pk,
    )
    assert Enrolment.objects.filter(remark=takeover.number).count() == 2
    assert member(0).employments.get().employer_id == employer.pk
    assert AuditEntry.objects.filter(what="take_over_cover").count() == 4


def test_the_books_open_with_the_balances_of_the_old_system(moving: Moving) -> None:
    moving.applied(whole())
    sums: dict[str, Decimal] = {}
    for posting in Posting.objects.filter(entry__book=moving.fund.book_id).select_related("account"):
        sums[posting.account.code] = sums.get(posting.account.code, Decimal(0)) + posting.amount
    assert sums == {
        "1002.01": Decimal(500000),
        "2202.01": Decimal(-2600),
        "2203.01": Decimal(-1500),
        "3102.01": Decimal(-495900),
    }
    assert {str(one.posted_on) for one in Entry.objects.all()} == {str(CUTOVER)}
    order = PaymentOrder.objects.get()
    assert (order.reference, order.amount, order.state) == ("P1", Decimal(2600), "created")


def test_claims_come_in_by_their_old_order_and_stage(moving: Moving) -> None:
    moving.applied(whole())
    first, second = Claim.objects.order_by("completed_at")
    assert (first.source, first.state, str(first.filed_on)) == (Source.TAKEOVER, "first_review", "2019-06-10")
    assert (second.state, second.counts) == ("returned", False)
    assert PapersWanted.objects.get().text == "出院记录"


# --- the engine goes on where the old system stopped ------------------------------------------------------------------


def stay(started: str, ended: str, **amounts: str) -> dict[str, object]:
    return {"kind": "inpatient", "started_on": started, "ended_on": ended, "amounts": amounts}


def test_of_a_cap_only_the_rest_is_paid(moving: Moving) -> None:
    moving.applied(whole())
    told = stay("2019-06-01", "2019-06-11", basic_deductible="800.00", copay="5200.00", self_paid="6000.00")
    claim = enter_claim(member=member(0), facts=told, source=Source.COUNTER, by=moving.by, at=AT)
    found = claim.assessments.latest("round")
    assert found.total_amount == Decimal("2500.00")


def test_what_is_paid_once_is_not_paid_again(moving: Moving) -> None:
    moving.applied(whole())
    sick = {"kind": "diagnosis", "started_on": "2019-06-01", "diagnoses": ["C50"], "first_diagnosed_on": "2019-06-01"}
    claim = enter_claim(member=member(0), facts=sick, source=Source.COUNTER, by=moving.by, at=AT)
    found = claim.assessments.latest("round")
    line = found.lines.get(plan="cwmia-women-8")
    assert (line.outcome, line.reasons) == ("refuse", ["already_paid_once"])


def test_the_exported_history_is_decided_the_same(moving: Moving) -> None:
    from mutualaid.plans.library import load_library
    from tests.takeover.moving import PLANS

    moving.applied(whole())
    told = stay("2019-06-01", "2019-06-11", basic_deductible="800.00", copay="5200.00", self_paid="6000.00")
    enter_claim(member=member(0), facts=told, source=Source.COUNTER, by=moving.by, at=AT)
    case = standing_of(member=member(0)).case(events_of(member=member(0)))
    assert {one["counter"] for one in case["opening"]} == {
        *("inpatient.paid", "inpatient.claims", "womens_illness.paid", "womens_illness.claims"),
    }
    engine = load_library([PLANS]).engine
    decision = engine.decide(engine.parse(json.loads(json.dumps(case))))
    assert sum(line.amount for line in decision.lines) == 250_000


# --- killed in the middle ---------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The worker dies."""


@pytest.mark.parametrize("after", [1, 2, 3, 5, 6, 7])
def test_an_application_that_was_broken_off_goes_on_and_does_nothing_twice(
    moving: Moving, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    from mutualaid.takeover import jobs

    monkeypatch.setattr(applying, "PIECE", 2)
    takeover = moving.signed(whole())
    pieces = 0
    real = applying.apply_piece

    def dies(**told: object) -> int:
        nonlocal pieces
        count = real(**told)  # type: ignore[arg-type]
        pieces += 1
        if pieces == after:
            raise Killed  # after the work, before its transaction ends
        return count

    ask_to_apply(takeover=takeover, by=moving.by, at=AT)
    monkeypatch.setattr(jobs, "apply_piece", dies)
    with pytest.raises(Killed), transaction.atomic():
        run_waiting()
    monkeypatch.setattr(jobs, "apply_piece", real)
    with pytest.raises(Begun):
        discard_takeover(takeover=takeover, remark="不要了", by=moving.by, at=AT)
    LongJob.objects.filter(state__in=["waiting", "running"]).update(state="failed")
    ask_to_apply(takeover=takeover, by=moving.by, at=AT)
    run_waiting()
    takeover.refresh_from_db()
    assert (takeover.state, takeover.closing["differences"]) == ("applied", [])
    assert (Claim.objects.count(), PaymentOrder.objects.count(), Opening.objects.count()) == (2, 1, 4)


def test_applied_twice_nothing_is_made_twice(moving: Moving) -> None:
    takeover = moving.applied(whole())
    before = counts()
    with pytest.raises(Refused):
        ask_to_apply(takeover=takeover, by=moving.by, at=AT)
    again = moving.upload(
        {word: rows for word, rows in whole().items() if word in ("plans", "units", "members", "covers")}
    )
    assert again.report["sheets"]["covers"]["match"] == 4
    submitted = submit_takeover(takeover=again, by=moving.by, at=AT)
    ask_to_apply(takeover=sign_takeover(takeover=submitted, by=moving.by_signer, at=AT), by=moving.by, at=AT)
    run_waiting()
    again.refresh_from_db()
    assert (again.state, counts()) == ("applied", before)


def test_more_members_than_a_piece_come_in(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "PIECE", 7)
    sheets = {**whole(), "members": members(30), "covers": covers(30)}
    for word in ("used", "once", "claims", "payables", "balances", "totals"):
        sheets.pop(word)
    takeover = moving.applied(sheets)
    assert takeover.closing["differences"] == []
    assert Cover.objects.filter(enrolment__remark=takeover.number).count() == 30
    assert Enrolment.objects.filter(remark=takeover.number).count() == 1


# --- fences -----------------------------------------------------------------------------------------------------------


def test_rows_are_seen_in_the_branch_of_the_office_alone(moving: Moving) -> None:
    moving.upload(whole())
    with within([moving.cast.city.path]):
        assert (Takeover.objects.count(), TakeoverRow.objects.exists()) == (1, True)
    for path in (moving.cast.other_city.path, moving.cast.county.path, moving.cast.mill.unit_path):
        with within([path]):
            assert (Takeover.objects.count(), TakeoverRow.objects.exists()) == (0, False)


def test_what_is_told_of_persons_is_encrypted(moving: Moving) -> None:
    moving.upload(whole())
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(content || faults::text || warnings::text, '') FROM takeover_takeoverrow")
        assert number(0) not in cursor.fetchone()[0]
