"""A small union made up for tests: some hundred members of Guangxi's plan no. 1 with a year of stays, always the same."""

from __future__ import annotations

import datetime
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benefit_engine.columns.layout import cases_schema, rows_of
from benefit_engine.money import yuan

ROOT = Path(__file__).parents[2]
PLAN = "guangxi-huzhubao-1-2025"
PLAN_FILE = ROOT / "plans" / f"{PLAN}.yaml"
YEAR = datetime.date(2025, 1, 1)


def cheaper_deductible(folder: Path, **more: str) -> Path:
    """The plan with a deductible of 800 instead of 1,000; ``more``: further texts to replace, old = new."""
    text = PLAN_FILE.read_text(encoding="utf-8")
    for old, new in {"amount: 1000\n": "amount: 800\n", **more}.items():
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "changed.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def cases(members: int = 400, seed: int = 7) -> list[dict[str, Any]]:
    """Cases as the contract writes them; about one member in five has stays, a few more die or are disabled."""
    chance = random.Random(seed)
    return [_case(chance, number) for number in range(members)]


def write_year(folder: Path, members: int = 400, seed: int = 7) -> Path:
    """The cases as ``cases.parquet``."""
    rows = [row for case in cases(members, seed) for row in rows_of(case)]
    file = folder / "cases.parquet"
    pq.write_table(pa.Table.from_pylist(rows, cases_schema()), file)
    return file


def write_lines(folder: Path, members: int = 400, seed: int = 7) -> Path:
    """The cases as ``cases.jsonl``."""
    file = folder / "cases.jsonl"
    text = "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases(members, seed))
    file.write_text(text, encoding="utf-8")
    return file


def _case(chance: random.Random, number: int) -> dict[str, Any]:
    birth = datetime.date(2025 - chance.randint(20, 59), chance.randint(1, 12), chance.randint(1, 28))
    events: list[dict[str, Any]] = []
    if chance.random() < 0.2:
        for _ in range(chance.choice([1, 1, 1, 2, 2, 3])):
            events.append(_stay(chance, len(events)))
    if chance.random() < 0.01:
        events.append(_disability(chance, len(events)))
    if chance.random() < 0.01:
        events.append({"event": f"e{len(events) + 1}", "kind": "death", "started_on": "2025-11-20", "amounts": {}})
    return {
        "case": f"m-{number:05d}",
        "member": {
            "birth_date": birth.isoformat(),
            "sex": chance.choice("FFM"),
            "employment": "in_service",
            "basic_insurance": "employee",
        },
        "covers": [{"plan": PLAN, "units": 1, "from": "2025-01-01", "until": "2026-01-01", "joined_on": "2024-01-01"}],
        "events": events,
    }


def _stay(chance: random.Random, index: int) -> dict[str, Any]:
    start = YEAR + datetime.timedelta(days=chance.randrange(350))
    end = start + datetime.timedelta(days=chance.choice([2, 3, 4, 5, 6, 7, 9, 12, 20]))
    level = chance.choice([1, 2, 2, 3, 3, 3])
    self_paid = int(chance.lognormvariate(8.0 + level / 4, 0.95) * 100)
    out = int(self_paid * chance.random() * 0.4)
    fund = int(self_paid * (1 + 2 * chance.random()))
    amounts = {"total": self_paid + out + fund, "fund_paid": fund, "self_paid": self_paid, "out_of_scope": out}
    amounts |= {"supplement_paid": 0, "medical_aid_paid": 0}
    return {
        "event": f"e{index + 1}",
        "kind": "inpatient",
        "started_on": start.isoformat(),
        "ended_on": end.isoformat(),
        "settled_on": end.isoformat(),
        "hospital_level": level,
        "diagnoses": [chance.choice(["J18.9", "C50.9", "I21.9", "K35.8"])],
        "operations": [],
        "accident": False,
        "amounts": {name: yuan(fen) for name, fen in amounts.items()},
    }


def _disability(chance: random.Random, index: int) -> dict[str, Any]:
    day = (YEAR + datetime.timedelta(days=chance.randrange(300))).isoformat()
    return {
        "event": f"e{index + 1}",
        "kind": "disability",
        "started_on": day,
        "accident": True,
        "accident_on": day,
        "disability_grade": chance.randint(5, 10),
        "amounts": {},
    }
