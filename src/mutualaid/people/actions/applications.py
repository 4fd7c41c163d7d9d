"""Employers apply to be registered; the office looks at the papers and lets them in, sends them back, or refuses."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.models import StoredFile
from mutualaid.core.moves import make
from mutualaid.people.actions.units import (
    CodeTaken,
    MisplacedUnit,
    bind_clerk,
    register_clerk,
    register_employer,
    register_unit,
)
from mutualaid.people.contacts import read_credit_code, read_phone
from mutualaid.people.merged_employers import expect_code_unmerged
from mutualaid.people.models import (
    STANDS_UNDER,
    Account,
    Employer,
    EmployerApplication,
    EmployerClerk,
    Level,
    RoleName,
    Unit,
)
from mutualaid.people.names import read_name
from mutualaid.people.queries import application_open, credit_code_known, nearest_holders, unit_code_known
from mutualaid.people.refusals import Refused
from mutualaid.people.states import APPLICATION
from mutualaid.people.telling import tell

STAMPED_FORM = "stamped_form"
"""The kind of a stored file that bears the employer's stamp."""


class EmployerKnown(Refused):
    """The employer is registered: there is nothing to apply for, but perhaps a clerk to be bound."""


class ApplicationOpen(Refused):
    """Another application of the same employer waits."""


class NoStampedForm(Refused):
    """Among the papers is none with the employer's stamp."""


class PapersElsewhere(Refused):
    """A paper belongs to another application, or is the form of a clerk: there somebody decided by it."""


class OwnApplication(Refused):
    """Nobody decides on what they applied for themselves."""


class NameTaken(Refused):
    """Another unit under the same office has the name."""


@transaction.atomic
def submit_application(
    *,
    account: Account,
    office: Unit,
    name: str,
    credit_code: str,
    headcount_declared: int,
    contact_name: str,
    contact_phone: str,
    papers: Sequence[StoredFile],
    by: Actor,
    at: datetime.datetime,
) -> EmployerApplication:
    """An employer asks to be registered under an office, by the account that will be its clerk. Raises NotAContact, NotAName,
    MisplacedUnit, NoStampedForm, PapersElsewhere, EmployerKnown, ApplicationOpen, Refused."""
    application = EmployerApplication(account=account, submitted_at=at)
    _write(application, office, name, credit_code, headcount_declared, contact_name, contact_phone, papers)
    _refuse_known(application.credit_code)
    if application_open(credit_code=application.credit_code):
        raise _open()
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError:  # somebody was quicker
        raise _open() from None
    _hand_in(application, papers)
    record(what="submit_application", row=application, by=by, at=at, office=office.pk, papers=len(papers))
    _tell_office(application, by, at)
    return application


@transaction.atomic
def resubmit_application(
    *,
    application: EmployerApplication,
    office: Unit,
    name: str,
    credit_code: str,
    headcount_declared: int,
    contact_name: str,
    contact_phone: str,
    papers: Sequence[StoredFile],
    by: Actor,
    at: datetime.datetime,
) -> EmployerApplication:
    """What was sent back comes again, all of it as it now is; ``papers`` take the place of the former ones. Raises as
    ``submit_application`` does, and IllegalMove."""
    locked = make(application, APPLICATION, "resubmit_application", by=by, at=at)
    _write(locked, office, name, credit_code, headcount_declared, contact_name, contact_phone, papers)
    _refuse_known(locked.credit_code)
    locked.submitted_at, locked.remark = at, ""
    written = ["office", "name", "credit_code", "headcount_declared", "contact_name", "contact_phone"]
    try:
        with transaction.atomic():
            locked.save(update_fields=[*written, "submitted_at", "remark"])
    except IntegrityError:
        raise _open() from None
    _hand_in(locked, papers)
    _tell_office(locked, by, at)
    return locked


@transaction.atomic
def return_application(
    *, application: EmployerApplication, remark: str, by: Actor, at: datetime.datetime
) -> EmployerApplication:
    """The office wants something mended, and says what. Raises IllegalMove, OwnApplication, Refused."""
    return _answer(application, "return_application", remark, by, at)


@transaction.atomic
def refuse_application(
    *, application: EmployerApplication, remark: str, by: Actor, at: datetime.datetime
) -> EmployerApplication:
    """The office does not let the employer in, and says why. Raises IllegalMove, OwnApplication, Refused."""
    return _answer(application, "refuse_application", remark, by, at)


