"""Who may see and decide enrolments, rosters and covers. Strangers are told "not found" and no more."""

from __future__ import annotations

import datetime
import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.certificate_checks import Genuine, genuine_certificate
from mutualaid.enrolment.models import (
    Cover,
    Departure,
    Enrolment,
    EnrolmentWindow,
    GroupCover,
    GroupPlace,
    HeaderMapping,
    JoiningBatch,
    JoiningPage,
    JoiningRequest,
    RosterRow,
    RosterTransfer,
    RosterUpload,
    Way,
)
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.queries import gig_unions, kept_by_any
from mutualaid.people.access import SEE_MEMBERS, NotFound, client_branches, employers_of_clerk, units_of_roles
from mutualaid.people.models import Employer, Employment, Level, RoleName, Scope, Unit
from mutualaid.people.queries import on_day
from mutualaid.people.roles import account_of, branches_of_staff, in_branches
from mutualaid.plans.access import APPROVE, published_for
from mutualaid.plans.models import PlanVersion

DECIDE = (RoleName.ENROLMENT_CLERK,)
"""Roles that accept rosters or send them back."""


def enrolments_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Enrolment]:
    """Staff who deal with persons: those of their branches. Clerks: those of their employers. A program that may read rosters:
    those of its branch. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Enrolment.objects.all()
    if actor.kind is ActorKind.STAFF:
        return Enrolment.objects.filter(_in_branches(actor, on, SEE_MEMBERS, "employer__unit_path"))
    if actor.kind is ActorKind.CLIENT:
        return Enrolment.objects.filter(_of_client(actor, on, Scope.READ_ROSTERS))
    return _of_clerk(actor) if actor.kind is ActorKind.CLERK else Enrolment.objects.none()


def enrolment_for(*, actor: Actor, number: str, on: datetime.date) -> Enrolment:
    """An enrolment by number, to be looked at. Raises NotFound."""
    return _the_one(enrolments_visible_to(actor=actor, on=on), number)


def enrolment_of_clerk(*, actor: Actor, number: str, on: datetime.date) -> Enrolment:  # noqa: ARG001 - as the others
    """An enrolment of the clerk's own employer, to be written. Raises NotFound."""
    return _the_one(_of_clerk(actor) if actor.kind is ActorKind.CLERK else Enrolment.objects.none(), number)


def enrolment_of_client(*, actor: Actor, number: str, on: datetime.date) -> Enrolment:
    """An enrolment of the branch of a program that may write rosters. Raises NotFound."""
    return _the_one(Enrolment.objects.filter(_of_client(actor, on, Scope.WRITE_ROSTERS)), number)


def enrolment_to_decide(*, actor: Actor, number: str, on: datetime.date) -> Enrolment:
    """An enrolment to be accepted or sent back: by enrolment clerks of the office, in their branches. Raises NotFound."""
    return _the_one(enrolments_to_decide(actor=actor, on=on), number)


def enrolments_to_decide(*, actor: Actor, on: datetime.date) -> QuerySet[Enrolment]:
    """Those that the actor may accept or send back, in whatever state."""
    if actor.kind is ActorKind.SYSTEM:
        return Enrolment.objects.all()
    if actor.kind is not ActorKind.STAFF:
        return Enrolment.objects.none()
    return Enrolment.objects.filter(_in_branches(actor, on, DECIDE, "employer__unit_path"))


