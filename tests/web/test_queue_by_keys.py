"""The queue as it is opened: the statement of its own finds what the query finds that is narrowed, and rows are escaped."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from mutualaid.claims import access
from mutualaid.claims.actions.desk import announce_absence, hand_over
from mutualaid.claims.models import Claim, Confirmation, Particulars
from mutualaid.claims.waiting import keys_of_queue, shown_in_queue
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.models import Member
from mutualaid.web.workbench.claims import ClaimsAsked, QueueAsked
from tests.people.cast import AT, BY, ON
from tests.web import reviews_made as made
from tests.web.cast import Web

pytestmark = pytest.mark.django_db
PERSONS = ("reviewer", "senior_reviewer", "second_reviewer", "finance", "outsider", "clerk")


def _nothing_more(_: Web, __: list[Claim]) -> None:
    pass


def _handed_over(web: Web, claims: list[Claim]) -> None:
    hand_over(claim=claims[1], to=web.people.reviewer, by=made.reviewing(web), at=AT)


def _stood_in_for(web: Web, claims: list[Claim]) -> None:
    _handed_over(web, claims)
    announce_absence(
        staff=web.people.reviewer,
        deputy=web.made["second"],
        from_on=ON,
        until_on=ON + datetime.timedelta(days=2),
        by=BY,
        at=AT,
    )


def _an_absence_that_is_over(web: Web, claims: list[Claim]) -> None:
    _stood_in_for(web, claims)
    web.people.reviewer.absences.update(from_on=ON - datetime.timedelta(days=2), until_on=ON)


def _seen_by_the_first(web: Web, claims: list[Claim]) -> None:
    Claim.objects.filter(pk=claims[0].pk).update(state="final_review", first_by=web.actor("senior_reviewer").key)
    Claim.objects.filter(pk=claims[1].pk).update(state="final_review", first_by="0")
    Claim.objects.filter(pk=claims[2].pk).update(first_by=web.actor("reviewer").key)


def _due_in_another_order(_: Web, claims: list[Claim]) -> None:
    for days, claim in enumerate(reversed(claims)):
        due = None if days == 2 else ON + datetime.timedelta(days=days)
        Claim.objects.filter(pk=claim.pk).update(due_on=due, state="final_review" if days == 1 else claim.state)


def _elsewhere(web: Web, claims: list[Claim]) -> None:
    Claim.objects.filter(pk=claims[1].pk).update(unit_path=web.people.nation.path)


def _found_out_by_the_reviewer(web: Web, claims: list[Claim]) -> None:
    who = web.actor("reviewer").key
    Confirmation.objects.create(
        claim=claims[2], confirmed=True, how="call", office=web.people.city, ascertained="电话", by_key=who, at=AT
    )


def _closed(web: Web, _: list[Claim]) -> None:
    account = web.accounts["reviewer"][0]
    type(account).objects.filter(pk=account.pk).update(is_active=False)


@pytest.mark.parametrize(
    "happened",
    [
        _nothing_more,
        _handed_over,
        _stood_in_for,
        _an_absence_that_is_over,
        _seen_by_the_first,
        _due_in_another_order,
        _elsewhere,
        _found_out_by_the_reviewer,
        _closed,
    ],
)
def test_the_same_as_the_query_that_is_narrowed(web: Web, happened: Callable[[Web, list[Claim]], None]) -> None:
    made.other_reviewer(web)
    claims = [made.waiting(web, amount) for amount in ("300.00", "400.00", "500.00")]
    happened(web, claims)
    found = {}
    for person in PERSONS:
        actor = web.actor(person)
        wanted = list(access.queue_of(actor=actor, on=ON).order_by("due_on", "id").values_list("pk", flat=True))
        found[person] = keys_of_queue(actor=actor, on=ON, most=100)
        assert found[person] == wanted, person
        assert keys_of_queue(actor=actor, on=ON, most=1) == wanted[:1]
    assert found["senior_reviewer"], "somebody has to do with it"


def test_nobody_has_a_queue_by_a_key_that_is_none() -> None:
    for key in ("", "x", "0", "9" * 18):
        assert keys_of_queue(actor=Actor(ActorKind.STAFF, key), on=ON, most=9) == []


def test_what_is_shown_is_what_stands(web: Web) -> None:
    claim = made.waiting(web, "1200.00")
    bare = made.waiting(web, "300.00")
    Particulars.objects.filter(claim=bare).update(kind="", hospital="")
    rows = {one.pk: one for one in shown_in_queue(keys=[claim.pk, bare.pk])}
    shown = rows[claim.pk]
    latest = claim.assessments.order_by("-round")[0]
    assert (shown.number, shown.state, shown.due_on) == (claim.number, claim.state, claim.due_on)
    assert (shown.name, shown.member, shown.kind) == (claim.member.name, claim.member.number, "inpatient")
    assert (shown.total, shown.refers, shown.refuses) == (latest.total_amount, latest.refers, latest.refuses)
    assert rows[bare.pk].kind == rows[bare.pk].hospital == ""
    assert shown_in_queue(keys=[]) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_rows_are_escaped(web: Web, language: str) -> None:
    claim = made.one(web)
    Member.objects.filter(pk=claim.member_id).update(name="<script>{0}</script>")
    Particulars.objects.filter(claim=claim).update(hospital='"{院}" & <b>')
    client = web.client("reviewer")
    client.cookies["mutualaid_language"] = language
    told = client.get("/workbench/claims").content.decode()
    assert "&lt;script&gt;{0}&lt;/script&gt;" in told
    assert "&quot;{院}&quot; &amp; &lt;b&gt;" in told
    assert "<script>{0}" not in told


def test_a_form_alike_for_all_is_kept_only_while_nothing_is_asked() -> None:
    bar = Template("{% filters form %}")

    def shown(form: ClaimsAsked, query: str, language: str = "zh-hans") -> str:
        request = RequestFactory().get("/workbench/claims?" + query)
        with translation.override(language):
            return bar.render(Context({"form": form, "request": request}))

    plain = shown(QueueAsked(None), "")
    assert shown(QueueAsked(None), "") == plain == shown(QueueAsked(QueryDict("page=2")), "page=2")
    asked = shown(QueueAsked(QueryDict("q=海市&state=first_review")), "q=海市&state=first_review")
    assert 'value="海市"' in asked
    assert "selected" in asked
    assert shown(QueueAsked(None), "") == plain, "what somebody asked is not kept"
    assert shown(ClaimsAsked(None), "") != plain, "another form"
    assert "海市" not in shown(QueueAsked(None), "", "en")
    assert shown(QueueAsked(None), "", "en") != plain
