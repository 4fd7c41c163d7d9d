"""What a case says of plans, held against the shipped library: combinations and payments that lead nowhere."""

from typing import Any

import pytest

from benefit_engine.fact_reader import CaseError
from tests.engine.support import shipped

COVER = {"plan": "hangzhou-medical-2021", "from": "2025-01-01", "until": "2026-01-01"}
EVENT = {"event": "e1", "kind": "inpatient", "started_on": "2025-03-01"}
CASE = {"case": "c", "member": {}, "covers": [COVER], "events": [EVENT]}


def payment(event: str, benefit: str) -> dict[str, Any]:
    return {"paid": [{"event": event, "plan": "hangzhou-medical-2021", "benefit": benefit, "amount": "1.00"}]}


@pytest.mark.parametrize(
    ("change", "zh", "en"),
    [
        (
            {"covers": [{**COVER, "combination": "hubei-women-2025"}]},
            "covers[0].combination: 应为组合计划的编号，得到 hubei-women-2025，请改正，单独参加的请删去",
            "covers[0].combination: expected the id of a combination of plans, found hubei-women-2025; correct it, or remove it",
        ),
        (
            {"covers": [{**COVER, "plan": "hubei-women-2025", "combination": "hangzhou-all-2021"}]},
            "covers[0].combination: 组合 hangzhou-all-2021 不含计划 hubei-women-2025，请改正 plan 或 combination",
            "the combination hangzhou-all-2021 does not take in the plan hubei-women-2025; correct plan or combination",
        ),
        (
            payment("e9", "inpatient"),
            "paid: 本案没有事件 e9，请改正编号或补上该事件",
            "the case has no event e9; correct the id",
        ),
        (
            payment("e1", "death"),
            "paid: 事件 e1 没有 hangzhou-medical-2021 death 的结果行，已付金额无处核对，请改正 plan 或 benefit",
            "paid: the event e1 has no line hangzhou-medical-2021 death to set the payment against; correct plan or benefit",
        ),
    ],
)
def test_what_leads_nowhere_is_refused(change: dict[str, Any], zh: str, en: str) -> None:
    with pytest.raises(CaseError) as caught:
        shipped().engine.parse({**CASE, **change})
    assert zh in caught.value.text()
    assert en in caught.value.text("en")
