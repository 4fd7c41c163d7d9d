"""Who may see and do what with claims. Strangers are told "not found"; an employer's clerk sees number, state and days alone."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from mutualaid.claims.models import (
    Absence,
    CallNote,
    Claim,
    ClaimPaper,
    Confirmation,
    KinClaim,
    Letter,
    Merge,
    Repayment,
    ReviewRule,
    ReviewTask,
    RuleProposal,
    Source,
    TaskKind,
    UnpaidTask,
)
from mutualaid.claims.queries import BEGUN_BY_KIN
from mutualaid.claims.states import DECIDED, HAD_A_PART
from mutualaid.core import papers
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import AuditEntry, StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.written import written
from mutualaid.payouts.access import orders_visible_to
from mutualaid.people import access as people
from mutualaid.people.access import NotFound
from mutualaid.people.models import Level, Member, RoleName, Scope, Staff, Unit
from mutualaid.people.roles import account_of, branches_of_staff, in_branches, remembered

SEE_CLAIMS = (
    RoleName.REVIEWER,
    RoleName.SENIOR_REVIEWER,
    RoleName.SERVICE_SPECIALIST,
    RoleName.ENROLMENT_CLERK,
    RoleName.FINANCE,
)
"""Roles that see claims with all that they tell. Finance sees what is to be paid and why."""
FIRST_REVIEW = (RoleName.REVIEWER, RoleName.SENIOR_REVIEWER)
FINAL_REVIEW = (RoleName.SENIOR_REVIEWER,)
FOR_EMPLOYER = (
    RoleName.ENROLMENT_CLERK,
    RoleName.SERVICE_SPECIALIST,
    RoleName.REVIEWER,
    RoleName.SENIOR_REVIEWER,
)
"""Roles that find out about a membership where nobody answers for the employer."""
SET_RULES = (RoleName.SENIOR_REVIEWER, RoleName.SYSTEM_ADMIN)
"""Roles that propose who looks at claims of an office; a senior reviewer agrees."""
COUNTER = (RoleName.ENROLMENT_CLERK, RoleName.SERVICE_SPECIALIST, RoleName.REVIEWER)
"""Roles before whom members stand, who write claims from paper."""
CHECK_KIN = (RoleName.ENROLMENT_CLERK, RoleName.SERVICE_SPECIALIST, RoleName.REVIEWER)
"""Roles that look at what next of kin prove."""
MERGE_MEMBERS = (RoleName.ENROLMENT_CLERK, RoleName.SENIOR_REVIEWER)
"""Roles that say, and decide, that two members are one person."""


def _missing() -> NotFound:
    return NotFound("没有找到该申请，请核对编号", "no such claim was found; check the number")


def claims_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Claim]:
    """Members: their own, without what next of kin only began to write. Clerks: of their employers (what they may read of it,
    row-level security says), a program: those of its branch; both without what somebody else only began to write. Staff who
    deal with claims: those of their branches, with what offices began to write and without what others did. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Claim.objects.all()
    if actor.kind is ActorKind.MEMBER:
        own = people.own_member(actor=actor)
        return Claim.objects.filter(member=own).exclude(BEGUN_BY_KIN) if own is not None else Claim.objects.none()
    if actor.kind is ActorKind.STAFF:
        return _in_roles(actor, on, SEE_CLAIMS).filter(~only_begun() | Q(by_kind=ActorKind.STAFF))
    if actor.kind is ActorKind.CLIENT:
        branches = people.client_branches(actor=actor, on=on, scope=Scope.READ_CLAIMS)
        return Claim.objects.filter(_within(branches), _begun_or_filed(actor))
    units = people.units_visible_to(actor=actor, on=on)
    return Claim.objects.filter(_begun_or_filed(actor), employer__in=units.values("pk"))


def _begun_or_filed(actor: Actor) -> Q:
    """Not a draft, nor one that was thrown away, of somebody else: that a member began to write is nobody's business."""
    return ~only_begun() | Q(by_kind=actor.kind, by_key=actor.key)


def only_begun() -> Q:
    """Claims that were never filed: drafts, and drafts that were thrown away."""
    return Q(state="draft") | Q(state="withdrawn", filed_on=None)


