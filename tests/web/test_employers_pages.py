"""Pages of 单位端 beside the way: lists stay cheap, clerks of several employers choose, English speaks no Chinese, edges hold."""

from __future__ import annotations

import io
import re

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from mutualaid.enrolment.models import Enrolment
from mutualaid.notices.actions import notify
from mutualaid.people.actions.units import bind_clerk, register_clerk
from tests.enrolment.rosters import person, previewed
from tests.people.cast import AT, BY, employer
from tests.web import employers_scene as scene
from tests.web.cast import Web

MOST = 12
"""Statements of a page that read a table, those of the session and of the shell around it among them."""


def statements(web: Web, address: str) -> list[str]:
    """What a page asks of the database once everything that is kept in memory is there."""
    client = web.client("clerk")
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(address)
    return [one["sql"] for one in asked if ' FROM "' in one["sql"]]


def test_lists_ask_no_more_for_fifty_rows_than_for_one(web: Web) -> None:
    scene.draft(web, rows=50, headcount=60)
    bill = scene.bill(web)
    scene.paid(web)
    code = web.people.mill.unit.code
    for name, args in (
        ("enrolments", []),
        ("bills", []),
        ("bill", [bill.number]),
        ("enrolment", [bill.enrolment.number]),
        ("rows", [bill.enrolment.number]),
        ("covers", [code]),
        ("activations", [code]),
        ("clerks", []),
        ("notices", []),
        ("home", []),
    ):
        asked = statements(web, reverse(f"employers:{name}", args=args))
        assert len(asked) <= MOST, f"{name}: {len(asked)}\n" + "\n".join(one[:140] for one in asked)


def test_a_preview_of_fifty_rows_is_as_cheap(web: Web) -> None:
    found = previewed(scene.draft(web), [person(2 * i, "") for i in range(1, 51)])
    asked = statements(web, reverse("employers:upload", args=[found.enrolment.number, found.file.key]))
    assert len(asked) <= MOST, "\n".join(one[:140] for one in asked)


def test_a_clerk_of_two_employers_chooses(web: Web) -> None:
    other = employer(web.people.county, 9)
    account = web.accounts["clerk"][0]
    bind_clerk(
        clerk=register_clerk(employer=other, account=account, name="周一帆", evidence="form-9", by=BY, at=AT),
        by=BY,
        at=AT,
    )
    scene.draft(web)
    client = web.client("clerk")
    home = client.get(reverse("employers:home")).content.decode()
    assert "第1厂工会" in home
    assert "切换到此单位" in home
    assert "E0000" in client.get(reverse("employers:enrolments")).content.decode()
    client.post(reverse("employers:choice"), {"employer": other.unit.code})
    assert "没有参保单" in client.get(reverse("employers:enrolments")).content.decode()
    assert client.post(reverse("employers:choice"), {"employer": "G2"}).status_code == 404
    # An address that was told says for whom it is; somebody else's employer changes nothing.
    page = client.get(reverse("employers:renewals") + f"?unit={web.people.mill.unit.code}").content.decode()
    assert "第1厂工会" in page[page.index("<main") :]
    assert "E0000" in client.get(reverse("employers:enrolments") + "?unit=G2").content.decode()


@pytest.mark.parametrize(
    ("name", "args"),
    [("home", []), ("plans", []), ("help", []), ("clerks", []), ("application_new", []), ("joining", [])],
)
def test_in_english(web: Web, name: str, args: list[str]) -> None:
    client = web.client("clerk")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(reverse(f"employers:{name}", args=args)).content.decode()
    main = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")])
    ours = re.sub(r"第\d厂工会|全国总会|南省办事处|周一帆", "", main)
    assert not re.search(r"[\u4e00-\u9fff]", ours), re.findall(r"\S*[\u4e00-\u9fff]+\S*", ours)


def test_lists_take_whatever_an_address_asks(web: Web) -> None:
    scene.draft(web, rows=3)
    client = web.client("clerk")
    code = web.people.mill.unit.code
    for query in (
        "page=0",
        "page=x",
        "page=999999",
        "state=nothing",
        "sort=pk__x",
        "q=%00",
        "term=x",
        "q=" + "长" * 900,
    ):
        for address in (
            reverse("employers:enrolments"),
            reverse("employers:bills"),
            reverse("employers:covers", args=[code]),
            reverse("employers:activations", args=[code]),
            reverse("employers:rows", args=[scene.draft(web).number]),
            reverse("employers:application_new"),
        ):
            assert client.get(f"{address}?{query}").status_code == 200, (address, query)


def test_exports_hold_what_the_list_shows(web: Web) -> None:
    scene.paid(web)
    client = web.client("clerk")
    answer = client.get(reverse("employers:covers_export", args=[web.people.mill.unit.code]) + "?q=林晓禾")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.values)
    assert len(rows) == 2
    assert "********" in str(rows[1][1])


def test_a_notice_is_read_and_leads_on(web: Web) -> None:
    words = {"number": "A1"}
    account = web.accounts["clerk"][0]
    made = notify(account=account, portal="clerk", template="application_approved", words=words, by=BY, at=AT)
    client = web.client("clerk")
    assert "登记申请已通过" in client.get(reverse("employers:notices")).content.decode()
    assert client.post(reverse("employers:notice", args=[made.key]))["Location"] == reverse("employers:notices")
    made.refresh_from_db()
    assert made.read_at == AT
    assert client.post(reverse("employers:notices")).status_code == 302
    assert "全部标为已读" not in client.get(reverse("employers:notices")).content.decode()


def test_what_was_typed_stays_when_a_person_is_refused(web: Web) -> None:
    told = {"name": "林晓帆", "identity_kind": "居民身份证", "identity_number": "450502198806070001"}
    page = web.client("clerk").post(reverse("employers:row_new", args=[scene.draft(web).number]), told)
    assert page.status_code == 422
    shown = page.content.decode()
    assert 'value="林晓帆"' in shown
    assert "field-error" in shown


def test_a_second_draft_of_the_term_leads_to_the_first(web: Web) -> None:
    first = scene.draft(web)
    answer = web.client("clerk").post(
        reverse("employers:enrolment_new") + f"?plan={scene.plan(web).number}", {"headcount": "3"}
    )
    assert answer.status_code == 422
    assert reverse("employers:enrolment", args=[first.number]) in answer.content.decode()
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize(
    "page", ["bills/%00", "enrolments/%00", "units/%00", "orders/%ff", "plans/%00", "applications/%00"]
)
def test_a_number_that_cannot_be_is_not_found(web: Web, page: str) -> None:
    assert web.client("clerk").get(f"/employers/{page}").status_code in {400, 404}