@transaction.atomic
def approve_application(
    *, application: EmployerApplication, code: str | None = None, by: Actor, at: datetime.datetime
) -> Employer:
    """The papers are in order: the employer's union takes its place under the office, with a fresh code if none is given, and
    the applicant becomes its clerk, by the stamped form. Raises IllegalMove, OwnApplication, EmployerKnown, NameTaken, CodeTaken.
    """
    _refuse_own(application, by)
    locked = EmployerApplication.objects.select_for_update(no_key=True, of=("self",)).get(pk=application.pk)
    if locked.state in APPLICATION.moves["approve_application"].sources:
        locked.employer = _let_in(locked, code, by, at)
        locked.save(update_fields=["employer"])
    made = make(locked, APPLICATION, "approve_application", by=by, at=at)  # refuses what cannot be approved
    _tell_applicant(made, "application_approved", by, at)
    return Employer.objects.select_related("unit").get(pk=made.employer_id)


@transaction.atomic
def register_at_counter(
    *,
    office: Unit,
    name: str,
    credit_code: str,
    headcount_declared: int,
    contact_name: str,
    contact_phone: str,
    by: Actor,
    at: datetime.datetime,
) -> Employer:
    """The office registers an employer that came with its papers: its union takes its place under the office, with a fresh code.
    Clerks ask to be bound afterwards. Raises MisplacedUnit, NotAContact, NotAName, EmployerKnown, NameTaken, Refused."""
    _refuse_misplaced(office)
    plain = _name(name)
    code = read_credit_code(credit_code)
    _refuse_known(code)
    _refuse_name(office, plain)
    unit = register_unit(
        level=Level.GRASSROOTS,
        parent=office,
        code=_fresh_code(),
        name=plain,
        region_code=office.region_code,
        by=by,
        at=at,
    )
    return register_employer(
        unit=unit,
        credit_code=code,
        headcount_declared=headcount_declared,
        contact_name=contact_name,
        contact_phone=contact_phone,
        by=by,
        at=at,
    )


def _let_in(application: EmployerApplication, code: str | None, by: Actor, at: datetime.datetime) -> Employer:
    """The unit, the employer and its clerk."""
    _refuse_known(application.credit_code)
    office = application.office
    _refuse_name(office, application.name)
    if code is not None and unit_code_known(code=code):
        raise CodeTaken(
            f"单位编码 {code} 应未被使用；已属于另一单位，请换一个", f"the code {code} is another unit's; take another"
        )
    unit = register_unit(
        level=Level.GRASSROOTS,
        parent=office,
        code=code or _fresh_code(),
        name=application.name,
        region_code=office.region_code,
        by=by,
        at=at,
    )
    employer = register_employer(
        unit=unit,
        credit_code=application.credit_code,
        headcount_declared=application.headcount_declared,
        contact_name=application.contact_name,
        contact_phone=application.contact_phone,
        by=by,
        at=at,
    )
    form = application.papers.filter(kind=STAMPED_FORM).order_by("-id")[0]  # none is handed in without
    clerk = register_clerk(
        employer=employer,
        account=application.account,
        name=application.contact_name,
        evidence=form,
        phone=application.contact_phone,
        waits=False,
        by=by,
        at=at,
    )
    bind_clerk(clerk=clerk, by=by, at=at)
    application.papers.update(unit_path=unit.path)
    return employer