def claim_for(*, actor: Actor, number: str, on: datetime.date) -> Claim:
    """A claim by number, to look at. Raises NotFound."""
    found = claims_visible_to(actor=actor, on=on).filter(number=number).select_related("member", "employer__unit")
    claim = found.first() or _filed_as_kin(actor, number)
    if claim is None:
        raise _missing()
    return claim


def _filed_as_kin(actor: Actor, number: str) -> Claim | None:
    """A claim that the actor filed as next of kin, while they act for the member; with the member and the employer, whose
    own rows they do not see."""
    key = claims_as_kin(actor=actor).filter(number=number).values_list("pk", flat=True).first()
    if key is None:
        return None
    with within([EVERYTHING], reads=True):
        return Claim.objects.select_related("member", "employer__unit", "office", "particulars").get(pk=key)


def claims_as_kin(*, actor: Actor) -> QuerySet[Claim]:
    """Claims that the actor filed, or began, by telephone as next of kin, while they act for the member."""
    if actor.kind is not ActorKind.MEMBER:
        return Claim.objects.none()
    filed = KinClaim.objects.filter(kinship__account=account_of(actor=actor), kinship__state="accepted")
    return Claim.objects.filter(pk__in=filed.values("claim"))


def claim_to_write(*, actor: Actor, number: str, on: datetime.date) -> Claim:
    """A draft, or a claim returned for papers, that the actor writes: the member, or who began it for them. Raises NotFound."""
    papers.holding(by=actor)
    found = claims_visible_to(actor=actor, on=on).filter(number=number)
    if actor.kind is ActorKind.CLERK:
        found = found.filter(by_kind=actor.kind, by_key=actor.key)
    elif actor.kind is ActorKind.STAFF:
        found = found.filter(pk__in=_in_roles(actor, on, COUNTER).values("pk"))
    elif actor.kind is ActorKind.MEMBER:
        found = found.exclude(source=Source.KIN, by_kind=ActorKind.MEMBER)  # whoever signs it, writes it
    claim = found.select_related("member", "employer__unit", "particulars").first() or _filed_as_kin(actor, number)
    if claim is None:
        raise _missing()
    return claim


def claim_of_client(*, actor: Actor, number: str, on: datetime.date) -> Claim:
    """A claim that a program sent itself, to complete or take back. Raises NotFound."""
    branches = people.client_branches(actor=actor, on=on, scope=Scope.WRITE_CLAIMS)
    sent = Claim.objects.filter(_within(branches), by_kind=actor.kind, by_key=actor.key, number=number)
    claim = sent.select_related("member", "employer__unit").first()
    if claim is None:
        raise _missing()
    return claim


def claim_to_confirm(*, actor: Actor, number: str, on: datetime.date) -> Claim:
    """A claim whose membership the actor confirms: clerks of its employer. Raises NotFound."""
    found = claims_visible_to(actor=actor, on=on).filter(number=number).select_related("member", "employer__unit")
    claim = found.first() if actor.kind is ActorKind.CLERK else None
    if claim is None:
        raise _missing()
    return claim


def claim_to_confirm_for(*, actor: Actor, number: str, on: datetime.date) -> Claim:
    """A claim whose membership the actor finds out about in the employer's stead: staff of its branch. Raises NotFound."""
    found = _in_roles(actor, on, FOR_EMPLOYER).filter(number=number).select_related("member", "employer__unit").first()
    if found is None:
        raise _missing()
    return found


def claim_to_review(*, actor: Actor, number: str, on: datetime.date) -> Claim:
    """A claim that the actor may decide on at the level at which it is: first reviewers of its branch, senior ones at the final
    review. Whoever's own claim it is, is not among them (the action refuses). Raises NotFound."""
    first = _in_roles(actor, on, FIRST_REVIEW).filter(number=number)
    claim = first.select_related("member", "employer__unit", "particulars", "assigned_to", "office").first()
    if claim is None:
        raise _missing()
    if claim.state == "final_review" and not _in_roles(actor, on, FINAL_REVIEW).filter(pk=claim.pk).exists():
        raise _missing()
    return claim


def may_review_finally(*, actor: Actor, claim: Claim, on: datetime.date) -> bool:
    """Whether somebody does final reviews in the branch of a claim."""
    return _in_roles(actor, on, FINAL_REVIEW).filter(pk=claim.pk).exists()


