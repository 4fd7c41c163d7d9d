"""互助金决定通知书: what is decided on a claim, by which clauses and with which working, and how to object; as a PDF.

The letter is Chinese, made once, kept, and entered in the log of what happened; handed out, it carries its proof. A reading in
English is made when it is asked for and says that the Chinese one is the decision.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mutualaid.claims.actions.reviewing import REASONS
from mutualaid.claims.letter_texts import TEXTS
from mutualaid.claims.models import Assessment, Claim, Letter, Particulars, ReviewTask, Settlement, TaskKind
from mutualaid.claims.promises import DAYS_FOR_OBJECTION
from mutualaid.claims.queries import Stands, facts_of, may_object_until, set_off_of, stands
from mutualaid.claims.words import FactInWords, LineInWords, facts_in_words, kind_in_words, lines_in_words
from mutualaid.core import papers
from mutualaid.core.dates import day_of
from mutualaid.core.documents import pdf
from mutualaid.core.money import in_capitals, shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.contacts import masked_card
from mutualaid.people.identity import masked
from mutualaid.people.models import Unit
from mutualaid.plans.prose.working import DETAIL
from mutualaid.proofs.paper import with_proof
from mutualaid.proofs.queries import issue_of, proof_of

KIND = "decision_letter"
"""As what it is issued (``proofs``)."""


class NoComputation(LookupError):
    """A letter on a round that the claim does not have: a slip in the program."""


@dataclass(frozen=True)
class Decided:
    """What a letter is about: the claim, the computation, whether a person set the claim aside, on which day, what an earlier
    decision came to (None where there was none), what had been paid and ordered when a review decided anew, and whether the
    member had asked for that review."""

    claim: Claim
    particulars: Particulars
    found: Stands
    set_aside: bool
    at: datetime.datetime
    by_persons: int
    before: Decimal | None
    settled: Settlement | None = None
    asked_for: bool = False

    @property
    def total(self) -> Decimal:
        """Yuan due in all by this decision."""
        return Decimal(0) if self.set_aside else self.found.total


def decided_of(*, claim: Claim, number: int) -> Decided:
    """The decision on a round of a claim, as it was made. Raises NoComputation."""
    found = stands(claim=claim, number=number)
    if found is None or claim.decided_at is None:
        raise NoComputation(f"{claim.number}: expected a decision on round {number}, found none")
    settled = Settlement.objects.filter(claim=claim, round=number, of_decision=True).first()
    tasks = ReviewTask.objects.filter(claim=claim, changed=True, closed_at__gte=found.at)
    # A review that changed the decision made this computation, perhaps one of another claim of the member, with which it was put
    # in order; one after it opened the claim again.
    reviewed = found.at > claim.decided_at and (settled is not None or tasks.exists())
    before = None
    if reviewed and number > 1:
        before = Assessment.objects.filter(claim=claim, round=number - 1).values_list("total_amount", flat=True).first()
    persons = 1 if reviewed else sum(1 for key in (claim.first_by, claim.final_by) if key)
    particulars = Particulars.objects.get(claim=claim)
    aside = claim.state == "refused" and not claim.counts
    asked_for = reviewed and tasks.filter(kind=TaskKind.OBJECTION).exists()
    at = max(claim.decided_at, found.at)
    return Decided(claim, particulars, found, aside, at, persons, before, settled, asked_for)


def letter_pdf(*, claim: Claim, number: int, lang: str) -> bytes:
    """The letter on a round, the same bytes each time. ``lang``: ``zh``, or ``en`` for the reading. Raises NoComputation,
    KeyError for another language."""
    decided = decided_of(claim=claim, number=number)
    return pdf("claims/letter", letter_facts(decided=decided, lang=lang), on=day_of(decided.at))


def content_of(*, letter: Letter) -> bytes:
    """The letter as it is handed out: with its proof under the latest head of the log, or without while the log has no position
    for it yet (``is_proven``). Who may have it, ``access.letter_for`` says."""
    with within([EVERYTHING]):  # a proof consists of hashes of rows of all branches
        body = papers.read(letter.file)
        entry = issue_of(row=letter, sha256=letter.file.sha256)
        proof = proof_of(entry=entry) if entry is not None else None
    return body if proof is None else with_proof(body=body, proof=proof)


def is_proven(*, letter: Letter) -> bool:
    """Whether the log has a position for the letter's issue, under a signed head."""
    with within([EVERYTHING]):
        entry = issue_of(row=letter, sha256=letter.file.sha256)
        return entry is not None and proof_of(entry=entry) is not None


