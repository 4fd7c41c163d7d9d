"""The certificate of a cover (保障凭证) as a PDF: who is covered by what and when. It is no insurance policy."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from mutualaid.core.documents import pdf
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.certificate_checks import code_of, grouped, picture_of
from mutualaid.enrolment.models import Cover, GroupCover
from mutualaid.enrolment.packages import combination_of
from mutualaid.enrolment.queries import group_of_cover
from mutualaid.people.identity import masked
from mutualaid.plans.queries import Words, document_of, words_for

_TEXTS = {
    "zh": {
        "title": "保障凭证",
        "member": "姓名",
        "identity": "证件号码",
        "number": "凭证编号",
        "plan": "保障计划",
        "beside": "综合保障计划中的其他单项",
        "units": "份数",
        "term": "保障期",
        "employer": "单位",
        "office": "经办机构",
        "fee": "{contribution}（元）",
        "benefits": "{benefit}项目",
        "state": "状态",
        "group": "集体保障",
        "places": "名额（人）",
        "group_title": "集体保障凭证",
        "group_note": "本凭证不记名。事发后由单位确认当日在岗人员，经办机构核实后，该人员享有一个名额的保障。",
        "issued": "出具日期",
        "code": "核验码",
        "verify": "扫码，或在本平台“核验保障凭证”页输入凭证编号和核验码，即可核对本凭证是否真实、今天是否有效。",
        "pending": "待缴费，尚未生效",
        "begun": "已生效",
        "cancelled": "已取消",
        "no_policy": "本凭证证明职工参加工会职工互助保障，不是保险单，也不是财政票据。各项待遇以计划条款和审核结果为准。",
        "days": "{first} 零时 至 {last} 二十四时",
    },
    "en": {
        "title": "Certificate of cover",
        "member": "Name",
        "identity": "ID number",
        "number": "Certificate",
        "plan": "Plan",
        "beside": "Other plans of the package",
        "units": "Units",
        "term": "Term",
        "employer": "Employer",
        "office": "Office",
        "fee": "Contribution (yuan)",
        "benefits": "Benefits",
        "state": "State",
        "group": "Cover of a group",
        "places": "Places (persons)",
        "group_title": "Certificate of cover of a group",
        "group_note": "Without names: when something has happened, the station names who was on duty, and with the "
        "office's confirmation that person has the cover of one place.",
        "issued": "Issued on",
        "code": "Check code",
        "verify": "By the picture, or by number and check code on our page, anybody may ask whether this certificate is ours "
        "and in force today.",
        "pending": "waits for payment, not in force",
        "begun": "paid",
        "cancelled": "cancelled",
        "no_policy": "This certifies participation in the union's mutual aid. It is no insurance policy and no fiscal note. "
        "What is paid follows from the rules of the plan and the decision on a claim.",
        "days": "{first} to {last}, both included",
    },
}


def certificate(*, cover: Cover, lang: str, words: Words | None = None, on: datetime.date) -> bytes:
    """The PDF. ``words``: the office's own words, those of the employer's nearest office if not given; ``on``: the day of issue.
    Raises ValueError for a language other than ``zh`` and ``en``."""
    return pdf("enrolment/certificate", facts_of(cover=cover, lang=lang, words=words, on=on), on=on)


def facts_of(*, cover: Cover, lang: str, words: Words | None = None, on: datetime.date) -> dict[str, object]:
    """What the template shows: the title, rows of label and text, the benefits, the notes. Raises ValueError."""
    if lang not in _TEXTS:
        raise ValueError(f"expected the language zh or en, found {lang!r}")
    document = document_of(version=cover.version)
    said = words or words_for(unit=cover.employer.unit, document=document)
    texts = {
        name: text.replace("{contribution}", said.contribution).replace("{benefit}", said.benefit)
        for name, text in _TEXTS[lang].items()
    }
    english = lang == "en"
    last = cover.until_on - datetime.timedelta(days=1)
    rows = [
        ("number", cover.number),
        ("member", cover.member.name),
        ("identity", masked(cover.member.identity_number)),
        ("plan", (document.name.en if english else None) or document.name.zh),
        *([("units", str(cover.units))] if cover.units_most > 1 else []),
        *_beside(cover, texts, english),
        ("term", texts["days"].format(first=cover.from_on, last=last)),
        ("fee", f"{cover.fee_amount:,.2f}"),
        ("employer", cover.employer.unit.name),
        ("office", cover.version.office.name),
        *([("group", place.group.number)] if (place := group_of_cover(cover=cover)) else []),
        ("state", texts[cover.state]),
        ("issued", str(on)),
    ]
    benefits = [(one.name.en if english else None) or one.name.zh for one in document.benefits if one.name is not None]
    summary = document.summary
    return {
        "lang": lang,
        "title": texts["title"],
        "number": cover.number,
        "organiser": (document.organiser.en if english else None) or document.organiser.zh,
        "rows": [{"label": texts[name], "text": text} for name, text in rows],
        "summary": ((summary.en if english else None) or summary.zh) if summary is not None else "",
        "benefits_label": texts["benefits"],
        "benefits": list(dict.fromkeys(benefits)),
        "notes": [texts["no_policy"]],
        **_check(cover.number, texts),
    }


def _check(number: str, texts: Mapping[str, str]) -> dict[str, str]:
    """By what anybody can ask after it."""
    return {
        "code_picture": picture_of(number=number),
        "code_label": texts["code"],
        "check_code": grouped(code_of(number=number)),
        "code_note": texts["verify"],
    }


def _beside(cover: Cover, texts: dict[str, str], english: bool) -> list[tuple[str, str]]:
    """The person's other covers of the same package, by plan and number."""
    with within([EVERYTHING], reads=True):  # the package stands with the employer; the covers are the person's own
        others = [one for one in combination_of(cover=cover) if one.pk != cover.pk]
    names = [(one.version.name_en if english else "") or one.version.name_zh for one in others]
    told = [f"{name} {one.number} ({texts[one.state]})" for name, one in zip(names, others, strict=True)]
    return [("beside", "; ".join(told))] if told else []