def may_review(*, actor: Actor, claim: Claim, on: datetime.date) -> bool:
    """Whether somebody reviews in the branch of a claim."""
    return _in_roles(actor, on, FIRST_REVIEW).filter(pk=claim.pk).exists()


def queue_of(*, actor: Actor, on: datetime.date) -> QuerySet[Claim]:
    """The claims that wait for the actor: at first review in the branches where they review, at final review where they are
    senior and were not the first; not those that are assigned to others, but those of whom they stand in for."""
    waits = Q(state="first_review") & _of_roles(actor, on, FIRST_REVIEW)
    waits |= Q(state="final_review") & _of_roles(actor, on, FINAL_REVIEW)
    mine = staff_of(actor=actor)
    if mine is None:
        return Claim.objects.none()
    stood_in_for = Absence.objects.filter(deputy=mine, from_on__lte=on, until_on__gt=on).values("staff")
    for_me = Q(assigned_to=None) | Q(assigned_to=mine) | Q(assigned_to__in=stood_in_for)
    found_out = Confirmation.objects.filter(claim=OuterRef("pk"), by_key=actor.key)
    return Claim.objects.filter(waits, for_me).exclude(first_by=actor.key).exclude(Exists(found_out))


def staff_of(*, actor: Actor) -> Staff | None:
    """Who of the staff the actor is."""
    if actor.kind is not ActorKind.STAFF or not actor.key.isdecimal():
        return None
    key = int(actor.key)
    return remembered(("staff", key), lambda: next(iter(_staff(account=key)), None))


@written
def _staff(*, account: int) -> QuerySet[Staff]:
    found = Staff.objects.filter(account=account, account__is_active=True)
    return found.select_related("account", "unit").order_by("id")[:1]


def member_to_claim_for(*, actor: Actor, number: str, on: datetime.date) -> Member:
    """A member for whom the actor may write a claim: the counter in its branches, a clerk whose employer they work at, a program
    that may write claims. Raises NotFound."""
    if actor.kind is ActorKind.STAFF:
        if not people.units_of_roles(actor=actor, on=on, roles=COUNTER).exists():
            raise NotFound("没有找到该会员，请核对会员编号", "no such member was found; check the number")
        return people.member_for(actor=actor, number=number, on=on)
    if actor.kind is ActorKind.CLIENT:
        branches = people.client_branches(actor=actor, on=on, scope=Scope.WRITE_CLAIMS)
        return people.member_of_branches(branches=branches, number=number)
    return people.member_for(actor=actor, number=number, on=on)


def paper_for(*, actor: Actor, number: str, paper: str, on: datetime.date) -> StoredFile:
    """A page of a claim, by the key of its file: the member's own, offices'; who began it, until it is filed; returned
    for papers, a clerk sees the pages brought since. Raises NotFound."""
    papers.holding(by=actor)
    claim = claim_for(actor=actor, number=number, on=on)
    # Read under the fence of the claim's papers, so that what is sealed is not found.
    pages = ClaimPaper.objects.filter(claim=claim, file__key=paper)
    if (
        actor.kind is ActorKind.CLERK and claim.filed_on is not None
    ):  # returned: what the office had in hands stays sealed
        asked = claim.returns.order_by("-id").first()
        pages = pages.filter(at__gte=asked.at) if asked is not None else pages.none()
    return _file(pages.values_list("file_id", flat=True).first())


def letter_for(*, actor: Actor, number: str, on: datetime.date) -> Letter:
    """The latest letter on a claim: the member's own, and offices'. Raises NotFound."""
    claim = claim_for(actor=actor, number=number, on=on)
    if actor.kind is ActorKind.CLERK:
        raise _missing()  # an employer is told the state alone
    # By round: a letter on an earlier computation may have been made later.
    letter = Letter.objects.filter(claim=claim).order_by("-round", "-id").first()
    if letter is None or claim.state not in DECIDED:  # opened again: no decision stands
        raise NotFound("决定书还没有生成，请稍后再看", "there is no letter yet; look again later")
    with within([EVERYTHING]):
        letter.file = StoredFile.objects.get(pk=letter.file_id)
    return letter


