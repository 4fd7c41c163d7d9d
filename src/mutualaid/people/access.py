"""Who may see which units, members, employers, clerks, applications and staff, and who may decide on them. Strangers are told
"not found", never that there is something to hide."""

from __future__ import annotations

import datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import AuditEntry
from mutualaid.core.row_security import EVERYTHING, own_of, within
from mutualaid.core.written import written
from mutualaid.people.models import (
    STANDS_UNDER,
    Account,
    ApiClient,
    Employer,
    EmployerApplication,
    EmployerClerk,
    Employment,
    Level,
    Member,
    RoleName,
    Scope,
    Staff,
    Unit,
)
from mutualaid.people.queries import numbered, on_day
from mutualaid.people.roles import account_of, branches_of_staff, in_branches, remembered

SEE_MEMBERS = (
    RoleName.ENROLMENT_CLERK,
    RoleName.REVIEWER,
    RoleName.SENIOR_REVIEWER,
    RoleName.FINANCE,
    RoleName.SERVICE_SPECIALIST,
)
"""Roles that deal with persons. Designers, analysts and the three administrators see none."""
COUNTER = (RoleName.ENROLMENT_CLERK, RoleName.SERVICE_SPECIALIST)
"""Roles before whom members stand."""
SEE_STAFF = (RoleName.SYSTEM_ADMIN, RoleName.SECURITY_ADMIN)


class NotFound(Exception):
    """There is no such thing for this actor; ``zh`` and ``en`` are what strangers are told."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


# --- what a request may see at all: told to the second fence ----------------------------------------------------------


def branches_of(*, actor: Actor, on: datetime.date) -> list[str]:
    """What ``core.row_security.within`` is told for an actor: the branches of the roles of staff; the unions of a clerk's
    employers, and what is the account's own (applications, registrations not yet looked at); of a member none; that of a
    program. Ask it where everything is seen, in a transaction of its own."""
    if actor.kind is ActorKind.SYSTEM:
        return [EVERYTHING]
    if actor.kind is ActorKind.STAFF:
        return _outermost(_branches(actor, on))
    if actor.kind is ActorKind.CLERK:
        unions = Employer.objects.filter(pk__in=employers_of_clerk(actor=actor)).values_list("unit_path", flat=True)
        return [*_outermost(list(unions)), own_of(_account(actor))]
    if actor.kind is ActorKind.CLIENT:
        return client_branches(actor=actor, on=on)
    return []


def own_member(*, actor: Actor) -> int | None:
    """The key of the member whose own rows the actor sees, for the second fence; None for who is none."""
    if actor.kind is not ActorKind.MEMBER:
        return None
    own = Member.objects.filter(account=_account(actor), account__is_active=True)
    return remembered(("member", actor), own.values_list("pk", flat=True).first)


def client_branches(*, actor: Actor, on: datetime.date, scope: Scope | None = None) -> list[str]:
    """The path of the branch in which a program has a scope, or any; none for others, and for a token that is over."""
    if actor.kind is not ActorKind.CLIENT:
        return []
    clients = ApiClient.objects.filter(number=actor.key, revoked_at=None, expires_on__gt=on)
    if scope is not None:
        clients = clients.filter(scopes__contains=[scope.value])
    return list(clients.values_list("unit__path", flat=True))


def member_self(*, actor: Actor) -> Member:
    """The member that the actor is, at 会员端. Raises NotFound."""
    found = (
        remembered(("self", actor), lambda: _selves(account=_account(actor))) if actor.kind is ActorKind.MEMBER else []
    )
    if not found:
        raise NotFound("没有找到您的会员登记，请联系单位工会", "no such member was found; ask your employer's union")
    return found[0]


@written
def _selves(*, account: int) -> QuerySet[Member]:
    return Member.objects.filter(account=account, account__is_active=True).order_by("id")[:1]


# --- units, employers, members ----------------------------------------------------------------------------------------


def units_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """Staff: the branches of their roles. Clerks: the unions of the employers that they are bound to. A program: its branch. The
    system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Unit.objects.all()
    if actor.kind is ActorKind.STAFF:
        return units_of_roles(actor=actor, on=on, roles=tuple(RoleName))
    if actor.kind is ActorKind.CLERK:
        return Unit.objects.filter(pk__in=employers_of_clerk(actor=actor))
    return Unit.objects.filter(_within(client_branches(actor=actor, on=on), "path"))