def group_certificate(*, group: GroupCover, lang: str, on: datetime.date) -> bytes:
    """The certificate of places without names, for the station, as a PDF. Raises ValueError for a language other than ``zh`` and
    ``en``."""
    return pdf("enrolment/certificate", group_facts(group=group, lang=lang, on=on), on=on)


def group_facts(*, group: GroupCover, lang: str, on: datetime.date) -> dict[str, object]:
    """What the template shows of a group. Raises ValueError."""
    if lang not in _TEXTS:
        raise ValueError(f"expected the language zh or en, found {lang!r}")
    enrolment = group.enrolment
    document = document_of(version=enrolment.version)
    said = words_for(unit=enrolment.employer.unit, document=document)
    texts = {
        name: text.replace("{contribution}", said.contribution).replace("{benefit}", said.benefit)
        for name, text in _TEXTS[lang].items()
    }
    english = lang == "en"
    last = enrolment.until_on - datetime.timedelta(days=1)
    rows = [
        ("number", group.number),
        ("employer", enrolment.employer.unit.name),
        ("plan", (document.name.en if english else None) or document.name.zh),
        ("places", str(group.places)),
        ("term", texts["days"].format(first=enrolment.from_on, last=last)),
        ("fee", f"{group.fee_amount:,.2f}"),
        ("office", enrolment.version.office.name),
        ("state", texts[group.state]),
        ("issued", str(on)),
    ]
    benefits = [(one.name.en if english else None) or one.name.zh for one in document.benefits if one.name is not None]
    summary = document.summary
    return {
        "lang": lang,
        "title": texts["group_title"],
        "number": group.number,
        "organiser": (document.organiser.en if english else None) or document.organiser.zh,
        "rows": [{"label": texts[name], "text": text} for name, text in rows],
        "summary": ((summary.en if english else None) or summary.zh) if summary is not None else "",
        "benefits_label": texts["benefits"],
        "benefits": list(dict.fromkeys(benefits)),
        "notes": [texts["group_note"], texts["no_policy"]],
        **_check(group.number, texts),
    }