def english_of(*, letter: Letter) -> bytes:
    """The reading in English, without a proof of its own."""
    with within([EVERYTHING]):
        claim = Claim.objects.select_related("member", "employer__unit", "office").get(pk=letter.claim_id)
        return letter_pdf(claim=claim, number=letter.round, lang="en")


# --- what the template shows ------------------------------------------------------------------------------------------


def letter_facts(*, decided: Decided, lang: str) -> dict[str, Any]:
    """Texts and tables of the letter. Raises KeyError for a language that it is not written in."""
    texts, claim = TEXTS[lang], decided.claim
    facts = facts_of(claim=claim)
    outcome = texts["approved" if decided.total else "refused"]
    number = f"{claim.number}-{decided.found.round}"
    sections = [
        *_reasons(decided, texts, lang),
        *([] if decided.set_aside else [_bill(facts, texts, lang), *_working(decided, texts, lang)]),
        _objecting(decided, texts),
        _how(decided, texts),
    ]
    return {
        "title": texts["title"],
        "number": number,
        "original": texts["original"].format(number=number),
        "greeting": texts["greeting"].format(name=claim.member.name),
        "rows": [{"label": texts[name], "text": text} for name, text in _rows(decided, facts, lang)],
        "decision": outcome,
        "decided": _decision(decided, texts),
        "sections": [section for section in sections if section["parts"]],
        "office": claim.office.name,
        "contact": _contact(claim.office, texts),
        "day": _day(day_of(decided.at), lang),
        "notes": [f"{texts['no_policy']}{texts['proof']}", texts["digest"].format(sha256=decided.found.sha256)],
    }


