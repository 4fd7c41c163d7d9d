"""The tree of unions, for system and security administrators, and the state of the deployment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.core import deployment
from mutualaid.people import access
from mutualaid.people.actions.units import register_unit, set_unit_contact
from mutualaid.people.contacts import NotAContact
from mutualaid.people.models import STANDS_UNDER, Level, RoleName, Unit
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.day_lists import ordered, page_of

SYSTEM = (RoleName.SYSTEM_ADMIN,)
SEE = access.SEE_STAFF
_ORDER = {"code": "code", "name": "name", "level": "level"}
LEVELS = {
    "national": gettext_lazy("全国"),
    "province": gettext_lazy("省级"),
    "city": gettext_lazy("市级"),
    "county": gettext_lazy("县区"),
    "industry": gettext_lazy("产业"),
    "grassroots": gettext_lazy("基层工会"),
}


class UnitFilter(forms.Form):
    """Of the list of units: by name, its initials or code, and by level."""

    text = forms.CharField(label=gettext_lazy("名称、拼音首字母或编码"), required=False, max_length=50)
    level = forms.ChoiceField(label=gettext_lazy("级别"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [("", _("全部")), *LEVELS.items()]  # type: ignore[attr-defined]


def _visible(request: Request) -> Any:
    return access.units_of_roles(actor=request.actor, on=request.on, roles=SEE)


def _found(request: Request, form: UnitFilter) -> Any:
    """Without a filter the uppermost units; else whatever fits, anywhere in the branches."""
    rows = _visible(request)
    asked = form.cleaned_data if form.is_valid() else {}
    if text := asked.get("text", "").strip():
        named = Q(name__icontains=text) | Q(code__iexact=text)
        if text.isascii() and text.isalpha():
            named |= Q(initials__startswith=text.upper())
        rows = rows.filter(named)
    if asked.get("level"):
        rows = rows.filter(level=asked["level"])
    return rows


def _counted(rows: Any) -> Any:
    return rows.annotate(below=Count("children", distinct=True), people=Count("staff", distinct=True))


@staff_only(roles=SEE)
@require_safe
def units(request: Request) -> HttpResponseBase:
    """The uppermost units of the branches with those below them; or what was looked for."""
    form = UnitFilter(request.GET)
    rows = _found(request, form)
    looked_for = bool(request.GET.get("text") or request.GET.get("level"))
    if not looked_for:
        tops = _visible(request).exclude(parent__in=_visible(request))
        rows = rows.filter(Q(pk__in=tops.values("pk")) | Q(parent__in=tops.values("pk")))
    page = page_of(
        request, ordered(_counted(rows).select_related("parent"), request.GET.get("sort", ""), _ORDER, "path")
    )
    context = {"form": form, "page": page, "levels": LEVELS, "looked_for": looked_for}
    return TemplateResponse(request, "workbench/units/units.html", context)


@staff_only(roles=SEE)
@require_safe
def units_export(request: Request) -> HttpResponseBase:
    """All that fit, anywhere in the branches, as an Excel workbook."""
    columns = (
        Column(_("编码"), lambda unit: unit.code),
        Column(_("名称"), lambda unit: unit.name, width=36),
        Column(_("级别"), lambda unit: str(LEVELS[unit.level]), width=12),
        Column(_("上级编码"), lambda unit: unit.parent.code if unit.parent else ""),
        Column(_("行政区划代码"), lambda unit: unit.region_code, width=14),
    )
    rows = _found(request, UnitFilter(request.GET)).select_related("parent").order_by("path")
    return workbook(_("工会组织"), columns, rows.iterator(chunk_size=2000))


@staff_only(roles=SEE)
@require_safe
def unit(request: Request, code: str) -> HttpResponseBase:
    """One unit: the way up, what is below it, who works there."""
    found = access.unit_for(actor=request.actor, code=code, on=request.on)
    above = [int(part) for part in found.path.strip("/").split("/")[:-1]]
    below = _counted(_visible(request).filter(parent=found))
    staff = access.staff_visible_to(actor=request.actor, on=request.on).filter(unit=found)
    context = {
        "unit": found,
        "level": LEVELS[found.level],
        "above": Unit.objects.filter(pk__in=above).order_by("path"),
        "page": page_of(request, ordered(below, request.GET.get("sort", ""), _ORDER, "code")),
        "levels": LEVELS,
        "staff": staff.select_related("account").order_by("name"),
        "may_add": RoleName.SYSTEM_ADMIN in request.standing.roles and _levels_below(found),
        "may_change": RoleName.SYSTEM_ADMIN in request.standing.roles,
    }
    return TemplateResponse(request, "workbench/units/unit.html", context)


def _levels_below(parent: Unit) -> list[str]:
    return [level for level in Level.values if parent.level in STANDS_UNDER[level]]


class UnitForm(forms.Form):
    """A union that takes its place."""

    level = forms.ChoiceField(label=gettext_lazy("级别"))
    code = forms.RegexField(
        r"^[0-9A-Za-z-]{1,32}$",
        label=gettext_lazy("编码"),
        error_messages={"invalid": gettext_lazy("编码应为 1 至 32 位的数字、字母或短横线")},
        help_text=gettext_lazy("全平台唯一，登记后不再改变。"),
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    region_code = forms.RegexField(
        r"^[0-9]{6}$",
        label=gettext_lazy("行政区划代码"),
        required=False,
        error_messages={"invalid": gettext_lazy("应为 6 位数字，可不填")},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


@staff_only(roles=SYSTEM)
@require_http_methods(["GET", "HEAD", "POST"])
def unit_new(request: Request, code: str) -> HttpResponseBase:
    """A union takes its place below another."""
    parent = access.unit_to_staff(actor=request.actor, code=code, on=request.on)
    form, status = UnitForm(request.POST or None), 200
    below = [(level, LEVELS[level]) for level in _levels_below(parent)]
    form.fields["level"].choices = below  # type: ignore[attr-defined]
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = dict(form.cleaned_data)
            level = Level(given.pop("level"))
            try:
                made = register_unit(parent=parent, level=level, by=request.actor, at=request.at, **given)
            except Refused as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("已登记 %(name)s。") % {"name": made.name})
                return HttpResponseRedirect(reverse("workbench:unit", args=[made.code]))
    context = {"form": form, "parent": parent, "possible": below}
    return TemplateResponse(request, "workbench/units/unit_new.html", context, status=status)


class ContactForm(forms.Form):
    """Whom members and employers call, and where the counter is."""

    phone = forms.CharField(
        label=gettext_lazy("电话"), max_length=30, required=False,
        help_text=gettext_lazy("如 0779-2033456；写在决定通知书和会员的页面上"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("窗口地址"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


@staff_only(roles=SYSTEM)
@require_http_methods(["GET", "HEAD", "POST"])
def unit_contact(request: Request, code: str) -> HttpResponseBase:
    """The telephone and the address of a unit."""
    found = access.unit_to_staff(actor=request.actor, code=code, on=request.on)
    form, status = ContactForm(request.POST or None, initial={"phone": found.phone, "address": found.address}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                set_unit_contact(unit=found, **form.cleaned_data, by=request.actor, at=request.at)
            except NotAContact as refusal:
                form.add_error("phone", said_by(refusal))
            else:
                messages.success(request, _("已保存；此后生成的文书和页面按此显示"))
                return HttpResponseRedirect(reverse("workbench:unit", args=[found.code]))
    return TemplateResponse(request, "workbench/units/contact.html", {"form": form, "unit": found}, status=status)


# --- the state of the deployment --------------------------------------------------------------------------------------


@staff_only(roles=SYSTEM)
@require_safe
def deployment_state(request: Request) -> HttpResponseBase:
    """What would be wrong with running here: the same points as ``mutualaid check``."""
    found = [(one, _POINTS.get(one.name, one.name), said(one.zh, one.en)) for one in deployment.findings()]
    context = {
        "found": found,
        "wrong": sum(1 for one, *_rest in found if not one.good and not one.advice),
        "advised": sum(1 for one, *_rest in found if not one.good and one.advice),
    }
    return TemplateResponse(request, "workbench/units/deployment.html", context)


_POINTS = {
    "secret_key": gettext_lazy("会话密钥"),
    "hosts": gettext_lazy("域名"),
    "https": gettext_lazy("加密传输"),
    "demo": gettext_lazy("演示模式"),
    "data_folder": gettext_lazy("数据目录"),
    "assets": gettext_lazy("静态文件"),
    "database": gettext_lazy("数据库连接"),
    "version": gettext_lazy("数据库版本"),
    "encoding": gettext_lazy("数据库编码"),
    "fsync": gettext_lazy("写入安全"),
    "role": gettext_lazy("数据库角色"),
    "extensions": gettext_lazy("数据库扩展"),
    "migrations": gettext_lazy("数据表"),
    "field_key": gettext_lazy("加密列"),
    "worker": gettext_lazy("后台任务"),
    "django": gettext_lazy("框架自检"),
}

urlpatterns: list[URLPattern] = [
    path("units", units, name="units"),
    path("units/export", units_export, name="units_export"),
    path("units/<str:code>", unit, name="unit"),
    path("units/<str:code>/new", unit_new, name="unit_new"),
    path("units/<str:code>/contact", unit_contact, name="unit_contact"),
    path("deployment", deployment_state, name="deployment"),
]
