"""What these tests share: the cast of people, a fund, plans of a fixed fee and of none, and enrolments by the real actions.

Only the outbox is kept in hand: these tests say when a delivery comes, and on which day.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest

from mutualaid.contributions.actions.bills import accept_and_bill, open_fund
from mutualaid.contributions.models import Bill, Fund, Statement, StatementLine
from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.models import StoredFile
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Enrolment, OfficeSetting
from mutualaid.ledger.chart import BANK, UNMATCHED
from mutualaid.ledger.models import Posting
from mutualaid.notices.models import Notice
from mutualaid.people.models import Employer, RoleName, Staff
from mutualaid.plans.models import PlanVersion
from tests.enrolment.rosters import version
from tests.people.cast import AT, BY, Cast, as_staff, staff

ACCOUNT = "6222000011112222"
TERM = (datetime.date(2025, 4, 1), datetime.date(2026, 4, 1))
_TERM = '{years: 1, begins: fixed, on: "04-01", first_on: 2025-04-01, clause: 第二条}'


@dataclass
class World:
    """The cast with a fund, an offered plan and somebody of finance; what was put into outboxes."""

    cast: Cast
    fund: Fund
    version: PlanVersion
    finance: Staff
    outbox: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    notices_before: int = 0

    @property
    def by(self) -> Actor:
        """Finance of the city."""
        return as_staff(self.finance)

    def enrolment(self, employer: Employer | None = None, *, state: str = "submitted", free: bool = False) -> Enrolment:
        """An enrolment of the one member of an employer, in a plan with a fee or without."""
        employer = employer or self.cast.mill
        enrolment = begin_enrolment(
            employer=employer, version=self.free if free else self.version, headcount=20, by=BY, at=AT
        )
        employment = employer.employments.select_related("member").first()
        assert employment is not None
        add_person(
            enrolment=enrolment,
            name=employment.member.name,
            identity_number=employment.member.identity_number,
            by=BY,
            at=AT,
        )
        if state == "submitted":
            return submit_enrolment(enrolment=enrolment, by=BY, at=AT)
        return enrolment

    def bill(self, employer: Employer | None = None) -> Bill:
        """A bill for one."""
        bill = accept_and_bill(enrolment=self.enrolment(employer), by=self.by, at=AT)
        assert bill is not None
        return bill

    def file(self, data: bytes) -> StoredFile:
        """A stored file."""
        return papers.store(
            content=data, name="流水.csv", kind="statement", media_type=papers.CSV, unit_path=self.cast.city.path,
            by=self.by, at=AT,
        )  # fmt: skip

    @cached_property
    def statement(self) -> Statement:
        """An imported file, for lines that need one."""
        return Statement.objects.create(fund=self.fund, file=self.file(b"x"), at=AT, lines_read=1, lines_new=1)

    @cached_property
    def free(self) -> PlanVersion:
        """A plan without a fee."""
        return version(self.cast.province, "sea-free", family="sea-free", term=_TERM, most=99, fee=0)

    def line(self, amount: Decimal | str | int, *, text: str = "", name: str = "", serial: str = "") -> StatementLine:
        """A line of a statement of its own."""
        return StatementLine.objects.create(
            statement=self.statement,
            fund=self.fund,
            serial=serial or f"S{StatementLine.objects.count()}",
            booked_on=AT.date(),
            amount=Decimal(amount),
            payer_name=name,
            text=text,
        )

    def held(self, account: Any = BANK) -> Decimal:
        """What an account of the ledger holds, debit positive."""
        rows = Posting.objects.filter(entry__book=self.fund.book_id, account__code=account.code)
        return sum((row.amount for row in rows), Decimal(0))

    @property
    def notices(self) -> list[str]:
        """The templates of the notices that went out since the scene was set."""
        later = Notice.objects.filter(pk__gt=self.notices_before).order_by("id")
        return list(later.values_list("template", flat=True))

    @property
    def waiting(self) -> Decimal:
        """What is in 暂收款."""
        return -self.held(UNMATCHED)


def made() -> World:
    """The scene in a fresh database."""
    from tests.people.cast import cast

    people = cast()
    finance = staff("财务丁", people.city, RoleName.FINANCE)
    fund = open_fund(
        unit=people.city,
        account_name="海市职工互助保障专户",
        account_number=ACCOUNT,
        bank_name="海市银行",
        by=BY,
        at=AT,
    )
    # Tests make many bills for one member: so many units let covers of one family stand side by side.
    priced = version(people.province, "sea-1", family="sea", term=_TERM, most=99, fee=50)
    last = Notice.objects.order_by("id").last()
    return World(people, fund, priced, finance, notices_before=last.pk if last else 0)


def world(monkeypatch: pytest.MonkeyPatch, found: World | None = None) -> World:
    """The scene, made now if it is not there; its outbox is kept in hand."""
    kept = found or made()

    def post(*, name: str, wanted: dict[str, Any], not_before: object = None) -> str:
        kept.outbox.append((name.removeprefix("contributions."), wanted))
        return ""

    monkeypatch.setattr(work, "post", post)
    return kept


def accepting_by_itself(scene: World) -> None:
    """The province's setting."""
    OfficeSetting.objects.create(unit=scene.cast.province, accepts_by_itself=True)
