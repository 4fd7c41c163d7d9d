"""The form by which an employer authorises a clerk, perhaps in place of another: a PDF with all names in it, to be stamped."""

from __future__ import annotations

import datetime

from mutualaid.core.documents import pdf
from mutualaid.people.clerk_models import WhyClerk

_BLANK = "＿＿＿＿＿＿＿＿＿＿"


def clerk_form(
    *, unit: str, credit_code: str, name: str, phone: str, replaces: str, why: WhyClerk, office: str, on: datetime.date
) -> bytes:
    """The PDF. ``unit``: the employer; ``replaces``: the name of the clerk who is released, empty for none; ``office``: who looks
    at it."""
    changes = why is not WhyClerk.MORE
    title = "职工互助保障代办员变更授权书" if changes else "职工互助保障代办员授权书"
    says = (
        f"兹授权{name}代表本单位办理职工互助保障的参保、缴费、查询和代职工提交理赔申请。"
        + (f"自经办机构审核绑定之时起，原代办员{replaces}的授权同时终止（原因：{why.label}）。" if changes else "")
        + "人员再有变动时，本单位及时办理换绑。"
    )
    rows = [
        ("单位全称", unit),
        ("统一社会信用代码", credit_code),
        ("代办员姓名", name),
        ("联系电话", phone or _BLANK),
        *([("原代办员姓名", replaces), ("更换原因", str(why.label))] if changes else []),
        ("经办机构", office),
    ]
    signs = [
        f"代办员（签字）：{_BLANK}　　日期：＿＿＿＿年＿＿月＿＿日",
        *([f"原代办员（签字，已离职的不签）：{_BLANK}　　日期：＿＿＿＿年＿＿月＿＿日"] if changes else []),
        f"单位负责人（签字）：{_BLANK}　　单位（公章）：　　　　　　日期：＿＿＿＿年＿＿月＿＿日",
    ]
    notes = [
        "加盖单位公章后，平放拍照或扫描，四角入镜、公章和文字清楚，在单位端上传。",
        "经办机构核对无误后绑定；绑定前原代办员照常办理。",
    ]
    facts = {
        "title": title,
        "number": "",
        "rows": [{"label": label, "text": text} for label, text in rows],
        "says": says,
        "signs": signs,
        "notes": notes,
    }
    return pdf("people/clerk_form", facts, on=on)
