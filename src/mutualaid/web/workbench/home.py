"""管理端: 待办 first, then the numbers of the office; who I am."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DateTimeField, F, Min, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import Cast
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mutualaid.claims import access as claims_access
from mutualaid.claims import kin_access
from mutualaid.claims.kinship import waiting_to_check
from mutualaid.claims.reviewers import bounded_count
from mutualaid.claims.reviewers import follow_ups as papers_waited_for
from mutualaid.contributions import access as contributions_access
from mutualaid.contributions import refund_access
from mutualaid.contributions.actions.refunding import DECIDE
from mutualaid.enrolment import access as enrolment_access
from mutualaid.enrolment import change_access, correction_access
from mutualaid.enrolment import queries as enrolments
from mutualaid.enrolment.correcting import waiting_for
from mutualaid.payouts import access as payouts_access
from mutualaid.payouts.queries import to_confirm, to_correct
from mutualaid.people import access, move_access
from mutualaid.people import queries as people
from mutualaid.people.models import RoleName
from mutualaid.plans import access as plans_access
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.navigation import address
from mutualaid.web.common.paging import large_count
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.staff import ROLES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_NEVER = Cast(Value(None), DateTimeField())
OLD = datetime.timedelta(days=3)
"""What waits for longer is shown as late."""


@dataclass(frozen=True)
class Task:
    """Something that waits for the visitor. ``since``: how long the oldest does, where it is known."""

    label: StrOrPromise
    icon: str
    url: str
    count: int
    since: datetime.datetime | None
    at: datetime.datetime
    query: str = ""
    """What the list is asked, so that it shows what waits alone."""
    does: StrOrPromise = ""
    """What is to be done with it, in a sentence."""

    @property
    def days(self) -> int | None:
        """Whole days that the oldest waits."""
        return None if self.since is None else max(0, (self.at - self.since).days)

    @property
    def late(self) -> bool:
        """Whether it waits for too long."""
        return self.since is not None and self.at - self.since > OLD


@dataclass(frozen=True)
class Asked:
    """A list of things that wait, of which the number and the oldest (by ``column``) are asked together with all others'.
    ``office``: the code of the office to begin with, asked where there is something."""

    rows: QuerySet[Any]
    column: str
    label: StrOrPromise
    icon: str
    url: str
    query: str = ""
    does: StrOrPromise = ""
    office: Callable[[], str] | None = None

    def told(self, count: int, since: datetime.datetime | None, at: datetime.datetime) -> Task:
        """As a task."""
        query = f"?office={self.office()}" if self.office is not None and count else self.query
        return Task(self.label, self.icon, self.url, count, since, at, query, self.does)


def _held_together(*asked: tuple[QuerySet[Any], str]) -> list[tuple[int, datetime.datetime | None]]:
    """How many rows each of some lists has and since when the oldest waits, by its column if any: all in one statement."""
    if not asked:
        return []
    parts = [
        rows.order_by()
        .annotate(place_of_list=Value(place))
        .values("place_of_list")
        .annotate(number_of_list=Count("pk"), oldest_of_list=Min(column or _NEVER))
        for place, (rows, column) in enumerate(asked)
    ]
    names = ("place_of_list", "number_of_list", "oldest_of_list")
    first, *others = (part.values_list(*names) for part in parts)
    found = {place: (count, oldest) for place, count, oldest in first.union(*others, all=True)}
    return [found.get(place, (0, None)) for place in range(len(asked))]


def _oldest_together(*asked: tuple[QuerySet[Any], str]) -> list[datetime.datetime | None]:
    """When the first row of each of some lists began to wait, in one statement: their indexes give the first without the rest."""
    parts = [
        rows.annotate(place_of_list=Value(place), oldest_of_list=F(column)).values("place_of_list", "oldest_of_list")[
            :1
        ]
        for place, (rows, column) in enumerate(asked)
    ]
    names = ("place_of_list", "oldest_of_list")
    first, *others = (part.values_list(*names) for part in parts)
    found = dict(first.union(*others, all=True))
    return [found.get(place) for place in range(len(asked))]


def _enrolment_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of those who take rosters: employers, clerks, rosters."""
    asking = {"actor": request.actor, "on": request.on}
    rows = people.applications_waiting(among=access.applications_visible_to(**asking))  # type: ignore[arg-type]
    label = gettext_lazy("待审核的单位登记")
    does = gettext_lazy("核对单位资料和盖章材料，通过、退回补正或不予登记")
    yield Asked(rows, "submitted_at", label, "building-plus", "workbench:applications", "?state=submitted", does)
    clerks = people.clerks_waiting(among=access.clerks_visible_to(**asking))  # type: ignore[arg-type]
    oldest = clerks.annotate(waiting=Window(Count("pk"))).first()
    count = oldest.waiting if oldest is not None else 0
    form = people.stamped_form_of(clerk=oldest) if oldest is not None else None
    since = form.at if form is not None else None
    label, does = gettext_lazy("待审核的代办员"), gettext_lazy("核对盖章授权书，确认这个人可以代单位办理")
    yield Task(label, "user-check", "workbench:clerks", count, since, request.at, "?state=registered", does)
    moves = move_access.moves_to_take(**asking)  # type: ignore[arg-type]
    label, does = gettext_lazy("待接收的单位"), gettext_lazy("核对其他机构转来的单位，接收或退回")
    yield Asked(moves, "asked_at", label, "transfer", "workbench:moves", "?state=asked", does)
    changes = change_access.changes_to_confirm(**asking)  # type: ignore[arg-type]
    label, does = gettext_lazy("待确认的单位合并与分立"), gettext_lazy("核对盖章文件和职工人数，确认或不予办理")
    yield Asked(changes, "asked_at", label, "arrows-split-2", "workbench:changes", "?state=asked", does)
    rosters = enrolment_access.enrolments_to_decide(**asking).filter(state="submitted")  # type: ignore[arg-type]
    label = gettext_lazy("待核准的参保单")
    does = gettext_lazy("核对名单人数、参加比例和提示，核准后自动开出账单")
    yield Asked(rosters, "submitted_at", label, "file-spreadsheet", "workbench:enrolments", "?state=submitted", does)


