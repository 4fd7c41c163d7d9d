"""Rules of next of kin who act by telephone: who sees the rows, who answers, what is kept, how it ends."""

from __future__ import annotations

import datetime
import json

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from mutualaid.claims.actions.drafting import BadPage, NotOwnCard, set_payee
from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.kin_checking import accept_kinship, hand_over_kinships, return_kinship
from mutualaid.claims.actions.kin_claims import NotActing, begin_kin_claim
from mutualaid.claims.actions.kinship import (
    Impossible,
    NotBeingProven,
    NotKin,
    begin_kinship,
    remove_kin_page,
    submit_kinship,
)
from mutualaid.claims.actions.reviewing import withdraw_claim
from mutualaid.claims.actions.signing import ASKED, NotSigned, sign_and_file
from mutualaid.claims.jobs import end_kinships
from mutualaid.claims.models import Claim, ClaimPaper, KinClaim, KinPaper, Kinship, Particulars, Relation, Why
from mutualaid.claims.refusals import NotYours, Unfinished
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.papers import holding
from mutualaid.core.row_security import within
from mutualaid.people.consents import current_text
from mutualaid.people.models import Consent, Kin
from tests.people.cast import BY, as_staff
from tests.web import kin_made as made
from tests.web.cast import Web
from tests.web.member_claims import CARD

pytestmark = pytest.mark.django_db
TABLES = (Kinship, KinPaper, KinClaim, Claim, Particulars, ClaimPaper)


def test_who_sees_which_rows(web: Web) -> None:
    made.filed(web)
    his, other = made.by(web), web.actor("other_member")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")

    def seen(*branches: str, member: int | None = None, holder: object = None) -> list[bool]:
        with within(branches, member=member):
            if holder is not None:
                holding(by=holder)  # type: ignore[arg-type]
            found = [table.objects.exists() for table in TABLES]
            holding(by=other)
        return found

    assert seen(holder=his) == [True] * 6
    assert seen(holder=other) == [False] * 6
    assert seen() == [False] * 6
    assert seen(web.people.city.path) == [True] * 6
    assert seen(web.people.other_city.path) == [False] * 6
    # An employer's clerk sees that there is a claim, and nothing of who filed it.
    assert seen(web.people.mill.unit.path) == [False, False, False, True, False, False]
    assert seen(member=web.people.lin.pk) == [True, False, True, True, True, True]
    with within([]):
        holding(by=his)
        assert Kin.objects.count() == 1
        holding(by=other)
        assert Kin.objects.count() == 0


def test_a_kinship_that_ended_opens_nothing(web: Web) -> None:
    made.filed(web)
    made.ended(web)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")
    with within([]):
        holding(by=made.by(web))
        assert [table.objects.exists() for table in TABLES] == [True, True, True, False, False, False]


def test_by_which_kinship_a_claim_came_is_never_changed(web: Web) -> None:
    made.drafted(web)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        KinClaim.objects.all().delete()


def test_who_files_and_what_was_proven_stand_in_the_claim(web: Web) -> None:
    claim = made.filed(web)
    told = json.loads(Particulars.objects.get(claim=claim).applicant or "")
    assert (told["name"], told["relation"], told["phone"]) == ("顾怀远", "配偶", made.HIS_PHONE)
    assert set(told["agreed"]) == {purpose.value for purpose in ASKED}
    assert not Consent.objects.filter(member=web.people.lin, purpose__in=ASKED).exists()
    words = set(ClaimPaper.objects.filter(claim=claim).values_list("word", flat=True))
    assert {"identity", "kinship", "signature"} <= words
    assert "form" not in words


def test_only_the_member_or_who_files_is_paid(web: Web) -> None:
    claim = made.drafted(web)
    for name in ("林晓禾", "顾怀远"):
        set_payee(claim=claim, payee=Payee(name, CARD, "邻市银行"), by=made.by(web), at=web.at)
    with pytest.raises(NotOwnCard):
        set_payee(claim=claim, payee=Payee("尉迟安", CARD, "邻市银行"), by=made.by(web), at=web.at)


def test_they_sign_in_their_own_name_and_agree(web: Web) -> None:
    claim = made.unsigned(web)
    agreed = {purpose: current_text(purpose).version for purpose in ASKED}
    with pytest.raises(NotSigned):
        sign_and_file(claim=claim, agreed=agreed, typed="林晓禾", by=made.by(web), at=web.at)
    with pytest.raises(Unfinished):
        sign_and_file(claim=claim, agreed={}, typed="顾怀远", by=made.by(web), at=web.at)


def test_what_cannot_be_asked(web: Web) -> None:
    who, by = made.kin(web), made.by(web)
    with pytest.raises(NotKin):
        begin_kinship(account=who, told=made.told(web, identity_number=made.HIS_NUMBER), by=by, at=web.at)
    told = made.told(web, relation=Relation.OTHER, why=Why.DECEASED)
    with pytest.raises(Impossible):
        begin_kinship(account=who, told=told, by=by, at=web.at)
    empty = made.begun(web)
    with pytest.raises(Unfinished):
        submit_kinship(kinship=empty, by=by, at=web.at)


def test_what_the_office_has_seen_stays(web: Web) -> None:
    kinship = made.returned(web)
    seen = web.made["kin_paper"]
    with pytest.raises(BadPage):
        remove_kin_page(paper=seen, by=made.by(web), at=web.at + datetime.timedelta(minutes=1))
    again = submit_kinship(kinship=kinship, by=made.by(web), at=web.at)
    assert again.state == "submitted"
    with pytest.raises(NotBeingProven):
        remove_kin_page(paper=seen, by=made.by(web), at=web.at)


def test_nobody_of_staff_answers_what_concerns_themselves(web: Web) -> None:
    kinship = made.submitted(web)
    with pytest.raises(NotYours):
        return_kinship(kinship=kinship, text="重拍", by=web.actor("member"), at=web.at)
    Kinship.objects.filter(pk=kinship.pk).update(account=web.people.reviewer.account)
    with pytest.raises(NotYours):
        accept_kinship(kinship=kinship, by=as_staff(web.people.reviewer), at=web.at)


def test_it_expires_once_nothing_is_under_way(web: Web) -> None:
    claim = made.filed(web)
    later = web.at + datetime.timedelta(days=370)
    with pytest.raises(NotActing):
        begin_kin_claim(kinship=web.made["kinship"], kind="diagnosis", by=made.by(web), at=later)
    end_kinships(at=later)
    assert Kinship.objects.get().state == "accepted"
    withdraw_claim(claim=claim, by=made.by(web), at=later)
    end_kinships(at=later)
    found = Kinship.objects.get()
    assert (found.state, found.ended_why) == ("ended", "expired")


def test_who_acts_for_a_double_acts_for_the_member(web: Web) -> None:
    kinship = made.accepted(web)
    hand_over_kinships(kept=web.people.wei, merged=web.people.lin, by=BY, at=web.at)
    kinship.refresh_from_db()
    assert kinship.member_id == web.people.wei.pk


def test_each_step_is_in_the_audit_trail_without_names(web: Web) -> None:
    made.filed(web)
    made.ended(web)
    with pytest.raises(IllegalMove):
        made.ended(web)
    told = list(AuditEntry.objects.order_by("id"))
    words = {one.what for one in told}
    assert {"open_kin_account", "begin_kinship", "add_kin_paper", "submit_kinship", "accept_kinship", "begin_kin_claim",
            "agree_as_kin", "end_kinship"} <= words  # fmt: skip
    assert not any("顾怀远" in json.dumps(one.detail, ensure_ascii=False) for one in told)
