"""What these tests share: the cast of people, a fund, an enrolment of a fixed fee, and stand-ins for what other domains do."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from mutualaid.contributions.actions.bills import accept_and_bill, open_fund
from mutualaid.contributions.models import Bill, Fund, Statement, StatementLine
from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.models import StoredFile
from mutualaid.enrolment import queries as enrolments
from mutualaid.enrolment.actions import accepting, enrolling
from mutualaid.enrolment.models import Cover, Enrolment, OfficeSetting
from mutualaid.ledger.chart import BANK, UNMATCHED
from mutualaid.ledger.models import Posting
from mutualaid.notices.models import Notice
from mutualaid.people.models import Employer, RoleName, Staff
from mutualaid.plans.models import PlanVersion
from tests.people.cast import AT, BY, Cast, as_staff, staff

ACCOUNT = "6222000011112222"
TERM = (datetime.date(2025, 4, 1), datetime.date(2026, 4, 1))
FEE = Decimal("50.00")


@dataclass
class World:
    """The cast with a fund, an offered plan and somebody of finance; what was put into outboxes."""

    cast: Cast
    fund: Fund
    version: PlanVersion
    finance: Staff
    outbox: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    files: dict[int, bytes] = field(default_factory=dict)

    @property
    def by(self) -> Actor:
        """Finance of the city."""
        return as_staff(self.finance)

    def enrolment(self, employer: Employer | None = None, *, state: str = "submitted") -> Enrolment:
        """An enrolment of the one member of an employer."""
        employer = employer or self.cast.mill
        # An employer has one open enrolment for a term: each here is for another term.
        days = datetime.timedelta(days=Enrolment.objects.filter(employer=employer).count())
        return Enrolment.objects.create(
            employer=employer,
            version=self.version,
            from_on=TERM[0] + days,
            until_on=TERM[1] + days,
            headcount=20,
            state=state,
            begun_at=AT,
        )

    def bill(self, employer: Employer | None = None) -> Bill:
        """A bill for one."""
        bill = accept_and_bill(enrolment=self.enrolment(employer), by=self.by, at=AT)
        assert bill is not None
        return bill

    def file(self, data: bytes) -> StoredFile:
        """A stored file."""
        file = StoredFile.objects.create(
            kind="statement", name="流水.csv", media_type="text/csv", size=len(data), sha256="0" * 64, at=AT,
            by_kind="staff", by_key="1",
        )  # fmt: skip
        self.files[file.pk] = data
        return file

    def line(self, amount: Decimal | str | int, *, text: str = "", name: str = "", serial: str = "") -> StatementLine:
        """A line of a statement of its own."""
        statement = Statement.objects.create(fund=self.fund, file=self.file(b"x"), at=AT, lines_read=1, lines_new=1)
        line = StatementLine.objects.create(
            statement=statement,
            fund=self.fund,
            serial=serial or f"S{statement.pk}",
            booked_on=AT.date(),
            amount=Decimal(amount),
            payer_name=name,
            text=text,
        )
        line.refresh_from_db()
        return line

    def held(self, account: Any = BANK) -> Decimal:
        """What an account of the ledger holds, debit positive."""
        rows = Posting.objects.filter(entry__book=self.fund.book_id, account__code=account.code)
        return sum((row.amount for row in rows), Decimal(0))

    @property
    def notices(self) -> list[str]:
        """The templates of the notices that went out."""
        return list(Notice.objects.order_by("id").values_list("template", flat=True))

    @property
    def waiting(self) -> Decimal:
        """What is in 暂收款."""
        return -self.held(UNMATCHED)


def world(monkeypatch: pytest.MonkeyPatch) -> World:
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
    version = PlanVersion.objects.create(
        office=people.province,
        plan="sea-1",
        family="sea",
        name_zh="住院互助保障计划",
        text="plan: sea-1",
        sha256="0" * 64,
        state="published",
        drafted_by="1",
        drafted_at=AT,
        published_at=AT,
        offered_from_on=TERM[0],
    )
    made = World(people, fund, version, finance)
    stand_in(monkeypatch, made)
    return made


def stand_in(monkeypatch: pytest.MonkeyPatch, scene: World) -> None:
    """The least that other domains do for money: covers are made, begun, cancelled; files are read; outboxes filled."""

    def move(enrolment: Enrolment, state: str) -> None:
        Enrolment.objects.filter(pk=enrolment.pk).update(state=state)

    def accept(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> Enrolment:
        move(enrolment, "accepted")
        employment = enrolment.employer.employments.select_related("member").first()
        assert employment is not None
        # Tests make many bills for one member: units_most lets covers of one family stand side by side.
        Cover.objects.create(
            member=employment.member, enrolment=enrolment, employer=enrolment.employer, version=enrolment.version,
            plan=enrolment.version.plan, family="sea", units_most=99, from_on=TERM[0], until_on=TERM[1],
            joined_on=TERM[0], fee_amount=scene_fee(enrolment),
        )  # fmt: skip
        return enrolment

    def begin(*, enrolment: Enrolment, paid_on: datetime.date, by: Actor, at: datetime.datetime) -> int:
        return Cover.objects.filter(enrolment=enrolment, state="pending").update(state="begun")

    def cancel(*, enrolment: Enrolment, reason: str = "", by: Actor, at: datetime.datetime) -> None:
        move(enrolment, "cancelled")
        Cover.objects.filter(enrolment=enrolment).update(state="cancelled")

    def submit(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> None:
        move(enrolment, "submitted")

    def billable(*, enrolment: Enrolment) -> tuple[int, Decimal]:
        return 1, scene_fee(enrolment)

    def post(*, name: str, wanted: dict[str, Any], not_before: object = None) -> str:
        scene.outbox.append((name.removeprefix("contributions."), wanted))
        return ""

    for module, name, function in (
        (accepting, "accept_enrolment", accept),
        (accepting, "begin_covers", begin),
        (enrolling, "cancel_enrolment", cancel),
        (enrolling, "submit_enrolment", submit),
        (enrolments, "billable", billable),
        (work, "post", post),
        (papers, "read", lambda file: scene.files[file.pk]),
    ):
        monkeypatch.setattr(module, name, function)


def scene_fee(enrolment: Enrolment) -> Decimal:
    """What an enrolment costs: as many times the fee as its headcount has tens, so that tests may have other amounts."""
    return FEE * (enrolment.headcount // 10 - 1)


def accepting_by_itself(scene: World) -> None:
    """The province's setting."""
    OfficeSetting.objects.create(unit=scene.cast.province, accepts_by_itself=True)
