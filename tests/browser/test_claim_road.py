"""From falling ill to money in the account and a proof of it, in Chromium, with the demonstration's worker and simulated bank."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mutualaid.core.dates import day_of
from mutualaid.web.demo import cast
from tests.browser.claim_road import COMES_BACK, DESK, GOOD, PHONE, Road
from tests.browser.demonstration import Demonstration
from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
SOURCES = Path(__file__).resolve().parents[2] / "src"


def verified(file: Path, key: Path) -> int:
    """The exit status of ``mutualaid proof verify``: with a published key, no database and no network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MUTUALAID_", "DATABASE_URL"))}
    command = [sys.executable, "-m", "mutualaid.cli", "proof", "verify", str(file), "--key", str(key)]
    environment = {**kept, "PYTHONPATH": str(SOURCES)}
    return subprocess.run(command, env=environment, check=False, capture_output=True, timeout=120).returncode


def said_of(visit: Visit, file: Path, what: str) -> str:
    """What the public page says of a document."""
    visit.go("/proofs")
    visit.bring("文书", file)
    visit.page.locator("main form button").first.click()
    visit.page.wait_for_load_state()
    visit.look(what)
    return str(visit.page.locator("main").inner_text())


def test_filed_decided_by_two_paid_by_two_and_proved(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    road = Road(chromium, demo.address, tmp_path, "first")
    member = road.visit(cast.MEMBER, PHONE)
    road.write(member, datetime.datetime.now(datetime.UTC))
    road.bring_papers(member)
    road.sign(member, GOOD, "邻市银行海城支行")
    road.confirm(road.visit(cast.CLERK))
    reviewer = road.visit(cast.REVIEWER)
    road.look_through(reviewer)
    road.pass_on(reviewer)
    road.approve(road.visit(cast.SENIOR))
    batch = road.make_batch(road.visit(cast.FINANCE))
    road.release(road.visit(cast.SECOND_FINANCE), batch)
    road.wait_for_word(member, "已到账")
    member.look("paid")
    member.page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")
    member.look("paid-worked-out")
    told = member.page.locator("main").inner_text()
    for step in ("已提交", "单位确认", "初审", "已核准", "已到账", "第九条"):
        assert step in told, step
    letter = road.letter(member)
    key = tmp_path / "key.pem"
    key.write_bytes(member.taken_along("/proofs/key.pem"))
    assert verified(letter, key) == 0
    content = bytearray(letter.read_bytes())
    content[len(content) // 3] ^= 1
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(content)
    assert verified(changed, key) != 0
    stranger = Visit(chromium, demo.address, name="claim/proofs", width=DESK[0], height=DESK[1])
    road.visits.append(stranger)
    assert said_of(stranger, letter, "holds") != said_of(stranger, changed, "does-not-hold")
    road.close()


def test_returned_for_papers_paid_back_and_paid(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    road = Road(chromium, demo.address, tmp_path, "second")
    member = road.visit(cast.ASKED, PHONE)
    member.go("/members/claims")
    member.look("claims")
    member.page.locator('main a[href*="/members/claims/L"]').first.click()
    member.page.wait_for_load_state()
    road.number = member.page.url.rstrip("/").split("/")[-1].partition("?")[0]
    member.page.get_by_text(cast.SPECIALIST.name).first.wait_for()
    member.look("returned")
    member.go(f"/members/claims/{road.number}/papers")
    road.bring_papers(member, ("invoice", "record"))
    road.sign(member, COMES_BACK, "示范银行滨海支行")
    road.approve(road.visit(cast.REVIEWER))
    finance, releaser = road.visit(cast.FINANCE), road.visit(cast.SECOND_FINANCE)
    road.release(releaser, road.make_batch(finance))
    road.wait_for_word(member, "更正银行卡")
    member.look("came-back")
    member.link("更正银行卡").click()
    road.choose_card(member, GOOD, "示范银行滨海支行")
    member.look("other-card")
    member.button("重新付款到这张卡").click()
    member.page.wait_for_load_state()
    member.look("ordered-anew")
    road.release(releaser, road.make_batch(finance))
    road.wait_for_word(member, "已到账")
    member.look("paid")
    road.close()


def test_refused_and_changed_by_another_person(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    road = Road(chromium, demo.address, tmp_path, "third")
    member = road.visit(cast.OBJECTOR, PHONE)
    member.go("/members/claims")
    member.page.locator('main a[href*="/members/claims/L"]').first.click()
    member.page.wait_for_load_state()
    road.number = member.page.url.rstrip("/").split("/")[-1].partition("?")[0]
    member.look("refused")
    who_decided = road.visit(cast.REVIEWER)
    answer = who_decided.page.goto(f"{demo.address}/workbench/reviews/{road.number}/objection")
    assert answer.status == 404, "who decided has no part in the review"
    checker = road.visit(cast.CHECKER)
    checker.go("/workbench/reviews")
    checker.look("reviews")
    checker.go(f"/workbench/reviews/{road.number}/objection")
    checker.look("review")
    start = day_of(datetime.datetime.now(datetime.UTC)) - datetime.timedelta(days=80)
    checker.page.get_by_label("答复会员").fill("结算单上的住院日期录错了，已按结算单更正，不在等待期内。")
    checker.page.get_by_label("按材料更正事实后重新理算").check()
    checker.page.locator("details.more-fields").evaluate("one => { one.open = true; }")
    checker.page.locator("[name$=started_on]").fill(start.isoformat())
    checker.page.locator("[name$=ended_on]").fill((start + datetime.timedelta(days=3)).isoformat())
    checker.button("先试算").click()
    checker.page.get_by_text("与原决定不同").wait_for()
    checker.look("tried")
    checker.button("办结并答复").click()
    checker.page.get_by_text("决定有变更").wait_for()
    checker.look("answered")
    road.wait_for_word(member, "复核后核准")
    member.look("approved-after-review")
    road.close()