def _finance_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of finance: money that came in and is for no bill yet, orders that are not clear."""
    actor, on = request.actor, request.on
    lines = contributions_access.lines_visible_to(actor=actor, on=on).filter(state="unmatched")
    label, does = gettext_lazy("待匹配的银行流水"), gettext_lazy("认出每笔到账是哪张账单；认不出的记入暂收款")
    yield Asked(lines, "statement__at", label, "arrows-exchange", "workbench:lines", does=does)
    orders = contributions_access.orders_visible_to(actor=actor, on=on).filter(~Q(fault="") | Q(state="unknown"))
    label, does = gettext_lazy("结果不明的支付订单"), gettext_lazy("向支付渠道查询结果，确认款项是否到账")
    yield Asked(orders, "created_at", label, "credit-card", "workbench:orders", does=does)
    differences = contributions_access.differences_visible_to(actor=actor, on=on).filter(state="open")
    does = gettext_lazy("渠道账单与我方不一致：向渠道查询，转暂收款，或说明后关闭")
    label, url = gettext_lazy("渠道对账差异"), "workbench:reconciliations"
    yield Asked(differences, "reconciliation__compared_at", label, "scale", url, "?state=differs", does)
    refunds = contributions_access.channel_refunds_visible_to(actor=actor, on=on).exclude(fault="")
    does = gettext_lazy("渠道没有退成或金额不符：到渠道商户平台处理后再查询")
    label, url = gettext_lazy("异常的原路退款"), "workbench:channel_refunds"
    yield Asked(refunds.exclude(state="done"), "created_at", label, "credit-card-refund", url, does=does)


def _payout_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of finance: benefits to be paid, batches to release, what failed or came back, files of banks that differ; and what
    another person entered by hand, and nobody has confirmed."""
    who: dict[str, Any] = {"actor": request.actor, "on": request.on}
    account = request.account.pk
    orders, results = payouts_access.orders_visible_to(**who), payouts_access.results_visible_to(**who)
    changes, by_hand = to_confirm(orders=orders, results=results, account=account)
    batches = payouts_access.batches_visible_to(**who).filter(state="open").exclude(made_by=request.account)
    lists: tuple[tuple[QuerySet[Any], str, Any, str, str, str, Any], ...] = (
        (orders.filter(state="created"), "created_at", gettext_lazy("待支付的互助金"), "cash", "payouts",
         "?state=created", gettext_lazy("把待支付的互助金编成批次，由另一位财务人员复核放行")),
        (batches, "made_at", gettext_lazy("待复核的支付批次"), "stack-2", "payout_batches", "?state=open",
         gettext_lazy("核对他人编制的批次，逐笔看过后放行或撤回")),
        (to_correct(among=orders), "created_at", gettext_lazy("失败或退票待更正"), "credit-card-off", "payouts",
         "?state=to_correct", gettext_lazy("联系收款人更正账户，重新支付")),
        (results.filter(state="refused"), "at", gettext_lazy("有差异的银行文件"), "file-import", "bank_results",
         "?state=refused", gettext_lazy("与银行核对差异，写明结果")),
        (by_hand, "at", gettext_lazy("待复核的人工结果"), "file-import", "bank_results", "?state=open",
         gettext_lazy("对照银行单据逐笔核对他人登记的结果，确认或撤回")),
        (changes, "asked_at", gettext_lazy("待复核的收款账户"), "credit-card", "payouts", "?state=to_confirm",
         gettext_lazy("向收款人核实他人登记的新账户，确认或退回")),
        (claims_access.repayments_to_confirm(**who, account=account), "asked_at", gettext_lazy("待复核的会员退回款"),
         "coins", "overpayments", "?state=to_confirm",
         gettext_lazy("对照银行流水核对他人登记的退回款，入账或退回")),
        (claims_access.unpaid_tasks_of(account=account), "opened_at", gettext_lazy("由我负责的未安排支付"),
         "alert-triangle", "payout_reconciliation", "",
         gettext_lazy("已核准而没有安排支付的，请您查清原因并安排支付")),
    )  # fmt: skip
    for rows, column, label, icon, page, query, does in lists:
        yield Asked(rows, column, label, icon, f"workbench:{page}", query, does)


