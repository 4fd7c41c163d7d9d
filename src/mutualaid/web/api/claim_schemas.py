"""What goes over the wire of claims: events and decision lines as the contract of the command line writes them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from mutualaid.claims.checklist import ALL
from mutualaid.people.identity import IdentityKind
from mutualaid.web.api.paging import Number, Paging
from mutualaid.web.api.schemas import Code, Day, DayIn, Moment, MomentIn, Strict

AMOUNT = r"^[0-9]{1,10}\.[0-9]{2}$"
OWN_COMPONENT = r"^x_[a-z0-9_]{1,40}$"
LIST_MOST, EXPENSES_MOST, PAGES_MOST = 100, 200, 20
AmountIn = Annotated[str, Field(pattern=AMOUNT, description="元，两位小数 · yuan", examples=["52000.00"])]
_LINE = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"
Line = Annotated[str, Field(min_length=1, max_length=100, pattern=_LINE)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
MedicalCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+*/-]{0,29}$")]
State = Literal["draft", "confirming", "first_review", "final_review", "approved", "refused", "returned", "withdrawn"]


def _amounts_schema(schema: dict[str, Any]) -> None:
    schema["additionalProperties"] = False
    schema["patternProperties"] = {OWN_COMPONENT: {"type": "string", "pattern": AMOUNT}}


class AmountsIn(BaseModel):
    """Amounts of the bill by component, as on the settlement; absent = unknown. `x_…`: further components that a plan names."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_amounts_schema)

    total: AmountIn | None = None
    fund_paid: AmountIn | None = None
    supplement_paid: AmountIn | None = None
    medical_aid_paid: AmountIn | None = None
    hospital_borne: AmountIn | None = None
    basic_deductible: AmountIn | None = None
    copay: AmountIn | None = None
    above_ceiling: AmountIn | None = None
    pre_self_paid: AmountIn | None = None
    over_limit: AmountIn | None = None
    self_paid: AmountIn | None = None
    out_of_scope: AmountIn | None = None
    account_paid: AmountIn | None = None
    cash_paid: AmountIn | None = None
    other_aid_paid: AmountIn | None = None

    @model_validator(mode="after")
    def _only_known(self) -> AmountsIn:
        for name, told in (self.model_extra or {}).items():
            if not re.fullmatch(OWN_COMPONENT[1:-1], name, re.ASCII):
                raise ValueError("expected a component of the contract, or x_ and a name that a plan uses")
            if not (isinstance(told, str) and re.fullmatch(AMOUNT[1:-1], told, re.ASCII)):
                raise ValueError("expected amounts such as 52000.00")
        return self


class EventIn(Strict):
    """One item of `events` of the contract, field by field. `event` is the sender's own name of it, and comes back."""

    event: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,60}$")] | None = None
    kind: Word = Field(description="inpatient, outpatient, outpatient_special, diagnosis, disability, death, …")
    started_on: DayIn
    ended_on: DayIn | None = None
    settled_on: DayIn | None = None
    filed_on: DayIn | None = Field(None, description="不填，或报送当日 · nothing, or the day on which it is sent")
    reported_on: DayIn | None = None
    hospital_level: int | None = Field(None, ge=1, le=3)
    diagnoses: Annotated[list[MedicalCode], Field(max_length=LIST_MOST)] | None = None
    operations: Annotated[list[MedicalCode], Field(max_length=LIST_MOST)] | None = None
    severity: Word | None = None
    accident: bool | None = None
    disability_grade: int | None = Field(None, ge=1, le=10)
    accident_on: DayIn | None = None
    cause: Number | None = Field(
        None, description="由哪一份申请引起（编号） · the number of the claim that it follows from"
    )
    first_diagnosed_on: DayIn | None = None
    rest_days: int | None = Field(None, ge=0, le=36_600)
    circumstances: Annotated[list[Word], Field(max_length=LIST_MOST)] | None = None
    settled_by_insurance: bool | None = None
    reverses: None = Field(None, description="请撤回 · withdraw it instead")
    replaces: None = Field(None, description="请撤回后重新报送 · withdraw it and send another")
    amounts: AmountsIn | None = None


