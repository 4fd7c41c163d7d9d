"""Claims for the pages of reviewers: by the real actions, of the members of the cast."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from mutualaid.claims.actions.objections import ask_for_review
from mutualaid.claims.actions.reviewing import approve_claim, return_for_papers, set_aside
from mutualaid.claims.models import Claim, ClaimPaper
from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.documents import compiled
from mutualaid.people.models import RoleName, Staff
from tests.claims.scene import CLAIMED, Scene, published
from tests.people.cast import AT, BY, staff
from tests.web import money_made
from tests.web.cast import Web


def scene(web: Web) -> Scene:
    """The plan, a cover of the member's, and who decides; made once for a cast."""
    if "claims" not in web.made:
        people = web.people
        senior = Staff.objects.get(account=web.accounts["senior_reviewer"][0])
        finance = Staff.objects.get(account=web.accounts["finance"][0])
        fund = money_made.fund(web)
        made = Scene(
            people, fund, published(people.province, "hai-1", cap=20000), people.reviewer, senior, finance, finance
        )
        made.cover(people.lin, people.mill)
        web.made["claims"] = made
    return web.made["claims"]


def waiting(web: Web, amount: str = "1200.00", **facts: Any) -> Claim:
    """A claim at first review."""
    return scene(web).enter(amount, **facts)


def one(web: Web) -> Claim:
    """The claim of a page: made once."""
    if "claim" not in web.made:
        web.made["claim"] = waiting(web)
    return Claim.objects.get(pk=web.made["claim"].pk)


def other_reviewer(web: Web) -> Staff:
    """A second reviewer of the city, signed in as ``second_reviewer``."""
    if "second_reviewer" not in web.accounts:
        made = staff("审核壬", web.people.city, RoleName.REVIEWER)
        web.accounts["second_reviewer"] = (made.account, web.accounts["reviewer"][1])
        web.made["second"] = made
    return web.made["second"]


def reviewing(web: Web) -> Actor:
    """The first reviewer."""
    return web.actor("reviewer")


def approved(web: Web) -> Claim:
    """Decided, by the reviewer."""
    claim = one(web)
    return approve_claim(claim=claim, seen=1, by=reviewing(web), at=CLAIMED) if claim.state == "first_review" else claim


def returned(web: Web) -> Claim:
    """It waits for papers; the reviewer follows it up."""
    claim = one(web)
    if claim.state != "first_review":
        return claim
    return return_for_papers(
        claim=claim,
        words=["invoice", "record"],
        text="票据不清楚",
        contact=web.people.reviewer,
        by=reviewing(web),
        at=CLAIMED,
    )


def objected(web: Web) -> Claim:
    """Decided by the reviewer, and the member asks for a person; the second reviewer looks."""
    other_reviewer(web)
    claim = approved(web)
    if not claim.tasks.exists():
        ask_for_review(claim=claim, text="自付金额写错了", by=BY, at=CLAIMED)
    return claim


def excluded(web: Web) -> Claim:
    """Set aside by the reviewer, and the member asks for a person."""
    other_reviewer(web)
    claim = one(web)
    if claim.state == "first_review":
        claim = set_aside(claim=claim, reason="not_genuine", text="票据查无", by=reviewing(web), at=CLAIMED)
        ask_for_review(claim=claim, text="票据是真的", by=BY, at=CLAIMED)
    return claim


def late(web: Web) -> Claim:
    """An earlier stay that was filed after a later one was decided, under a plan that counts stays as they began; both are
    decided, and the order waits for a person. Of the other member, who has no other cover."""
    if "late" not in web.made:
        made = scene(web)
        says = "late_filed: {earlier_stay: reopens, clause: 第五条}"
        made.cover(web.people.wei, web.people.yard, published(web.people.province, "hai-r", more=says))
        for month in (5, 4):
            days = {"started_on": f"2025-0{month}-10", "ended_on": f"2025-0{month}-12"}
            web.made["late"] = made.approve(made.enter(1200, member=web.people.wei, **days))
    return Claim.objects.get(pk=web.made["late"].pk)


# --- papers -----------------------------------------------------------------------------------------------------------


def picture(width: int = 300, height: int = 420, shade: int = 235) -> bytes:
    """A PNG like a page: grey lines on light ground, darker at the head."""
    rows = io.BytesIO()
    for line in range(height):
        dark = line < height // 12 or line % 28 in (0, 1)
        rows.write(b"\0" + bytes([90 if dark and 20 < x < width - 20 else shade for x in range(width)]))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.getvalue())), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def page(claim: Claim, word: str, content: bytes, name: str, media_type: str, number: int = 1) -> ClaimPaper:
    """A page that was handed in, in the branch of the office."""
    file = papers.store(
        content=content, name=name, kind="claim_paper", media_type=media_type, unit_path=claim.office.path, by=BY, at=AT
    )
    return ClaimPaper.objects.create(claim=claim, file=file, word=word, page=number, at=AT)


def with_papers(claim: Claim) -> Claim:
    """Several pages: pictures, one lying, and a PDF."""
    page(claim, "identity", picture(420, 270), "身份证.png", papers.PNG)
    page(claim, "settlement", picture(), "结算单.png", papers.PNG)
    page(claim, "invoice", picture(500, 300, 245), "票据1.png", papers.PNG)
    page(claim, "invoice", picture(300, 500, 245), "票据2.png", papers.PNG, 2)
    page(claim, "record", compiled("出院记录（示例）".encode(), {}).content, "出院记录.pdf", papers.PDF)
    return claim
