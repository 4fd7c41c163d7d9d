"""Results that finance enters by hand: brought by one person with the bank's paper, compared with it and confirmed by another."""

from __future__ import annotations

import datetime
import hashlib

from django.db import transaction

from mutualaid.contributions.models import Fund
from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.models import StoredFile
from mutualaid.core.moves import IllegalMove, make
from mutualaid.notices.actions import notify_office
from mutualaid.payouts.actions.results import RESULT_FILE, apply, tell_of_difference
from mutualaid.payouts.bank.by_hand import FAULTS_SHOWN, WorkbookRefused, read_workbook
from mutualaid.payouts.bank.news import News, NewsRefused
from mutualaid.payouts.comparing import batch_of, steps_of_news
from mutualaid.payouts.models import BankResult, Batch, PaymentOrder
from mutualaid.payouts.persons import SamePerson, person_of
from mutualaid.payouts.refusals import Refused, said
from mutualaid.payouts.states import BANK_RESULT
from mutualaid.people.models import RoleName

EVIDENCE_FILE = "bank_paper"
"""The kind of a stored file by which a result that was entered by hand is compared."""
_PAPERS = (papers.PDF, papers.JPEG, papers.PNG)
_DIFFERENCES = ("contradiction", "bank_said")


class NoEvidence(Refused):
    """A result by hand comes with the bank's paper: a PDF, or photos of it."""


@transaction.atomic
def bring_workbook(
    *,
    batch: Batch,
    content: bytes,
    name: str,
    evidence: bytes,
    evidence_name: str,
    by: Actor,
    at: datetime.datetime,
) -> BankResult:
    """Finance brings the filled-in workbook of a batch with the bank's paper (PDF, JPEG or PNG). It waits for another person, and
    nothing is booked before; one that contradicts what is known is a difference (``refused``). The same bytes are brought once.

    Raises NotAPerson, NoEvidence, BadFile, WorkbookRefused (with its lines; days to come or before the release among them),
    NewsRefused.
    """
    brought_by = person_of(by)
    fund = Fund.objects.select_for_update(no_key=True, of=("self",)).select_related("unit").get(pk=batch.fund_id)
    digest = hashlib.sha256(content).hexdigest()
    there = BankResult.objects.filter(fund=fund, sha256=digest).exclude(state="withdrawn").first()
    if there is not None:
        return there
    paper = _paper(fund, evidence, evidence_name, by, at)
    file = _stored(fund, content, name, RESULT_FILE, papers.XLSX, by, at)
    news = read_workbook(data=content, batch=batch.number)
    found = batch_of(fund=fund, news=news)
    assert found is not None  # only what came back is about no batch, and no workbook says so
    fault = _fault(fund, found, news, at)
    result = BankResult.objects.create(
        fund=fund,
        batch=found,
        kind=news.kind,
        file=file,
        evidence=paper,
        name=file.name,
        sha256=file.sha256,
        at=at,
        rows=len(news.outcomes),
        brought_by=brought_by,
    )
    record(what="result_brought", row=result, by=by, at=at, rows=result.rows)
    if fault is not None:
        return _differs(result, fault, by, at)
    notify_office(
        unit=fund.unit,
        roles=[RoleName.FINANCE],
        besides=[by.key],
        template="result_to_confirm",
        words={"number": found.number, "count": result.rows},
        link=f"/workbench/payouts/results/{result.key}",
        by=by,
        at=at,
    )
    return result


@transaction.atomic
def confirm_result(*, result: BankResult, by: Actor, at: datetime.datetime) -> BankResult:
    """Another person has compared it with the bank's paper: all lines are booked, or, where the bank told otherwise meanwhile,
    none, and it is a difference (``refused``). Raises NotAPerson, SamePerson, IllegalMove."""
    confirmed_by = person_of(by)
    fund = Fund.objects.select_for_update(no_key=True, of=("self",)).select_related("unit").get(pk=result.fund_id)
    found = BankResult.objects.select_for_update(no_key=True, of=("self",)).select_related("file").get(pk=result.pk)
    if found.state != "open":
        raise IllegalMove(found, BANK_RESULT, "result_taken", found.state)
    if found.brought_by_id == confirmed_by.pk:
        raise SamePerson(
            "人工登记的结果应由登记人以外的财务人员复核，您是登记人；请交由另一位财务人员对照银行单据复核",
            "expected somebody other than who entered the result, you entered it; have another person of finance compare it "
            "with the bank's paper",
        )
    assert found.file is not None
    assert found.batch is not None
    news = read_workbook(data=papers.read(found.file), batch=found.batch.number)
    try:
        moved = apply(fund=fund, batch=batch_of(fund=fund, news=news), news=news, by=by, at=at)
    except NewsRefused as refusal:
        return _differs(found, refusal, by, at)
    also = {"confirmed_by": confirmed_by, "confirmed_at": at, "changed": len(moved)}
    told = {"rows": found.rows, "changed": len(moved)}
    found = make(found, BANK_RESULT, "result_taken", by=by, at=at, also=also, **told)
    PaymentOrder.objects.filter(number__in=moved).exclude(state="sent").update(told_by=found)
    return found