class MemberByNumber(Strict):
    """A member by our number."""

    number: Number


class MemberByIdentity(Strict):
    """A member by their identity document."""

    identity_kind: IdentityKind
    identity_number: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9()（）·-]+$")]


class PayeeIn(Strict):
    """The member's own account."""

    name: Line
    account_number: Annotated[str, Field(pattern=r"^[0-9]{8,32}$")]
    bank_name: Line
    bank_code: Annotated[str, Field(pattern=r"^([0-9]{12})?$")] = ""


class ExpenseIn(Strict):
    """A line of the bill."""

    item: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
    amount: AmountIn
    out_of_scope: AmountIn | None = None


_BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
Base64 = Annotated[
    str,
    StringConstraints(min_length=4, max_length=5_000_000, pattern=_BASE64),
    Field(json_schema_extra={"contentEncoding": "base64"}),
]


def _known(word: str) -> str:
    if word not in ALL:
        raise ValueError("expected a paper of the checklist")
    return word


PaperWord = Annotated[str, Field(json_schema_extra={"enum": sorted(ALL)}), AfterValidator(_known)]


class PaperIn(Strict):
    """A page: a photo (JPEG, PNG) or a PDF."""

    paper: PaperWord
    name: Line
    content: Base64


class ClaimIn(Strict):
    """A claim that another system sends. Member and covers are always our records'."""

    member: MemberByNumber | MemberByIdentity
    event: EventIn
    consent: Literal[True] = Field(
        description="会员书面同意使用医疗健康信息并委托报送，原件由报送方保存 · "
        "the sender holds the member's consent and mandate in writing"
    )
    hospital: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")] = ""
    expenses: Annotated[list[ExpenseIn], Field(max_length=EXPENSES_MOST)] = Field(default_factory=list)
    payee: PayeeIn | None = None
    papers: Annotated[list[PaperIn], Field(max_length=PAGES_MOST)] = Field(default_factory=list)


class StepOut(BaseModel):
    """A step of a working: what it adds or takes, and the running figure after it."""

    model_config = ConfigDict(extra="allow")

    step: str
    label: str
    amount: str
    after: str


class LineOut(Schema):
    """A line of the decision, as the contract writes it; `event` is the claim's number."""

    event: str
    plan: str
    benefit: str
    outcome: Literal["pay", "none", "refuse", "refer"]
    amount: str
    reasons: list[str]
    working: list[StepOut]
    missing: list[str] = Field(default_factory=list)
    provisional: bool = False


class WantedOut(Schema):
    """Papers that the office asked for, all at once."""

    papers: list[str]
    until_on: Day


class PaymentOut(Schema):
    """How the money stands."""

    number: str
    state: str
    amount: str
    paid_on: Day | None


class ClaimOut(Schema):
    """A claim. What tells of health or money (`event` to `payments`) is null for programs of the employer: sealed to them,
    but for what the sender itself told and is asked for (`event`, `wanted`) while it waits for papers."""

    number: str
    member: str
    employer: str
    source: str
    state: State
    filed_on: Day | None
    due_on: Day | None = Field(description="承诺的办理期限 · by when the next step is promised")
    decided_at: Moment | None
    event: str | None = Field(description="报送方的事件编号 · the sender's own name of the event")
    total: str | None
    lines: list[LineOut] | None
    wanted: WantedOut | None
    payments: list[PaymentOut] | None


class ClaimRow(Schema):
    """A claim of a list."""

    number: str
    member: str
    employer: str
    state: State
    filed_on: Day | None
    due_on: Day | None
    decided_at: Moment | None
    total: str | None


class Claims(Schema):
    """A part of a list."""

    items: list[ClaimRow]
    next: str | None


class ClaimFilters(Paging):
    """Which claims."""

    member: Number | None = None
    employer: Code | None = None
    state: State | None = None
    changed_since: MomentIn | None = Field(
        None, description="此后办理过（ISO 8601，含时区） · something happened to it since, with a time zone"
    )
