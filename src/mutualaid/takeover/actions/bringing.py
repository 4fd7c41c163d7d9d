"""What happens to a take-over: uploaded, checked, submitted, signed, applied, or discarded."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert_all
from mutualaid.core.models import LongJob
from mutualaid.core.money import NotMoney, parse
from mutualaid.core.moves import make
from mutualaid.people.models import Unit
from mutualaid.takeover.access import TAKEOVER_FILE
from mutualaid.takeover.checking.rows import Row
from mutualaid.takeover.checking.run import check_file, differing
from mutualaid.takeover.columns import CONTROLS
from mutualaid.takeover.models import Takeover, TakeoverRow
from mutualaid.takeover.queries import fund_of_office
from mutualaid.takeover.reading import open_file
from mutualaid.takeover.refusals import Begun, Faulty, NoFund, Refused, SamePerson, Unexplained
from mutualaid.takeover.states import TAKEOVER

CHECK, APPLY = "check_takeover", "apply_takeover"


@transaction.atomic
def upload_takeover(
    *,
    office: Unit,
    content: bytes,
    name: str,
    cutover_on: datetime.date,
    controls: Mapping[str, str] | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Takeover:
    """A file of the other system is kept, and a long job checks it. ``controls``: totals by their words. Raises BadFile, Refused,
    NotATakeover."""
    told = _controls(controls or {})
    open_file(content, name=name)
    media_type = papers.type_of(content) or papers.ZIP
    file = papers.store(
        content=content,
        name=name,
        kind=TAKEOVER_FILE,
        media_type=media_type,
        unit_path=office.path,
        ours=media_type == papers.ZIP,  # read above, so that it holds nothing but tables
        by=by,
        at=at,
    )
    takeover = Takeover.objects.create(
        office=office, file=file, cutover_on=cutover_on, controls=told, uploaded_by_id=int(by.key), uploaded_at=at
    )
    record(what="upload_takeover", row=takeover, by=by, at=at, office=office.code, cutover_on=str(cutover_on))
    job = work.ask(kind=CHECK, wanted={"takeover": takeover.number}, by=by, at=at)
    takeover.job = job.key
    takeover.save(update_fields=["job"])
    return takeover


def _controls(controls: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for word, text in controls.items():
        if not text.strip():
            continue
        try:
            found[word] = str(parse(text))
        except NotMoney as error:
            zh, en, _ = CONTROLS[word]
            raise Refused(f"{zh}：{error.zh}", f"{en}: {error.en}") from error
    return found


@transaction.atomic
def begin_check(*, takeover: Takeover, by: Actor, at: datetime.datetime) -> Takeover:
    """Rows of a check that was broken off are taken away: it begins anew. Raises Refused."""
    locked = (
        Takeover.objects.select_for_update(no_key=True, of=("self",))
        .select_related("office", "file")
        .get(pk=takeover.pk)
    )
    if locked.state != "uploaded":
        raise Refused(
            f"应为核对中的接管，现为“{TAKEOVER.names[locked.state][0]}”；请刷新后再看",
            f"expected a take-over that is being checked, it is {TAKEOVER.names[locked.state][1]}; look again",
        )
    gone = TakeoverRow.objects.filter(takeover=locked)
    gone._raw_delete(gone.db)  # nothing points to rows: none has to be fetched first
    record(what="begin_takeover_check", row=locked, by=by, at=at)
    return locked


def check_takeover(
    *, takeover: Takeover, tell: Callable[[int], None] | None = None, by: Actor, at: datetime.datetime
) -> Takeover:
    """Read and check the file: its rows are kept with what was found; nothing else is written. Each part of it is a transaction
    of its own, in which ``tell`` is told how many rows are read. Raises NotATakeover, Refused, IllegalMove."""
    found = begin_check(takeover=takeover, by=by, at=at)
    tables = open_file(papers.read(found.file), name=found.file.name)
    read = 0

    def keep(rows: Sequence[Row]) -> None:
        nonlocal read
        read += len(rows)
        with transaction.atomic():
            insert_all([_kept(found, row) for row in rows])
            if tell is not None:
                tell(read)

    report = check_file(
        tables,
        office=found.office,
        cutover_on=found.cutover_on,
        on=day_of(at),
        controls=found.controls,
        sink=keep,
    )
    with transaction.atomic():
        return make(
            found, TAKEOVER, "check_takeover", by=by, at=at, also={"report": report}, rows=read, faults=report["faults"]
        )


def _kept(takeover: Takeover, row: Row) -> TakeoverRow:
    content = {"told": row.told, "value": row.value}
    return TakeoverRow(
        takeover=takeover,
        sheet=row.line.sheet,
        line=row.line.line,
        order=row.order[:40],
        person=row.person,
        content=json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        faults=row.faults,
        warnings=row.warnings,
        noticed=bool(row.faults or row.warnings),
        effect=row.effect,
    )


@transaction.atomic
def submit_takeover(*, takeover: Takeover, reason: str = "", by: Actor, at: datetime.datetime) -> Takeover:
    """It is without faults, and its totals are those of the other system, or it is said why not: somebody else is to sign it.
    Raises Faulty, Unexplained, NoFund, IllegalMove."""
    locked = Takeover.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=takeover.pk)
    report = locked.report
    if locked.state == "checked" and report.get("faults"):
        raise Faulty(
            f"提交签署的文件应没有错误；有 {report['faults']} 处，请下载标注的文件，改正后重新上传",
            f"expected a file without faults, found {report['faults']}; download the marked file, correct it and upload it",
        )
    if locked.state == "checked" and differing(report) and not reason.strip():
        names = "、".join(CONTROLS[word][0] for word in differing(report))
        raise Unexplained(
            f"核对数与将要接管的应一致；{names}不一致，请改正文件，或写明差异原因",
            f"expected the control totals to be met, {', '.join(differing(report))} differ; correct the file, or say why",
        )
    sheets = report.get("sheets", {})
    if ("balances" in sheets or "payables" in sheets) and fund_of_office(office=locked.office) is None:
        raise NoFund(
            "有余额或应付款，应先登记互助专户；没有找到，请由财务在“互助专户”登记",
            "there are balances or payables: expected a dedicated account, found none; let finance register it first",
        )
    also = {"submitted_by_id": int(by.key), "submitted_at": at, "reason": reason.strip()[:500], "remark": ""}
    return make(locked, TAKEOVER, "submit_takeover", by=by, at=at, also=also)


@transaction.atomic
def sign_takeover(*, takeover: Takeover, by: Actor, at: datetime.datetime) -> Takeover:
    """A second person signs what was checked: it may be applied. Raises SamePerson, IllegalMove."""
    locked = Takeover.objects.select_for_update(no_key=True, of=("self",)).get(pk=takeover.pk)
    if by.key in (str(locked.uploaded_by_id), str(locked.submitted_by_id)):
        raise SamePerson(
            "应由上传人和提交人以外的人签署；得到其中一人，请交由财务或复核人员",
            "expected somebody else than who uploaded or submitted it to sign, found one of them; leave it to finance or a "
            "senior reviewer",
        )
    if Takeover.objects.filter(office=locked.office_id, state="signed_off").exclude(pk=locked.pk).exists():
        raise _another()
    also = {"signed_by_id": int(by.key), "signed_at": at}
    sha256 = locked.file.sha256
    try:
        with transaction.atomic():
            return make(locked, TAKEOVER, "sign_off_takeover", by=by, at=at, also=also, sha256=sha256)
    except IntegrityError as error:  # another one was signed at the same moment
        raise _another() from error


def _another() -> Refused:
    return Refused(
        "本机构应没有另一份已签署、尚未执行完的接管；有一份，请先执行完或作废",
        "expected no other signed take-over of this office that is not applied yet, found one; apply or discard it first",
    )


@transaction.atomic
def return_takeover(*, takeover: Takeover, remark: str, by: Actor, at: datetime.datetime) -> Takeover:
    """Whoever was to sign it does not. Raises Refused, IllegalMove."""
    also = {"remark": _said(remark), "submitted_by_id": None, "submitted_at": None}
    return make(takeover, TAKEOVER, "return_takeover", by=by, at=at, also=also)


@transaction.atomic
def discard_takeover(*, takeover: Takeover, remark: str, by: Actor, at: datetime.datetime) -> Takeover:
    """Nothing comes of it; its rows are taken away. Raises Begun, Refused, IllegalMove."""
    locked = Takeover.objects.select_for_update(no_key=True, of=("self",)).get(pk=takeover.pk)
    if locked.begun_at is not None and locked.state == "signed_off":
        raise Begun(
            "应为尚未开始执行的接管；已开始，只能继续执行到底",
            "expected a take-over that is not being applied, it has begun; it can only go on to its end",
        )
    also = {"remark": _said(remark)}
    gone = make(locked, TAKEOVER, "discard_takeover", by=by, at=at, also=also)
    rows = TakeoverRow.objects.filter(takeover=gone)
    rows._raw_delete(rows.db)
    return gone


def _said(remark: str) -> str:
    if not remark.strip():
        raise Refused("应写明原因；没有找到，请填写", "expected a reason, found none; write one")
    return remark.strip()[:500]


@transaction.atomic
def ask_to_apply(*, takeover: Takeover, by: Actor, at: datetime.datetime) -> Takeover:
    """A long job applies what was signed, from where another one stopped. Raises Refused."""
    locked = Takeover.objects.select_for_update(no_key=True, of=("self",)).get(pk=takeover.pk)
    if locked.state != "signed_off":
        raise Refused(
            f"应为已签署的接管，现为“{TAKEOVER.names[locked.state][0]}”；请刷新后再看",
            f"expected a take-over that is signed, it is {TAKEOVER.names[locked.state][1]}; look again",
        )
    if locked.begun_at is not None and _going(locked):
        raise Begun("接管正在执行；请等它结束", "it is being applied; wait for its end")
    job = work.ask(kind=APPLY, wanted={"takeover": locked.number}, by=by, at=at)
    locked.job, locked.begun_at = job.key, locked.begun_at or at
    locked.save(update_fields=["job", "begun_at"])
    record(what="begin_takeover", row=locked, by=by, at=at)
    return locked


def _going(takeover: Takeover) -> bool:
    return (
        takeover.job is not None
        and LongJob.objects.filter(key=takeover.job, kind=APPLY, state__in=["waiting", "running"]).exists()
    )


@transaction.atomic
def finish_takeover(*, takeover: Takeover, closing: Mapping[str, Any], by: Actor, at: datetime.datetime) -> Takeover:
    """All rows are applied and the tables counted anew. Raises IllegalMove."""
    also = {"closing": dict(closing), "applied_at": at}
    told = {"differences": len(closing["differences"])}
    return make(takeover, TAKEOVER, "apply_takeover", by=by, at=at, also=also, **told)
