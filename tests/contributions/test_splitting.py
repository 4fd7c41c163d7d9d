"""Who bears a fee: parts make up the whole to the fen, whatever the rule; budgets last for the first."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.contributions.splitting import (
    EMPLOYER,
    MEMBER,
    Class,
    Grant,
    Part,
    Payer,
    collected,
    split,
    split_one,
)

UNION = Payer("upper_union", "海市总工会", 7)
TOWN = Payer("administration", "海市财政局")
AID = Payer("administration", "海市财政局", subsidy=3, holds=False)


def yuan(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("fee", "parts", "borne"),
    [
        ("100", [Part(EMPLOYER, amount=yuan("80")), Part(MEMBER)], {EMPLOYER: "80", MEMBER: "20"}),
        ("100", [Part(MEMBER, share=4000), Part(EMPLOYER)], {MEMBER: "40", EMPLOYER: "60"}),
        (
            "60",
            [Part(UNION, amount=yuan("20")), Part(MEMBER, amount=yuan("20")), Part(EMPLOYER)],
            {UNION: "20", MEMBER: "20", EMPLOYER: "20"},
        ),
        (
            "100",
            [Part(MEMBER, amount=yuan("10")), Part(EMPLOYER, amount=yuan("10")), Part(TOWN)],
            {MEMBER: "10", EMPLOYER: "10", TOWN: "80"},
        ),
        ("0.05", [Part(MEMBER, share=5000), Part(EMPLOYER)], {MEMBER: "0.03", EMPLOYER: "0.02"}),
        ("15", [Part(UNION, amount=yuan("20")), Part(EMPLOYER)], {UNION: "15"}),
    ],
)
def test_the_splits_of_published_plans(fee: str, parts: list[Part], borne: dict[Payer, str]) -> None:
    assert split_one(yuan(fee), 1, parts) == {payer: yuan(amount) for payer, amount in borne.items()}


def test_yuan_are_for_each_unit() -> None:
    parts = [Part(MEMBER, amount=yuan("10")), Part(EMPLOYER)]
    assert split_one(yuan("150"), 3, parts) == {MEMBER: yuan("30"), EMPLOYER: yuan("120")}


def test_what_the_employer_chose_is_of_what_the_office_leaves() -> None:
    parts = [Part(UNION, amount=yuan("20")), Part(EMPLOYER)]
    assert split_one(yuan("60"), 1, parts, Part(MEMBER, amount=yuan("50"))) == {UNION: yuan("20"), MEMBER: yuan("40")}
    assert split_one(yuan("60"), 1, parts, Part(MEMBER, share=0)) == {UNION: yuan("20"), EMPLOYER: yuan("40")}


def test_a_budget_lasts_for_the_first() -> None:
    of = Class(yuan("60"), 1)
    made = split(classes=[(of, 5)], rules={}, grants=[Grant(Part(AID, amount=yuan("20")), yuan("50"))])
    assert [(one.first, one.count, one.each.get(AID)) for one in made.slices] == [(0, 2, yuan("20")), (2, 3, None)]
    assert made.totals() == {EMPLOYER: yuan("260"), AID: yuan("40")}
    assert made.beyond == {3: 3}
    assert (made.heads(AID), made.heads(EMPLOYER), made.persons) == (2, 5, 5)


def test_a_subsidy_of_a_group_helps_only_that_group() -> None:
    made = split(
        classes=[(Class(yuan("60"), 1, "一线"), 2), (Class(yuan("60"), 1, "其他"), 2)],
        rules={},
        grants=[Grant(Part(AID, share=5000), yuan("1000"), ("一线",))],
    )
    assert made.totals() == {EMPLOYER: yuan("180"), AID: yuan("60")}


def test_a_subsidy_relieves_who_bears_the_rest_then_members_then_the_employer() -> None:
    rule = [Part(EMPLOYER, amount=yuan("20")), Part(MEMBER, amount=yuan("20")), Part(UNION)]
    for aid, borne in [
        ("15", {UNION: "5", MEMBER: "20", EMPLOYER: "20", AID: "15"}),
        ("30", {MEMBER: "10", EMPLOYER: "20", AID: "30"}),
        ("50", {EMPLOYER: "10", AID: "50"}),
        ("90", {AID: "60"}),
    ]:
        made = split(
            classes=[(Class(yuan("60"), 1), 1)],
            rules={"": rule},
            grants=[Grant(Part(AID, amount=yuan(aid)), yuan("100"))],
        )
        assert made.totals() == {payer: yuan(amount) for payer, amount in borne.items()}


def test_the_rule_of_a_group_goes_before_that_of_everybody() -> None:
    made = split(
        classes=[(Class(yuan("60"), 1, "一线"), 1), (Class(yuan("30"), 1, "其他"), 1)],
        rules={"": [Part(MEMBER)], "一线": [Part(UNION)]},
    )
    assert made.totals() == {MEMBER: yuan("30"), UNION: yuan("60")}


def test_what_members_pay_through_the_employer_is_billed_to_it() -> None:
    by_themselves = Payer("member", billed=True)
    assert collected({EMPLOYER: yuan("10"), MEMBER: yuan("5")}) == {EMPLOYER: yuan("15")}
    assert collected({EMPLOYER: yuan("10"), by_themselves: yuan("5")}) == {
        EMPLOYER: yuan("10"),
        by_themselves: yuan("5"),
    }


payers = st.sampled_from([EMPLOYER, MEMBER, UNION, TOWN])
fen = st.integers(0, 100_000).map(lambda n: Decimal(n) / 100)
parts_of_rule = st.lists(
    st.tuples(payers, st.one_of(fen.map(lambda a: (a, None)), st.integers(0, 10_000).map(lambda s: (None, s)))),
    max_size=4,
).map(lambda rows: [Part(payer, *measure) for payer, measure in rows])


@given(
    classes=st.lists(st.tuples(fen, st.integers(1, 3), st.integers(1, 50)), max_size=4),
    parts=parts_of_rule,
    rest=payers,
    own=st.one_of(st.none(), st.integers(0, 10_000)),
    aid=fen.filter(bool),
    budget=fen,
)
def test_parts_make_up_the_whole(
    classes: list[tuple[Decimal, int, int]],
    parts: list[Part],
    rest: Payer,
    own: int | None,
    aid: Decimal,
    budget: Decimal,
) -> None:
    made = split(
        classes=[(Class(fee, units), count) for fee, units, count in classes],
        rules={"": [*parts, Part(rest)]},
        own={"": Part(MEMBER, share=own)} if own is not None else {},
        grants=[Grant(Part(AID, amount=aid), budget)],
    )
    assert made.persons == sum(count for _, _, count in classes)
    assert sum(made.totals().values()) == made.total == sum(fee * count for fee, _, count in classes)
    assert made.totals().get(AID, Decimal(0)) <= budget
    for one in made.slices:
        assert sum(one.each.values()) == one.of.fee
        assert all(amount > 0 and amount == amount.quantize(Decimal("0.01")) for amount in one.each.values())
