"""The shipped cases: files in which actuaries write what a plan must pay, loaded, decided by the engine and compared.

A file names its plan (or plans) and lists cases over defaults, so that a case says only what matters to it. Figures that
somebody published stand beside what the rules give; where the two differ, the case says so and why.
For tests and `mutualaid library`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from benefit_engine.decide import Engine
from mutualaid.plans.document import Document
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose.terms import add_years
from mutualaid.plans.reading import PlanError, PlanFault, dotted, unreadable
from mutualaid.plans.values import as_list
from mutualaid.plans.yaml_reader import Path as Place
from mutualaid.plans.yaml_reader import Read, YamlFault, read_yaml

Fits = Literal["true", "false", "near", "unknown"]

MEMBER = {
    "birth_date": "1985-04-02",
    "sex": "F",
    "employment": "in_service",
    "basic_insurance": "employee",
    "groups": [],
}
"""The member of a case that says nothing of its own."""
EVENT: dict[str, Any] = {
    "kind": "inpatient",
    "started_on": "2025-03-01",
    "filed_on": None,
    "hospital_level": 3,
    "diagnoses": ["J18.900"],
    "operations": [],
    "severity": None,
    "accident": False,
    "disability_grade": None,
    "amounts": {},
}
"""The event of a case that says nothing of its own: seven days in hospital with pneumonia."""
STAY_DAYS = 7
COVER_FROM = datetime.date(2025, 1, 1)


def _money(value: object) -> object:
    """Yuan as a contract's amount: ``1213.69`` and ``1200`` (not in quotation marks) as well."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{Decimal(value):.2f}"
    return value


def _fits(value: object) -> object:
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value