def _plan_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of those who approve plans."""
    waiting = plans_access.versions_to_approve(actor=request.actor, on=request.on)
    does = gettext_lazy("看清改了什么、测算结果如何，批准发布或退回")
    yield Asked(waiting, "drafted_at", gettext_lazy("待批准的计划"), "checks", "workbench:approvals", does=does)


def _claim_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of reviewers: claims by level, decisions to look at again, papers that were asked for."""
    actor, on = request.actor, request.on
    queue = claims_access.queue_of(actor=actor, on=on)
    levels = (
        ("first_review", gettext_lazy("待我初审的申请"), gettext_lazy("核对材料和理算，核准、转复审或退回补材料")),
        ("final_review", gettext_lazy("待我复审的申请"), gettext_lazy("由另一人作最后决定")),
    )
    for state, label, does in levels:
        rows = queue.filter(state=state)
        count, oldest = bounded_count(rows=rows), rows.order_by("due_on", "id").values_list("completed_at", flat=True)
        late = bounded_count(rows=rows.filter(due_on__lt=on)) if count else 0
        told = _("已超期 %(late)d 件。") % {"late": late} + str(does) if late else does
        since = oldest.first() if count else None
        yield Task(label, "clipboard-check", "workbench:claims", count, since, request.at, f"?state={state}", told)
    reviews = claims_access.tasks_visible_to(actor=actor, on=on).filter(state="open").order_by("due_on", "id")
    among = claims_access.claims_visible_to(actor=actor, on=on)
    asked = papers_waited_for(among=among, contact=claims_access.staff_of(actor=actor))
    opened, waited = _oldest_together((reviews, "opened_at"), (asked, "at"))
    does = gettext_lazy("会员有异议或理算有变动的决定，由未参与的人再看一遍并答复")
    count = bounded_count(rows=reviews) if opened is not None else 0
    yield Task(gettext_lazy("待人工复核的决定"), "eye-check", "workbench:reviews", count, opened, request.at, does=does)
    count = bounded_count(rows=asked) if waited is not None else 0
    does = gettext_lazy("会员补材料时可联系您；期限将到的请提醒")
    yield Task(
        gettext_lazy("我跟进的补材料"), "phone-call", "workbench:follow_ups", count, waited, request.at, does=does
    )


def _rule_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of senior reviewers: changes of rules that another proposed."""
    rows = claims_access.proposals_to_answer(actor=request.actor, on=request.on).filter(state="proposed")
    label, does = gettext_lazy("待我确认的审核规则"), gettext_lazy("他人提出的修改，由您确认或不同意；此前按原规则办理")

    def office() -> str:
        return rows.values_list("office__code", flat=True).order_by("id").first() or ""

    yield Asked(rows, "proposed_at", label, "checks", "workbench:review_rules", "", does, office)


def _employer_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of who finds out about a membership where nobody answers for the employer."""
    rows = claims_access.claims_of_employers(actor=request.actor, on=request.on)
    rows = rows.filter(state="confirming").exclude(office_asked_at=None)
    label, does = gettext_lazy("待代单位确认的申请"), gettext_lazy("单位没有代办员或到期没有答复，向单位核实后代为确认")
    yield Asked(rows, "office_asked_at", label, "phone-call", "workbench:all_claims", "?state=confirming", does)


