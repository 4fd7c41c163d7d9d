"""Checks of meaning: all that is well-formed in plan documents but wrong. Faults of form are found by ``reading``."""

from __future__ import annotations

from mutualaid.plans.checking.caps import check_caps
from mutualaid.plans.checking.combinations import check_together
from mutualaid.plans.checking.names import check_names
from mutualaid.plans.checking.origin import check_origin
from mutualaid.plans.checking.parts import Check
from mutualaid.plans.checking.reach import check_reach
from mutualaid.plans.checking.shape import check_shape
from mutualaid.plans.checking.terms import check_terms
from mutualaid.plans.compiling import is_combination
from mutualaid.plans.reading import Draft, PlanFault


def check_drafts(drafts: list[Draft]) -> list[PlanFault]:
    """Every fault of meaning of these documents, read together: file by file,
    by line. Empty when they can be compiled."""
    checks = [Check(draft) for draft in drafts]
    by_id: dict[str, Check] = {}
    for check in checks:
        by_id.setdefault(check.document.plan, check)
    for check in checks:
        check_names(check)
        check_shape(check)
        check_terms(check)
        check_reach(check)
        check_origin(check, illustrative_parts=_illustrative_parts(check, by_id))
    for check in checks:
        check_caps(check, by_id)
    check_together(checks, by_id)
    return [fault for check in checks for fault in sorted(check.faults, key=lambda fault: (fault.line, fault.place))]


def _illustrative_parts(check: Check, by_id: dict[str, Check]) -> list[str]:
    """Plans that a combination combines and that members cannot be offered."""
    if not is_combination(check.document):
        return []
    return [
        name
        for name in check.document.combines or ()
        if name in by_id and by_id[name].document.status == "illustrative"
    ]


__all__ = ["check_drafts"]
