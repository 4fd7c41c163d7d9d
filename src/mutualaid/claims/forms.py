"""Forms of a claim as PDF, for paper: the mandate, the checklist, the acknowledgement of what was handed in. The application
is in ``application``, the letter on the decision in ``letters``."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mutualaid.claims.checklist import PaperWanted, checklist, checklist_of, missing_of
from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.claims.promises import DAYS_FOR_OBJECTION
from mutualaid.claims.queries import applicant_of, next_step
from mutualaid.claims.states import CLAIM
from mutualaid.core.dates import day_of
from mutualaid.core.documents import pdf
from mutualaid.people.identity import masked
from mutualaid.people.models import Employer, Member

KINDS: dict[str, tuple[str, str]] = {
    "inpatient": ("住院", "Stay in hospital"),
    "outpatient": ("门诊", "Out-patient care"),
    "outpatient_special": ("门诊慢特病", "Chronic illness, out-patient"),
    "diagnosis": ("确诊疾病", "Diagnosis of an illness"),
    "disability": ("伤残", "Disability"),
    "death": ("身故", "Death"),
}
"""The engine's kinds of events, in the order in which they are offered."""
SOURCES: dict[str, tuple[str, str]] = {
    Source.MEMBER: ("本人", "by the member"),
    Source.EMPLOYER: ("单位代办", "by the employer, with a mandate"),
    Source.COUNTER: ("窗口代录", "at the counter"),
    Source.KIN: ("近亲属", "by next of kin"),
    Source.API: ("系统接入", "by another system"),
    Source.TAKEOVER: ("旧系统接管", "taken over"),
}
_BLANK = "＿＿＿＿＿＿＿＿"


def acknowledgement(*, claim: Claim, lang: str, on: datetime.date, again: bool = False) -> bytes:
    """What was handed in and what is missing, what comes next, how to object. ``again``: marked as a re-print."""
    said = _Said(lang)
    pages: dict[str, int] = {}
    for word in ClaimPaper.objects.filter(claim=claim, removed_at=None).values_list("word", flat=True):
        pages[word] = pages.get(word, 0) + 1
    wanted = {paper.word: paper for paper in checklist_of(claim=claim)}
    handed = [
        (said(wanted[word].zh, wanted[word].en) if word in wanted else said("其他材料", "Other papers"), count)
        for word, count in pages.items()
        if word != "signature"
    ]
    missing = [said(zh, en) for _, zh, en in missing_of(claim=claim)] if claim.state in ("draft", "returned") else []
    sections = [
        _section(
            said("收到的材料", "What was handed in"),
            heads=[said("材料", "Paper"), said("页数", "Pages")],
            lines=[[name, str(count)] for name, count in handed],
            text="" if handed else said("没有材料。", "No papers."),
        ),
        _section(
            said("还缺的材料和内容", "What is still missing"),
            text="" if missing else _nothing_missing(claim, said),
            boxes=[("", one) for one in missing],
        ),
        _section(
            said("接下来", "What comes next"),
            text=said(*next_step(claim=claim))
            + (
                said("；承诺于 {} 前办理。", "; promised by {}.").format(claim.due_on)
                if claim.due_on
                else said("。", ".")
            ),
        ),
        _section(
            said("如有异议", "If you do not agree"),
            text=said(
                "对决定不服的，可在决定作出后 {} 日内申请人工复核：在会员端该申请的页面上提出，或到本机构窗口办理；"
                "由未参与原决定的人复核。",
                "You may ask for a human review of the decision within {} days of it, on the page of the claim or at this"
                " counter; somebody who had no part in it looks again.",
            ).format(DAYS_FOR_OBJECTION),
        ),
    ]
    return _pdf(
        "claims/acknowledgement",
        title=said("理赔申请受理回执", "Acknowledgement of an application"),
        claim=claim,
        said=said,
        sections=sections,
        signs=[said("受理人（签章）：{}　　日期：{}", "Taken in by: {}　　Date: {}").format(_BLANK, on)],
        notes=[
            said(
                "凭申请编号可在会员端或窗口查询进度。",
                "By its number you can ask how it stands, online or at the counter.",
            )
        ],
        again=again,
        on=on,
    )


def mandate(*, member: Member, employer: Employer, clerk: str, lang: str, on: datetime.date) -> bytes:
    """The form by which a member lets the employer's union file a claim for them; its kind of event is written by hand."""
    said = _Said(lang)
    return _made(
        "claims/mandate",
        title=said("职工互助保障理赔委托书", "Mandate to file a claim"),
        number="",
        lead=employer.unit.name,
        rows=[
            (said("委托人（职工）", "Member"), member.name),
            (said("会员编号", "Number"), member.number),
            (said("证件号码", "ID number"), masked(member.identity_number)),
            (said("受托单位", "Employer's union"), employer.unit.name),
            (said("经办人", "Clerk"), clerk or _BLANK),
            (
                said("委托办理的事项", "What happened"),
                said("发生日期：＿＿＿＿年＿＿月＿＿日　　事由：", "Date and kind:") + said("□住院 □门诊 □其他", ""),
            ),
        ],
        sections=[
            _section(
                said("委托内容", "What is let"),
                text=said(
                    "本人委托上述单位工会代为填写并提交本次理赔申请、上传材料。本人知道：材料中含有本人的医疗健康信息，仅用于本次申请；"
                    "提交后单位不能再查看材料、诊断和金额，只能看到申请编号、状态和日期；互助金只付至本人账户；本人可随时撤销委托。",
                    "I let the union named above write and file this application and upload its papers. I know that the"
                    " papers hold health data of mine, used for this application only; that once it is filed the employer"
                    " no longer sees papers, diagnosis or amounts, but number, state and dates alone; that benefits are"
                    " paid to my own account only; and that I may end this mandate at any time.",
                ),
            )
        ],
        signs=[
            _signature(said),
            said("受托单位工会（盖章）：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿年＿＿月＿＿日", "Union's stamp and date:"),
        ],
        notes=[
            said("签字后拍照或扫描，作为“签字的委托书”上传。", "Sign it, scan it and upload it as the signed mandate.")
        ],
        on=on,
    )


