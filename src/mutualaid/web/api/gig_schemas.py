"""What goes over the wire of gig workers who join by a platform."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from mutualaid.web.api.paging import Paging
from mutualaid.web.api.schemas import ROWS_MOST, Amount, Cell, Code, Day, DayIn, FaultOut, Strict

BATCH_MOST = 40_000
"""Rows of a batch: about the five megabytes that a call may bring. Held by the call, not by the description: an example
of one row too many would take gigabytes."""


class PayerIn(Strict):
    """Who bears the fee; the bill is made out to `name`, else to the union."""

    kind: Literal["platform", "employer", "upper_union", "administration"] = "platform"
    name: Cell = ""


class JoinerIn(Strict):
    """A person. `reference` is the platform's own, and comes back; sex and birth date for documents that tell neither."""

    reference: Cell = ""
    name: Cell
    identity_number: Cell
    identity_kind: Cell = ""
    sex: Cell = ""
    birth_date: Cell = ""
    phone: Cell = ""
    work: Literal["rider", "courier", "lorry", "ride", "domestic", "other"] = "other"


class _Joining(Strict):
    """What persons join, all for the same term."""

    employer: Code = Field(description="工会单位编码 · code of the union of gig workers")
    plan: Code
    option: Cell = Field("", description="档次，决定保障多久，如 按天 · decides how long they are covered")
    from_on: DayIn | None = Field(
        None, description="起始日，缺省为计划允许的最早一日 · the first day; the earliest if left out"
    )
    payer: PayerIn = Field(default_factory=PayerIn)


class JoiningsIn(_Joining):
    """Persons join a plan, all for the same term."""

    rows: Annotated[list[JoinerIn], Field(min_length=1, max_length=ROWS_MOST)]


class BatchIn(_Joining):
    """The same for more persons than a call waits for."""

    rows: Annotated[list[JoinerIn], Field(min_length=1, description="至多 40000 人，请求体至多 5 MB · 40,000 at most")]


class BillOf(Schema):
    """A bill of one of those who bear the fees."""

    number: str
    payer: str
    amount: Amount


class JoinedRow(Schema):
    """What became of a row; it counts from 1 in the order sent."""

    row: int
    reference: str
    outcome: Literal["covered", "already", "faulty"]
    cover: str | None
    member: str | None
    faults: list[FaultOut]


class BatchOut(Schema):
    """How far a batch is. `state` is `waiting`, `running`, `done`, `failed` or `cancelled`; counts grow while it runs, `bills`
    come when it is done, with what each asks."""

    key: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    rows: int
    answered: int
    covered: int
    already: int
    faulty: int
    enrolment: str | None
    from_on: Day | None
    until_on: Day | None
    bills: list[BillOf]
    fault: str = Field(description="没有办成的原因 · why it failed")


class BatchRows(Schema):
    """Rows of a batch that are answered so far, in their order."""

    items: list[JoinedRow]
    next: str | None


class BatchRowFilters(Paging):
    """Of the answered rows: of one outcome."""

    limit: int = Field(1000, ge=1, le=5000, description="每页条数 · how many")
    outcome: Literal["covered", "already", "faulty"] | None = None


class JoiningsOut(Schema):
    """What became of all; without anybody newly covered there is no enrolment. `bill` is the payer's; `bills` has those of all
    who bear a part."""

    enrolment: str | None
    from_on: Day | None
    until_on: Day | None
    bill: str | None
    bills: list[BillOf]
    amount: Amount
    covered: int
    already: int
    faulty: int
    rows: list[JoinedRow]


class MoveIn(Strict):
    """From one city's union to another's."""

    employer: Code
    to: Code
    from_on: DayIn = Field(description="在新工会的第一天 · the first day at the other union")


class MoveOut(Schema):
    """As it was entered."""

    member: str
    employer: str
    to: str
    from_on: Day


class CertificateOut(Schema):
    """A PDF, in Base64."""

    number: str
    media_type: Literal["application/pdf"]
    content: str