def _kin_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of those who check next of kin."""
    seen = kin_access.kinships_visible_to(actor=request.actor, on=request.on)
    label, does = (
        gettext_lazy("待核对的亲属代办"),
        gettext_lazy("核对代办人与会员的关系和证明，通过、请补证明或不予通过"),
    )
    rows = waiting_to_check(among=seen)
    yield Asked(rows, "submitted_at", label, "users-group", "workbench:kin_requests", "?state=submitted", does)


def _correction_tasks(request: Request) -> Iterable[Task | Asked]:
    """Of those who correct identities: documents to look at, what another entered, covers that break a rule now."""
    seen = correction_access.corrections_visible_to(actor=request.actor, on=request.on)
    rows = waiting_for(among=seen, account=request.actor.key)
    does = gettext_lazy("对照证件录入、确认他人录入的更正，或处理更正后不符合规定的保障")
    yield Asked(rows, "asked_at", gettext_lazy("待办的身份更正"), "edit", "workbench:corrections", "", does)


def _refund_tasks(request: Request) -> Iterable[Asked]:
    """Of those who decide what fees go back: what others asked."""
    seen = refund_access.refund_requests_visible_to(actor=request.actor, on=request.on).filter(state="asked")
    rows = seen.exclude(asked_by=request.actor.key)
    does = gettext_lazy("按计划规定审核：同意的保障作废或提前终止，应退款项交财务")
    label, url = gettext_lazy("待审核的退费申请"), "workbench:refund_requests"
    yield Asked(rows, "asked_at", label, "receipt-refund", url, "?state=asked", does)


TASKS = (
    (correction_access.CORRECT, _correction_tasks),
    (DECIDE, _refund_tasks),
    (claims_access.FINAL_REVIEW, _rule_tasks),
    ((RoleName.ENROLMENT_CLERK, RoleName.SERVICE_SPECIALIST, RoleName.REVIEWER), _employer_tasks),
    (claims_access.CHECK_KIN, _kin_tasks),
    (claims_access.FIRST_REVIEW, _claim_tasks),
    (enrolment_access.DECIDE, _enrolment_tasks),
    ((RoleName.FINANCE,), _finance_tasks),
    ((RoleName.FINANCE,), _payout_tasks),
    (plans_access.APPROVE, _plan_tasks),
)
"""What waits, for whoever holds one of the roles."""


@dataclass(frozen=True)
class Figure:
    """A number of the office."""

    label: str
    value: object
    unit: str
    url: str = ""
    hint: str = ""
    money: bool = False


def _figures(request: Request, employers: int) -> list[Figure]:
    """The numbers that the visitor's roles may see."""
    actor, on, roles = request.actor, request.on, request.standing.roles
    found = [Figure(_("登记单位"), employers, _("家"), address("workbench:employers"))]
    if roles & frozenset(access.SEE_MEMBERS):
        covers = enrolment_access.covers_visible_to(actor=actor, on=on)
        persons = large_count(
            ("persons_covered", request.standing.branches, request.standing.people_branches, on),
            lambda: enrolments.persons_covered(among=covers, on=on),
            at=request.at,
        )
        found.append(Figure(_("当前在保"), persons, _("人"), address("workbench:covers")))
    if roles & frozenset(contributions_access.SEE_BILLS):
        bills = contributions_access.bills_visible_to(actor=actor, on=on).filter(state="issued")
        total = bills.order_by().aggregate(
            count=Count("pk"), amount=Sum("amount"), late=Count("pk", filter=Q(due_on__lt=on))
        )
        late = _("其中逾期 %(late)d 张") % total if total["late"] else ""
        url = address("workbench:bills")
        found.append(Figure(_("待缴账单"), total["count"], _("张"), url, late))
        found.append(Figure(_("待缴金额"), total["amount"] or 0, _("元"), url, money=True))
    return found


@staff_only()
@require_safe
def home(request: Request) -> HttpResponseBase:
    """What waits for the visitor's roles, the most urgent first; then the numbers."""
    every = [task for roles, ask in TASKS if request.standing.roles & frozenset(roles) for task in ask(request)]
    employers = access.employers_visible_to(actor=request.actor, on=request.on)
    lists = [(one.rows, one.column) for one in every if isinstance(one, Asked)]
    *held, (registered, _since) = _held_together(*lists, (employers, ""))
    told = iter(held)
    found = [one.told(*next(told), request.at) if isinstance(one, Asked) else one for one in every]
    waiting = sorted((task for task in found if task.count), key=lambda task: (task.since or request.at, -task.count))
    context = {
        "tasks": [(task, address(task.url) and address(task.url) + task.query) for task in waiting],
        "done": [task for task in found if not task.count],
        "figures": _figures(request, registered),
    }
    return TemplateResponse(request, "workbench/home/home.html", context)


@staff_only()
@require_safe
def account(request: Request) -> HttpResponseBase:
    """Who I am here: my roles and where I hold them; the way to a new password."""
    rows = people.roles_held(account=request.account, on=request.on)
    held = [(ROLES[RoleName(row.role)], row) for row in rows]
    return TemplateResponse(request, "workbench/home/account.html", {"held": held})


urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("account", account, name="account"),
]