def _rows(decided: Decided, facts: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    claim, told = decided.claim, decided.particulars
    days = str(told.started_on) if told.ended_on is None else f"{told.started_on} – {told.ended_on}"
    event = "，" if lang == "zh" else ", "
    rows = [
        ("claim", claim.number),
        ("member", f"{claim.member.name}　{masked(claim.member.identity_number)}"),
        ("employer", claim.employer.unit.name),
        ("event", event.join(part for part in (kind_in_words(kind=told.kind, lang=lang), days, told.hospital) if part)),
        ("filed", str(facts.get("filed_on") or claim.filed_on)),
    ]
    if decided.total and told.account_number:
        rows.append(("payee", f"{told.payee_name}　{told.bank_name}　{masked_card(told.account_number)[-8:]}"))
    return rows


def _decision(decided: Decided, texts: Mapping[str, str]) -> list[str]:
    said = texts["total"].format(amount=shown(decided.total), capitals=in_capitals(decided.total))
    return [said if decided.total else texts["nothing"], *_against_before(decided, texts)]


def _against_before(decided: Decided, texts: Mapping[str, str]) -> list[str]:
    """What a review changed, against what was really paid and ordered: the rest is paid; what is too much is to be returned."""
    told = [] if decided.before is None else [texts["before"].format(before=shown(decided.before))]
    money = decided.settled
    if money is None:
        return told
    had = [("paid", money.paid_amount), ("repaid", money.repaid_amount), ("open", money.open_amount)]
    before = [texts[name].format(amount=shown(amount)) for name, amount in had if amount]
    for number, amount in set_off_of(claim=decided.claim, upto=money.at):
        before.append(texts["counted" if amount > 0 else "given"].format(amount=shown(abs(amount)), number=number))
    due = [("more" if before else "first", money.ordered_amount), ("back", money.overpaid_amount)]
    rest = [
        texts[name].format(amount=shown(amount), office=decided.claim.office.name) for name, amount in due if amount
    ]
    return ["".join((*told, *(before or [texts["unpaid"]]), *(rest or [texts["settled"]])))]


def _section(title: str, parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {"title": title, "parts": [dict(part) for part in parts]}


def _part(lines: Iterable[str] = (), *, title: str = "", head: Sequence[str] = (), rows: Any = ()) -> dict[str, Any]:
    return {"title": title, "lines": list(lines), "head": list(head), "rows": [list(row) for row in rows]}


def _reasons(decided: Decided, texts: Mapping[str, str], lang: str) -> list[dict[str, Any]]:
    """Of a claim that a person set aside: why, in words."""
    if not decided.set_aside:
        return []
    word = decided.particulars.reason_word
    zh, en = REASONS.get(word, (word, word))
    lines = [texts["reason"].format(reason=zh if lang == "zh" else en), decided.particulars.reason or ""]
    return [_section(texts["reasons"], [_part(line for line in lines if line)])]


def _bill(facts: Mapping[str, Any], texts: Mapping[str, str], lang: str) -> dict[str, Any]:
    """The amounts from which it is computed."""
    amounts: list[FactInWords] = [one for one in facts_in_words(facts=facts, lang=lang) if one.group == "amounts"]
    rows = [(one.label, one.value) for one in amounts]
    head = (texts["amount_of"], texts["yuan"])
    return _section(texts["bill"], [_part(head=head, rows=rows)] if rows else [])


def _working(decided: Decided, texts: Mapping[str, str], lang: str) -> list[dict[str, Any]]:
    """Each benefit that the event touches: what is paid or why not, and every step with its clause."""
    lines = [line for line in decided.found.lines if line.outcome != "none"]
    parts = [_line(line, texts) for line in lines_in_words(lines=lines, lang=lang)]
    return [_section(texts["working"], parts)]


def _line(line: LineInWords, texts: Mapping[str, str]) -> dict[str, Any]:
    paid = texts["pays"].format(amount=shown(line.amount)) if line.amount else line.outcome_name
    told = [texts["because"].format(reasons=texts["joined"].join(line.reasons))] if line.reasons else []
    rows = [
        (
            (" " * 4 + row.cells[0].strip()) if row.cells[0].startswith(DETAIL) else row.cells[0],
            *row.cells[1:3],
            row.cite,
        )
        for row in line.working
    ]
    head = (texts["step"], texts["change"], texts["after"], texts["clause"])
    return _part(told, title=f"{line.plan_name} · {line.name}: {paid}", head=head, rows=rows)


def _objecting(decided: Decided, texts: Mapping[str, str]) -> dict[str, Any]:
    until = may_object_until(claim=decided.claim, upto=decided.at)
    told = texts["object"].format(days=DAYS_FOR_OBJECTION, until=until, office=decided.claim.office.name)
    return _section(texts["objecting"], [_part([told])])


def _how(decided: Decided, texts: Mapping[str, str]) -> dict[str, Any]:
    name = ("automatic", "by_one", "by_two")[decided.by_persons]
    if decided.before is not None:
        name = "anew" if decided.asked_for else "in_order"
    return _section(texts["how"], [_part([texts[name].format(office=decided.claim.office.name)])])


def _contact(office: Unit, texts: Mapping[str, str]) -> str:
    """Whom to call and where to come, as far as the office said; empty for nothing."""
    known = (("phone", office.phone), ("address", office.address))
    told = [texts[name].format(**{name: value}) for name, value in known if value]
    return texts["ask"].format(how=texts["joined"].join(told)) if told else ""


def _day(day: datetime.date, lang: str) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else day.isoformat()
