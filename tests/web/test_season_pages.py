"""单位端 in a season: what the first page says of each plan, and what is said when the season, the draft or the file is not as it
should be."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mutualaid.contributions.actions.bills import accept_and_bill, submit_and_bill
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.people.identity import masked
from tests.enrolment.gig import rider_plan
from tests.enrolment.rosters import begun, person, taken, version
from tests.people.cast import AT, BY, ON
from tests.web import employers_scene as scene
from tests.web.cast import Web, sign_in_as

pytestmark = pytest.mark.django_db
SEASON = (
    '{years: 1, begins: fixed, on: "07-01", first_on: 2025-07-01, clause: 第二条, '
    'enrolment: {opens: "02-01", closes: "03-20", clause: 第二条}}'
)


def of_season(web: Web) -> Enrolment:
    """A draft of three in a plan whose season ends on 20 March."""
    of = version(web.people.province, "season-2025", family="season", term=SEASON)
    of.refresh_from_db()
    made = begun(web.people.mill, of, 3)
    made.refresh_from_db()
    return taken(made, scene.people(3))


def shown(client: Client, name: str, *args: str) -> str:
    """A page."""
    answer = client.get(reverse(f"employers:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_first_page_says_how_each_plan_stands(web: Web, web_clock: Any) -> None:
    scene.fund(web)
    client, draft = web.client("clerk"), of_season(web)
    told = shown(client, "home")
    assert "还剩 19 天" in told
    assert "还没有提交" in told
    submit_and_bill(enrolment=draft, by=BY, at=AT)
    assert "已提交，等待工会审核" in shown(client, "home")
    draft.refresh_from_db()
    bill = accept_and_bill(enrolment=draft, by=BY, at=AT)
    assert bill is not None
    told = shown(client, "home")
    assert "应缴 300.00 元" in told
    assert told.count(reverse("employers:bill", args=[bill.number])) == 2  # among what is to be done, and with the plan
    web.made["bill"] = bill
    scene.paid(web)
    assert "本期已办理，保障至 2026-06-30" in shown(client, "home")
    web_clock.forward(days=340)  # in the next season
    sign_in_as(client, *web.accounts["clerk"], web_clock.at)
    told = shown(client, "home")
    assert "上期 3 人，保障至 2026-06-30" in told
    assert reverse("employers:renewal", args=[draft.version.number]) in told


def test_a_plan_by_days_is_joined_by_code_and_no_roster_is_asked(web: Web, web_clock: Any) -> None:
    of = rider_plan(web.people.province)
    client = web.client("clerk")
    by_code, by_roster = reverse("employers:joining_pages"), f"{reverse('employers:enrolment_new')}?plan={of.number}"
    for name, args in (("home", []), ("plans", []), ("plan", [of.number])):
        page = shown(client, name, *args)
        assert (page.count(by_code) > 1, by_roster in page) == (True, False), name  # once in the menu
    chosen = shown(client, "enrolment_new")
    assert f"?plan={of.number}" not in chosen
    scene.fund(web)
    scene.paid(web)
    joined = Cover.objects.filter(employer=web.people.mill, state="begun")
    joined.update(version=of, plan=of.plan, family=of.family, from_on=ON, joined_on=ON)
    told = shown(client, "home")
    assert f"{joined.count()} 人有保障" in told
    assert told.count(by_code) > 1
    web_clock.forward(days=340)
    sign_in_as(client, *web.accounts["clerk"], web_clock.at)
    assert reverse("employers:renewal", args=[of.number]) not in shown(client, "renewals")


def test_a_season_that_closes_while_the_roster_is_written(web: Web, web_clock: Any) -> None:
    client, draft = web.client("clerk"), of_season(web)
    assert "不能提交" not in shown(client, "enrolment", draft.number)
    web_clock.forward(days=30)
    sign_in_as(client, *web.accounts["clerk"], web_clock.at)
    assert "这张参保单不能提交" in shown(client, "enrolment", draft.number)
    assert "现在不在办理时间内" in shown(client, "home")
    refused = client.post(reverse("employers:submission", args=[draft.number]))
    assert refused.status_code == 422
    assert "不在办理时间内" in refused.content.decode()
    assert draft.rows.filter(taken=True).count() == 3


def test_pages_of_a_draft_that_is_none_any_more_lead_to_the_enrolment(web: Web) -> None:
    client, draft = web.client("clerk"), of_season(web)
    home = reverse("employers:enrolment", args=[draft.number])
    submit_and_bill(enrolment=draft, by=BY, at=AT)
    for name in ("submission", "row_new"):
        assert client.get(reverse(f"employers:{name}", args=[draft.number]))["Location"] == home
    # A second window may not change what the office looks at; what is handed in is taken back by its clerk.
    person = {"name": "林晓帆", "identity_kind": "居民身份证", "identity_number": scene.people(1, 40)[0][2]}
    assert client.post(reverse("employers:row_new", args=[draft.number]), person).status_code == 409
    assert client.post(reverse("employers:submission", args=[draft.number])).status_code == 409
    back = reverse("employers:undoing", args=[draft.number])
    asked = client.get(back).content.decode()
    assert "名单回到填报中" in asked
    assert "作废的账单" not in asked
    assert client.post(back)["Location"] == home
    assert client.post(back).status_code == 409
    assert client.post(reverse("employers:cancellation", args=[draft.number])).status_code == 302
    for name in ("submission", "row_new", "cancellation", "undoing"):
        assert client.get(reverse(f"employers:{name}", args=[draft.number]))["Location"] == home


def archive(*parts: str) -> bytes:
    """With parts of these names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for part in parts:
            made.writestr(part, "x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04" + b"x" * 100, "已损坏或有密码"),
        (archive("content.xml", "mimetype"), "得到 .xlsb 或 .ods"),
        (archive("照片.jpg"), "请解压后上传"),
        (b"", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 500, "得到其他格式"),
    ],
)
def test_what_is_no_workbook_is_refused_at_the_door(web: Web, content: bytes, said: str) -> None:
    file = SimpleUploadedFile("花名册.xlsx", content)
    address = reverse("employers:uploads", args=[scene.draft(web).number])
    answer = web.client("clerk").post(address, {"roster": file})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "another format" not in answer.content.decode()


def test_the_number_that_is_offered_is_masked_on_the_page_and_whole_in_the_clerks_files(web: Web) -> None:
    upload, number = scene.old(web), person(10)[2]
    client, args = web.client("clerk"), [upload.enrolment.number, upload.file.key]
    page = client.get(reverse("employers:upload", args=args)).content.decode()
    assert "建议改为" in page
    assert masked(number) in page
    assert number not in page
    assert number[6:14] not in page
    for name in ("faults", "marked"):
        answer = client.get(reverse(f"employers:{name}", args=args))
        held = zipfile.ZipFile(io.BytesIO(b"".join(answer) if answer.streaming else answer.content))
        assert any(number.encode() in held.read(one) for one in held.namelist())
    client.post(reverse("employers:mending", args=args))
    assert upload.enrolment.rows.filter(faults=[]).count() == 2
