"""The explained engine: decisions per second on one core, each with its working, beside a rules engine and a bare function.

    python -m bench.bench_explained [--profile] [--cases N] [--repeats N] [--ours-only]

One case is one person with one stay under guangxi-huzhubao-1-2025: two lines, reimbursement and allowance. All cases differ
in amounts, dates and length of stay, so that nothing can be remembered from one to the next. Ours is measured thrice:

- (a) engine: facts already parsed -> decision with its working
- (b) contract to contract: dict -> facts -> decision -> dict
- (c) line to line: JSON text -> JSON text, as ``mutualaid adjudicate`` does it in one process

Rivals in the same run: zen-engine (see rival_zen.py), and the same formula written by hand with ``Decimal``, which explains
nothing: the difference is what an explanation costs. Their amounts are compared with ours, case by case; any difference
makes the exit status 1.
"""

from __future__ import annotations

import argparse
import copy
import cProfile
import datetime
import io
import json
import pstats
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bench.common import ROOT, Timing, machine, measure, peak_memory, pin_to_one_core, rivals_python, table

from benefit_engine.decide import Engine
from benefit_engine.facts import parse_case
from mutualaid.plans.case_reader import RawLine
from mutualaid.plans.caseload import decide_line
from mutualaid.plans.library import load_library

PLAN = ROOT / "plans" / "guangxi-huzhubao-1-2025.yaml"
EXAMPLE = ROOT / "docs" / "examples" / "gx-1.jsonl"
TARGET = 5_000
"""Explained decisions per second on one core that the project promises."""
DECADES = ((100_000, 60), (1_000_000, 32), (10_000_000, 7), (100_000_000, 1))
"""Lower end of a decade of self-paid costs in fen, and how many of a hundred cases fall into it: all brackets and the cap."""

Dict = dict[str, Any]


def varied_cases(count: int) -> list[Dict]:
    """The contract's example with other amounts and dates, the same ones in every run."""
    example = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    dice = random.Random(20251122)
    return [_varied(copy.deepcopy(example), number, dice) for number in range(count)]


def _varied(case: Dict, number: int, dice: random.Random) -> Dict:
    least = dice.choices([low for low, _ in DECADES], [weight for _, weight in DECADES])[0]
    self_paid = dice.randrange(least + 1, least * 10 if least < 100_000_000 else least * 2)
    out_of_scope = dice.randrange(0, self_paid)
    started = datetime.date(2025, 1, 1) + datetime.timedelta(days=dice.randrange(360))
    ended = started + datetime.timedelta(days=dice.randrange(0, 40))
    case["case"] = f"gx-{number + 1}"
    event = case["events"][0]
    event["started_on"], event["ended_on"], event["settled_on"] = f"{started}", f"{ended}", f"{ended}"
    event["filed_on"] = f"{ended + datetime.timedelta(days=dice.randrange(60))}"
    amounts = {"total": self_paid + out_of_scope + dice.randrange(self_paid * 3), "self_paid": self_paid}
    event["amounts"] = {name: _yuan(fen) for name, fen in (amounts | {"out_of_scope": out_of_scope}).items()}
    return case


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def by_hand(self_paid: str) -> Decimal:
    """The reimbursement alone, as a programmer would write it for this one plan: no facts, no gates, no working."""
    left = max(Decimal(0), Decimal(self_paid) - 1000)
    paid = min(left, Decimal(10_000)) * Decimal("0.3")
    paid += max(Decimal(0), min(left, Decimal(30_000)) - 10_000) * Decimal("0.4")
    paid += max(Decimal(0), min(left, Decimal(50_000)) - 30_000) * Decimal("0.6")
    paid += max(Decimal(0), left - 50_000) * Decimal("0.95")
    return min(paid.quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal(1_000_000))


def each(work: Callable[[Any], object], items: Iterable[Any]) -> Callable[[], None]:
    """One pass of ``work`` over all items, as a function without arguments."""

    def run() -> None:
        for item in items:
            work(item)

    return run


def contract(engine: Engine, case: Dict) -> Dict:
    """Figure (b)."""
    return engine.decide(parse_case(case, engine.knows)).as_dict()


def our_figures(engine: Engine, cases: list[Dict], repeats: int) -> dict[str, Timing]:
    """The three figures and the floor, by name."""
    count = len(cases)
    facts = [parse_case(case, engine.knows) for case in cases]
    lines = [RawLine(n, json.dumps(case, ensure_ascii=False).encode()) for n, case in enumerate(cases, start=1)]
    own_parts = [case["events"][0]["amounts"]["self_paid"] for case in cases]
    return {
        "engine": measure(each(engine.decide, facts), count, repeats),
        "contract": measure(each(lambda case: contract(engine, case), cases), count, repeats),
        "line": measure(each(lambda line: decide_line(engine, line, "zh"), lines), count, repeats),
        "by_hand": measure(each(by_hand, own_parts), count, repeats),
    }


def our_amounts(engine: Engine, cases: list[Dict]) -> list[dict[str, Decimal]]:
    """Amount by benefit, per case."""
    decisions = [contract(engine, case) for case in cases]
    return [{line["benefit"]: Decimal(line["amount"]) for line in decision["lines"]} for decision in decisions]