def _fresh_code() -> str:
    """``G00000017``: the next number that no unit's code is, whoever chose it."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'G' || lpad(nextval('people_unit_code')::text, 8, '0')")
            (code,) = cursor.fetchone()
        if not unit_code_known(code=code):
            return str(code)


def _answer(
    application: EmployerApplication, move: str, remark: str, by: Actor, at: datetime.datetime
) -> EmployerApplication:
    _refuse_own(application, by)
    if not remark.strip():
        raise Refused("应说明原因；没有找到，请填写", "expected a reason, found none; write one")
    locked = make(application, APPLICATION, move, by=by, at=at)
    locked.remark = remark.strip()[:500]
    locked.save(update_fields=["remark"])
    told = "application_returned" if move == "return_application" else "application_refused"
    _tell_applicant(locked, told, by, at, reason=locked.remark)
    return locked


def _tell_applicant(
    application: EmployerApplication, template: str, by: Actor, at: datetime.datetime, **words: str
) -> None:
    tell(
        account=application.account,
        portal="clerk",
        template=template,
        words={"number": application.number, **words},
        link=f"/employers/applications/{application.number}",
        by=by,
        at=at,
    )


def _tell_office(application: EmployerApplication, by: Actor, at: datetime.datetime) -> None:
    """Whoever looks at applications, at the office or the nearest one above it."""
    application.refresh_from_db(fields=["number"])
    link = f"/workbench/applications/{application.number}"
    words = {"number": application.number}
    for account in nearest_holders(unit=application.office, roles=[RoleName.ENROLMENT_CLERK], on=day_of(at)):
        tell(account=account, portal="staff", template="application_to_review", words=words, link=link, by=by, at=at)


def _write(
    application: EmployerApplication,
    office: Unit,
    name: str,
    credit_code: str,
    headcount_declared: int,
    contact_name: str,
    contact_phone: str,
    papers: Sequence[StoredFile],
) -> None:
    """Read and weigh what is said of an employer, and set it; the caller saves."""
    _refuse_misplaced(office)
    plain = _name(name)
    if not 1 <= headcount_declared < 2**31:
        raise Refused(
            f"申报职工人数应至少为 1；得到 {headcount_declared}，请改正",
            f"expected a headcount of at least 1, found {headcount_declared}; correct it",
        )
    if not any(paper.kind == STAMPED_FORM for paper in papers):
        raise NoStampedForm(
            "应附至少一份盖章材料；没有找到，请下载登记表，盖章后上传",
            "expected at least one paper with the employer's stamp, found none; download the form, stamp it, upload it",
        )
    application.office, application.name = office, plain
    application.credit_code, application.headcount_declared = read_credit_code(credit_code), headcount_declared
    application.contact_name, application.contact_phone = read_name(contact_name), read_phone(contact_phone)


def _hand_in(application: EmployerApplication, papers: Sequence[StoredFile]) -> None:
    """The papers belong to the application, and to the office that looks at them. Raises PapersElsewhere."""
    used = EmployerApplication.papers.through.objects.filter(storedfile__in=papers).exclude(
        employerapplication=application
    )
    if used.exists() or EmployerClerk.objects.filter(evidence__in=[str(paper.key) for paper in papers]).exists():
        raise PapersElsewhere(
            "材料应为本次申请上传；得到已用于另一申请或代办员登记的材料，请重新上传",
            "expected papers of this application, found one that was handed in for another matter; upload it anew",
        )
    application.papers.set(papers)
    application.papers.update(unit_path=application.office.path)


def _refuse_misplaced(office: Unit) -> None:
    if office.level not in STANDS_UNDER[Level.GRASSROOTS]:
        raise MisplacedUnit(
            f"应向省、市、县区或产业工会申请；得到{Level(office.level).label}，请改选受理单位",
            f"expected a provincial, city, county or industry office, found a {office.level} unit; choose another",
        )


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= 100:
        raise Refused(
            f"单位名称应为 1–100 个字符；得到 {len(plain)} 个，请按证照填写",
            f"expected a name of 1 to 100 characters, found {len(plain)}; write it as on the certificate",
        )
    return plain


def _refuse_name(office: Unit, name: str) -> None:
    if Unit.objects.filter(parent=office, name=name).exists():
        raise NameTaken(
            f"{office.name} 之下应没有同名单位；已有“{name}”，请改用全称（申请请退回补正）",
            f"expected no unit of this name under {office.name}, found one; take a fuller name (return an application for it)",
        )


def _refuse_own(application: EmployerApplication, by: Actor) -> None:
    if by.key == str(application.account_id):
        raise OwnApplication(
            "登记申请应由他人审核；得到申请人本人，请交由经办人员审核",
            "expected somebody else to decide on the application, found the applicant; leave it to the office",
        )


def _refuse_known(code: str) -> None:
    expect_code_unmerged(credit_code=code)
    if credit_code_known(credit_code=code):
        raise EmployerKnown(
            f"统一社会信用代码 {code} 应尚未登记；该单位已登记，请改为申请绑定代办员（换绑），并上传盖章授权书",
            f"expected an employer that is not registered, found {code} registered; ask to be bound as its clerk instead, "
            "with a stamped form",
        )


def _open() -> ApplicationOpen:
    return ApplicationOpen(
        "该单位应没有办理中的登记申请；已有一份待审核或待补正，请等待结果，或联系受理单位",
        "expected no open application of this employer, found one; wait for its result, or ask the office",
    )
