"""A claim is written: begun, told step by step, papers, payee; and refused where it cannot be."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest

from mutualaid.claims.actions import drafting
from mutualaid.claims.actions.drafting import begin_claim, remove_paper
from mutualaid.claims.actions.filing import file_claim
from mutualaid.claims.actions.reviewing import return_for_papers
from mutualaid.claims.checklist import missing_of
from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.claims.refusals import FactsFaulty, NotCovered, Unfinished
from mutualaid.core.models import AuditEntry
from mutualaid.people.contacts import NotAContact
from tests.claims.drafts import BILL, CARD, FACTS, begun, complete, page, paid_to, told
from tests.claims.scene import Scene, actor
from tests.people.cast import BY, resident_id
from tests.pictures import PDF, PNG

pytestmark = pytest.mark.django_db
KIN = {
    "name": "段木兰",
    "relation": "配偶",
    "identity_kind": "resident_id",
    "identity_number": resident_id("19890101", 8),
    "phone": "13900000009",
}


def test_a_draft_lies_at_the_employer_of_the_cover(scene: Scene) -> None:
    claim = begun(scene)
    assert (claim.state, claim.source, claim.counts) == ("draft", "member", False)
    assert (claim.employer_id, claim.office_id) == (scene.cast.mill.pk, scene.cast.county.pk)
    assert claim.number.startswith("L")
    assert [zh for _, zh, _ in missing_of(claim=claim)][:2] == ["发生了什么", "日期"]


def test_nobody_begins_a_claim_without_a_cover(scene: Scene) -> None:
    with pytest.raises(NotCovered):
        begin_claim(member=scene.cast.wei, source=Source.COUNTER, by=BY, at=scene.now())


def test_drafts_are_not_without_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "DRAFTS_MOST", 1)
    begun(scene)
    with pytest.raises(drafting.TooMany):
        begun(scene)


def test_next_of_kin_say_who_they_are(scene: Scene) -> None:
    for wrong in (None, {"name": ""}, {"phone": "12"}, {"identity_number": "110101"}, {"identity_kind": "ticket"}):
        applicant = None if wrong is None else KIN | wrong
        with pytest.raises(drafting.BadApplicant):
            begin_claim(member=scene.lin, source=Source.KIN, applicant=applicant, by=BY, at=scene.now())
    claim = begin_claim(member=scene.lin, source=Source.KIN, applicant=KIN, by=BY, at=scene.now())
    found = json.loads(Claim.objects.get(pk=claim.pk).particulars.applicant or "")
    assert (found["name"], found["relation"]) == ("段木兰", "配偶")
    paid_to(scene, claim, name="段木兰")


def test_steps_save_themselves_one_after_the_other(scene: Scene) -> None:
    claim = told(scene, begun(scene), {"kind": "inpatient"})
    told(scene, claim, FACTS, BILL)
    found = Claim.objects.get(pk=claim.pk).particulars
    assert (found.kind, found.hospital, found.total_amount) == ("inpatient", "海市第一医院", Decimal(8000))
    assert (found.started_on, found.ended_on) == (datetime.date(2025, 5, 10), datetime.date(2025, 5, 13))
    assert json.loads(found.facts) == FACTS
    assert [one.item for one in claim.expenses.order_by("line")] == ["床位费", "西药费"]
    entry = AuditEntry.objects.filter(what="write_event").latest("id")
    assert entry.detail == {"fields": sorted(FACTS), "lines": 2}, "no fact of health in the audit trail"


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"kind": "holiday"}, "kind"),
        ({"kind": "inpatient", "started_on": "yesterday"}, "started_on"),
        ({"started_on": "2025-06-02", "ended_on": "2025-06-01"}, "ended_on"),
        ({"amounts": {"total": "8000"}}, "amounts.total"),
        ({"amounts": {"totl": "8000.00"}}, "amounts.totl"),
        ({"hospital_level": 7}, "hospital_level"),
        ({"diagnoses": ["脑"]}, "diagnoses"),
    ],
)
def test_each_value_that_is_given_is_checked(scene: Scene, facts: dict[str, Any], path: str) -> None:
    claim = begun(scene)
    with pytest.raises(FactsFaulty) as refusal:
        told(scene, claim, facts)
    assert [one.path for one in refusal.value.faults] == [path]
    assert Claim.objects.get(pk=claim.pk).particulars.facts == "{}"


@pytest.mark.parametrize("facts", [{"accident_on": "2025-05-01", "accident": True}, {"ended_on": "2025-05-13"}, {}])
def test_what_is_not_told_yet_does_not_matter(scene: Scene, facts: dict[str, Any]) -> None:
    assert told(scene, begun(scene), facts).particulars.kind == ""


def test_a_bill_of_endless_lines_is_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "EXPENSES_MOST", 1)
    with pytest.raises(drafting.TooMany):
        told(scene, begun(scene), FACTS, BILL)


def test_a_claim_lies_at_the_employer_of_the_day_with_its_files(scene: Scene) -> None:
    """A cover of another year, at another employer, under another office."""
    claim = begun(scene)
    paper = page(scene, claim, "invoice")
    Claim.objects.filter(pk=claim.pk).update(
        employer=scene.cast.far, unit_path=scene.cast.far.unit.path, office=scene.cast.other_city
    )
    moved = told(scene, claim, FACTS)
    assert (moved.employer_id, moved.office_id) == (scene.cast.mill.pk, scene.cast.county.pk)
    paper.file.refresh_from_db()
    assert paper.file.unit_path == scene.cast.county.path


def test_money_goes_to_the_members_own_card(scene: Scene) -> None:
    claim = begun(scene)
    for payee in ({"name": "尉迟安"}, {"name": ""}, {"bank": " "}):
        with pytest.raises(drafting.NotOwnCard):
            paid_to(scene, claim, **payee)
    for payee in ({"card": CARD[:-1] + str((int(CARD[-1]) + 1) % 10)}, {"bank_code": "12"}):
        with pytest.raises(NotAContact):
            paid_to(scene, claim, **payee)
    paid_to(scene, claim, card=f"{CARD[:4]} {CARD[4:]}", bank_code="102290000011")
    found = Claim.objects.get(pk=claim.pk).particulars
    assert (found.payee_name, found.account_number, found.bank_code) == ("林晓禾", CARD, "102290000011")


def test_pages_lie_in_the_offices_branch_and_a_page_brought_twice_is_one(scene: Scene) -> None:
    claim = begun(scene)
    one, again = page(scene, claim, "invoice"), page(scene, claim, "invoice")
    other = page(scene, claim, "invoice", PDF)
    assert one.pk == again.pk
    assert (one.page, other.page) == (1, 2)
    assert one.file.unit_path == scene.cast.county.path
    removed = remove_paper(paper=one, by=BY, at=scene.now())
    assert removed.removed_at == remove_paper(paper=one, by=BY, at=scene.now()).removed_at
    assert list(ClaimPaper.objects.filter(claim=claim, removed_at=None)) == [other]


@pytest.mark.parametrize(
    ("word", "content"),
    [
        ("ticket", PNG),
        ("invoice", b"\n"),
        ("invoice", b"\0\0\0\x18ftypheic and more"),
        ("invoice", "姓名,金额\n".encode()),
        ("invoice", PNG + b"0" * drafting.PAGE_SIZE_MOST),
    ],
)
def test_what_is_no_page_is_refused(scene: Scene, word: str, content: bytes) -> None:
    with pytest.raises(drafting.BadPage) as refusal:
        page(scene, begun(scene), word, content)
    assert refusal.value.zh
    assert refusal.value.en


def test_pages_are_not_without_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "PAGES_MOST", 1)
    claim = begun(scene)
    page(scene, claim, "invoice")
    with pytest.raises(drafting.TooMany):
        page(scene, claim, "record")


def test_what_is_complete_is_filed_and_then_nothing_is_written_any_more(scene: Scene) -> None:
    claim = file_claim(claim=complete(scene), by=BY, at=scene.now())
    assert (claim.state, claim.counts) == ("first_review", True)
    paper = claim.papers.get(word="invoice")
    for write in (
        lambda: told(scene, claim, FACTS),
        lambda: paid_to(scene, claim),
        lambda: page(scene, claim, "other"),
        lambda: remove_paper(paper=paper, by=BY, at=scene.now()),
    ):
        with pytest.raises(drafting.NotBeingWritten):
            write()


def test_what_the_office_had_in_hands_is_not_removed(scene: Scene) -> None:
    claim = file_claim(claim=complete(scene), by=BY, at=scene.now())
    by = actor(scene.first)
    back = return_for_papers(claim=claim, words=["invoice"], text="", contact=scene.first, by=by, at=scene.now())
    with pytest.raises(drafting.BadPage):
        remove_paper(paper=back.papers.get(word="invoice"), by=BY, at=scene.now())
    remove_paper(paper=page(scene, back, "invoice", PNG + b"2"), by=BY, at=scene.now())
    with pytest.raises(Unfinished):
        file_claim(claim=back, by=BY, at=scene.now())
    page(scene, back, "invoice", PNG + b"3")
    assert file_claim(claim=back, by=BY, at=scene.now()).state == "first_review"
