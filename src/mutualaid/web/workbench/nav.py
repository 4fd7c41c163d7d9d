"""管理端's entries, each for the roles whose work it is; a page that is not there is not shown. It hides: ``access`` refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mutualaid.claims.access import CHECK_KIN, COUNTER, FIRST_REVIEW, MERGE_MEMBERS, SEE_CLAIMS, SET_RULES
from mutualaid.contributions.access import SEE_BILLS
from mutualaid.contributions.refund_access import SEE as SEE_REQUESTS
from mutualaid.datacentre.monthly.access import SEE_REPORTS
from mutualaid.enrolment.change_access import CHANGE
from mutualaid.enrolment.correction_access import CORRECT
from mutualaid.ledger.access import SEE_BOOKS
from mutualaid.people.access import SEE_MEMBERS, SEE_STAFF
from mutualaid.people.models import RoleName
from mutualaid.people.move_access import MOVE
from mutualaid.plans.access import APPROVE, DESIGN
from mutualaid.takeover.access import SEE_TAKEOVERS
from mutualaid.web.common.navigation import Entry, Portal, register
from mutualaid.web.common.requests import PublicRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CLERK, FINANCE = (RoleName.ENROLMENT_CLERK,), (RoleName.FINANCE,)
EVERYBODY = tuple(RoleName)
ADMINISTRATION = (RoleName.SYSTEM_ADMIN, RoleName.SECURITY_ADMIN)

_JOIN, _CLAIMS, _MONEY, _PLANS = (
    _("参保"),
    pgettext_lazy("菜单", "理赔"),
    _("收费与账务"),
    pgettext_lazy("菜单", "计划"),
)
_OFFICE = _("机构与安全")

REGISTRY: tuple[tuple[StrOrPromise, str, str, StrOrPromise, tuple[RoleName, ...]], ...] = (
    (_("待办"), "workbench:home", "list-check", "", EVERYBODY),
    (_("单位登记"), "workbench:applications", "building-plus", _JOIN, CLERK),
    (_("代办员审核"), "workbench:clerks", "user-check", _JOIN, CLERK),
    (pgettext_lazy("菜单", "单位"), "workbench:employers", "building", _JOIN, EVERYBODY),
    (pgettext_lazy("菜单", "会员"), "workbench:members", "users", _JOIN, SEE_MEMBERS),
    (_("单位转移"), "workbench:moves", "transfer", _JOIN, MOVE),
    (_("单位合并与分立"), "workbench:changes", "arrows-split-2", _JOIN, CHANGE),
    (_("身份更正"), "workbench:corrections", "edit", _JOIN, CORRECT),
    (_("合并重复人员"), "workbench:merges", "arrows-join", _JOIN, MERGE_MEMBERS),
    (_("参保单"), "workbench:enrolments", "file-spreadsheet", _JOIN, SEE_MEMBERS),
    (_("参保进度"), "workbench:progress", "progress-check", _JOIN, SEE_MEMBERS),
    (_("办理时间"), "workbench:windows", "calendar-event", _JOIN, (*CLERK, *APPROVE)),
    (_("综合保障计划"), "workbench:packages", "stack-2", _JOIN, SEE_MEMBERS),
    (_("集体保障确认"), "workbench:group_places", "users-group", _JOIN, CLERK),
    (_("保障"), "workbench:covers", "shield-check", _JOIN, SEE_MEMBERS),
    (_("退费申请"), "workbench:refund_requests", "receipt-refund", _JOIN, SEE_REQUESTS),
    (_("我的待审"), "workbench:claims", "clipboard-check", _CLAIMS, FIRST_REVIEW),
    (_("全部理赔"), "workbench:all_claims", "clipboard-list", _CLAIMS, SEE_CLAIMS),
    (_("人工复核"), "workbench:reviews", "eye-check", _CLAIMS, FIRST_REVIEW),
    (_("补材料跟进"), "workbench:follow_ups", "phone-call", _CLAIMS, FIRST_REVIEW),
    (_("窗口代录"), "workbench:claim_new", "pencil-plus", _CLAIMS, COUNTER),
    (_("亲属代办"), "workbench:kin_requests", "users-group", _CLAIMS, CHECK_KIN),
    (_("来电记录"), "workbench:calls", "phone", _CLAIMS, SEE_MEMBERS),
    (_("账单"), "workbench:bills", "file-invoice", _MONEY, SEE_BILLS),
    (_("费用分担"), "workbench:splits", "arrows-split-2", _MONEY, SEE_BILLS),
    (_("出资"), "workbench:paying", "building-community", _MONEY, SEE_BILLS),
    (_("补贴"), "workbench:subsidies", "gift", _MONEY, SEE_BILLS),
    (_("银行流水"), "workbench:statements", "building-bank", _MONEY, FINANCE),
    (_("流水匹配"), "workbench:lines", "arrows-exchange", _MONEY, FINANCE),
    (_("暂收款"), "workbench:payments", "coins", _MONEY, FINANCE),
    (_("退费"), "workbench:refunds", "receipt-refund", _MONEY, FINANCE),
    (_("线上支付"), "workbench:orders", "credit-card", _MONEY, FINANCE),
    (_("渠道对账"), "workbench:reconciliations", "scale", _MONEY, FINANCE),
    (_("原路退款"), "workbench:channel_refunds", "credit-card-refund", _MONEY, FINANCE),
    (pgettext_lazy("菜单", "收款凭证"), "workbench:receipts", "receipt", _MONEY, SEE_BILLS),
    (pgettext_lazy("菜单", "互助票据"), "workbench:fiscal_notes", "file-certificate", _MONEY, SEE_BILLS),
    (_("互助专户"), "workbench:funds", "wallet", _MONEY, FINANCE),
    (pgettext_lazy("菜单", "支付"), "workbench:payouts", "cash", _MONEY, FINANCE),
    (_("支付批次"), "workbench:payout_batches", "stack-2", _MONEY, FINANCE),
    (_("银行结果"), "workbench:bank_results", "file-import", _MONEY, FINANCE),
    (_("账簿"), "workbench:ledger", "book-2", _MONEY, SEE_BOOKS),
    (_("月报"), "workbench:reports", "chart-bar", _MONEY, SEE_REPORTS),
    (_("各计划基金"), "workbench:ledger_plans", "chart-pie", _MONEY, SEE_BOOKS),
    (_("保障计划"), "workbench:plans", "file-text", _PLANS, EVERYBODY),
    (_("计划库"), "workbench:plan_library", "books", _PLANS, DESIGN),
    (_("待批准的计划"), "workbench:approvals", "checks", _PLANS, APPROVE),
    (_("办事处用词"), "workbench:words", "language", _PLANS, DESIGN),
    (_("审核规则"), "workbench:review_rules", "git-branch", _OFFICE, SET_RULES),
    (_("参保设置"), "workbench:settings", "settings", _OFFICE, CLERK),
    (_("机构"), "workbench:units", "sitemap", _OFFICE, ADMINISTRATION),
    (_("部署状态"), "workbench:deployment", "server-2", _OFFICE, (RoleName.SYSTEM_ADMIN,)),
    (_("接管"), "workbench:takeovers", "transfer-in", _OFFICE, SEE_TAKEOVERS),
    (_("工作人员"), "workbench:staff", "id-badge-2", _OFFICE, SEE_STAFF),
    (_("接口凭证"), "workbench:clients", "plug-connected", _OFFICE, SEE_STAFF),
    (_("审计"), "workbench:audit", "history", _OFFICE, (RoleName.AUDIT_ADMIN,)),
)
"""Label, page, icon, group, and for whom."""


def has_role(request: HttpRequest, roles: Iterable[RoleName]) -> bool:
    """Whether the visitor holds one of the roles today, in whatever branch."""
    standing = cast(PublicRequest, request).standing
    return standing is not None and bool(standing.roles & frozenset(roles))


def _for(roles: tuple[RoleName, ...]) -> Callable[[HttpRequest], bool]:
    return lambda request: has_role(request, roles)


def who(request: HttpRequest) -> str:
    """The name of the member of staff."""
    standing = cast(PublicRequest, request).standing
    return "" if standing is None else standing.name


def place(request: HttpRequest) -> str:
    """The office where they work."""
    standing = cast(PublicRequest, request).standing
    return "" if standing is None else standing.place


def unread(request: HttpRequest) -> int:
    """Unread notices."""
    standing = cast(PublicRequest, request).standing
    return 0 if standing is None else standing.unread


def register_portal() -> None:
    """When the application is ready."""
    register(
        Portal(
            key="workbench",
            title=_("管理端"),
            entries=tuple(
                Entry(label, url, icon, group, allowed=_for(roles)) for label, url, icon, group, roles in REGISTRY
            ),
            home="workbench:home",
            who=who,
            place=place,
            unread=unread,
            search="workbench:search",
            search_hint=_("姓名、拼音首字母、证件后四位、单位、编号"),
            help="workbench:help",
            inbox="workbench:notices",
            account="workbench:account",
            sign_out="common:sign_out",
        )
    )
