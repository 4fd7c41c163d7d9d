"""Who takes part in the demonstration: invented people, by which account they sign in, and as what. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.core.actors import ActorKind
from mutualaid.people.models import RoleName

PASSWORD = "demo-union-2026"  # noqa: S105  # nosec B105 - of invented people
"""Of the accounts that have one: clerks and members. Staff come in by one click only: their second factor is nobody's."""


@dataclass(frozen=True)
class Person:
    """``key`` is the name of the account."""

    key: str
    kind: ActorKind
    name: str
    zh: str
    en: str
    roles: tuple[RoleName, ...] = ()
    unit: str = "city"
    """Of staff: which of the union's offices is theirs."""


_STAFF, _CLERK, _MEMBER = ActorKind.STAFF, ActorKind.CLERK, ActorKind.MEMBER

DESIGNER = Person("demo.designer", _STAFF, "陆知行", "计划设计", "plan designer", (RoleName.DESIGNER,))
CHECKER = Person("demo.checker", _STAFF, "沈望舒", "复核", "senior reviewer", (RoleName.SENIOR_REVIEWER,))
OFFICER = Person("demo.officer", _STAFF, "白露晞", "参保经办", "enrolment clerk", (RoleName.ENROLMENT_CLERK,))
REVIEWER = Person("demo.reviewer", _STAFF, "石映川", "初审", "first reviewer", (RoleName.REVIEWER,))
SENIOR = Person(
    "demo.senior",
    _STAFF,
    "宋怀瑾",
    "省级复审",
    "senior reviewer of the province",
    (RoleName.SENIOR_REVIEWER,),
    "province",
)
"""Of another office than the first reviewer's."""
FINANCE = Person("demo.finance", _STAFF, "钱易安", "财务", "finance", (RoleName.FINANCE,))
SECOND_FINANCE = Person("demo.finance-2", _STAFF, "金以恒", "财务复核", "second finance officer", (RoleName.FINANCE,))
"""What the first batches, this one releases."""
SPECIALIST = Person(
    "demo.specialist", _STAFF, "温如言", "服务专员", "service specialist", (RoleName.SERVICE_SPECIALIST,)
)
ANALYST = Person("demo.analyst", _STAFF, "计明数", "统计分析", "analyst", (RoleName.ANALYST,))
SYSTEM_ADMIN = Person("demo.system", _STAFF, "方维周", "系统管理员", "system administrator", (RoleName.SYSTEM_ADMIN,))
SECURITY_ADMIN = Person(
    "demo.security", _STAFF, "安守成", "安全管理员", "security administrator", (RoleName.SECURITY_ADMIN,)
)
AUDIT_ADMIN = Person("demo.audit", _STAFF, "鉴清和", "审计管理员", "audit administrator", (RoleName.AUDIT_ADMIN,))
STAFF = (
    *(DESIGNER, CHECKER, OFFICER, REVIEWER, SENIOR, FINANCE, SECOND_FINANCE, SPECIALIST, ANALYST),
    *(SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN),
)

NEWCOMER = Person("demo.newcomer", _CLERK, "何苗青", "新单位代办员", "clerk of a new employer")
"""The story's clerk: their employer is not registered yet."""
WAITING = Person("demo.waiting", _CLERK, "丁未明", "等待登记的代办员", "clerk whose employer waits to be registered")
CLERK = Person("demo.clerk", _CLERK, "周一帆", "单位代办员", "employer's clerk")
MEMBER = Person("demo.member", _MEMBER, "林晓禾", "会员", "member")
ASKED = Person("demo.member-2", _MEMBER, "苏晚晴", "待补材料的会员", "member who is asked for papers")
OBJECTOR = Person("demo.member-3", _MEMBER, "江有汜", "申请复核的会员", "member who asked for a review")
MEMBERS = (MEMBER, ASKED, OBJECTOR)
"""Of the port, with accounts from the beginning."""
NEW_MEMBER = Person("demo.new-member", _MEMBER, "苗初夏", "新会员", "member of the new employer")
"""Of the sample roster: there only once the story's employer has enrolled its staff."""
EVERYBODY = {one.key: one for one in (*STAFF, NEWCOMER, WAITING, CLERK, *MEMBERS, NEW_MEMBER)}


@dataclass(frozen=True)
class Workplace:
    """An invented employer: ``share`` of all members, per 1000; ``clerk``: the name of its clerk's account."""

    code: int
    name: str
    share: int
    clerk: Person


def _clerk(key: str, name: str) -> Person:
    return Person(key, _CLERK, name, "单位代办员", "employer's clerk")


PORT = Workplace(1, "示范市远帆港务有限公司工会（虚构）", 430, CLERK)
HOSPITAL = Workplace(2, "示范市第九人民医院工会（虚构）", 320, _clerk("demo.clerk-2", "唐以沫"))
SCHOOL = Workplace(3, "示范市实验中学工会（虚构）", 170, _clerk("demo.clerk-3", "罗青野"))
RIDERS = Workplace(4, "示范市风火轮配送有限公司工会（虚构）", 80, _clerk("demo.clerk-4", "马小跃"))
MILL = Workplace(5, "示范市青禾食品厂工会（虚构）", 0, _clerk("demo.clerk-5", "谢安澜"))
"""Registered, and still to enrol: it has a draft, and a roster that the office sent back."""
WORKPLACES = (PORT, HOSPITAL, SCHOOL, RIDERS, MILL)