def offices_to_set(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """Offices of which the actor says how they take rosters, from the top down."""
    if actor.kind is not ActorKind.STAFF:
        return Unit.objects.none()
    offices = units_of_roles(actor=actor, on=on, roles=DECIDE).exclude(level=Level.GRASSROOTS)
    return offices.select_related("enrolment_setting").order_by("path")


def office_to_set(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """One of them by its code. Raises NotFound."""
    office = offices_to_set(actor=actor, on=on).filter(code=code).first()
    if office is None:
        raise NotFound("没有找到该机构，请核对编码", "no such office was found; check the code")
    return office


def departures_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Departure]:
    """Who was reported to have left: by clerks those of their employers, by staff who deal with persons those of
    their branches."""
    if actor.kind is ActorKind.STAFF:
        return Departure.objects.filter(_in_branches(actor, on, SEE_MEMBERS, "employer__unit_path"))
    if actor.kind is ActorKind.CLERK:
        return Departure.objects.filter(employer__in=employers_of_clerk(actor=actor))
    return Departure.objects.none()


def leavers_file_for(*, actor: Actor, key: uuid.UUID, on: datetime.date) -> tuple[StoredFile, Employer]:  # noqa: ARG001
    """A file of leavers that a clerk of the employer brought, with the employer. Raises NotFound."""
    file = StoredFile.objects.filter(key=key, kind="leavers").first()
    employers = (
        Employer.objects.filter(pk__in=employers_of_clerk(actor=actor)) if actor.kind is ActorKind.CLERK else None
    )
    found = employers.filter(unit_path=file.unit_path).select_related("unit").first() if employers and file else None
    if file is None or found is None:
        raise NotFound("没有找到该名单，请重新上传", "no such list was found; bring it again")
    return file, found


def offices_of_progress(*, actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> QuerySet[Unit]:
    """Offices, no employers' unions, in the branches in which staff hold one of some roles, from the top down."""
    if actor.kind is not ActorKind.STAFF:
        return Unit.objects.none()
    return units_of_roles(actor=actor, on=on, roles=roles).exclude(level=Level.GRASSROOTS).order_by("path")


def office_of_progress(*, actor: Actor, code: str, on: datetime.date, roles: tuple[RoleName, ...]) -> Unit:
    """One of them by its code; the topmost without one. Raises NotFound."""
    offices = offices_of_progress(actor=actor, on=on, roles=roles)
    found = (offices.filter(code=code) if code else offices).first()
    if found is None:
        raise NotFound("没有找到该机构，请核对编码", "no such office was found; check the code")
    return found


def windows_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[EnrolmentWindow]:
    """Windows of the offices in the branches in which the actor decides on enrolments, and those of plans that they approve."""
    if actor.kind is ActorKind.SYSTEM:
        return EnrolmentWindow.objects.all()
    if actor.kind is not ActorKind.STAFF:
        return EnrolmentWindow.objects.none()
    own = _in_branches(actor, on, DECIDE, "unit__path")
    return EnrolmentWindow.objects.filter(own | _in_branches(actor, on, APPROVE, "version__office__path"))


def window_for_staff(*, actor: Actor, number: str, on: datetime.date) -> EnrolmentWindow:
    """One of them by its number. Raises NotFound."""
    return _the_window(windows_visible_to(actor=actor, on=on), number)


def window_to_close(*, actor: Actor, number: str, on: datetime.date) -> EnrolmentWindow:
    """A window of an office in whose branch the actor decides on enrolments. Raises NotFound."""
    seen = windows_visible_to(actor=actor, on=on)
    if actor.kind is not ActorKind.SYSTEM:
        seen = seen.filter(_in_branches(actor, on, DECIDE, "unit__path"))
    return _the_window(seen, number)


def window_to_approve(*, actor: Actor, number: str, on: datetime.date) -> EnrolmentWindow:
    """A window in a plan of an office in whose branch the actor approves plans. Raises NotFound."""
    seen = windows_visible_to(actor=actor, on=on)
    if actor.kind is not ActorKind.SYSTEM:
        seen = seen.filter(_in_branches(actor, on, APPROVE, "version__office__path"))
    return _the_window(seen, number)


def _the_window(among: QuerySet[EnrolmentWindow], number: str) -> EnrolmentWindow:
    found = among.select_related("unit", "version__office").filter(number=number).first()
    if found is None:
        raise NotFound("没有找到该办理时间，请核对编号", "no such enrolment window was found; check the number")
    return found


def upload_for(*, actor: Actor, number: str, upload: int | uuid.UUID, on: datetime.date) -> RosterUpload:
    """An upload of an enrolment, by its own key or that of its file. Raises NotFound."""
    wanted = Q(file__key=upload) if isinstance(upload, uuid.UUID) else Q(pk=upload)
    seen = enrolments_visible_to(actor=actor, on=on).filter(number=number)
    uploads = RosterUpload.objects.select_related("enrolment__version", "enrolment__employer__unit", "file")
    found = uploads.filter(wanted, enrolment__in=seen).first()
    if found is None:
        _the_one(seen, number)
        raise NotFound(
            "没有找到该名单，可能已放弃或被新的上传取代；请打开参保单查看",
            "no such upload was found, it may have been dropped or replaced by a later one; see the enrolment",
        )
    return found


def header_mappings_visible_to(*, actor: Actor) -> QuerySet[HeaderMapping]:
    """What the clerks of the actor's employers confirmed of the headers of their rosters."""
    found = (
        HeaderMapping.objects.filter(employer__in=employers_of_clerk(actor=actor))
        if actor.kind is ActorKind.CLERK
        else None
    )
    return found.order_by("-at") if found is not None else HeaderMapping.objects.none()


def header_mapping_for(*, actor: Actor, key: uuid.UUID) -> HeaderMapping:
    """One of them. Raises NotFound."""
    found = header_mappings_visible_to(actor=actor).filter(key=key).first()
    if found is None:
        raise NotFound(
            "没有找到记住的表头，可能已删除", "no such remembered header was found; it may have been deleted"
        )
    return found


def transfers_of(*, actor: Actor, enrolment: Enrolment) -> QuerySet[RosterTransfer]:
    """Files that the actor began to send for an enrolment, latest first."""
    own = RosterTransfer.objects.filter(enrolment=enrolment, by_kind=actor.kind, by_key=actor.key)
    return own.order_by("-id")


def transfer_for(*, actor: Actor, number: str, key: uuid.UUID, on: datetime.date) -> RosterTransfer:
    """A file that the actor is sending for an enrolment of their own employer. Raises NotFound."""
    enrolment = enrolment_of_clerk(actor=actor, number=number, on=on)
    found = transfers_of(actor=actor, enrolment=enrolment).filter(key=key).select_related("enrolment").first()
    if found is None:
        raise NotFound(
            "没有找到该上传，可能已完成、放弃或过期；请刷新页面查看",
            "no such transfer was found, it is done, dropped or expired; load the page anew to see how it stands",
        )
    return found


def row_for(*, actor: Actor, number: str, row: int, on: datetime.date) -> RosterRow:
    """A person of a roster. Raises NotFound."""
    found = enrolment_for(actor=actor, number=number, on=on).rows.select_related("enrolment").filter(pk=row).first()
    if found is None:
        raise NotFound("没有找到名单中的该行", "no such row of the roster was found")
    return found


def covers_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Cover]:
    """Staff who deal with persons: covers of employers of their branches. Clerks: covers by their employers, or handed over to
    them, of whoever works there on the day. A program that may read covers: as staff, in its branch. A member: their own."""
    if actor.kind is ActorKind.SYSTEM:
        return Cover.objects.all()
    if actor.kind is ActorKind.STAFF:
        return Cover.objects.filter(_in_branches(actor, on, SEE_MEMBERS, "unit_path"))
    if actor.kind is ActorKind.CLERK:
        here = Coalesce(OuterRef("heir"), OuterRef("employer"))
        work = Employment.objects.filter(on_day(on), member=OuterRef("member"), employer=here)
        own = employers_of_clerk(actor=actor)
        return Cover.objects.filter(Exists(work), kept_by_any(employers=own))
    if actor.kind is ActorKind.CLIENT:
        return Cover.objects.filter(_of_client(actor, on, Scope.READ_COVERS))
    return Cover.objects.filter(member__account=_account(actor), member__account__is_active=True)


def cover_for(*, actor: Actor, number: str, on: datetime.date) -> Cover:
    """A cover by the number of its certificate. Raises NotFound."""
    # Not with its enrolment: that is the employer's, and the second fence would hide a member's own cover with it.
    covers = covers_visible_to(actor=actor, on=on).select_related("member", "version__office", "employer__unit")
    found = covers.filter(number=number).first()
    if found is None:
        raise NotFound("没有找到该保障，请核对编号", "no such cover was found; check the number")
    return found


def plan_of_member(*, actor: Actor, plan: str, on: datetime.date) -> PlanVersion:
    """A plan that a member may read, by its id: what is published around their employer, and what they are or were covered by.
    Raises NotFound."""
    covers = covers_visible_to(actor=actor, on=on).filter(plan=plan)
    own = covers.select_related("version__office").first() if actor.kind is ActorKind.MEMBER else None
    return own.version if own is not None else published_for(actor=actor, plan=plan, on=on)


def certificate_held(*, number: str, code: str, on: datetime.date) -> Genuine:
    """What anybody who holds a certificate may compare with it: who has the code has the paper. Raises NotFound."""
    found = genuine_certificate(number=number, code=code, on=on)
    if found is None:
        raise NotFound(
            "没有找到编号和核验码都相符的保障凭证；请对照凭证核对，仍找不到的，凭证可能不是本平台出具",
            "no certificate has this number and check code; compare them with the paper: else it is perhaps not ours",
        )
    return found


def joining_page_for(*, code: str) -> JoiningPage:
    """A page to join by its code, for anybody who has that. Raises NotFound."""
    with within([EVERYTHING], reads=True):
        pages = JoiningPage.objects.select_related("employer__unit__parent", "version__office")
        found = pages.filter(code=code.upper()).first()
    if found is None:
        raise NotFound(
            "没有找到该参加页面，请核对链接，或向工会索取二维码",
            "no such page was found; ask the union for its QR code",
        )
    return found


def joining_request_of(*, page: JoiningPage, key: str) -> JoiningRequest:
    """What somebody told at a page, by the key that their session keeps. Raises NotFound."""
    with within([EVERYTHING], reads=True):
        found = JoiningRequest.objects.filter(page=page, key=uuid.UUID(key)).first() if key else None
    if found is None:
        raise NotFound("填写的内容已过期，请重新填写", "what you wrote is over; write it again")
    return found


def gig_union_to_move_to(*, code: str) -> Employer:
    """A union of gig workers, wherever it is, to which one of them goes. Raises NotFound."""
    with within([EVERYTHING], reads=True):
        found = Employer.objects.filter(pk__in=gig_unions(), unit__code=code).select_related("unit").first()
    if found is None:
        raise NotFound(
            "没有找到该新就业形态工会，请核对单位编码", "no such union of gig workers was found; check its code"
        )
    return found


def may_move(*, actor: Actor, on: datetime.date) -> bool:
    """Whether a member who is signed in is with a union of gig workers, and goes on there."""
    return _gig_work(actor, on) is not None


def _gig_work(actor: Actor, on: datetime.date) -> Employment | None:
    if actor.kind is not ActorKind.MEMBER:
        return None
    with within([EVERYTHING], reads=True):
        mine = Employment.objects.filter(on_day(on), member__account=_account(actor), member__account__is_active=True)
        here = mine.filter(employer__in=gig_unions(), until_on=None)
        return here.select_related("employer__unit", "member").first()


def gig_work_of_member(*, actor: Actor, on: datetime.date) -> Employment:
    """Where a gig worker who is signed in is now, so that they may move from there. Raises NotFound for whoever is with no union
    of gig workers, or leaves it already."""
    found = _gig_work(actor, on)
    if found is None:
        raise NotFound(
            "只有新就业形态工会的会员可以在手机上转到另一城市；您不在这样的工会，或已办理转出，请联系单位工会",
            "only members of a union of gig workers move on the phone; you are with none, or are leaving already: ask your union",
        )
    return found


def gig_unions_open(*, text: str, besides: Employer) -> list[Employer]:
    """Unions of gig workers with a page that is open, by a part of their name or that of the office above; twenty at most."""
    with within([EVERYTHING], reads=True):
        found = Employer.objects.filter(joining_pages__state="open").exclude(pk=besides.pk).distinct()
        named = Q(unit__name__icontains=text) | Q(unit__parent__name__icontains=text)
        return list(found.filter(named).select_related("unit__parent").order_by("unit__name")[:20])


def batch_of_client(*, actor: Actor, key: uuid.UUID) -> JoiningBatch:
    """A batch of persons that a program sent, by its key. Raises NotFound."""
    mine = JoiningBatch.objects.filter(job__by_kind=actor.kind, job__by_key=actor.key)
    found = mine.select_related("job", "employer__unit", "version").filter(key=key).first()
    if found is None:
        raise NotFound("没有找到该批次，请核对编号", "no such batch was found; check its key")
    return found


def joining_pages_of_clerk(*, actor: Actor) -> QuerySet[JoiningPage]:
    """Those of the clerk's employers."""
    mine = (
        JoiningPage.objects.filter(employer__in=employers_of_clerk(actor=actor))
        if actor.kind is ActorKind.CLERK
        else None
    )
    return JoiningPage.objects.none() if mine is None else mine.select_related("employer__unit", "version")


def joining_page_of_clerk(*, actor: Actor, code: str) -> JoiningPage:
    """One of them by its code. Raises NotFound."""
    found = joining_pages_of_clerk(actor=actor).filter(code=code).first()
    if found is None:
        raise NotFound("没有找到该参加页面，请核对编号", "no such page was found; check its code")
    return found


def groups_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[GroupCover]:
    """Covers without names: clerks those of their employers, staff who deal with persons those of their branches."""
    seen = enrolments_visible_to(actor=actor, on=on).filter(way=Way.GROUP)
    return GroupCover.objects.filter(enrolment__in=seen)


def group_for(*, actor: Actor, number: str, on: datetime.date) -> GroupCover:
    """One of them by number. Raises NotFound."""
    seen = groups_visible_to(actor=actor, on=on).select_related(
        "enrolment__version__office", "enrolment__employer__unit"
    )
    found = seen.filter(number=number).first()
    if found is None:
        raise NotFound("没有找到该集体保障，请核对编号", "no such cover of a group was found; check the number")
    return found


def group_of_clerk(*, actor: Actor, number: str, on: datetime.date) -> GroupCover:
    """One of the clerk's own employer. Raises NotFound."""
    found = group_for(actor=actor, number=number, on=on)
    if actor.kind is not ActorKind.CLERK:
        raise NotFound("没有找到该集体保障，请核对编号", "no such cover of a group was found; check the number")
    return found


def groups_to_name(*, actor: Actor, on: datetime.date) -> QuerySet[GroupCover]:
    """Those for which enrolment clerks of the office name somebody at the counter, in their branches: that have begun."""
    among = enrolments_to_decide(actor=actor, on=on).filter(way=Way.GROUP)
    return GroupCover.objects.filter(enrolment__in=among, state="begun")


def group_to_name(*, actor: Actor, number: str, on: datetime.date) -> GroupCover:
    """One of them by number. Raises NotFound."""
    seen = groups_to_name(actor=actor, on=on).select_related("enrolment__version", "enrolment__employer__unit")
    found = seen.filter(number=number).first()
    if found is None:
        raise NotFound(
            "没有找到已生效的集体保障，请核对编号", "no cover of a group that has begun was found; check the number"
        )
    return found


def places_to_decide(*, actor: Actor, on: datetime.date) -> QuerySet[GroupPlace]:
    """Persons who were named, in the branches of enrolment clerks, in whatever state."""
    return GroupPlace.objects.filter(group__enrolment__in=enrolments_to_decide(actor=actor, on=on))


def place_to_decide(*, actor: Actor, number: str, member: str, on: datetime.date) -> GroupPlace:
    """One of them, the last by the number of the group and that of the member. Raises NotFound."""
    seen = list(places_to_decide(actor=actor, on=on).filter(group__number=number).values_list("pk", flat=True))
    with within([EVERYTHING], reads=True):
        rows = GroupPlace.objects.filter(pk__in=seen, member__number=member).order_by("-id")
        found = rows.select_related(
            "member", "evidence", "group__enrolment__version", "group__enrolment__employer__unit"
        ).first()
    if found is None:
        raise NotFound("没有找到待核实的人员，请核对编号", "nobody like this was named; check the numbers")
    return found


def _nothing() -> NotFound:
    return NotFound("没有找到该参保单，请核对编号", "no such enrolment was found; check the number")


def _the_one(among: QuerySet[Enrolment], number: str) -> Enrolment:
    found = among.select_related("employer__unit", "version__office").filter(number=number).first()
    if found is None:
        raise _nothing()
    return found


def _account(actor: Actor) -> int:
    return account_of(actor=actor)


def _of_clerk(actor: Actor) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(employer__in=employers_of_clerk(actor=actor))


def _in_branches(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...], column: str) -> Q:
    """Rows of the branches in which somebody holds one of the roles."""
    return in_branches(branches=branches_of_staff(actor=actor, on=on, roles=roles), column=column)


