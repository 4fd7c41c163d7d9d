"""What goes over the wire of gig workers who join by a platform."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from mutualaid.web.api.schemas import ROWS_MOST, Amount, Cell, Code, Day, DayIn, FaultOut, Strict


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


class JoiningsIn(Strict):
    """Persons join a plan, all for the same term."""

    employer: Code = Field(description="工会单位编码 · code of the union of gig workers")
    plan: Code
    option: Cell = Field("", description="档次，决定保障多久，如 按天 · decides how long they are covered")
    from_on: DayIn | None = Field(
        None, description="起始日，缺省为计划允许的最早一日 · the first day; the earliest if left out"
    )
    payer: PayerIn = Field(default_factory=PayerIn)
    rows: Annotated[list[JoinerIn], Field(min_length=1, max_length=ROWS_MOST)]


class JoinedRow(Schema):
    """What became of a row; it counts from 1 in the order sent."""

    row: int
    reference: str
    outcome: Literal["covered", "already", "faulty"]
    cover: str | None
    member: str | None
    faults: list[FaultOut]


class JoiningsOut(Schema):
    """What became of all; without anybody newly covered there is no enrolment."""

    enrolment: str | None
    from_on: Day | None
    until_on: Day | None
    bill: str | None
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
