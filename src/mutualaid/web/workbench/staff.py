"""Staff: system administrators open and close accounts, security administrators give roles and lift locks (三员分立)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.people import access
from mutualaid.people.actions.accounts import (
    deactivate_account,
    open_staff,
    reactivate_account,
    renew_first_password,
    reset_totp,
    unlock_account,
)
from mutualaid.people.actions.staff import assign_role, end_role
from mutualaid.people.contacts import NotAContact
from mutualaid.people.models import ADMINISTRATORS, RoleAssignment, RoleName, Staff
from mutualaid.people.names import NotAName
from mutualaid.people.queries import on_day
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.day_lists import ordered, page_of

SYSTEM, SECURITY = (RoleName.SYSTEM_ADMIN,), (RoleName.SECURITY_ADMIN,)
SEE = access.SEE_STAFF
ROLES = {
    RoleName.DESIGNER: gettext_lazy("计划设计"),
    RoleName.ENROLMENT_CLERK: gettext_lazy("参保经办"),
    RoleName.REVIEWER: gettext_lazy("审核"),
    RoleName.SENIOR_REVIEWER: gettext_lazy("复核"),
    RoleName.FINANCE: gettext_lazy("财务"),
    RoleName.SERVICE_SPECIALIST: gettext_lazy("服务专员"),
    RoleName.ANALYST: gettext_lazy("统计分析"),
    RoleName.SYSTEM_ADMIN: gettext_lazy("系统管理员"),
    RoleName.SECURITY_ADMIN: gettext_lazy("安全管理员"),
    RoleName.AUDIT_ADMIN: gettext_lazy("审计管理员"),
}
_STANDS = {"open": gettext_lazy("正常"), "locked": gettext_lazy("已锁定"), "closed": gettext_lazy("已停用")}
_ORDER = {"name": "name", "account": "account__name", "unit": "unit__path", "last": "account__last_login"}


class StaffFilter(forms.Form):
    """Of the list of staff."""

    text = forms.CharField(label=gettext_lazy("姓名、登录名或机构"), required=False, max_length=50)
    role = forms.ChoiceField(
        label=gettext_lazy("角色"), required=False, choices=lambda: [("", _("全部")), *ROLES.items()]
    )
    stands = forms.ChoiceField(
        label=gettext_lazy("账号"), required=False, choices=lambda: [("", _("全部")), *_STANDS.items()]
    )


def _found(request: Request, form: StaffFilter) -> QuerySet[Staff]:
    asked = form.cleaned_data if form.is_valid() else {}
    rows = access.staff_visible_to(actor=request.actor, on=request.on)
    if text := asked.get("text", "").strip():
        named = Q(name__icontains=text) | Q(account__name__icontains=text)
        rows = rows.filter(named | Q(unit__name__icontains=text) | Q(unit__code__iexact=text))
    if asked.get("role"):
        held = RoleAssignment.objects.filter(on_day(request.on), role=asked["role"])
        rows = rows.filter(pk__in=held.values("staff"))
    locked = Q(account__locked_until__gt=request.at)
    stands = {"open": Q(account__is_active=True) & ~locked, "locked": locked, "closed": Q(account__is_active=False)}
    if asked.get("stands"):
        rows = rows.filter(stands[asked["stands"]])
    return rows.select_related("account", "unit")


def _stands(request: Request, staff: Staff) -> str:
    account = staff.account
    if not account.is_active:
        return "closed"
    return "locked" if account.locked_until and account.locked_until > request.at else "open"


def _roles_of(request: Request, among: list[Staff]) -> dict[int, list[RoleAssignment]]:
    """Roles held today, by the key of the member of staff: one statement for a page."""
    held = RoleAssignment.objects.filter(on_day(request.on), staff__in=among).select_related("unit")
    found: dict[int, list[RoleAssignment]] = {one.pk: [] for one in among}
    for assignment in held.order_by("unit__path", "role"):
        found[assignment.staff_id].append(assignment)
    return found


@staff_only(roles=SEE)
@require_safe
def staff_list(request: Request) -> HttpResponseBase:
    """Who works in the branches."""
    form = StaffFilter(request.GET)
    page = page_of(request, ordered(_found(request, form), request.GET.get("sort", ""), _ORDER, "unit__path"))
    roles = _roles_of(request, list(page))
    context = {
        "form": form,
        "page": page,
        "rows": [(one, [_shown(held) for held in roles[one.pk]], *_badge(_stands(request, one))) for one in page],
        "may_add": SYSTEM[0] in request.standing.roles,
    }
    return TemplateResponse(request, "workbench/staff/staff_list.html", context)


def _shown(held: RoleAssignment) -> tuple[Any, RoleAssignment]:
    return ROLES[RoleName(held.role)], held


def _badge(stands: str) -> tuple[Any, str]:
    return _STANDS[stands], {"open": "ok", "locked": "warn", "closed": "quiet"}[stands]


@staff_only(roles=SEE)
@require_safe
def staff_export(request: Request) -> HttpResponseBase:
    """The same list as an Excel workbook."""
    rows = list(_found(request, StaffFilter(request.GET)).order_by("unit__path", "name"))
    roles = _roles_of(request, rows)
    columns = (
        Column(_("姓名"), lambda one: one.name),
        Column(_("登录名"), lambda one: one.account.name),
        Column(_("机构"), lambda one: one.unit.name, width=30),
        Column(
            _("角色"),
            lambda one: "、".join(f"{_shown(held)[0]}（{held.unit.name}）" for held in roles[one.pk]),
            width=50,
        ),
        Column(_("账号"), lambda one: str(_STANDS[_stands(request, one)]), width=10),
        Column(_("最近登录"), lambda one: one.account.last_login, "moment"),
    )
    return workbook(_("工作人员"), columns, rows)


# --- system administrators --------------------------------------------------------------------------------------------


class StaffForm(forms.Form):
    """Somebody who begins to work for an office."""

    unit = forms.CharField(
        label=gettext_lazy("机构编码"),
        max_length=32,
        help_text=gettext_lazy("在“机构”页可以查到；只能是您负责范围内的机构。"),
    )
    full_name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    name = forms.RegexField(
        r"^[A-Za-z0-9._-]{2,64}$",
        label=gettext_lazy("登录名"),
        error_messages={"invalid": gettext_lazy("登录名应为 2 至 64 位的字母、数字、点、短横线或下划线")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )


@staff_only(roles=SYSTEM)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff_new(request: Request) -> HttpResponseBase:
    """Open an account for somebody of an office; the first password is shown once, on the answer itself."""
    initial = {"unit": request.GET.get("unit", "")}
    form, status = StaffForm(request.POST or None, initial=initial), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = dict(form.cleaned_data)
            given["phone"] = given["phone"] or None
            try:
                unit = access.unit_to_staff(actor=request.actor, code=given.pop("unit"), on=request.on)
                opened = open_staff(unit=unit, by=request.actor, at=request.at, **given)
            except access.NotFound as refusal:
                form.add_error("unit", said_by(refusal))
            except (Refused, NotAContact, NotAName) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                return _handed_over(request, opened.staff, opened.first_password, is_new=True)
    return TemplateResponse(request, "workbench/staff/staff_new.html", {"form": form}, status=status)


def _handed_over(request: Request, staff: Staff, password: str, *, is_new: bool) -> HttpResponseBase:
    context = {"staff": staff, "password": password, "is_new": is_new}
    return TemplateResponse(request, "workbench/staff/handed_over.html", context)


@staff_only(roles=SYSTEM)
@never_cache
@require_POST
def staff_password(request: Request, name: str) -> HttpResponseBase:
    """A forgotten password is replaced by one for one sign-in, shown once."""
    staff = access.staff_to_manage(actor=request.actor, name=name, on=request.on)
    try:
        password = renew_first_password(account=staff.account, by=request.actor, at=request.at)
    except Refused as refusal:
        return _page(request, staff, refusal=said_by(refusal))
    return _handed_over(request, staff, password, is_new=False)


@staff_only(roles=SYSTEM)
@require_POST
def staff_closure(request: Request, name: str) -> HttpResponseBase:
    """The account opens nothing from now on."""
    staff = access.staff_to_manage(actor=request.actor, name=name, on=request.on)
    return _changed(request, staff, lambda: deactivate_account(account=staff.account, by=request.actor, at=request.at))


@staff_only(roles=SYSTEM)
@require_POST
def staff_reopening(request: Request, name: str) -> HttpResponseBase:
    """A closed account opens again."""
    staff = access.staff_to_manage(actor=request.actor, name=name, on=request.on)
    return _changed(request, staff, lambda: reactivate_account(account=staff.account, by=request.actor, at=request.at))


def _changed(request: Request, staff: Staff, change: Callable[[], Any], told: str = "") -> HttpResponseBase:
    try:
        change()
    except Refused as refusal:
        staff.account.refresh_from_db()
        return _page(request, staff, refusal=said_by(refusal))
    messages.success(request, told or _("已办理。"))
    return HttpResponseRedirect(reverse("workbench:staff_member", args=[staff.account.name]))


# --- one member of staff ----------------------------------------------------------------------------------------------


class RoleForm(forms.Form):
    """A role in the branch of a unit."""

    role = forms.ChoiceField(label=gettext_lazy("角色"), choices=lambda: list(ROLES.items()))
    unit = forms.CharField(
        label=gettext_lazy("范围：机构编码"), max_length=32, help_text=gettext_lazy("角色在该机构及其下级范围内有效。")
    )
    from_on = DayField(label=gettext_lazy("自"))
    until_on = DayField(label=gettext_lazy("至（不含当日）"), required=False, help_text=gettext_lazy("不填为长期。"))


@staff_only(roles=SEE)
@require_safe
def staff_member(request: Request, name: str) -> HttpResponseBase:
    """Account, roles, and what the visitor may do about them."""
    return _page(request, access.staff_for(actor=request.actor, name=name, on=request.on))


def _page(request: Request, staff: Staff, form: RoleForm | None = None, refusal: str = "") -> HttpResponseBase:
    own = request.standing.roles
    assignments = staff.roles.select_related("unit").order_by("-from_on", "role")
    lasting = [(*_shown(held), held.until_on is None or held.until_on > request.on) for held in assignments]
    held_now = {held.role for _label, held, lasts in lasting if lasts}
    initial = {"unit": staff.unit.code, "from_on": request.on}
    context = {
        "staff": staff,
        "account": staff.account,
        "roles": lasting,
        "administrator": bool(held_now & set(ADMINISTRATORS)),
        "stands": _badge(_stands(request, staff)),
        "locked": _stands(request, staff) == "locked",
        "system": SYSTEM[0] in own,
        "security": SECURITY[0] in own,
        "own": staff.account_id == request.account.pk,
        "form": form or RoleForm(initial=initial),
        "refusal": refusal,
        "on": request.on,
    }
    status = 409 if refusal else 422 if form is not None else 200
    return TemplateResponse(request, "workbench/staff/staff_member.html", context, status=status)


# --- security administrators ------------------------------------------------------------------------------------------


@staff_only(roles=SECURITY)
@require_POST
def staff_unlocking(request: Request, name: str) -> HttpResponseBase:
    """A lock is lifted before its time."""
    staff = access.staff_to_authorise(actor=request.actor, name=name, on=request.on)
    return _changed(request, staff, lambda: unlock_account(account=staff.account, by=request.actor, at=request.at))


@staff_only(roles=SECURITY)
@require_POST
def staff_second_factor(request: Request, name: str) -> HttpResponseBase:
    """A lost second factor ends; the person binds another at the next sign-in."""
    staff = access.staff_to_authorise(actor=request.actor, name=name, on=request.on)
    told = _("动态码已重置：%(name)s 下次用密码登录时重新绑定。") % {"name": staff.name}
    return _changed(request, staff, lambda: reset_totp(account=staff.account, by=request.actor, at=request.at), told)


@staff_only(roles=SECURITY)
@require_POST
def staff_roles(request: Request, name: str) -> HttpResponseBase:
    """Give a role."""
    staff = access.staff_to_authorise(actor=request.actor, name=name, on=request.on)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, staff, form)
    given = dict(form.cleaned_data)
    try:
        unit = access.unit_to_authorise(actor=request.actor, code=given.pop("unit"), on=request.on)
        role = RoleName(given.pop("role"))
        assign_role(staff=staff, unit=unit, role=role, by=request.actor, at=request.at, **given)
    except access.NotFound as refusal:
        form.add_error("unit", said_by(refusal))
        return _page(request, staff, form)
    except Refused as refusal:
        return _page(request, staff, form, said_by(refusal))
    told = _("已授予“%(role)s”，范围：%(unit)s。") % {"role": ROLES[role], "unit": unit.name}
    messages.success(request, told)
    return HttpResponseRedirect(reverse("workbench:staff_member", args=[name]))


class RoleEnd(forms.Form):
    """Which assignment, and from which day on it is over."""

    role = forms.ChoiceField(choices=lambda: list(ROLES.items()))
    unit = forms.CharField(max_length=32)
    from_on = DayField()
    until_on = DayField()


@staff_only(roles=SECURITY)
@require_POST
def staff_role_end(request: Request, name: str) -> HttpResponseBase:
    """End a role from a day on."""
    staff = access.staff_to_authorise(actor=request.actor, name=name, on=request.on)
    form = RoleEnd(request.POST)
    if not form.is_valid():
        return _page(request, staff, refusal=_("终止日应为一个日期，请填写后再提交。"))
    given = form.cleaned_data
    unit = access.unit_to_authorise(actor=request.actor, code=given["unit"], on=request.on)
    held = staff.roles.filter(role=given["role"], unit=unit, from_on=given["from_on"]).first()
    if held is None:
        raise access.NotFound("没有找到该角色，请刷新后再看", "no such role was found; look again")
    told = _("“%(role)s”自 %(day)s 起终止。") % {"role": ROLES[RoleName(held.role)], "day": given["until_on"]}
    return _changed(
        request,
        staff,
        lambda: end_role(assignment=held, until_on=given["until_on"], by=request.actor, at=request.at),
        told,
    )


urlpatterns: list[URLPattern] = [
    path("staff", staff_list, name="staff"),
    path("staff/export", staff_export, name="staff_export"),
    path("staff/new", staff_new, name="staff_new"),
    path("staff/of/<str:name>", staff_member, name="staff_member"),
    path("staff/of/<str:name>/password", staff_password, name="staff_password"),
    path("staff/of/<str:name>/closure", staff_closure, name="staff_closure"),
    path("staff/of/<str:name>/reopening", staff_reopening, name="staff_reopening"),
    path("staff/of/<str:name>/unlocking", staff_unlocking, name="staff_unlocking"),
    path("staff/of/<str:name>/second-factor", staff_second_factor, name="staff_second_factor"),
    path("staff/of/<str:name>/roles", staff_roles, name="staff_roles"),
    path("staff/of/<str:name>/roles/end", staff_role_end, name="staff_role_end"),
]