Money = Annotated[str, Field(pattern=r"^-?\d+\.\d\d$"), BeforeValidator(_money)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ExpectedLine(_Part):
    """What one line must be; only what is written is compared. ``plan`` is that of the file where it has one."""

    event: str = "e1"
    plan: str | None = None
    benefit: str
    outcome: Literal["none", "pay", "refuse", "refer"] | None = None
    amount: Money | None = None
    reasons: list[str] | None = None
    missing: list[str] | None = None
    provisional: bool | None = None
    paid_before: Money | None = None
    due: Money | None = None


class Expected(_Part):
    """What the engine must say: the total always, lines as far as they are named."""

    total: Money
    lines: list[ExpectedLine] = Field(default_factory=list)


class Entry(_Part):
    """One case as it is written, over the defaults."""

    name: str
    source: Annotated[list[str], BeforeValidator(as_list)] | None = None
    published: Money | None = None
    fits: Annotated[Fits, BeforeValidator(_fits)] = "true"
    why: str | None = None
    note: str | None = None
    member: dict[str, Any] = Field(default_factory=dict)
    cover: dict[str, Any] | None = None
    covers: list[dict[str, Any]] | None = None
    event: dict[str, Any] | None = None
    events: list[dict[str, Any]] | None = None
    opening: list[dict[str, Any]] | None = None
    paid: list[dict[str, Any]] | None = None
    expect: Expected


class CaseFile(_Part):
    """A file of cases: for one plan (or combination), or for several that a member holds together."""

    plan: str | None = None
    plans: list[str] | None = Field(None, min_length=1)
    cases: list[Entry] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ShippedCase:
    """One case: where it stands, what it says, and the case as the public contract writes it."""

    file: Path
    line: int
    plans: tuple[str, ...]
    entry: Entry
    case: dict[str, Any]

    @property
    def id(self) -> str:
        """``hubei-inpatient-2025:12 应城一例``, for the names of tests and for messages."""
        return f"{self.file.stem}:{self.line} {self.entry.name}"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the engine says otherwise than the case expects."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case, the engine's decision on it, and how that differs from what the case expects."""

    shipped: ShippedCase
    decision: dict[str, Any]
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Does the engine say what the case expects?"""
        return not self.differences


# -- loading ------------------------------------------------------------------------------------------------------------


def load_cases(folder: Path, library: Loaded) -> list[ShippedCase]:
    """All cases of a folder (or one file), in order of files and lines. Raises PlanError with every fault."""
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [folder]
    faults: list[PlanFault] = []
    cases: list[ShippedCase] = []
    if not files:
        faults.append(
            PlanFault(str(folder), 1, "", "文件夹里没有 .yaml 案例文件", "no .yaml files of cases in this folder")
        )
    for file in files:
        try:
            cases += _load_file(file, library)
        except PlanError as error:
            faults += error.faults
    if faults:
        raise PlanError(faults)
    return cases


def _load_file(file: Path, library: Loaded) -> list[ShippedCase]:
    try:
        read = read_yaml(file.read_bytes())
    except OSError as error:
        raise PlanError([unreadable(str(file), error)]) from error
    except YamlFault as fault:
        raise PlanError([PlanFault(str(file), fault.line, "", fault.zh, fault.en)]) from fault
    try:
        content = CaseFile.model_validate(_plain(read.value))
    except ValidationError as error:
        raise PlanError([_fault(file, read, details["loc"], details["msg"]) for details in error.errors()]) from error
    plans = content.plans if content.plans is not None else [content.plan] if content.plan is not None else []
    faults = _faults(file, read, content, plans, library)
    if faults:
        raise PlanError(faults)
    return [
        ShippedCase(
            file, read.line(("cases", i)), tuple(plans), entry, _case(f"{file.stem}:{i + 1}", entry, plans, library)
        )
        for i, entry in enumerate(content.cases)
    ]


def _faults(file: Path, read: Read, content: CaseFile, plans: list[str], library: Loaded) -> list[PlanFault]:
    faults = []
    if (content.plan is None) == (content.plans is None):
        faults.append(PlanFault(str(file), 1, "", "应写 plan 或 plans 之一", "expected one of plan and plans"))
    for plan in plans:
        if plan not in library.documents:
            line = read.line(("plan",) if content.plan is not None else ("plans",))
            faults.append(PlanFault(str(file), line, "plan", f"计划库里没有 {plan}", f"{plan} is not in the library"))
    for i, entry in enumerate(content.cases):
        for zh, en in _entry_faults(entry):
            place: Place = ("cases", i)
            faults.append(PlanFault(str(file), read.line(place), dotted(place), zh, en))
    return faults


def _entry_faults(entry: Entry) -> Iterable[tuple[str, str]]:
    if entry.cover is not None and entry.covers is not None:
        yield "cover 与 covers 只写一个", "write one of cover and covers"
    if entry.event is not None and entry.events is not None:
        yield "event 与 events 只写一个", "write one of event and events"
    if entry.fits != "true" and entry.why is None:
        yield f"fits: {entry.fits} 须写 why", f"fits: {entry.fits} needs a why"
    if entry.fits != "true" and entry.published is None:
        yield f"fits: {entry.fits} 须有 published", f"fits: {entry.fits} needs what was published"


def _fault(file: Path, read: Read, loc: tuple[int | str, ...], message: str) -> PlanFault:
    place = tuple(loc)
    return PlanFault(str(file), read.line(place), dotted(place), f"应符合案例文件的格式：{message}", message)


def _plain(value: Any) -> Any:
    """Dates as the contract writes them, amounts with two decimals."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        plain = {key: _plain(item) for key, item in value.items()}
        if isinstance(plain.get("amounts"), dict):
            plain["amounts"] = {key: _money(item) for key, item in plain["amounts"].items()}
        return plain
    return value


# -- defaults -----------------------------------------------------------------------------------------------------------


def _case(case_id: str, entry: Entry, plans: list[str], library: Loaded) -> dict[str, Any]:
    """The case as the public contract writes it."""
    covers = entry.covers if entry.covers is not None else [{**(entry.cover or {}), "plan": plan} for plan in plans]
    events = entry.events if entry.events is not None else [entry.event or {}]
    case: dict[str, Any] = {
        "case": case_id,
        "member": {**MEMBER, **entry.member},
        "covers": [_cover({"plan": plans[0], **cover}, library) for cover in covers],
        "events": [_event(event, i) for i, event in enumerate(events, start=1)],
    }
    if entry.opening is not None:
        case["opening"] = entry.opening
    if entry.paid is not None:
        case["paid"] = entry.paid
    return case


def _cover(given: Mapping[str, Any], library: Loaded) -> dict[str, Any]:
    """One unit for the plan's first term, or for the year 2025; joined a year before."""
    draft = library.documents.get(given["plan"])
    start, until = _period(draft.document if draft is not None else None)
    start_text = given.get("from", start.isoformat())
    if "from" in given:
        until = add_years(_date(start_text, start), 1)
    joined = add_years(_date(start_text, start), -1)
    return {"units": 1, "from": start_text, "until": until.isoformat(), "joined_on": joined.isoformat(), **given}


def _period(document: Document | None) -> tuple[datetime.date, datetime.date]:
    if document is not None and document.term.first_on is not None:
        return document.term.first_on, add_years(document.term.first_on, document.term.years)
    return COVER_FROM, add_years(COVER_FROM, 1)


def _event(given: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A stay of seven days that was settled on discharge."""
    event: dict[str, Any] = {"event": f"e{number}", **EVENT, **given}
    started = _date(event["started_on"], COVER_FROM)
    event.setdefault("ended_on", (started + datetime.timedelta(days=STAY_DAYS)).isoformat())
    event.setdefault("settled_on", event["ended_on"])
    return event


def _date(text: object, otherwise: datetime.date) -> datetime.date:
    """A date of the case; one that is none is left for the engine's reader to report."""
    try:
        return datetime.date.fromisoformat(str(text))
    except ValueError:
        return otherwise


# -- judging ------------------------------------------------------------------------------------------------------------


def judge(shipped: ShippedCase, engine: Engine) -> Verdict:
    """Decide a case and compare. Raises CaseError when the case itself is at fault."""
    decision = engine.decide(engine.parse(shipped.case)).as_dict()
    expect = shipped.entry.expect
    differences = []
    if decision["total"] != expect.total:
        differences.append(Difference("total", expect.total, decision["total"]))
    lines = {(line["event"], line["plan"], line["benefit"]): line for line in decision["lines"]}
    for wanted in expect.lines:
        key = (wanted.event, wanted.plan or shipped.plans[0], wanted.benefit)
        differences += _compare(" ".join(key), wanted, lines.get(key))
    published = shipped.entry.published
    if published is not None and shipped.entry.fits == "true" and published not in _figures(decision):
        differences.append(Difference("published", published, decision["total"]))
    return Verdict(shipped, decision, tuple(differences))


def _compare(name: str, wanted: ExpectedLine, line: Mapping[str, Any] | None) -> list[Difference]:
    if line is None:
        return [Difference(name, "a line", "no line")]
    differences = []
    for field in sorted(wanted.model_fields_set - {"event", "plan", "benefit"}):
        expected, found = getattr(wanted, field), line.get(field)
        if expected != found and not (field == "provisional" and expected is False and found is None):
            differences.append(Difference(f"{name} {field}", str(expected), str(found)))
    return differences


def _figures(decision: Mapping[str, Any]) -> set[str]:
    """Figures of a decision that a published one may be: the total, or what one line pays."""
    return {decision["total"], *(line["amount"] for line in decision["lines"])}