def _of_client(actor: Actor, on: datetime.date, scope: Scope) -> Q:
    """Rows of employers in the branch in which a program has a scope."""
    return in_branches(branches=client_branches(actor=actor, on=on, scope=scope), column="employer__unit_path")


# --- packages ---------------------------------------------------------------------------------------------------------


def packages_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Package]:
    """As enrolments: staff who deal with persons those of their branches, clerks those of their employers."""
    if actor.kind is ActorKind.SYSTEM:
        return Package.objects.all()
    if actor.kind is ActorKind.STAFF:
        return Package.objects.filter(_in_branches(actor, on, SEE_MEMBERS, "employer__unit_path"))
    return _packages_of_clerk(actor)


def package_for(*, actor: Actor, number: str, on: datetime.date) -> Package:
    """A package by number, to be looked at. Raises NotFound."""
    return _the_package(packages_visible_to(actor=actor, on=on), number)


def package_of_clerk(*, actor: Actor, number: str, on: datetime.date) -> Package:  # noqa: ARG001 - as the others
    """A package of the clerk's own employer, to be written. Raises NotFound."""
    return _the_package(_packages_of_clerk(actor), number)


def package_to_decide(*, actor: Actor, number: str, on: datetime.date) -> Package:
    """A package to be accepted or sent back: by enrolment clerks of the office, in their branches. Raises NotFound."""
    if actor.kind is not ActorKind.STAFF:
        raise _no_package()
    return _the_package(Package.objects.filter(_in_branches(actor, on, DECIDE, "employer__unit_path")), number)


def _packages_of_clerk(actor: Actor) -> QuerySet[Package]:
    return (
        Package.objects.filter(employer__in=employers_of_clerk(actor=actor))
        if actor.kind is ActorKind.CLERK
        else Package.objects.none()
    )


def _no_package() -> NotFound:
    return NotFound("没有找到该综合保障计划，请核对编号", "no such package was found; check the number")


def _the_package(among: QuerySet[Package], number: str) -> Package:
    found = among.select_related("employer__unit").filter(number=number).first()
    if found is None:
        raise _no_package()
    return found
