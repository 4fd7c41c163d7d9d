"""What the pages of one version of a plan share: its address, its head with tabs, and who may do what with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import register_converter, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from mutualaid.plans import access
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import standings
from mutualaid.web.common.requests import Request

STUDY = (RoleName.DESIGNER, RoleName.SENIOR_REVIEWER, RoleName.ANALYST)
"""Who tries and simulates plans."""


class PlanNumber:
    """``P000017`` in an address."""

    regex = "P[0-9]{6,12}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(PlanNumber, "plan_number")

_TABS = (
    ("plan", _("概况"), ()),
    ("plan_prose", _("会员看到的"), ()),
    ("plan_changes", _("变化"), ()),
    ("trials", _("试算"), STUDY),
    ("simulations", _("测算"), STUDY),
    ("plan_text", _("文本"), ()),
)


@dataclass(frozen=True)
class Tab:
    """One of the pages of a version."""

    title: Any
    url: str
    current: bool


def lang() -> str:
    """``zh`` or ``en``, as the page is."""
    return "en" if get_language() == "en" else "zh"


def holds(request: Request, roles: tuple[RoleName, ...]) -> bool:
    """Whether the visitor has one of the roles; ``access`` says in which branch."""
    return bool(request.standing.roles & frozenset(roles))


def version_context(request: Request, version: PlanVersion, current: str, **more: Any) -> dict[str, Any]:
    """The head of a page of a version: its name, state, tabs, and what the visitor may do with it."""
    standing = standings(versions=[version], on=request.on).get(version.pk, "")
    return {
        "version": version,
        "name": name_of(version),
        "standing": standing,
        "tabs": [
            Tab(title, reverse(f"workbench:{name}", args=[version.number]), name == current)
            for name, title, roles in _TABS
            if not roles or holds(request, roles)
        ],
        "may_design": may_design(request, version),
        "may_approve": may_approve(request, version),
        **more,
    }


def name_of(version: PlanVersion) -> str:
    """In the language of the page."""
    return version.name_en or version.name_zh if lang() == "en" else version.name_zh


def may_design(request: Request, version: PlanVersion) -> bool:
    """Whether the visitor changes, submits and withdraws it."""
    if not holds(request, access.DESIGN):
        return False
    try:
        access.version_to_design(actor=request.actor, number=version.number, on=request.on)
    except NotFound:
        return False
    return True


def may_approve(request: Request, version: PlanVersion) -> bool:
    """Whether the visitor approves it: by role and branch, and as one who had no hand in it."""
    if not holds(request, access.APPROVE) or request.actor.key in {version.drafted_by, *version.authors}:
        return False
    try:
        access.version_to_approve(actor=request.actor, number=version.number, on=request.on)
    except NotFound:
        return False
    return True
