"""Random settlements of one event, built so that they agree with themselves, then made incomplete or wrong on purpose.

All money is integer fen until it is written as text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from .bills import PARTS_OF_BURDEN, PARTS_OF_SELF_PAID, PARTS_OF_TOTAL

YUAN = 100


@dataclass(frozen=True)
class Edges:
    """``base``: the amounts that the plan adds up; ``ends``: where its formula bends (yuan); ``over``: amounts past its caps."""

    base: tuple[str, ...]
    ends: tuple[int, ...]
    over: tuple[int, int]


def random_amounts(random: Random, edges: Edges, mood: str) -> dict[str, str]:
    """The ``amounts`` of an event as the contract writes them."""
    bill = _whole_bill(random, _base(random, edges, mood), edges.base)
    kept = _kept(random, edges, mood)
    bill = {name: fen for name, fen in bill.items() if name in kept}
    if random.random() < (0.02 if mood == "plain" else 0.12):
        _disturb(random, bill)
    if random.random() < 0.15 and "self_paid" in bill:
        borne = bill["self_paid"] + bill.get("out_of_scope", 0)
        bill["other_aid_paid"] = max(
            0, random.choice((5_000, 100_000, borne // 2, borne * 9 // 10, borne - 1, borne, borne + 1))
        )
    if random.random() < 0.03:
        bill["x_implants"] = random.randrange(500_000)
    return {name: f"{fen // 100}.{fen % 100:02}" for name, fen in bill.items()}


def _base(random: Random, edges: Edges, mood: str) -> int:
    """The plan's base in fen: an ordinary one, one at a bend of the formula ± 1 fen, a tiny one, or one over the caps."""
    weights = (45, 10, 2, 43) if mood == "deep" else (74, 18, 4, 4)
    sort = random.choices(("ordinary", "bend", "tiny", "over"), weights)[0]
    if sort == "bend":
        return max(0, random.choice(edges.ends) * YUAN + random.choice((-1, 0, 0, 1)))
    if sort == "tiny":
        return random.randrange(1, 600)
    if sort == "over":
        return random.randrange(edges.over[0] * YUAN, edges.over[1] * YUAN)
    # Claims have a heavy tail: most are a few thousand yuan, some a hundred thousand.
    return min(int(random.lognormvariate(8.4, 1.1) * YUAN), 30_000_000)


def _whole_bill(random: Random, base: int, base_names: Sequence[str]) -> dict[str, int]:
    """Every amount known, and every identity kept."""
    if "self_paid" in base_names:
        bill = _split(random, base, PARTS_OF_SELF_PAID)
    else:
        others = [name for name in PARTS_OF_SELF_PAID if name not in base_names]
        rest = random.choice((0, random.randrange(base + 1), random.randrange(500_000)))
        bill = _split(random, base, base_names) | _split(random, rest, others)
    bill["self_paid"] = sum(bill.values())
    bill["out_of_scope"] = random.choice((0, 0, random.randrange(200_000), random.randrange(bill["self_paid"] + 1)))
    bill["fund_paid"] = random.randrange(4 * bill["self_paid"] + 1_000)
    bill["supplement_paid"] = random.choice((0, random.randrange(bill["fund_paid"] + 1)))
    bill["medical_aid_paid"] = random.choice((0, 0, 0, random.randrange(300_000)))
    bill["total"] = sum(bill[name] for name in PARTS_OF_TOTAL)
    own = bill["self_paid"] + bill["out_of_scope"]
    if random.random() < 0.25:
        bill["hospital_borne"] = min(
            own, random.choice((0, 1, 2, random.randrange(own + 1), random.randrange(own // 10 + 1)))
        )
        if random.random() < 0.5:  # The hospital's part stands beside the person's, or is hidden inside it.
            bill["total"] += bill["hospital_borne"]
        elif bill["hospital_borne"] > 1:
            own -= bill["hospital_borne"]
    return bill | _split(random, own, PARTS_OF_BURDEN)


def _split(random: Random, whole: int, names: Sequence[str]) -> dict[str, int]:
    """The whole in as many parts as there are names; often some parts are nothing."""
    cuts = sorted(random.choice((0, whole, random.randrange(whole + 1))) for _ in names[1:])
    return {name: high - low for name, low, high in zip(names, [0, *cuts], [*cuts, whole], strict=True)}


def _kept(random: Random, edges: Edges, mood: str) -> set[str]:
    """How much of the bill was reported."""
    everything = {*PARTS_OF_SELF_PAID, *PARTS_OF_TOTAL, *PARTS_OF_BURDEN, "total", "hospital_borne"}
    basis = set(edges.base)
    sorts: Mapping[str, set[str]] = {
        "everything": everything,
        "the basis and the total": basis | {"total", "self_paid", "out_of_scope"},
        "only the basis": basis,
        "no payments": everything - set(PARTS_OF_BURDEN),
        "parts, not their sum": everything - {"self_paid"},
        "most": {name for name in sorted(everything) if random.random() < 0.8} | basis,
        "only how it was paid": {*PARTS_OF_BURDEN, "total"},
        "some": {name for name in sorted(everything) if random.random() < 0.6},
        "nothing": set(),
    }
    weights = (34, 32, 3, 13, 8, 10, 0, 0, 0) if mood == "plain" else (32, 22, 6, 10, 8, 10, 3, 7, 2)
    return sorts[random.choices(list(sorts), weights)[0]]


def _disturb(random: Random, bill: dict[str, int]) -> None:
    """One amount a fen or two off (within or just beyond the tolerance), or plainly wrong."""
    if not bill:
        return
    name = random.choice(sorted(bill))
    wrong = random.choice((1, -1, 1, -1, 2, -2, 1_000, -1_000, 99_999, bill[name], -bill[name]))
    bill[name] = max(0, bill[name] + wrong)
