"""The rivals of one benefit, run by the Python of build/bench-venv: OpenFisca-Core by vectors, GoRules' zen-engine row by row.

    python rival_bare.py openfisca|zen INPUT.npy OUTPUT.npy

INPUT holds fen, two rows: self-paid costs, and what the period has paid before (the rivals keep no running sum by person).
For every line on standard input the whole INPUT is decided once and the seconds are answered; at the end OUTPUT gets fen,
and the last line of standard output is the peak of memory. It knows nothing of this project, so that both sides stay apart.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

BRACKETS = ((0, 0.3), (10_000, 0.4), (30_000, 0.6), (50_000, 0.95))


def openfisca(figures: Any) -> Callable[[], Any]:
    """Variables of a tax and benefit system with its marginal scale; figures are float32, as OpenFisca has them."""
    from openfisca_core.entities import build_entity  # type: ignore[import-not-found]
    from openfisca_core.periods import DateUnit  # type: ignore[import-not-found]
    from openfisca_core.simulations import SimulationBuilder  # type: ignore[import-not-found]
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem  # type: ignore[import-not-found]
    from openfisca_core.taxscales import MarginalRateTaxScale  # type: ignore[import-not-found]
    from openfisca_core.variables import Variable  # type: ignore[import-not-found]

    stay = build_entity(key="stay", plural="stays", label="a stay in hospital", is_person=True)
    scale = MarginalRateTaxScale()
    for threshold, rate in BRACKETS:
        scale.add_bracket(threshold, rate)

    def formula(stays: Any, period: Any) -> Any:
        after_deductible = np.maximum(stays("self_paid", period) - 1_000, 0)
        rated = np.round(scale.calc(after_deductible), 2)
        return np.minimum(rated, np.maximum(1_000_000 - stays("paid_before", period), 0))

    system = TaxBenefitSystem([stay])
    common = {"value_type": float, "entity": stay, "definition_period": DateUnit.YEAR, "label": "yuan"}
    for name in ("self_paid", "paid_before"):
        system.add_variable(type(name, (Variable,), common))
    system.add_variable(type("inpatient", (Variable,), {**common, "formula": formula}))
    yuan = figures / 100

    def work() -> Any:
        simulation = SimulationBuilder().build_default_simulation(system, count=figures.shape[1])
        simulation.set_input("self_paid", "2025", yuan[0])
        simulation.set_input("paid_before", "2025", yuan[1])
        return simulation.calculate("inpatient", "2025")

    return work


def zen(figures: Any) -> Callable[[], Any]:
    """A graph of expressions, compiled when the engine is made, evaluated for each row without trace."""
    from rival_zen import REIMBURSEMENT, graph  # type: ignore[import-not-found]  # beside this file
    from zen import ZenEngine  # type: ignore[import-not-found]

    capped = {"capped": "min([$.rated, max([1000000 - paid_before, 0])])", "inpatient": "$.capped"}
    content = {"bare": graph({"self_paid": "self_paid", **REIMBURSEMENT, **capped})}
    engine = ZenEngine({"loader": {"type": "static", "content": content}})
    rows = [{"self_paid": own, "paid_before": before} for own, before in (figures / 100).T.tolist()]

    def work() -> Any:
        return [engine.evaluate("bare", row)["result"]["inpatient"] for row in rows]

    return work


def main() -> None:
    """Answer until standard input ends."""
    way, source, sink = sys.argv[1:]
    work = {"openfisca": openfisca, "zen": zen}[way](np.load(source))
    result = work()
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        result = work()
        print(json.dumps(time.perf_counter() - started), flush=True)
    np.save(sink, np.rint(np.asarray(result, dtype=np.float64) * 100).astype(np.int64))
    print(peak())


def peak() -> int:
    """Most bytes that this process has held; as columns_work.py has it."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    held = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
    return held[0] if held else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