def tasks_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[ReviewTask]:
    """Changed computations in the branches where the actor reviews, and human reviews of claims in which they had no part."""
    subject = Concat(Value("claims.claim:"), Cast(OuterRef("claim_id"), CharField()))
    told = AuditEntry.objects.filter(subject=subject, what__in=HAD_A_PART, actor_kind="staff", actor_key=actor.key)
    closed = ReviewTask.objects.filter(
        Q(closed_by=actor.key) | Q(found_by=actor.key), claim=OuterRef("claim_id"), state="done"
    )
    decided = Q(claim__first_by=actor.key) | Q(claim__final_by=actor.key)
    # One that they closed themselves they may read again.
    had_a_part = Q(kind=TaskKind.OBJECTION) & (decided | Q(state="open") & (Exists(told) | Exists(closed)))
    among = _in_roles(actor, on, FIRST_REVIEW).values("pk")
    return ReviewTask.objects.filter(claim__in=among).exclude(had_a_part)


def task_to_close(*, actor: Actor, number: str, kind: str, on: datetime.date) -> ReviewTask:
    """The latest task of a kind on a claim. Raises NotFound."""
    found = tasks_visible_to(actor=actor, on=on).filter(claim__number=number, kind=kind)
    task = found.select_related("claim__member", "claim__particulars", "claim__employer__unit").order_by("-id").first()
    if task is None:
        raise NotFound("没有找到该复核任务，请核对编号", "no such review was found; check the number")
    return task


