"""Histories as files that other programs read: cases in the contract's form, the plans that they name, and what was decided.

Whoever holds them can decide them again with ``mutualaid adjudicate``. They hold health data: they are for auditors, and leave
the house encrypted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from mutualaid.claims.models import Assessment, AssessmentLine, Claim
from mutualaid.claims.replay import AT_ONCE, histories
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import parts_of

CASES, DECISIONS, PLANS = "cases.jsonl", "decisions.jsonl", "plans"


def export(*, folder: Path, members: list[int] | None = None) -> int:
    """Write ``cases.jsonl``, ``decisions.jsonl`` and the folder ``plans`` for some members by their keys, or for all who claimed;
    how many cases. The folder must be empty or not be there. Raises FileExistsError."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder}: 导出目录应为空，请另选 · expected an empty folder; choose another")
    (folder / PLANS).mkdir(parents=True, exist_ok=True, mode=0o700)
    with within([EVERYTHING]):
        _plans(folder / PLANS)
        count = 0
        with (folder / CASES).open("w") as cases, (folder / DECISIONS).open("w") as decisions:
            for batch in _batches(members):
                for case, decision in _told(batch):
                    cases.write(json.dumps(case, ensure_ascii=False) + "\n")
                    decisions.write(json.dumps(decision, ensure_ascii=False) + "\n")
                    count += 1
    return count


def _plans(folder: Path) -> None:
    """Each version by which anybody is covered, and the parts of combinations."""
    wanted = Cover.objects.filter(state="begun").order_by().values("version").distinct()
    written: set[str] = set()
    for version in PlanVersion.objects.filter(pk__in=wanted).select_related("office"):
        for one in (version, *parts_of(version=version)):
            if one.plan not in written:
                (folder / f"{one.plan}.yaml").write_text(one.text, encoding="utf-8")
                written.add(one.plan)


def _batches(members: list[int] | None) -> Iterator[list[int]]:
    claimed = Claim.objects.filter(counts=True).order_by("member").values_list("member_id", flat=True).distinct()
    keys = sorted(members) if members is not None else list(claimed)
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _told(members: list[int]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    latest = {
        row.claim_id: row for row in Assessment.objects.filter(claim__member__in=members).order_by("claim", "round")
    }
    lines: dict[int, list[AssessmentLine]] = {}
    for line in AssessmentLine.objects.filter(assessment__in=[one.pk for one in latest.values()]).order_by("place"):
        lines.setdefault(line.assessment_id, []).append(line)
    for standing, events in histories(members=members):
        decided = [
            {
                "event": event.number,
                "plan": line.plan,
                "benefit": line.benefit,
                "outcome": line.outcome,
                "amount": f"{line.amount:.2f}",
                "reasons": line.reasons,
                "working": json.loads(line.working),
                **({"missing": line.missing} if line.missing else {}),
                **({"provisional": True} if line.provisional else {}),
            }
            for event in events
            if event.claim in latest
            for line in lines.get(latest[event.claim].pk, ())
        ]
        total = sum((Decimal(str(line["amount"])) for line in decided), Decimal(0))
        yield standing.case(events), {"case": standing.number, "total": f"{total:.2f}", "lines": decided}
