"""The living page of all components, in both shells: for tests and for whoever wants to look at it; no address of the product."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from mutualaid.web import urls
from mutualaid.web.common.navigation import Entry, Portal, register
from mutualaid.web.common.parts import Step
from mutualaid.web.common.rendering import DayField, YuanField

PARTS = (Path(__file__).parent / "style_parts.html").read_text(encoding="utf-8")
STEPS = (
    Step("提交申请", "代办员 晨小光", "11月20日 09:30", "done"),
    Step("资料核对", "市总工会正在核对盖章材料", "预计 11月24日前", "now"),
    Step("缴费", "核对通过后发出缴费通知", "约 11月25日"),
    Step("保障生效", "到账次日零时起", ""),
)


class Everything(forms.Form):
    """Every kind of field, two of them filled in wrongly."""

    employer = forms.CharField(label="单位名称", help_text="与公章一致", max_length=100)
    premium = YuanField(label="每人缴费", help_text="按计划书")
    rate = forms.CharField(label="参保比例", widget=forms.TextInput(attrs={"data-unit": "%", "data-prefix": "不低于"}))
    begins_on = DayField(label="生效日期", required=False)
    industry = forms.ChoiceField(label="行业", choices=[("", "请选择"), ("c", "制造业"), ("g", "交通运输")])
    kind = forms.ChoiceField(
        label="登记方式",
        choices=[("new", "新登记"), ("move", "从其他工会转入"), ("rejoin", "重新加入")],
        widget=forms.RadioSelect,
        help_text="转入的单位沿用原编号",
    )
    plans = forms.MultipleChoiceField(
        label="参加的计划",
        choices=[("a", "住院医疗互助"), ("b", "女职工特殊疾病互助")],
        widget=forms.CheckboxSelectMultiple,
    )
    paper = forms.FileField(label="盖章登记表", help_text="PDF 或照片，不超过 10 MB", required=False)
    remark = forms.CharField(label="说明", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agreed = forms.BooleanField(label="已告知职工本人并取得同意")


class Wanted(forms.Form):
    """What a list can be asked."""

    q = forms.CharField(label="关键词", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), ("submitted", "待审核")])
    since = DayField(label="提交起", required=False)


def context() -> dict[str, Any]:
    """What the page shows."""
    form = Everything(
        {
            "employer": "晨光机械",
            "premium": "八十",
            "rate": "80",
            "kind": "new",
            "industry": "c",
            "plans": ["a"],
            "agreed": "on",
        }
    )
    form.add_error("employer", "此名称已登记，请核对")
    rows = [
        {
            "number": f"R2026-{at:05d}",
            "employer": name,
            "people": 40 + at * 13,
            "amount": Decimal(80) * (40 + at * 13),
            "state": state,
        }
        for at, (name, state) in enumerate(
            [("晨光机械", "submitted"), ("海港集运站", "returned"), ("第三中学", "approved"), ("和顺家政", "refused")]
            * 11,
            1,
        )
    ]
    job = {"key": "k", "done": 3120, "total": 12345, "fault_zh": "", "fault_en": ""}
    return {
        "amount": Decimal("16409.02"),
        "on": datetime.date(2026, 11, 22),
        "steps": STEPS,
        "running": SimpleNamespace(**{**job, "state": "running"}),
        "failed": SimpleNamespace(
            **{**job, "key": "f", "state": "failed", "fault_zh": "文件不是 xlsx", "fault_en": "not an xlsx file"}
        ),
        "page": Paginator(rows, 8).page(1),
        "form": form,
        "filter_form": Wanted(),
    }


def shown(base: str) -> Any:
    """A view of the page in one shell."""
    text = (
        f'{{% extends "common/{base}.html" %}}{{% block title %}}部件{{% endblock %}}'
        "{% block heading %}名册审核{% endblock %}"
        "{% block lead %}<p>2026 年度 · 住院医疗互助</p>{% endblock %}"
        '{% block actions %}<a class="button" href="#x">{% icon "download" %}导出 Excel</a>'
        '<a class="button button-main" href="#n">{% icon "plus" %}新登记</a>{% endblock %}'
        f"{{% block content %}}{PARTS}{{% endblock %}}"
    )

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(engines["django"].from_string(text).render(context(), request))

    return view


def _portal(key: str, title: str, entries: tuple[Entry, ...]) -> Portal:
    page = f"{key}:page"
    return Portal(
        key,
        title,
        entries,
        page,
        lambda _: "陈晓光",
        lambda _: "滨海市总工会",
        lambda _: 3,
        search=page,
        help=page,
        inbox=page,
        account=page,
        sign_out=page,
    )


register(
    _portal(
        "style_member",
        "会员端",
        tuple(
            Entry(label, f"style_member:{name}", icon)
            for label, name, icon in (
                ("首页", "page", "home"),
                ("保障", "covers", "shield-check"),
                ("消息", "notices", "message"),
                ("我的", "me", "user"),
            )
        ),
    )
)
register(
    _portal(
        "style_office",
        "管理端",
        (
            Entry("待办", "style_office:page", "list-check", count=lambda _: 12),
            *(
                Entry(label, f"style_office:{name}", icon, group)
                for label, name, icon, group in (
                    ("单位", "covers", "building", "参保"),
                    ("会员", "notices", "users", "参保"),
                    ("计划", "me", "books", "计划与资金"),
                )
            ),
            Entry("不可见", "style_office:page", "lock", allowed=lambda _: False),
        ),
    )
)
NAMES = ("page", "covers", "notices", "me")


def _addresses(base: str) -> list[Any]:
    return [path("" if name == "page" else name, shown(base), name=name) for name in NAMES]


def _job(request: HttpRequest) -> HttpResponse:
    """The fragment that a job's box asks for."""
    return HttpResponse(engines["django"].from_string('{% job running "/job" %}').render(context(), request))


urlpatterns = [
    path("job", _job),
    *urls.urlpatterns,
    path("style/member/", include((_addresses("base_member"), "style_member"))),
    path("style/office/", include((_addresses("base_office"), "style_office"))),
]
handler404, handler500 = urls.handler404, urls.handler500
