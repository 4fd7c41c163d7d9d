"""互助金申请书: the application form with all that was told so far, as a PDF: to keep, or to sign on paper. Numbers masked."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal
from typing import Any

import segno

from mutualaid.claims.actions.signing import ASKED
from mutualaid.claims.checklist import ALL, agreed_of, checklist_of, signs_by_phone
from mutualaid.claims.models import Claim, ClaimPaper, ExpenseLine, Particulars
from mutualaid.claims.queries import applicant_of, facts_of, signatory
from mutualaid.claims.states import CLAIM
from mutualaid.claims.words import facts_in_words
from mutualaid.core import papers
from mutualaid.core.dates import day_of
from mutualaid.core.documents import pdf
from mutualaid.core.money import shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.access import NotFound
from mutualaid.people.consents import current_text, text_of
from mutualaid.people.contacts import masked_card, masked_phone
from mutualaid.people.identity import masked
from mutualaid.people.models import Purpose
from mutualaid.people.queries import consents_of

TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "互助金申请书",
        "draft": "草稿：提交前可打印签字，连同材料交单位工会或经办机构窗口",
        "filed": "状态：{state}；提交日期：{day}",
        "who": "申请人",
        "member": "会员",
        "identity": "证件号码",
        "phone": "手机号码",
        "employer": "单位",
        "office": "经办机构",
        "kin": "代为申请",
        "kin_identity": "代办人证件号码",
        "kin_phone": "代办人手机号码",
        "as_kin": "{name}（{relation}，代会员签名）",
        "event": "发生了什么",
        "hospital": "医院",
        "amounts": "费用（元，按票据和结算单）",
        "lines": "费用明细",
        "scope": "其中自费",
        "payee": "收款账户",
        "name": "户名",
        "account": "账号",
        "bank": "开户银行",
        "papers": "材料",
        "page": "1 页",
        "pages": "{count} 页",
        "colon": "：",
        "to_bring": "未交",
        "consents": "授权与声明",
        "agreed": "已于 {day} 同意：{title}",
        "not_agreed": "□ 同意：{title}",
        "true": "本人确认所填内容和所交材料真实、完整；如有不实，愿意承担相应责任。",
        "signature": "申请人签名",
        "day": "日期",
        "none": "（尚未填写）",
    },
    "en": {
        "title": "Application for a benefit",
        "draft": "Draft: may be printed, signed and handed in on paper, with the papers, before it is filed",
        "filed": "State: {state}; filed on {day}",
        "who": "Applicant",
        "member": "Member",
        "identity": "Identity document",
        "phone": "Mobile",
        "employer": "Employer",
        "office": "Office",
        "kin": "Filed by",
        "kin_identity": "Their identity document",
        "kin_phone": "Their mobile",
        "as_kin": "{name} ({relation}, signs for the member)",
        "event": "What happened",
        "hospital": "Hospital",
        "amounts": "Costs (yuan, as on invoice and settlement)",
        "lines": "Lines of the bill",
        "scope": "of it out of scope",
        "payee": "Account to be paid to",
        "name": "Name",
        "account": "Number",
        "bank": "Bank",
        "papers": "Papers",
        "page": "1 page",
        "pages": "{count} pages",
        "colon": ": ",
        "to_bring": "not yet handed in",
        "consents": "Consents and declaration",
        "agreed": "Agreed on {day}: {title}",
        "not_agreed": "□ I agree: {title}",
        "true": "I confirm that what is told and handed in is true and complete.",
        "signature": "Signature",
        "day": "Date",
        "none": "(nothing yet)",
    },
}


def application_pdf(*, claim: Claim, lang: str, on: datetime.date) -> bytes:
    """The form of a claim as it stands, for whoever may read what it tells. ``on``: the day that the file bears. Raises NotFound
    (to an employer's clerk, once it is filed), KeyError for a language that it is not written in."""
    if not Particulars.objects.filter(claim=claim).exists():
        raise NotFound("申请提交后内容只对本人和经办机构可见", "once it is filed only the member and the office see it")
    with within([EVERYTHING]):
        found = Claim.objects.select_related("member", "employer__unit", "office", "particulars").get(pk=claim.pk)
        return pdf("claims/application", application_facts(claim=found, lang=lang), on=on)


def application_facts(*, claim: Claim, lang: str) -> dict[str, Any]:
    """Texts and tables of the form."""
    texts, told = TEXTS[lang], claim.particulars
    at = 0 if lang == "zh" else 1
    state = CLAIM.names[claim.state][at]
    filed = claim.filed_on is not None
    pages = list(ClaimPaper.objects.filter(claim=claim, removed_at=None).select_related("file").order_by("id"))
    sections = [
        _section(texts["who"], _who(claim, texts)),
        _section(texts["event"], _event(claim, told, texts, lang)),
        _section(texts["amounts"], [(one.label, one.value) for one in _facts(claim, lang) if one.group == "amounts"]),
        _section(texts["lines"], _lines(claim, texts)),
        _section(texts["payee"], _payee(told, texts)),
        _section(texts["papers"], _papers(claim, pages, texts, at)),
    ]
    return {
        "title": texts["title"],
        "number": claim.number,
        "standing": texts["filed"].format(state=state, day=claim.filed_on) if filed else texts["draft"],
        "sections": [one for one in sections if one["rows"]],
        "consents_label": texts["consents"],
        "consents": [*_consents(claim, texts, lang), texts["true"]],
        "signature_label": texts["signature"],
        "day_label": texts["day"],
        "day": str(claim.filed_on or ""),
        "colon": texts["colon"],
        **_signature(claim, pages, texts),
        "code": [[int(bit) for bit in row] for row in segno.make(claim.number, micro=False, error="m").matrix],
    }


def _section(title: str, rows: list[tuple[str, str]]) -> dict[str, Any]:
    return {"title": title, "rows": [{"label": label, "text": text} for label, text in rows]}


def _who(claim: Claim, texts: dict[str, str]) -> list[tuple[str, str]]:
    member, applicant = claim.member, applicant_of(claim=claim)
    rows = [
        (texts["member"], f"{member.name}　{member.number}"),
        (texts["identity"], masked(member.identity_number)),
        *([] if signs_by_phone(claim=claim) else [(texts["phone"], _phone(member.phone, texts))]),
        (texts["employer"], claim.employer.unit.name),
        (texts["office"], claim.office.name),
    ]
    if applicant and applicant.get("name"):
        rows.append((texts["kin"], f"{applicant['name']}　{applicant.get('relation', '')}"))
        if signs_by_phone(claim=claim):
            rows += [
                (texts["kin_identity"], masked(applicant["identity_number"])),
                (texts["kin_phone"], _phone(applicant.get("phone"), texts)),
            ]
    return rows


def _phone(phone: str | None, texts: dict[str, str]) -> str:
    return masked_phone(phone) if phone else texts["none"]


def _event(claim: Claim, told: Particulars, texts: dict[str, str], lang: str) -> list[tuple[str, str]]:
    rows = [(one.label, one.value) for one in _facts(claim, lang) if one.group == "event"]
    return [*rows, (texts["hospital"], told.hospital)] if told.hospital else rows or [("", texts["none"])]


def _facts(claim: Claim, lang: str) -> list[Any]:
    facts = {key: value for key, value in facts_of(claim=claim).items() if key != "filed_on"}
    return facts_in_words(facts=facts, lang=lang)


def _lines(claim: Claim, texts: dict[str, str]) -> list[tuple[str, str]]:
    rows = []
    for line in ExpenseLine.objects.filter(claim=claim).order_by("line"):
        scope = f"（{texts['scope']} {shown(line.out_of_scope_amount)}）" if line.out_of_scope_amount else ""
        rows.append((line.item, shown(Decimal(line.amount)) + scope))
    return rows


def _payee(told: Particulars, texts: dict[str, str]) -> list[tuple[str, str]]:
    account = masked_card(told.account_number) if told.account_number else texts["none"]
    return [
        (texts["name"], told.payee_name or texts["none"]),
        (texts["account"], account),
        (texts["bank"], told.bank_name or texts["none"]),
    ]


def _papers(claim: Claim, pages: list[ClaimPaper], texts: dict[str, str], at: int) -> list[tuple[str, str]]:
    have = Counter(page.word for page in pages)
    wanted = checklist_of(claim=claim)
    words = [one.word for one in wanted if one.needed or have[one.word]]
    words += [word for word in have if word in ALL and word not in words]
    named = [(ALL[word].named[at + 1], have[word]) for word in words]
    written = {0: f"□ {texts['to_bring']}", 1: texts["page"]}
    return [(name, written.get(count) or texts["pages"].format(count=count)) for name, count in named]


def _consents(claim: Claim, texts: dict[str, str], lang: str) -> list[str]:
    days = _agreed_on(claim)
    lines = []
    for purpose in ASKED:
        day, version = days.get(purpose, ("", ""))
        text = (text_of(purpose, version) if day else None) or current_text(purpose)
        title = text.title_zh if lang == "zh" else text.title_en
        lines.append(texts["agreed" if day else "not_agreed"].format(day=day, title=title))
    return lines


def _agreed_on(claim: Claim) -> dict[Purpose, tuple[str, str]]:
    """On what day to which version was agreed: by the member, or for this claim by next of kin who sign it."""
    if signs_by_phone(claim=claim):
        day = (applicant_of(claim=claim) or {}).get("agreed_on", "")
        return {purpose: (day, version) for purpose, version in agreed_of(claim=claim).items()}
    given = consents_of(member=claim.member)
    return {purpose: (day_of(one.at).isoformat(), one.version) for purpose, one in given.items() if one.given}


def _signature(claim: Claim, pages: list[ClaimPaper], texts: dict[str, str]) -> dict[str, Any]:
    """The drawn signature as bytes of a PNG, or the name that was typed; of next of kin with what they are to the member."""
    name, relation = signatory(claim=claim)
    signed = next((page for page in reversed(pages) if page.word == "signature"), None)
    drawn = signed is not None and signed.file.media_type == papers.PNG
    return {
        "drawn": list(papers.read(signed.file)) if signed is not None and drawn else [],
        "typed": name if signed is not None and not drawn else "",
        "as_kin": texts["as_kin"].format(name=name, relation=relation) if relation else "",
    }
