"""Measures invented unions against Beihai's published year: payments and yuan by seed, decided by the explained engine.

`python -m tools.calibrate_synthesis` draws and decides 20 unions and prints a table; it takes some minutes. The figures in
docs/synthesis.md come from it.
"""

import argparse
import statistics
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from benefit_engine.decide import Engine
from benefit_engine.decision import Decision
from benefit_engine.fact_reader import CaseError
from mutualaid.datacentre.synthesis import calibration as c
from mutualaid.datacentre.synthesis.union import draw_blocks, plan_union
from mutualaid.datacentre.synthesis.writing import contract_cases
from mutualaid.plans.library import load_library

PLAN = Path("plans/guangxi-huzhubao-1-2025.yaml")
YEAR = 2025
SEEDS = 20


@dataclass(frozen=True)
class Measured:
    """One union's year."""

    seed: int
    payments: int
    """Stays with a total paid above zero."""
    others: int
    """Other events with a total paid above zero: deaths and disabilities."""
    fen: int
    """All that was paid, stays and others."""
    largest: int
    """Largest sum paid for one stay, fen."""


def measure(seed: int, plan: Path = PLAN, members: int = c.PUBLISHED_MEMBERS) -> Measured:
    """Draw the union of ``seed`` and decide every case that has an event; bad cases are left out, as a reader would."""
    loaded = load_library([plan])
    documents = {name: draft.document for name, draft in loaded.documents.items()}
    stays: list[int] = []
    others: list[int] = []
    for block in draw_blocks(plan_union(documents, members=members, year=YEAR, seed=seed)):
        for kind, paid in _paid_events(loaded.engine, block.cases):
            (stays if kind == "inpatient" else others).append(paid)
    return Measured(seed, len(stays), len(others), sum(stays) + sum(others), max(stays, default=0))


def _paid_events(engine: Engine, cases: pa.Table) -> Iterator[tuple[str, int]]:
    """Kind of event and fen paid, for each event that was paid."""
    seen: set[str] = set()
    with_events = pc.unique(cases.filter(pc.field("event").is_valid())["case"])
    for data in contract_cases(cases.filter(pc.is_in(cases["case"], with_events))):
        try:
            case = engine.parse(data)
        except CaseError:
            continue
        if case.id in seen:
            continue
        seen.add(case.id)
        paid = _by_event(engine.decide(case))
        yield from ((event.kind, paid[event.id]) for event in case.events if paid.get(event.id, 0) > 0)


def _by_event(decision: Decision) -> dict[str, int]:
    paid: dict[str, int] = {}
    for line in decision.lines:
        paid[line.event] = paid.get(line.event, 0) + line.amount
    return paid


def main() -> int:
    """Print one row per seed, then means and spreads beside the published figures. Exit status 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many seeds")
    parser.add_argument("--first", type=int, default=c.DEFAULT_SEED, help="the first of them")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    print(
        "| 种子 seed | 住院给付 stays paid | 其他给付 others paid | 元 yuan | 最大一次 largest |\n|---|---:|---:|---:|---:|"
    )
    found = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for row in pool.map(measure, seeds):
            found.append(row)
            print(
                f"| {row.seed} | {row.payments:,} | {row.others} | {row.fen // 100:,} | {row.largest // 100:,} |",
                flush=True,
            )
    columns = list(zip(*map(astuple, found), strict=True))
    for name, of in (("平均 mean", statistics.mean), ("标准差 s.d.", statistics.pstdev)):
        payments, others, fen, largest = (of(column) for column in columns[1:])
        print(f"| {name} | {payments:,.1f} | {others:.1f} | {fen / 100:,.0f} | {largest / 100:,.0f} |")
    print(f"| 公布 published | {c.PUBLISHED_PAYMENTS:,} | | {c.PUBLISHED_YUAN:,} | ≈100,000 |")
    ratios = statistics.mean(columns[1]) / c.PUBLISHED_PAYMENTS, statistics.mean(columns[3]) / 100 / c.PUBLISHED_YUAN
    print(f"\n平均 ÷ 公布 · mean ÷ published: {ratios[0]:.4f}, {ratios[1]:.4f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
