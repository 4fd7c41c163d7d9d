"""The road of a claim, step by step, as its people walk it in the demonstration: member, clerk, reviewers, finance, the bank."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutualaid.core.dates import day_of
from mutualaid.web.demo import cast, story_papers
from mutualaid.web.demo.drawing import card_ending
from tests.browser.visit import Visit

PHONE, DESK = (390, 844), (1440, 900)
GOOD, COMES_BACK = card_ending("0002"), card_ending("0054")
"""Cards by which the simulated bank knows what to do."""
PATIENCE = 240_000
"""Milliseconds until the bank's word must be there: its files are collected each minute."""
AGAIN_AFTER = 3_000
FUND = "9901"


@dataclass
class Road:
    """Who walks it, each in a browser of their own. ``number``: of the claim that is under way."""

    browser: Any
    address: str
    folder: Path
    name: str
    number: str = ""
    visits: list[Visit] = field(default_factory=list)

    def visit(self, person: cast.Person, size: tuple[int, int] = DESK) -> Visit:
        """A browser, signed in."""
        name = f"claim/{self.name}-{person.key.removeprefix('demo.')}"
        opened = Visit(self.browser, self.address, name=name, width=size[0], height=size[1])
        self.visits.append(opened)
        opened.become(person.key)
        return opened

    def close(self) -> None:
        """Nothing may have gone wrong with anybody's pages."""
        for one in self.visits:
            one.close()

    def photo(self, visit: Visit, word: str) -> Path:
        """A sample of the first page, as it is saved."""
        path = self.folder / f"{word}.png"
        path.write_bytes(visit.taken_along(f"/demo/samples/{word}.png"))
        return path

    # --- the member -------------------------------------------------------------------------------------------------------

    def write(self, member: Visit, at: Any) -> None:
        """The event, the stay and the bill."""
        start, end = story_papers.stay(day_of(at))
        member.go("/members/claims/new")
        member.look("new")
        member.button("住院了").click()
        member.fill(入院日期=start.isoformat(), 出院日期=end.isoformat(), 医院名称=story_papers.HOSPITAL)
        member.page.get_by_text("三级", exact=True).click()
        member.look("visit")
        member.button("下一步").click()
        member.heading(re.compile("花了多少钱"))
        for label, amount in (
            ("金额合计", story_papers.TOTAL),
            ("医保统筹基金支付", story_papers.FUND),
            ("个人自付", story_papers.OWN),
            ("个人自费", story_papers.OUTSIDE),
        ):
            member.page.get_by_label(label).first.fill(amount)
        member.look("costs")
        member.button("下一步").click()
        member.heading(re.compile("拍照上传材料"))
        self.number = re.search(r"L\d+", member.page.url).group()  # type: ignore[union-attr]

    def bring_papers(self, member: Visit, words: tuple[str, ...] = story_papers.WORDS) -> None:
        """Photos of papers, each seen on the page before the next."""
        for word in words:
            box = member.page.locator(f"#paper-{word}")
            there = box.locator(".thumbs li").count()
            box.locator("input[type=file]").nth(1).set_input_files(self.photo(member, word))
            box.locator(".thumbs li").nth(there).wait_for()
        member.look("papers")

    def sign(self, member: Visit, card: str, bank: str) -> None:
        """The card, the consents, the signature; then it is filed."""
        member.go(f"/members/claims/{self.number}/account")
        self.choose_card(member, card, bank)
        member.look("account")
        member.button("下一步").click()
        member.heading(re.compile("核对"))
        for consent in member.page.get_by_label("我已阅读，单独同意这一项").all():
            consent.check()
        self._draw(member)
        member.look("signed")
        member.button(re.compile("提交申请|重新提交")).click()
        member.page.get_by_text("已提交，申请编号").wait_for()
        member.look("filed")

    @staticmethod
    def choose_card(member: Visit, card: str, bank: str) -> None:
        """Another card than the one that is known, if one is."""
        other = member.page.get_by_label("另一张卡")
        if other.count():
            other.first.check()
        member.fill(银行卡号=card, 开户银行=bank)

    @staticmethod
    def _draw(member: Visit) -> None:
        area = member.page.locator(".pad-area")
        area.scroll_into_view_if_needed()
        place = area.bounding_box()
        mouse = member.page.mouse
        mouse.move(place["x"] + 30, place["y"] + 30)
        mouse.down()
        for step in range(1, 30):
            mouse.move(place["x"] + 30 + 8 * step, place["y"] + 30 + (step % 5) * 14)
        mouse.up()

    def wait_for_word(self, member: Visit, word: str) -> None:
        """The member looks again and again until the page says it."""
        waited = 0
        while True:
            member.go(f"/members/claims/{self.number}")
            if member.page.get_by_text(word).count():
                return
            assert waited < PATIENCE, f"{word} is not told of {self.number}"
            member.page.wait_for_timeout(AGAIN_AFTER)
            waited += AGAIN_AFTER

    def letter(self, member: Visit) -> Path:
        """The letter on the decision, once the worker has made it, with its proof."""
        path = self.folder / f"{self.number}.pdf"
        self.wait_for_word(member, "决定通知书")
        path.write_bytes(member.taken_along(f"/members/claims/{self.number}/letter"))
        return path

    # --- who looks at it --------------------------------------------------------------------------------------------------

    def confirm(self, clerk: Visit) -> None:
        """The employer's clerk says that the person is a member; of the illness nothing is to be seen."""
        clerk.go("/employers/confirmations")
        clerk.look("confirmations")
        clerk.go(f"/employers/confirmations/{self.number}")
        told = clerk.page.locator("main").inner_text()
        assert "15,000" not in told
        assert story_papers.HOSPITAL not in told
        clerk.page.get_by_label("确认是").check()
        clerk.look("confirmation")
        clerk.button("提交回复").click()
        clerk.page.wait_for_url("**/employers/confirmations")
        clerk.look("confirmed")

    def look_through(self, reviewer: Visit) -> None:
        """The queue, the three panes, the keys that are known."""
        reviewer.go("/workbench/claims")
        reviewer.look("queue")
        reviewer.go(f"/workbench/claims/{self.number}")
        reviewer.look("claim")
        reviewer.page.keyboard.press("?")
        reviewer.page.locator("dialog.keys").wait_for()
        reviewer.look("keys")
        reviewer.page.keyboard.press("?")

    def pass_on(self, reviewer: Visit) -> None:
        """By keys alone: ``a`` opens what is to be done, Enter does it."""
        self._by_keys(reviewer)
        reviewer.go(f"/workbench/claims/{self.number}")
        reviewer.look("passed")

    def approve(self, reviewer: Visit) -> None:
        """The same keys at the last level."""
        reviewer.go(f"/workbench/claims/{self.number}")
        reviewer.look("to-decide")
        self._by_keys(reviewer)
        reviewer.go(f"/workbench/claims/{self.number}")
        reviewer.page.get_by_text("已核准").first.wait_for()
        reviewer.look("approved")

    def _by_keys(self, reviewer: Visit) -> None:
        reviewer.page.keyboard.press("a")
        with reviewer.page.expect_response(lambda answer: answer.request.method == "POST" and answer.status < 400):
            reviewer.page.keyboard.press("Enter")
        reviewer.page.wait_for_load_state()

    # --- who pays ---------------------------------------------------------------------------------------------------------

    def make_batch(self, finance: Visit) -> str:
        """Whatever waits, put into one; its number. Who made it cannot release it."""
        finance.go("/workbench/payouts")
        finance.look("payouts")
        finance.go(f"/workbench/payouts/batches/new/{FUND}")
        finance.look("batch-new")
        finance.button("全部编入").click()
        finance.page.wait_for_url(re.compile(r"/payouts/batches/[A-Z]\d+"))
        finance.look("batch")
        assert finance.page.get_by_role("link", name="复核放行").count() == 0
        return str(finance.page.url.rsplit("/", 1)[-1])

    def release(self, releaser: Visit, batch: str) -> None:
        """The second person of finance."""
        releaser.go(f"/workbench/payouts/batches/{batch}")
        releaser.look("batch")
        releaser.link("复核放行").click()
        releaser.page.wait_for_url("**/release")
        releaser.look("release")
        releaser.page.locator("main form button.button-main, main form button[type=submit]").first.click()
        releaser.page.wait_for_url(re.compile(r"/payouts/batches/[A-Z]\d+$"))
        releaser.look("released")
