"""What these tests share: the cast, a fund, two persons of finance, and orders for claims that exist in name only.

The outbox is kept in hand: these tests say when something is sent.
"""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from mutualaid.contributions.actions.bills import open_fund
from mutualaid.contributions.models import Fund
from mutualaid.core import work
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.dates import day_of
from mutualaid.ledger.benefits import BenefitShare
from mutualaid.ledger.chart import BANK, BENEFITS, BENEFITS_PAYABLE, Account
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Posting
from mutualaid.notices.models import Notice
from mutualaid.payouts.actions.orders import order_payment
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import RoleName, Staff
from tests.people.cast import AT, BY, Cast, as_staff, cast, staff

FUND_ACCOUNT = "6222000011112222"
CARD = "6217000012340000"
COVER = Period(datetime.date(2025, 4, 1), datetime.date(2026, 4, 1))
LATER = AT + datetime.timedelta(hours=1)
MEMBER = Actor(ActorKind.MEMBER, "1")
_claims = itertools.count(1)


@dataclass
class World:
    """The cast with a fund and two persons of finance; what was put into outboxes."""

    cast: Cast
    fund: Fund
    maker: Staff
    releaser: Staff
    outbox: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    notices_before: int = 0

    @property
    def by(self) -> Actor:
        """Who makes batches."""
        return as_staff(self.maker)

    @property
    def other(self) -> Actor:
        """Who releases them."""
        return as_staff(self.releaser)

    def order(
        self,
        amount: str | int = "880.50",
        *,
        reference: str = "",
        card: str = CARD,
        bank: str = "邻市银行海城支行",
        at: datetime.datetime = AT,
    ) -> PaymentOrder:
        """An order for a claim of its own, or of a number, half by one plan and half by another where it can be halved."""
        number = next(_claims)
        whole = Decimal(amount)
        part = whole - (whole / 2).quantize(Decimal("0.01"))
        shares = [BenefitShare("sea-1", COVER, part), BenefitShare("sea-2", COVER, whole - part)]
        return order_payment(
            reference=reference or f"L{number:08}",
            subject=f"claims.claim:{number}",
            fund=self.fund,
            member=self.cast.lin,
            unit_path=self.cast.county.path,
            payee_name=self.cast.lin.name,
            account_number=card,
            bank_name=bank,
            amount=whole,
            shares=[share for share in shares if share.amount > 0],
            by=BY,
            at=at,
            on=day_of(at),
        )

    def held(self, account: Account) -> Decimal:
        """What an account of the ledger holds, debit positive."""
        rows = Posting.objects.filter(entry__book=self.fund.book_id, account__code=account.code)
        return sum((row.amount for row in rows), Decimal(0))

    @property
    def books(self) -> tuple[str, str, str]:
        """Cost of benefits, benefits payable and bank, as they stand: ``("880.50", "-880.50", "0")``."""
        cost, payable, bank = (self.held(account) for account in (BENEFITS, BENEFITS_PAYABLE, BANK))
        return str(cost), str(payable), str(bank)

    @property
    def notices(self) -> list[str]:
        """The templates of the notices that went out since the scene was set."""
        later = Notice.objects.filter(pk__gt=self.notices_before).order_by("id")
        return list(later.values_list("template", flat=True))


def made() -> World:
    """The scene in a fresh database."""
    people = cast()
    fund = open_fund(
        unit=people.city,
        account_name="海市职工互助保障专户",
        account_number=FUND_ACCOUNT,
        bank_name="海市银行营业部",
        by=BY,
        at=AT,
    )
    maker, releaser = (staff(name, people.city, RoleName.FINANCE) for name in ("财务丁", "财务戊"))
    last = Notice.objects.order_by("id").last()
    return World(people, fund, maker, releaser, notices_before=last.pk if last else 0)


def world(monkeypatch: pytest.MonkeyPatch, found: World | None = None) -> World:
    """The scene, made now if it is not there; its outbox is kept in hand."""
    kept = found or made()

    def post(*, name: str, wanted: dict[str, Any], not_before: object = None) -> str:
        kept.outbox.append((name.removeprefix("payouts."), wanted))
        return ""

    monkeypatch.setattr(work, "post", post)
    return kept