def units_of_roles(*, actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> QuerySet[Unit]:
    """The units in whose branches staff hold one of some roles on a day."""
    return Unit.objects.filter(_within(_branches(actor, on, roles), "path"))


def branches_of_roles(*, actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> list[str]:
    """The paths of the units in whose branches staff hold one of some roles on a day; none for others."""
    return _branches(actor, on, roles) if actor.kind is ActorKind.STAFF else []


def units_of_branches(*, branches: list[str]) -> list[int]:
    """The keys of the units of branches (paths), by which rows of members are compared (``Member.unit_ids``)."""
    return [int(path.strip("/").rpartition("/")[2]) for path in branches]


def members_of_branches(*, branches: list[str]) -> QuerySet[Member]:
    """Whoever works, or ever worked, in branches (paths of units)."""
    return _members_of(branches)


def unit_for(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """A unit by its code. Raises NotFound."""
    unit = units_visible_to(actor=actor, on=on).filter(code=code).first()
    if unit is None:
        raise NotFound("没有找到该单位，请核对编码", "no such unit was found; check the code")
    return unit


def employers_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Employer]:
    """Staff: those in the branches of their roles. Clerks: those that they are bound to. Members: where they work on the day.
    A program: those in its branch. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Employer.objects.all()
    if actor.kind is ActorKind.STAFF:
        return Employer.objects.filter(_within(_branches(actor, on), "unit_path"))
    if actor.kind is ActorKind.CLERK:
        return Employer.objects.filter(pk__in=employers_of_clerk(actor=actor))
    if actor.kind is ActorKind.CLIENT:
        return Employer.objects.filter(_within(client_branches(actor=actor, on=on), "unit_path"))
    work = Employment.objects.filter(on_day(on), employer=OuterRef("pk"), member__account=_account(actor))
    return Employer.objects.filter(Exists(work.filter(member__account__is_active=True)))


def employer_for(*, actor: Actor, code: str, on: datetime.date) -> Employer:
    """An employer by the code of its union. Raises NotFound."""
    found = employers_visible_to(actor=actor, on=on).filter(unit__code=code).select_related("unit").first()
    if found is None:
        raise NotFound("没有找到该用人单位，请核对编码", "no such employer was found; check the code")
    return found


def offices_to_register_at(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """Offices under which the actor may register an employer: enrolment clerks, in their branches, from the top down."""
    if actor.kind is not ActorKind.STAFF:
        return Unit.objects.none()
    offices = units_of_roles(actor=actor, on=on, roles=(RoleName.ENROLMENT_CLERK,))
    return offices.filter(level__in=STANDS_UNDER[Level.GRASSROOTS]).order_by("path")


def office_to_register_at(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """One of them by its code. Raises NotFound."""
    office = offices_to_register_at(actor=actor, on=on).filter(code=code).first()
    if office is None:
        raise NotFound("没有找到该受理单位，请核对编码", "no such office was found; check the code")
    return office


def members_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Member]:
    """Staff who deal with persons: whoever works, or ever worked, in their branches. Clerks: who works at their employers on the
    day. A program that may read members: as staff, in its branch. A member: themselves. None that was merged into another."""
    if actor.kind is ActorKind.SYSTEM:
        return Member.objects.filter(merged_into=None)
    if actor.kind is ActorKind.STAFF:
        return _members(actor, on, SEE_MEMBERS)
    if actor.kind is ActorKind.CLIENT:
        return _members_of(client_branches(actor=actor, on=on, scope=Scope.READ_MEMBERS))
    if actor.kind is ActorKind.CLERK:
        work = Employment.objects.filter(
            on_day(on), member=OuterRef("pk"), employer__in=employers_of_clerk(actor=actor)
        )
        return Member.objects.filter(Exists(work))
    return Member.objects.filter(account__isnull=False, account__is_active=True, account=_account(actor))


def member_for(*, actor: Actor, number: str, on: datetime.date) -> Member:
    """A member by number; by that of a double, the member into whom it was merged. Raises NotFound."""
    return _member(members_visible_to(actor=actor, on=on), number)


def member_to_correct(*, actor: Actor, number: str, on: datetime.date) -> Member:
    """A member whose identity the actor may correct: enrolment clerks, in their branches. Raises NotFound."""
    return _member(_members(actor, on, (RoleName.ENROLMENT_CLERK,)), number)


def member_to_activate(*, actor: Actor, number: str, on: datetime.date) -> Member:
    """A member at the counter to whom the actor may hand an activation code. Raises NotFound."""
    return _member(_members(actor, on, COUNTER), number)


def _members(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> QuerySet[Member]:
    return _members_of(_branches(actor, on, roles) if actor.kind is ActorKind.STAFF else [])


def _member(among: QuerySet[Member], number: str) -> Member:
    member = among.filter(numbered(number=number)).first()
    if member is None:
        raise NotFound("没有找到该会员，请核对会员编号", "no such member was found; check the number")
    return member


def employment_to_end(*, actor: Actor, number: str, employer: str, on: datetime.date) -> Employment:
    """Where a member works on a day, to be ended: by the member's number and the code of the employer's union; programs that may
    write members, in their branch. Raises NotFound."""
    branches = client_branches(actor=actor, on=on, scope=Scope.WRITE_MEMBERS)
    here = Employment.objects.filter(_within(branches, "unit_path"), on_day(on))
    wanted = here.filter(numbered(number=number, of="member"), employer__unit__code=employer)
    found = wanted.select_related("member").first()
    if found is None:
        raise NotFound(
            "没有找到该会员在该单位的任职，请核对会员编号和单位编码",
            "no such member works at this employer; check both numbers",
        )
    return found


def _members_of(branches: list[str]) -> QuerySet[Member]:
    """Whoever works, or ever worked, in branches."""
    units = units_of_branches(branches=branches)
    return Member.objects.filter(unit_ids__overlap=units, merged_into=None) if units else Member.objects.none()


def member_of_branches(*, branches: list[str], number: str) -> Member:
    """One of them by number, or by that of a double. Raises NotFound."""
    return _member(_members_of(branches), number)


# --- applications and clerks ------------------------------------------------------------------------------------------


def applications_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[EmployerApplication]:
    """Enrolment clerks of offices: those made in their branches. Who made one: their own. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return EmployerApplication.objects.all()
    if actor.kind is ActorKind.STAFF:
        offices = _within(_branches(actor, on, (RoleName.ENROLMENT_CLERK,)), "office__path")
        return EmployerApplication.objects.filter(offices)
    if actor.kind is ActorKind.CLERK:
        return EmployerApplication.objects.filter(account=_account(actor), account__is_active=True)
    return EmployerApplication.objects.none()


def application_for(*, actor: Actor, number: str, on: datetime.date) -> EmployerApplication:
    """An application by number, to look at. Raises NotFound."""
    found = applications_visible_to(actor=actor, on=on).filter(number=number)
    return _application(found)


def application_to_review(*, actor: Actor, number: str, on: datetime.date) -> EmployerApplication:
    """An application that the actor may decide on: enrolment clerks of its office's branch. Raises NotFound."""
    found = applications_visible_to(actor=actor, on=on).filter(number=number)
    return _application(found if actor.kind is ActorKind.STAFF else found.none())


def application_to_mend(*, actor: Actor, number: str, on: datetime.date) -> EmployerApplication:
    """An application that the actor made and may hand in again. Raises NotFound."""
    found = applications_visible_to(actor=actor, on=on).filter(number=number)
    return _application(found if actor.kind is ActorKind.CLERK else found.none())


def _application(found: QuerySet[EmployerApplication]) -> EmployerApplication:
    application = found.select_related("office", "account", "employer__unit").first()
    if application is None:
        raise NotFound("没有找到该登记申请，请核对编号", "no such application was found; check the number")
    return application


def clerks_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[EmployerClerk]:
    """Enrolment clerks of offices: those of employers in their branches. Clerks: themselves, and those of employers that they are
    bound to. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return EmployerClerk.objects.all()
    if actor.kind is ActorKind.STAFF:
        within = _within(_branches(actor, on, (RoleName.ENROLMENT_CLERK,)), "employer__unit_path")
        return EmployerClerk.objects.filter(within)
    if actor.kind is ActorKind.CLERK:
        own = Q(account=_account(actor), account__is_active=True)
        return EmployerClerk.objects.filter(own | Q(employer__in=employers_of_clerk(actor=actor)))
    return EmployerClerk.objects.none()


def clerk_to_review(*, actor: Actor, number: str, on: datetime.date) -> EmployerClerk:
    """A clerk whose form the actor may look at, and whom they may bind or release: staff. Raises NotFound."""
    found = clerks_visible_to(actor=actor, on=on).filter(number=number).select_related("employer__unit", "account")
    clerk = found.first() if actor.kind is ActorKind.STAFF else None
    if clerk is None:
        raise NotFound(
            "没有找到该代办员登记，请核对编号", "no such registration of a clerk was found; check the number"
        )
    return clerk


def employer_to_join(*, actor: Actor, credit_code: str) -> Employer:
    """The employer for which an account asks to become a clerk: by its whole credit code, wherever it stands, since who asks is
    bound to none yet. Raises NotFound."""
    found = None
    if actor.kind is ActorKind.CLERK:
        with within([EVERYTHING]):
            found = Employer.objects.filter(credit_code=credit_code).select_related("unit").first()
    if found is None:
        raise NotFound(
            "没有登记使用该统一社会信用代码的单位；请核对代码，或先为本单位申请登记",
            "no employer is registered under this credit code; check it, or apply to register the employer first",
        )
    return found


def office_above(*, unit: Unit) -> Unit:
    """The office right above an employer's union; offices are for everybody to see."""
    return Unit.objects.get(pk=int(unit.path.strip("/").split("/")[-2]))


def account_to_bind(*, actor: Actor, name: str) -> Account:
    """The account of a colleague for whom a clerk hands in the stamped form: by its whole sign-in name. Raises NotFound."""
    found = Account.objects.filter(name=name, is_active=True).first() if actor.kind is ActorKind.CLERK else None
    if found is None:
        raise NotFound(
            "没有找到该登录名；请同事先在单位端登录页“注册代办员账号”，再填写其登录名",
            "no account has this name; have your colleague open one at the sign-in page of this portal, then enter its name",
        )
    return found


def office_to_apply_to(*, code: str) -> Unit:
    """An office under which an employer's union may stand, by its code; offices are for everybody to see. Raises NotFound."""
    found = Unit.objects.filter(code=code, level__in=STANDS_UNDER[Level.GRASSROOTS]).first()
    if found is None:
        raise NotFound("没有找到该受理单位，请重新选择", "no such office was found; choose again")
    return found


# --- staff, accounts, the audit trail ---------------------------------------------------------------------------------


def staff_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Staff]:
    """System and security administrators: who works in their branches. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Staff.objects.all()
    return _staff(actor, on, SEE_STAFF)


def staff_for(*, actor: Actor, name: str, on: datetime.date) -> Staff:
    """A member of staff by sign-in name, to look at. Raises NotFound."""
    return _one_of_staff(staff_visible_to(actor=actor, on=on), name)


def staff_to_manage(*, actor: Actor, name: str, on: datetime.date) -> Staff:
    """Whose account the actor may open and close: system administrators in their branches. Raises NotFound."""
    return _one_of_staff(_staff(actor, on, (RoleName.SYSTEM_ADMIN,)), name)


def staff_to_authorise(*, actor: Actor, name: str, on: datetime.date) -> Staff:
    """To whom the actor may give roles, and whose lock or second factor they may lift: security administrators in their
    branches. Raises NotFound."""
    return _one_of_staff(_staff(actor, on, (RoleName.SECURITY_ADMIN,)), name)


def unit_to_staff(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """A unit for which a system administrator may open accounts of staff. Raises NotFound."""
    return _unit_of_roles(actor, code, on, (RoleName.SYSTEM_ADMIN,))


def unit_to_authorise(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """A unit in whose branch a security administrator may give roles. Raises NotFound."""
    return _unit_of_roles(actor, code, on, (RoleName.SECURITY_ADMIN,))


def audit_entries_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[AuditEntry]:
    """Audit administrators: of the national body all; else what staff, clerks and programs of their branches did. Others see
    none."""
    if actor.kind is ActorKind.SYSTEM:
        return AuditEntry.objects.all()
    branches = _branches(actor, on, (RoleName.AUDIT_ADMIN,)) if actor.kind is ActorKind.STAFF else []
    if not branches:
        return AuditEntry.objects.none()
    if Unit.objects.filter(path__in=branches, parent=None).exists():
        return AuditEntry.objects.all()
    key = Cast("account_id", CharField())
    staff = Staff.objects.filter(_within(branches, "unit__path")).values(key=key)
    clerks = EmployerClerk.objects.filter(_within(branches, "employer__unit_path")).values(key=key)
    programs = ApiClient.objects.filter(_within(branches, "unit__path")).values("number")
    return AuditEntry.objects.filter(
        Q(actor_kind=ActorKind.STAFF, actor_key__in=staff)
        | Q(actor_kind=ActorKind.CLERK, actor_key__in=clerks)
        | Q(actor_kind=ActorKind.CLIENT, actor_key__in=programs)
    )


def clients_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[ApiClient]:
    """Programs of the interface: system and security administrators, those of their branches. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return ApiClient.objects.all()
    return _clients(actor, on, SEE_STAFF)


def client_to_manage(*, actor: Actor, number: str, on: datetime.date) -> ApiClient:
    """A program whose token the actor may revoke: system administrators in their branches. Raises NotFound."""
    client = _clients(actor, on, (RoleName.SYSTEM_ADMIN,)).filter(number=number).select_related("unit").first()
    if client is None:
        raise NotFound("没有找到该程序，请核对编号", "no such program was found; check the number")
    return client


def _clients(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> QuerySet[ApiClient]:
    branches = _branches(actor, on, roles) if actor.kind is ActorKind.STAFF else []
    return ApiClient.objects.filter(_within(branches, "unit__path"))


def _staff(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> QuerySet[Staff]:
    if actor.kind is not ActorKind.STAFF:
        return Staff.objects.none()
    return Staff.objects.filter(_within(_branches(actor, on, roles), "unit__path"))


def _one_of_staff(among: QuerySet[Staff], name: str) -> Staff:
    staff = among.filter(account__name=name).select_related("account", "unit").first()
    if staff is None:
        raise NotFound("没有找到该工作人员，请核对登录名", "no such member of staff was found; check the name")
    return staff


def _unit_of_roles(actor: Actor, code: str, on: datetime.date, roles: tuple[RoleName, ...]) -> Unit:
    found = units_of_roles(actor=actor, on=on, roles=roles).filter(code=code)
    unit = found.first() if actor.kind is ActorKind.STAFF else None
    if unit is None:
        raise NotFound("没有找到该单位，请核对编码", "no such unit was found; check the code")
    return unit


# --- by what it is decided --------------------------------------------------------------------------------------------


def _account(actor: Actor) -> int:
    return account_of(actor=actor)


def _branches(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...] = tuple(RoleName)) -> list[str]:
    return branches_of_staff(actor=actor, on=on, roles=roles)


def _outermost(branches: list[str]) -> list[str]:
    """Without those that lie in another."""
    found: list[str] = []
    for branch in sorted(branches):
        if not found or not branch.startswith(found[-1]):
            found.append(branch)
    return found


def _within(branches: list[str], column: str) -> Q:
    return in_branches(branches=branches, column=column)


def employers_of_clerk(*, actor: Actor) -> QuerySet[Employer, int]:
    """The keys of the employers for which a clerk acts, and of those that became part of them: who acts for the one answers for
    what the other left."""
    bound = EmployerClerk.objects.filter(account=_account(actor), account__is_active=True, state="bound")
    own = bound.values("employer_id")
    return Employer.objects.filter(Q(pk__in=own) | Q(merged_into__in=own)).values_list("pk", flat=True)
