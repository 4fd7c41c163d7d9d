"""For which of their employers a clerk works at the moment: kept in the session, chosen on any page that shows a list."""

from __future__ import annotations

from mutualaid.people import access
from mutualaid.people.models import Employer
from mutualaid.web.common.requests import Request

KEY = "employer"
NAMED = "unit"
"""In an address that was told to a clerk (``?unit=``): for which of their employers they come."""


def employers_of(request: Request) -> list[Employer]:
    """The employers to which the clerk is bound, by name, without those that became part of one; asked once for a request."""
    found: list[Employer] | None = getattr(request, "_employers", None)
    if found is None:
        seen = access.employers_visible_to(actor=request.actor, on=request.on)
        found = list(seen.filter(merged_into=None).select_related("unit").order_by("unit__name", "pk"))
        request._employers = found  # type: ignore[attr-defined]
    return found


def know_employers(request: Request, employers: list[Employer]) -> None:
    """They were read already, with more of each: nothing of this request asks again."""
    request._employers = employers  # type: ignore[attr-defined]


def current_employer(request: Request) -> Employer | None:
    """The one that the address names, or that was chosen, else the first; None for a clerk without an employer."""
    if getattr(request, "account", None) is None:
        return None
    every = employers_of(request)
    named = next((one for one in every if one.unit.code == request.GET.get(NAMED)), None)
    chosen = request.session.get(KEY)
    if named is not None and named.unit.code != chosen:
        choose(request, named)  # the pages to which this one leads are of the same employer
        return named
    return next((one for one in every if one.unit.code == chosen), every[0] if every else None)


def choose(request: Request, employer: Employer) -> None:
    """Work for this one from now on."""
    request.session[KEY] = employer.unit.code