def checklist_form(*, kind: str, source: str, accident: bool, lang: str, on: datetime.date) -> bytes:
    """The papers that one kind of event needs, to be handed out."""
    said = _Said(lang)
    papers = [paper for paper in checklist(kind=kind, source=source, accident=accident) if paper.word != "other"]
    return _made(
        "claims/checklist",
        title=said("理赔材料清单", "Papers for a claim"),
        number="",
        lead=said(*KINDS.get(kind, (kind, kind))),
        rows=[(said("怎样办理", "How it is filed"), said(*SOURCES[source]))],
        sections=[
            _section(said("必须交的", "Needed"), boxes=[("", _paper(one, said)) for one in papers if one.needed]),
            _section(
                said("有的请一并交", "If you have them"),
                boxes=[("", _paper(one, said)) for one in papers if not one.needed],
            ),
        ],
        signs=[],
        notes=[
            said(
                "复印件或清晰照片即可；审核需要原件时会另行告知。",
                "Copies or clear pictures will do; you are told if originals are needed.",
            )
        ],
        on=on,
    )


class _Said:
    """Texts in the language of the form."""

    def __init__(self, lang: str) -> None:
        if lang not in ("zh", "en"):
            raise ValueError(f"expected the language zh or en, found {lang!r}")
        self.lang = lang

    def __call__(self, zh: str, en: str) -> str:
        return en if self.lang == "en" else zh


Rows = Iterable[tuple[str, str]]


def _nothing_missing(claim: Claim, said: _Said) -> str:
    if claim.state in ("draft", "returned"):
        return said("没有缺少；申请尚未提交。", "Nothing; the application is not filed yet.")
    return said("没有缺少，申请已提交。", "Nothing: the application is filed.")


def _paper(paper: PaperWanted, said: _Said) -> str:
    hint = said(paper.hint_zh, paper.hint_en)
    return said(paper.zh, paper.en) + (said("（{}）", " ({})").format(hint) if hint else "")


def _signature(said: _Said) -> str:
    return said(
        "本人（或代办人）签字：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿年＿＿月＿＿日",
        "Signature and date: ＿＿＿＿＿＿＿＿＿＿＿＿",
    )


def _section(
    title: str,
    rows: Rows = (),
    *,
    text: str = "",
    heads: Sequence[str] = (),
    lines: Sequence[Sequence[str]] = (),
    boxes: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    return {
        "title": title,
        "text": text,
        "rows": [{"label": label, "text": value} for label, value in rows],
        "heads": list(heads) if lines else [],
        "lines": [list(line) for line in lines],
        "boxes": [{"mark": mark, "text": value} for mark, value in boxes],
    }


def _pdf(template: str, *, title: str, claim: Claim, said: _Said, on: datetime.date, **more: Any) -> bytes:
    """A form about a claim: who, where, how it stands."""
    rows = [
        (said("申请编号", "Application"), claim.number),
        (said("职工", "Member"), f"{claim.member.name}　{claim.member.number}"),
        (said("证件号码", "ID number"), masked(claim.member.identity_number)),
        (said("单位", "Employer"), claim.employer.unit.name),
        (said("办理方式", "Filed"), said(*SOURCES[claim.source])),
        (said("状态", "State"), said(*CLAIM.names[claim.state])),
        (said("日期", "Date"), str(claim.filed_on or day_of(claim.begun_at))),
        *(
            (label, text)
            for label, text in (
                (said("经办机构电话", "Telephone"), claim.office.phone),
                (said("窗口地址", "Counter at"), claim.office.address),
            )
            if text
        ),
    ]
    applicant = applicant_of(claim=claim)
    if applicant:
        rows.append((said("申请人", "Applicant"), f"{applicant.get('name', '')}（{applicant.get('relation', '')}）"))
    return _made(template, title=title, number=claim.number, lead=claim.office.name, rows=rows, on=on, **more)


def _made(
    template: str,
    *,
    title: str,
    number: str,
    lead: str,
    rows: Rows,
    sections: Sequence[Mapping[str, Any]],
    signs: Sequence[str],
    notes: Sequence[str],
    on: datetime.date,
    again: bool = False,
) -> bytes:
    facts = {
        "title": title,
        "number": number,
        "lead": lead,
        "again": f"补打 · re-print {on}" if again else "",
        "rows": [{"label": label, "text": text} for label, text in rows],
        "sections": list(sections),
        "signs": list(signs),
        "notes": list(notes),
    }
    return pdf(template, facts, on=on)