def ask_rival(cases: list[Dict], repeats: int) -> Dict | None:
    """What rival_zen.py answers; None, with a message, when it cannot be run."""
    python = rivals_python()
    if python is None:
        return None
    job = json.dumps({"cases": cases, "repeats": repeats})
    program = str(ROOT / "bench" / "rival_zen.py")
    done = subprocess.run([str(python), program], input=job, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"对照程序出错 · the rival failed:\n{done.stderr[-2000:]}", file=sys.stderr)
        return None
    answer: Dict = json.loads(done.stdout)
    return answer


def differing(ours: list[dict[str, Decimal]], theirs: list[dict[str, str]]) -> int:
    """In how many cases a rival's amounts are not ours, of those that it computes."""
    return sum(
        any(mine[name] != Decimal(amount) for name, amount in their.items())
        for mine, their in zip(ours, theirs, strict=True)
    )


def profile(engine: Engine, cases: list[Dict], rows: int) -> str:
    """Where (b) spends its time: functions by their own time, without what they call."""
    watch = cProfile.Profile()
    watch.runcall(each(lambda case: contract(engine, case), cases))
    text = io.StringIO()
    pstats.Stats(watch, stream=text).sort_stats("tottime").print_stats(rows)
    listed = text.getvalue().partition("ncalls")
    return (listed[1] + listed[2]).replace(f"{ROOT}/", "").rstrip()


def report(ours: dict[str, Timing], rival: Dict | None, count: int) -> str:
    """The table: one row per way, per second, microseconds each, and its ratio to our figure (b)."""
    rows = [
        ("**(a)** 引擎 · engine: facts → decision with working", ours["engine"]),
        ("**(b)** 契约 · contract: dict → dict", ours["contract"]),
        ("**(c)** 逐行 · line: JSON → JSON", ours["line"]),
    ]
    if rival is not None:
        zen = f"zen-engine {rival['version']}"
        for key, what in (
            ("case_traced", "same two lines from the case, with trace"),
            ("formula_traced", "bare reimbursement, with trace"),
            ("formula_bare", "bare reimbursement, no trace"),
        ):
            rows.append((f"{zen}: {what}", Timing(count, rival[key]["median"], rival[key]["best"])))
    rows.append(("by hand, `Decimal`: bare reimbursement, no working", ours["by_hand"]))
    base = ours["contract"].per_second
    return table(
        ("每核每秒 · decisions on one core", "/s", "µs", "最快 best /s", "÷ (b)"),
        [
            (
                what,
                f"{t.per_second:,.0f}",
                f"{t.microseconds:.1f}",
                f"{t.items / t.best:,.0f}",
                f"{t.per_second / base:.2f}",
            )
            for what, t in rows
        ],
    )


def compare(engine: Engine, cases: list[Dict], rival: Dict | None) -> int:
    """Print and return how many rows of any other way differ from ours."""
    ours = our_amounts(engine, cases)
    hand = [{"inpatient": f"{by_hand(case['events'][0]['amounts']['self_paid'])}"} for case in cases]
    others = {"by hand": hand}
    if rival is not None:
        others |= {f"zen {key}": rival[key]["amounts"] for key in ("formula_traced", "case_traced")}
    counts = {name: differing(ours, amounts) for name, amounts in others.items()}
    shown = ", ".join(f"{name} {count}" for name, count in counts.items())
    print(f"金额不同的案例 · cases with another amount than ours, of {len(cases)}: {shown}")
    return sum(counts.values())


def main() -> int:
    """Exit status: 1 when an amount differs, else 0; speed alone never fails."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cases", type=int, default=2_000, help="different cases (default 2000)")
    options.add_argument("--repeats", type=int, default=7, help="timed passes; the median counts (default 7)")
    options.add_argument("--profile", action="store_true", help="the top 15 of the profile instead of the top 5")
    options.add_argument("--ours-only", action="store_true", help="without zen-engine and its virtual environment")
    chosen = options.parse_args()
    rival_ready = not chosen.ours_only and rivals_python() is not None
    pinned = pin_to_one_core()
    engine = load_library([PLAN]).engine
    cases = varied_cases(chosen.cases)
    ours = our_figures(engine, cases, chosen.repeats)
    memory = peak_memory()
    rival = ask_rival(cases, chosen.repeats) if rival_ready else None
    print(f"{machine()}{'' if pinned else ', not pinned to one core'}")
    theirs = f", zen-engine's {rival['peak_memory'] / 2**20:.0f} MiB" if rival is not None else ""
    print(f"{chosen.cases} different cases, median of {chosen.repeats} passes")
    print(f"内存峰值 · peak memory: ours {memory / 2**20:.0f} MiB{theirs}\n")
    print(report(ours, rival, chosen.cases), end="\n\n")
    reached = ours["contract"].per_second >= TARGET
    print(f"目标 · target {TARGET:,}/s for (b): {'达到 · reached' if reached else '未达到 · not reached'}")
    different = compare(engine, cases, rival)
    print(f"\n剖面 · profile of (b), by own time:\n{profile(engine, cases, 15 if chosen.profile else 5)}")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
