"""The tree of unions grows; employers come in; their clerks are registered, bound and released."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.models import StoredFile
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.clerk_models import ClerkTerm, WhyClerk
from mutualaid.people.contacts import read_credit_code, read_phone, read_telephone
from mutualaid.people.merged_employers import expect_code_unmerged, expect_unmerged
from mutualaid.people.models import STANDS_UNDER, Account, Employer, EmployerClerk, Level, RoleName, Staff, Unit
from mutualaid.people.names import initials, read_name, unit_key
from mutualaid.people.queries import credit_code_known, nearest_holders, unit_code_known
from mutualaid.people.refusals import Refused
from mutualaid.people.states import CLERK
from mutualaid.people.telling import tell


class MisplacedUnit(Refused):
    """A unit of this level cannot stand there."""


class CodeTaken(Refused):
    """The code belongs to another row already."""


@transaction.atomic
def register_unit(
    *,
    level: Level,
    parent: Unit | None,
    code: str,
    name: str,
    region_code: str = "",
    by: Actor,
    at: datetime.datetime,
) -> Unit:
    """A body of the union takes its place in the tree. Raises MisplacedUnit, CodeTaken."""
    above = Level(parent.level) if parent else None
    if (above not in STANDS_UNDER[level]) if above else bool(STANDS_UNDER[level]):
        wanted = [Level(one) for one in Level.values if one in STANDS_UNDER[level]]
        raise MisplacedUnit(
            f"{level.label}应设在{'、'.join(one.label for one in wanted) or '最上层'}之下；"
            f"得到{above.label if above else '最上层'}，请改选上级",
            f"expected a {level} unit under {' or '.join(wanted) or 'nothing'}, found {above or 'nothing'}; choose another",
        )
    if parent is None and Unit.objects.filter(parent=None).exists():
        raise MisplacedUnit(
            "最上层应只有一个全国单位；已有一个，请在其下新增",
            "expected one national body, found that there is one already; add units below it",
        )
    if unit_code_known(code=code):
        raise CodeTaken(
            f"单位编码 {code} 应未被使用；已属于另一单位，请换一个", f"the code {code} is another unit's; take another"
        )
    unit = Unit.objects.create(
        level=level,
        parent=parent,
        code=code,
        name=name,
        name_key=unit_key(name)[:100],
        initials=initials(name)[:100],
        region_code=region_code,
    )
    record(what="register_unit", row=unit, by=by, at=at, level=level, code=code)
    return unit


@transaction.atomic
def set_unit_contact(*, unit: Unit, phone: str, address: str, by: Actor, at: datetime.datetime) -> Unit:
    """The telephone and the address that letters and pages name for a body of the union; empty for none. Raises NotAContact."""
    locked = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    locked.phone = read_telephone(phone) if phone.strip() else ""
    locked.address = " ".join(address.split())[:200]
    locked.save(update_fields=["phone", "address"])
    record(what="set_unit_contact", row=locked, by=by, at=at, phone=locked.phone)
    return locked


class NotGrassroots(Refused):
    """Only a grassroots union is that of an employer."""


@transaction.atomic
def register_employer(
    *,
    unit: Unit,
    credit_code: str,
    headcount_declared: int,
    contact_name: str,
    contact_phone: str,
    by: Actor,
    at: datetime.datetime,
) -> Employer:
    """What an employer says of itself. Raises NotGrassroots, EmployerMerged, CodeTaken, NotAContact, NotAName."""
    if unit.level != Level.GRASSROOTS:
        raise NotGrassroots(
            f"用人单位应登记在基层工会上；得到{Level(unit.level).label}，请先登记其基层工会",
            f"expected a grassroots union, found a {unit.level} unit; register the employer's own union first",
        )
    if headcount_declared < 1:
        raise Refused(
            f"申报职工人数应至少为 1；得到 {headcount_declared}，请改正",
            f"expected a headcount of at least 1, found {headcount_declared}; correct it",
        )
    code = read_credit_code(credit_code)
    expect_code_unmerged(credit_code=code)
    if credit_code_known(credit_code=code):
        raise CodeTaken(
            f"统一社会信用代码 {code} 应未登记；已属于另一单位，请核对",
            f"the credit code {code} is registered for another employer; check it",
        )
    employer = Employer.objects.create(
        unit=unit,
        credit_code=code,
        headcount_declared=headcount_declared,
        contact_name=read_name(contact_name),
        contact_phone=read_phone(contact_phone),
    )
    record(what="register_employer", row=employer, by=by, at=at, headcount_declared=headcount_declared)
    return employer


class ClerkAlready(Refused):
    """The account acts, or asks to act, for this employer already."""


class NobodyToReplace(Refused):
    """A clerk is to be replaced, and nobody is named."""


class NoEvidence(Refused):
    """There is no stamped form to look at."""


@transaction.atomic
def register_clerk(
    *,
    employer: Employer,
    account: Account,
    name: str,
    evidence: StoredFile | str,
    phone: str = "",
    replaces_name: str = "",
    why: WhyClerk = WhyClerk.MORE,
    waits: bool = True,
    by: Actor,
    at: datetime.datetime,
) -> EmployerClerk:
    """Somebody asks to act for an employer, by a stamped form: the stored file, or its key; perhaps in place of a clerk, who is
    named as on the form and told of it. The office then binds or refuses; ``waits``: it is told of that. Raises EmployerMerged,
    ClerkAlready, NoEvidence, NotAName, NotAContact, NobodyToReplace."""
    expect_unmerged(employer=employer.pk)
    if why is not WhyClerk.MORE and not replaces_name.strip():
        raise NobodyToReplace(
            "更换代办员应写明原代办员姓名；没有找到，请填写，或改选“增加一名代办员”",
            "expected the name of the clerk who is replaced, found none; write it, or choose one clerk more",
        )
    form = str(evidence.key) if isinstance(evidence, StoredFile) else evidence.strip()
    if not form:
        raise NoEvidence(
            "应附单位盖章的授权书；没有找到，请先上传", "expected the stamped form, found none; upload it first"
        )
    if EmployerClerk.objects.filter(employer=employer, account=account).exclude(state="released").exists():
        raise ClerkAlready(
            "该账号应尚未登记为本单位的代办员；已在待审核或已绑定状态，请先解除",
            "the account is registered or bound as a clerk of this employer; release it first",
        )
    clerk = EmployerClerk.objects.create(employer=employer, account=account, name=read_name(name), evidence=form)
    former = "" if why is WhyClerk.MORE else read_name(replaces_name)
    replaced = _bound_as(employer, former)
    ClerkTerm.objects.create(
        clerk=clerk,
        why=why,
        phone=read_phone(phone) if phone.strip() else None,
        replaces=replaced,
        replaces_name=former,
        asked_at=at,
    )
    if isinstance(evidence, StoredFile):
        StoredFile.objects.filter(pk=evidence.pk).update(unit_path=employer.unit_path)
    record(what="register_clerk", row=clerk, by=by, at=at, employer=employer.pk)
    if waits:
        _tell_who_looks(clerk, replaced, by, at)
    return clerk


def _bound_as(employer: Employer, name: str) -> EmployerClerk | None:
    """The bound clerk of a name, where there is one and no second; whoever asks is not told."""
    if not name:
        return None
    with within([EVERYTHING], reads=True):
        found = list(EmployerClerk.objects.filter(employer=employer, state="bound", name=name).order_by("id")[:2])
    return found[0] if len(found) == 1 else None


def _tell_who_looks(clerk: EmployerClerk, replaced: EmployerClerk | None, by: Actor, at: datetime.datetime) -> None:
    """The office that looks at the form; and who is to be replaced, so that nobody is put aside unawares."""
    with within([EVERYTHING], reads=True):
        clerk.refresh_from_db(fields=["number"])
        unit = Unit.objects.get(pk=clerk.employer_id)
        account = None if replaced is None else Account.objects.get(pk=replaced.account_id)
    words, link = {"unit": unit.name}, f"/workbench/clerks/{clerk.number}"
    for one in nearest_holders(unit=unit, roles=[RoleName.ENROLMENT_CLERK], on=day_of(at), besides=[by.key]):
        tell(account=one, portal="staff", template="clerk_to_review", words=words, link=link, by=by, at=at)
    if account is not None and str(account.pk) != by.key:
        tell(
            account=account,
            portal="clerk",
            template="clerk_to_be_replaced",
            words=words,
            link="/employers/clerks",
            by=by,
            at=at,
        )


class OwnBinding(Refused):
    """Nobody looks at their own form."""


class NotToReplace(Refused):
    """Who is to be replaced is no bound clerk of the same employer."""


@transaction.atomic
def bind_clerk(
    *, clerk: EmployerClerk, replaces: EmployerClerk | None = None, by: Actor, at: datetime.datetime
) -> EmployerClerk:
    """The form was looked at by somebody else and is in order: from now on the clerk acts, and the one whom they replace (换绑)
    no longer. Raises IllegalMove, OwnBinding, NotToReplace."""
    if by.key == str(clerk.account_id):
        raise OwnBinding(
            "授权书应由他人审核；得到代办员本人，请交由经办人员审核",
            "expected somebody else to look at the form, found the clerk; leave it to the office",
        )
    bound = make(clerk, CLERK, "bind_clerk", by=by, at=at)
    ClerkTerm.objects.filter(clerk=bound).update(bound_at=at, bound_name=_named(by))
    if replaces is not None:
        if replaces.pk == clerk.pk or replaces.employer_id != bound.employer_id or replaces.state != "bound":
            raise NotToReplace(
                "被替换的应为同一单位已绑定的代办员；得到的不是，请刷新后重选",
                "expected a bound clerk of the same employer to be replaced, found another; look again and choose",
            )
        make(replaces, CLERK, "release_clerk", by=by, at=at, replaced_by=bound.pk)
        _end_term(replaces, f"换绑，由 {bound.number} 接替", by, at)
        _tell(replaces, "clerk_unbound", by, at)
    _tell(bound, "clerk_bound", by, at, link=f"/employers/units/{bound.employer.unit.code}")
    return bound


@transaction.atomic
def release_clerk(*, clerk: EmployerClerk, reason: str, by: Actor, at: datetime.datetime) -> EmployerClerk:
    """The clerk no longer acts for the employer, or is refused: the form is not in order. Raises IllegalMove, Refused."""
    if not reason.strip():
        raise Refused("应说明原因；没有找到，请填写", "expected a reason, found none; write one")
    was_bound = EmployerClerk.objects.filter(pk=clerk.pk, state="bound").exists()
    released = make(clerk, CLERK, "release_clerk", by=by, at=at, reason=reason.strip())
    _end_term(released, reason, by, at)
    if was_bound:
        _tell(released, "clerk_unbound", by, at)
    else:
        _tell(released, "clerk_refused", by, at, reason=reason.strip())
    return released


def _end_term(clerk: EmployerClerk, why: str, by: Actor, at: datetime.datetime) -> None:
    told = {"released_at": at, "released_name": _named(by), "released_why": why.strip()[:200]}
    ClerkTerm.objects.filter(clerk=clerk).update(**told)


def _named(by: Actor) -> str:
    """Who of the staff decides; empty for the system."""
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    return str(found.name) if found is not None else ""


def _tell(
    clerk: EmployerClerk, template: str, by: Actor, at: datetime.datetime, *, link: str = "", **words: str
) -> None:
    told = {"unit": clerk.employer.unit.name, **words}
    tell(account=clerk.account, portal="clerk", template=template, words=told, link=link, by=by, at=at)
