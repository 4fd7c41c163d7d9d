"""Who a view is for. Every view has exactly one of these decorators (tests/test_house_rules.py).

Nobody is sent to sign in and comes back; somebody of another kind or without the role gets the page 403. What the person may
see on the page is asked of ``access``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from mutualaid.core.actors import ActorKind
from mutualaid.people.models import RoleName
from mutualaid.people.queries import password_is_old
from mutualaid.web.common.addresses import come_back_to, with_query
from mutualaid.web.common.faults import fault_page
from mutualaid.web.common.portals import MEMBERS, Portal, portal_of
from mutualaid.web.common.requests import PublicRequest, Request

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Who:
    """For whom a view is: nobody in particular (``public``), kinds of actors, and of staff those with one of the roles."""

    public: bool = False
    kinds: frozenset[ActorKind] = frozenset()
    roles: frozenset[RoleName] = frozenset()
    kin: bool = False
    """Of members' pages, whether next of kin who are no member use it, too."""


def public(view: Callable[..., HttpResponseBase]) -> View:
    """For anybody."""
    return _marked(view, Who(public=True))


def members_only(view: Callable[..., HttpResponseBase]) -> View:
    """For members at 会员端. Next of kin who are no member are led to what is theirs."""
    return _guarded(view, Who(kinds=frozenset({ActorKind.MEMBER})))


def members_and_kin(view: Callable[..., HttpResponseBase]) -> View:
    """For members at 会员端, and for next of kin who file for one."""
    return _guarded(view, Who(kinds=frozenset({ActorKind.MEMBER}), kin=True))


def clerks_only(view: Callable[..., HttpResponseBase]) -> View:
    """For employers' clerks at 单位端, those without an employer too."""
    return _guarded(view, Who(kinds=frozenset({ActorKind.CLERK})))


def staff_only(*, roles: Iterable[RoleName] = ()) -> Callable[[Callable[..., HttpResponseBase]], View]:
    """For staff at 管理端: with one of the roles in whatever branch, or with any at all."""
    wanted = Who(kinds=frozenset({ActorKind.STAFF}), roles=frozenset(roles))
    return lambda view: _guarded(view, wanted)


def signed_in(view: Callable[..., HttpResponseBase]) -> View:
    """For whoever is signed in; where the address names a portal, at that one."""
    return _guarded(view, Who(kinds=frozenset({ActorKind.STAFF, ActorKind.CLERK, ActorKind.MEMBER})))


def also_with_an_old_password(view: View) -> View:
    """A view that staff reach before they have changed a password that is too old."""
    view.also_with_an_old_password = True  # type: ignore[attr-defined]
    return view


def _marked(view: View, who: Who) -> View:
    view.who = who  # type: ignore[attr-defined]
    return view


def _guarded(view: Callable[..., HttpResponseBase], who: Who) -> View:
    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refused = _refused(request, who, kwargs.get("portal"))
        if refused is None and not getattr(view, "also_with_an_old_password", False) and _must_change(request):
            refused = _sent(request, reverse("common:password", args=[portal_of(request.actor.kind).name]))
        return refused or view(request, *args, **kwargs)

    return _marked(guarded, who)


def _refused(request: PublicRequest, who: Who, portal: Portal | None) -> HttpResponse | None:
    standing = request.standing
    wanted = portal.kind if portal is not None else next(iter(who.kinds)) if len(who.kinds) == 1 else None
    if standing is None:
        kind = wanted or (request.ended.kind if request.ended else MEMBERS.kind)
        asking = request.method in {"GET", "HEAD"} or bool(request.htmx)
        why = request.ended.why if request.ended else "" if asking else "lost"
        return _sent(request, with_query(portal_of(kind).sign_in, next=come_back_to(request), why=why))
    if standing.actor.kind is not (wanted or standing.actor.kind):
        return fault_page(request, "forbidden")
    if who.roles and not who.roles & standing.roles:
        return fault_page(request, "forbidden")
    if wanted is MEMBERS.kind and standing.member is None and not who.kin and len(who.kinds) == 1:
        return _sent(request, reverse("members:kinships"))
    return None


def _must_change(request: Request) -> bool:
    return request.actor.kind is ActorKind.STAFF and password_is_old(account=request.account, at=request.at)


def _sent(request: PublicRequest, address: str) -> HttpResponse:
    """Elsewhere: for a fragment the whole page goes."""
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)
