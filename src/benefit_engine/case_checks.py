"""What a case says of plans, held against the library: nothing that the engine would pass over in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from benefit_engine.fact_reader import Fault, clip
from benefit_engine.facts import Case
from benefit_engine.plan import Combination

Lines = Callable[[str, str], frozenset[str]]
"""Plan and kind of event -> ids of the benefits that have a line for it."""


def library_faults(case: Case, combinations: Mapping[str, Combination], lines: Lines) -> list[Fault]:
    """Combinations that do not combine the cover's plan, and payments for which no line of the case can account."""
    return [*_combinations(case, combinations), *_payments(case, combinations, lines)]


def _combinations(case: Case, combinations: Mapping[str, Combination]) -> Iterator[Fault]:
    for i, cover in enumerate(case.covers):
        if cover.combination is None:
            continue
        combination = combinations.get(cover.combination)
        place, name, plan = f"covers[{i}].combination", clip(cover.combination), clip(cover.plan)
        if combination is None:
            yield Fault(
                place,
                f"应为组合计划的编号，得到 {name}，请改正，单独参加的请删去",
                f"expected the id of a combination of plans, found {name}; correct it, or remove it for a single plan",
            )
        elif cover.plan != combination.id and cover.plan not in combination.plans:
            yield Fault(
                place,
                f"组合 {name} 不含计划 {plan}，请改正 plan 或 combination",
                f"the combination {name} does not take in the plan {plan}; correct plan or combination",
            )


def _payments(case: Case, combinations: Mapping[str, Combination], lines: Lines) -> Iterator[Fault]:
    kinds = {event.id: event.kind for event in case.events}
    covered: set[str] = set()
    for cover in case.covers:
        for name in (cover.plan, cover.combination):
            combination = combinations.get(name) if name is not None else None
            covered |= {combination.id, *combination.plans} if combination is not None else set()
        covered.add(cover.plan)
    for event, plan, benefit in case.paid or ():
        if event not in kinds:
            zh = f"本案没有事件 {clip(event)}，请改正编号或补上该事件"
            en = f"the case has no event {clip(event)}; correct the id, or add that event"
        elif plan not in covered or benefit not in lines(plan, kinds[event]):
            what = f"{clip(plan)} {clip(benefit)}"
            zh = f"事件 {clip(event)} 没有 {what} 的结果行，已付金额无处核对，请改正 plan 或 benefit"
            en = f"the event {clip(event)} has no line {what} to set the payment against; correct plan or benefit"
        else:
            continue
        yield Fault("paid", zh, en)
