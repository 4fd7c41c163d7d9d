"""The rival, run by the Python of build/bench-venv: GoRules' zen-engine deciding the same cases by a decision graph.

Reads a job from standard input, ``{"cases": [contract case, …], "repeats": n}``, and answers on standard output with the
version and, for each of two graphs, its seconds and its amounts:

- ``formula``: deductible, brackets and cap of the reimbursement, from one figure; nothing is checked
- ``case``: the whole contract case in; cover, employment, insurance, reimbursement up to the burden, and the allowance

It knows nothing of this project, so that both sides stay apart; only the standard library and ``zen`` are imported.
"""

import importlib.metadata
import json
import pathlib
import resource
import statistics
import sys
import time
from typing import Any

import zen  # type: ignore[import-not-found]  # lives in build/bench-venv only

REIMBURSEMENT = {
    "after_deductible": "max([$.self_paid - 1000, 0])",
    "part_1": "min([$.after_deductible, 10000]) * 0.3",
    "part_2": "max([min([$.after_deductible, 30000]) - 10000, 0]) * 0.4",
    "part_3": "max([min([$.after_deductible, 50000]) - 30000, 0]) * 0.6",
    "part_4": "max([$.after_deductible - 50000, 0]) * 0.95",
    "rated": "round($.part_1 + $.part_2 + $.part_3 + $.part_4, 2)",
    "capped": "min([$.rated, 1000000])",
}
FORMULA = {"self_paid": "self_paid", **REIMBURSEMENT, "inpatient": "$.capped"}
CASE = {
    "started": "date(events[0].started_on)",
    "covered": "date(covers[0]['from']) <= $.started and $.started < date(covers[0].until)",
    "in_service": "member.employment == 'in_service'",
    "insured": "member.basic_insurance == 'employee'",
    "self_paid": "number(events[0].amounts.self_paid)",
    "out_of_scope": "number(events[0].amounts.out_of_scope)",
    "agrees": "$.self_paid + $.out_of_scope <= number(events[0].amounts.total) + 0.01",
    "may_pay": "$.covered and $.in_service and $.insured and $.agrees",
    **REIMBURSEMENT,
    "burden": "$.self_paid + $.out_of_scope",
    "inpatient": "$.may_pay ? min([$.capped, $.burden]) : 0",
    "days": "max([(date(events[0].ended_on) - $.started) / 86400, 1])",
    "allowance": "$.may_pay ? min([$.days * 50, 200]) : 0",
}


def graph(expressions: dict[str, str]) -> dict[str, Any]:
    """A decision graph of one expression node between input and output: the cheapest form of these rules."""
    listed = [{"id": key, "key": key, "value": value} for key, value in expressions.items()]
    nodes: list[dict[str, Any]] = [
        {"id": "in", "type": "inputNode", "name": "case"},
        {"id": "rules", "type": "expressionNode", "name": "rules", "content": {"expressions": listed}},
        {"id": "out", "type": "outputNode", "name": "decision"},
    ]
    edges = [
        {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
        for source, target in (("in", "rules"), ("rules", "out"))
    ]
    return {"nodes": [{**node, "position": {"x": 0, "y": 0}} for node in nodes], "edges": edges}


def run(engine: Any, key: str, contexts: list[Any], repeats: int, *, trace: bool) -> dict[str, Any]:
    """Median and fastest seconds of one pass, and the amounts (JSON numbers as text, so that nothing is rounded here)."""
    options = {"trace": trace}
    seconds = []
    for turn in range(repeats + 1):  # the first turn warms up
        started = time.perf_counter()
        for context in contexts:
            engine.evaluate(key, context, options)
        if turn:
            seconds.append(time.perf_counter() - started)
    results = [engine.evaluate(key, context, options)["result"] for context in contexts]
    names = ("inpatient", "allowance")
    amounts = [{name: repr(result[name]) for name in names if name in result} for result in results]
    return {"median": statistics.median(seconds), "best": min(seconds), "amounts": amounts}


def peak_memory() -> int:
    """Most bytes held by this process; ``ru_maxrss`` would begin with what its parent had held."""
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.is_file() else []
    held = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return held[0] if held else peak


def main() -> None:
    """Answer one job."""
    job = json.load(sys.stdin)
    # The static loader compiles the graphs when the engine is made, not when it evaluates.
    content = {"formula": graph(FORMULA), "case": graph(CASE)}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})
    cases = job["cases"]
    figures = [{"self_paid": float(case["events"][0]["amounts"]["self_paid"])} for case in cases]
    answer = {
        "version": importlib.metadata.version("zen-engine"),
        "formula_bare": run(engine, "formula", figures, job["repeats"], trace=False),
        "formula_traced": run(engine, "formula", figures, job["repeats"], trace=True),
        "case_traced": run(engine, "case", cases, job["repeats"], trace=True),
        "peak_memory": peak_memory(),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
