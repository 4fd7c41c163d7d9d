"""What goes over the wire. Amounts are texts of yuan with two places, days ISO 8601; persons are told by as little as will do."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field

from mutualaid.people.identity import IdentityKind
from mutualaid.web.api.paging import Number, Paging

ROWS_MOST = 5000
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Cell = Annotated[str, Field(max_length=200, pattern=r"^([^\x00-\x1f\x7f-\x9f=@][^\x00-\x1f\x7f-\x9f]*)?$")]
"""Of one line; begins with no sign that a spreadsheet takes for a formula."""
Amount = Annotated[Decimal, Field(description="元，两位小数 · yuan", json_schema_extra={"examples": ["50.00"]})]
Day = datetime.date


def _day(told: object) -> object:
    if isinstance(told, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", told, re.ASCII):
        raise ValueError("expected a day such as 2026-04-01")
    return told


DayIn = Annotated[datetime.date, BeforeValidator(_day)]
"""A day and nothing else that could be read as one."""


def _moment(told: object) -> object:
    if isinstance(told, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]", told, re.ASCII):
        raise ValueError("expected a moment such as 2026-04-01T08:00:00+08:00")
    return told


def _utc(moment: datetime.datetime) -> datetime.datetime:
    """PostgreSQL takes no zones that are further away than any on earth; the ends of the calendar have no other zone at all."""
    try:
        return moment.astimezone(datetime.UTC)
    except OverflowError:
        return moment.replace(tzinfo=datetime.UTC)


MomentIn = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_utc)]
Moment = datetime.datetime
Key = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_.:-]{8,80}$",
        description="幂等键：同一请求重试时不变，48 小时内同键同内容得到同一答复 · the same at each try of one request",
    ),
]


class Strict(Schema):
    """What comes in: nothing that is not described."""

    model_config = ConfigDict(extra="forbid")


# --- members ----------------------------------------------------------------------------------------------------------


class EmployerOut(Schema):
    """Where a member works today."""

    code: str
    name: str
    from_on: Day


class MemberOut(Schema):
    """A member. Identity and phone are masked: nobody gets them whole by the interface."""

    number: str
    name: str
    identity_kind: IdentityKind
    identity_masked: str
    phone_masked: str | None
    employer: EmployerOut | None
    changed_at: Moment


class Members(Schema):
    """A part of a list."""

    items: list[MemberOut]
    next: str | None


class MemberFilters(Paging):
    """Which members."""

    employer: Code | None = Field(None, description="单位编码：今天在此任职 · works there today")
    number: Number | None = None
    changed_since: MomentIn | None = Field(
        None, description="此后有变动（ISO 8601，含时区） · changed since, with a time zone"
    )


class DepartureIn(Strict):
    """A member leaves an employer."""

    employer: Code
    until_on: DayIn = Field(description="不再任职的第一天 · the first day on which they work there no more")


class DepartureOut(Schema):
    """As it was entered."""

    member: str
    employer: str
    from_on: Day
    until_on: Day


# --- covers -----------------------------------------------------------------------------------------------------------


class CoverOut(Schema):
    """A cover ``[from_on, until_on)``."""

    number: str
    member: str
    employer: str
    enrolment: str
    plan: str
    option: str
    units: int
    from_on: Day
    until_on: Day
    fee_amount: Amount
    state: Literal["pending", "begun", "cancelled"]
    standing: Literal["pending", "ahead", "in_force", "past", "cancelled"]


class Covers(Schema):
    """A part of a list."""

    items: list[CoverOut]
    next: str | None


class CoverFilters(Paging):
    """Which covers."""

    member: Number | None = None
    employer: Code | None = None
    on: DayIn | None = Field(None, description="该日有效 · in force on that day")
    state: Literal["pending", "begun", "cancelled"] | None = None


# --- rosters ----------------------------------------------------------------------------------------------------------


class PersonIn(Strict):
    """A person of a roster, as a row of the template says it; the words are those of the template or their code names."""

    name: Cell
    identity_number: Cell
    identity_kind: Cell = ""
    sex: Cell = ""
    birth_date: Cell = ""
    phone: Cell = ""
    bank_card: Cell = ""
    units: Cell = ""
    employment: Cell = ""
    basic_insurance: Cell = ""
    option: Cell = ""
    risk_class: Cell = ""
    groups: Cell = ""


Rows = Annotated[list[PersonIn], Field(max_length=ROWS_MOST)]


class RosterIn(Strict):
    """An employer begins to enrol its staff in a plan."""

    employer: Code
    plan: Code
    headcount: int = Field(ge=1, le=10_000_000)
    women_headcount: int | None = Field(None, ge=0, le=10_000_000)
    rows: Rows = Field(default_factory=list)


class RowsIn(Strict):
    """Persons in place of those that were sent before and not handed in."""

    rows: Annotated[list[PersonIn], Field(min_length=1, max_length=ROWS_MOST)]


class SubmissionIn(Strict):
    """Hand the roster in."""

    leave_out_faulty: bool = False


class FaultOut(Schema):
    """What is wrong with a field, in both languages. ``field`` is ``plan`` for a rule of the plan."""

    field: str
    zh: str
    en: str
    offered: str = Field(description="可能的正确写法 · what was probably meant; may be empty")


class FaultyRow(Schema):
    """A row with faults; ``row`` counts from 1 in the order sent."""

    row: int
    faults: list[FaultOut]


class Staged(Schema):
    """Rows that were sent and wait to be handed in."""

    rows: int
    good: int
    faulty: list[FaultyRow] = Field(description="前 200 行 · the first 200")


class RosterOut(Schema):
    """An enrolment: ``persons`` are the rows taken, ``staged`` what waits; ``bill`` the employer's bill, ``bills`` those of all
    payers but members who pay themselves."""

    number: str
    employer: str
    plan: str
    from_on: Day
    until_on: Day
    headcount: int
    women_headcount: int | None
    state: Literal["draft", "submitted", "accepted", "cancelled"]
    remark: str
    persons: int
    staged: Staged | None
    bill: str | None
    bills: list[str]


class Rosters(Schema):
    """A part of a list; rows are told with one roster alone."""

    items: list[RosterOut]
    next: str | None


class RosterFilters(Paging):
    """Which rosters."""

    employer: Code | None = None
    state: Literal["draft", "submitted", "accepted", "cancelled"] | None = None


# --- bills ------------------------------------------------------------------------------------------------------------


class SettlementOut(Schema):
    """A part that is paid."""

    amount: Amount
    received_on: Day
    way: Literal["bank", "online"]


class BillOut(Schema):
    """A bill."""

    number: str
    employer: str
    enrolment: str
    persons: int
    amount: Amount
    from_on: Day
    until_on: Day
    issued_on: Day
    due_on: Day
    state: Literal["issued", "paid", "cancelled"]


class BillWhole(BillOut):
    """A bill with what was set against it, and its receipt."""

    settlements: list[SettlementOut]
    receipt: str | None


class Bills(Schema):
    """A part of a list."""

    items: list[BillOut]
    next: str | None


class BillFilters(Paging):
    """Which bills."""

    employer: Code | None = None
    state: Literal["issued", "paid", "cancelled"] | None = None
    issued_from: DayIn | None = None
    issued_until: DayIn | None = Field(None, description="不含 · not included")


# --- plans ------------------------------------------------------------------------------------------------------------


class PlanOut(Schema):
    """A plan that is offered: when one may enrol, and what rows must say."""

    plan: str
    number: str
    family: str
    name_zh: str
    name_en: str
    office: str
    offered_from_on: Day | None
    open_today: bool
    opens_on: Day | None
    closes_on: Day | None
    units_most: int
    asks: list[str] = Field(description="名单须填的其他栏目 · further fields of a row")
    options: list[str]
    risk_classes: list[str]
    groups: list[str]
    women_headcount_needed: bool


class Plans(Schema):
    """All that are offered."""

    items: list[PlanOut]


class PlanFilters(Schema):
    """To whom."""

    employer: Code | None = Field(None, description="单位编码；空则为凭证所在单位 · empty: the unit of the token")