@transaction.atomic
def withdraw_result(*, result: BankResult, remark: str, by: Actor, at: datetime.datetime) -> BankResult:
    """It does not agree with the bank's paper, or was brought by mistake: nothing of it is booked. Whoever brought it may do so,
    and whoever was to confirm it. Raises NotAPerson, NoReason, IllegalMove."""
    person_of(by)
    remark = said(remark)
    return make(result, BANK_RESULT, "withdraw_result", by=by, at=at, also={"remark": remark})


def _fault(fund: Fund, batch: Batch, news: News, at: datetime.datetime) -> NewsRefused | None:
    """What it contradicts, if anything. Raises WorkbookRefused, and NewsRefused for what whoever brings it can mend."""
    try:
        orders, _ = steps_of_news(fund=fund, batch=batch, news=news)
    except NewsRefused as refusal:
        if refusal.fault not in _DIFFERENCES:
            raise
        return refusal
    assert batch.released_at is not None  # ``batch_of`` gives none that was not
    today, faults = day_of(at), []
    for outcome in news.outcomes:
        first = day_of(batch.released_at)
        if outcome.told == "returned":
            first = orders[outcome.number].paid_on or first
        if outcome.on is not None and not first <= outcome.on <= today:
            faults.append((outcome.number, first, outcome.on))
    if faults:
        raise _refused_days(faults, today)
    return None


def _refused_days(faults: list[tuple[str, datetime.date, datetime.date]], today: datetime.date) -> WorkbookRefused:
    zh = "；".join(
        f"支付单 {number} 的日期应在 {first}（放行或付款日）至 {today}（今天）之间，得到 {on}"
        for number, first, on in faults[:FAULTS_SHOWN]
    )
    en = "; ".join(
        f"order {number}: expected a day from {first} (of its release or payment) to {today} (today), found {on}"
        for number, first, on in faults[:FAULTS_SHOWN]
    )
    more = len(faults) - FAULTS_SHOWN
    return WorkbookRefused(
        f"{zh}{f'；另有 {more} 处' if more > 0 else ''}。请照银行单据改正后再导入",
        f"{en}{f'; {more} more' if more > 0 else ''}; correct them by the bank's paper and bring the file again",
    )


def _differs(result: BankResult, fault: NewsRefused, by: Actor, at: datetime.datetime) -> BankResult:
    also = {"fault": fault.fault, "fault_number": fault.number}
    result = make(result, BANK_RESULT, "refuse_result", by=by, at=at, also=also, fault=fault.fault)
    tell_of_difference(result=result, by=by, at=at)
    return result


def _paper(fund: Fund, content: bytes, name: str, by: Actor, at: datetime.datetime) -> StoredFile:
    media_type = papers.type_of(content) if content else ""
    if media_type not in _PAPERS:
        raise NoEvidence(
            "应附银行回单或对账单（PDF、JPEG 或 PNG），没有附或不是这几种文件；请附上后再导入",
            "expected the bank's receipt or statement (PDF, JPEG or PNG), found none or another kind of file; add it and "
            "bring the result again",
        )
    return _stored(fund, content, name, EVIDENCE_FILE, media_type, by, at)


def _stored(
    fund: Fund, content: bytes, name: str, kind: str, media_type: str, by: Actor, at: datetime.datetime
) -> StoredFile:
    return papers.store(
        content=content, name=name, kind=kind, media_type=media_type, unit_path=fund.unit.path, by=by, at=at
    )