def offices_to_rule(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """Offices for which the actor says who looks at claims, from the top down."""
    among = people.units_of_roles(actor=actor, on=on, roles=SET_RULES)
    return among.exclude(level=Level.GRASSROOTS).order_by("path")


def office_to_rule(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """One of them by its code. Raises NotFound."""
    found = offices_to_rule(actor=actor, on=on).filter(code=code).first()
    if found is None:
        raise NotFound("没有找到该办事机构，请核对代码", "no such office was found; check the code")
    return found


def rule_of(*, office: Unit, family: str, amount: str) -> ReviewRule:
    """A rule of an office by its plans and the amount from which it holds, as text. Raises NotFound."""
    plain = amount if amount.replace(".", "", 1).isdecimal() and len(amount) < 20 else "-1"
    found = ReviewRule.objects.filter(office=office, family=family, amount_from=Decimal(plain)).first()
    if found is None:
        raise NotFound("没有找到该规则，可能已删除；请刷新", "no such rule was found; it may be gone, look again")
    return found


def proposal_for(*, actor: Actor, number: str, on: datetime.date) -> RuleProposal:
    """A proposed change of the rules of an office of the actor's. Raises NotFound."""
    return _proposal(offices_to_rule(actor=actor, on=on), number)


def proposals_to_answer(*, actor: Actor, on: datetime.date) -> QuerySet[RuleProposal]:
    """Changes of rules that others proposed for offices where, or below which, the actor is a senior reviewer."""
    offices = people.units_of_roles(actor=actor, on=on, roles=FINAL_REVIEW)
    return RuleProposal.objects.filter(office__in=offices.values("pk")).exclude(proposed_by=actor.key)


def claims_of_employers(*, actor: Actor, on: datetime.date) -> QuerySet[Claim]:
    """Claims for whose employers the actor may answer where nobody else does."""
    return _in_roles(actor, on, FOR_EMPLOYER)


def proposal_to_answer(*, actor: Actor, number: str, on: datetime.date) -> RuleProposal:
    """One to which the actor agrees or not: senior reviewers of the office or of one above. Raises NotFound."""
    return _proposal(people.units_of_roles(actor=actor, on=on, roles=FINAL_REVIEW), number)


def _proposal(offices: QuerySet[Unit], number: str) -> RuleProposal:
    found = RuleProposal.objects.filter(number=number, office__in=offices.values("pk")).select_related("office").first()
    if found is None:
        raise NotFound("没有找到该规则修改，请核对编号", "no such proposal was found; check the number")
    return found


def _file(key: int | None) -> StoredFile:
    if key is None:
        raise NotFound("没有找到该材料", "no such paper was found")
    # Whoever may see the page may read its file, whoever brought it.
    with within([EVERYTHING]):
        return StoredFile.objects.get(pk=key)


def _in_roles(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> QuerySet[Claim]:
    return Claim.objects.filter(_of_roles(actor, on, roles))


def _of_roles(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> Q:
    return _within(branches_of_staff(actor=actor, on=on, roles=roles))


def _within(branches: list[str]) -> Q:
    return in_branches(branches=branches, column="unit_path")


# --- calls ------------------------------------------------------------------------------------------------------------


def call_notes_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[CallNote]:
    """Notes of calls: for staff who deal with persons, about the members of their branches."""
    if actor.kind is not ActorKind.STAFF:
        return CallNote.objects.none()
    return CallNote.objects.filter(member__in=people.members_visible_to(actor=actor, on=on).values("pk"))


# --- two members who are one person -----------------------------------------------------------------------------------


def members_to_merge(*, actor: Actor, on: datetime.date) -> QuerySet[Member]:
    """Members whom the actor may say to be one person: in the branches where they hold one of the roles."""
    branches = people.branches_of_roles(actor=actor, on=on, roles=MERGE_MEMBERS)
    return people.members_of_branches(branches=branches)


def member_to_merge(*, actor: Actor, number: str, on: datetime.date) -> Member:
    """One of them, by number. Raises NotFound."""
    branches = people.branches_of_roles(actor=actor, on=on, roles=MERGE_MEMBERS)
    return people.member_of_branches(branches=branches, number=number)


def merges_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Merge]:
    """Those of which both members were seen in the branches where the actor holds one of the roles. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Merge.objects.all()
    branches = people.branches_of_roles(actor=actor, on=on, roles=MERGE_MEMBERS)
    units = people.units_of_branches(branches=branches)
    return Merge.objects.filter(kept__unit_ids__overlap=units, merged__unit_ids__overlap=units)


def merge_for(*, actor: Actor, number: str, on: datetime.date) -> Merge:
    """One by number, to look at; who may decide on it, its action says. Raises NotFound."""
    found = merges_visible_to(actor=actor, on=on).filter(number=number).select_related("kept", "merged", "office")
    merge = found.first()
    if merge is None:
        raise NotFound("没有找到该合并，请核对编号", "no such merge was found; check the number")
    return merge


def merge_paper_for(*, actor: Actor, number: str, on: datetime.date) -> StoredFile:
    """The paper that proves one. Raises NotFound."""
    merge = merge_for(actor=actor, number=number, on=on)
    with within([EVERYTHING], reads=True):
        return StoredFile.objects.get(pk=merge.file_id)


# --- money that is not as it should be --------------------------------------------------------------------------------


def paid_claims_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Claim]:
    """Finance: claims that the funds in their branches pay."""
    return Claim.objects.filter(Exists(orders_visible_to(actor=actor, on=on).filter(reference=OuterRef("number"))))


def paid_claim_for(*, actor: Actor, number: str, on: datetime.date) -> Claim:
    """A claim that a fund in their branches pays, by number. Raises NotFound."""
    claim = paid_claims_visible_to(actor=actor, on=on).filter(number=number).first()
    if claim is None:
        raise _missing()
    return claim


def repayment_for(*, actor: Actor, number: str, on: datetime.date) -> Repayment:
    """What was entered last as given back of a claim, by the claim's number. Raises NotFound."""
    claim = paid_claim_for(actor=actor, number=number, on=on)
    found = Repayment.objects.filter(claim=claim).select_related("claim").order_by("-id").first()
    if found is None:
        raise NotFound(
            f"没有找到 {number} 的退回款：还没有登记过，请先登记",
            f"nothing that was given back of {number} was found; enter it first",
        )
    return found


def repayments_to_confirm(*, actor: Actor, on: datetime.date, account: int) -> QuerySet[Repayment]:
    """What another person of finance entered as given back; ``account``: whose eyes it waits for."""
    claims = paid_claims_visible_to(actor=actor, on=on)
    return Repayment.objects.filter(Exists(claims.filter(pk=OuterRef("claim"))), state="open").exclude(asked_by=account)


def unpaid_tasks_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[UnpaidTask]:
    """Finance: of the claims that the funds in their branches pay."""
    claims = paid_claims_visible_to(actor=actor, on=on)
    return UnpaidTask.objects.filter(Exists(claims.filter(pk=OuterRef("claim"))))


def unpaid_tasks_of(*, account: int) -> QuerySet[UnpaidTask]:
    """What is due and not ordered, and a person of finance is to see to."""
    return UnpaidTask.objects.filter(staff__account=account, state="open")
