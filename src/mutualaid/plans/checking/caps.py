"""Limits that never bind: caps above what a benefit can pay, shared caps that leave room for all,
floors and counts without use."""

from __future__ import annotations

from collections.abc import Mapping

from benefit_engine import plan as p
from benefit_engine.money import WHOLE, plain_yuan
from mutualaid.plans import document as d
from mutualaid.plans.checking.bounds import Bounds, Group, bounds, least_of, most_of, most_of_rate, total_of_group
from mutualaid.plans.checking.parts import Check, formulas_of
from mutualaid.plans.compiling import is_combination
from mutualaid.plans.yaml_reader import Path

_AMOUNT_PARTS = (
    *("base", "deductible", "rate", "days", "sum", "greater_of", "lesser_of", "floor", "caps", "once", "claims"),
)
"""Parts of a benefit on which the most that it pays depends."""


def check_caps(check: Check, others: Mapping[str, Check]) -> None:
    """All idle limits of one document; ``others`` are all documents by plan id, for combinations. What other checks have
    found wrong is left alone: first mend the shape, then see what it pays."""
    for i, benefit in enumerate(check.benefits):
        if check.sound(i) and check.own(i, *_AMOUNT_PARTS):
            _pays(check, i, benefit)
        if check.sound(i) and check.own(i, *_AMOUNT_PARTS):
            _own_caps(check, i, benefit)
            _day_caps(check, i, benefit)
            _floor(check, i, benefit)
            _counts(check, i, benefit)
    _shared(check, others)


def _pays(check: Check, index: int, benefit: d.Benefit) -> None:
    """Does the formula ever give anything?"""
    path: Path = ("benefits", index)
    for inside, formula in formulas_of(benefit):
        nothing = (
            (
                formula.base is not None
                and formula.base.share is not None
                and all(row.value == 0 for row in formula.base.share)
            )
            or (formula.rate is not None and most_of_rate(formula.rate) == 0)
            or (formula.days is not None and most_of(formula.days.per_day) == 0)
            or (formula.sum is not None and most_of(formula.sum.amount) * max(formula.sum.ladder or [WHOLE]) == 0)
        )
        if nothing:
            name = next(name for name in ("rate", "days", "sum", "base") if getattr(formula, name) is not None)
            zh = "算式的结果应能大于 0；这里永远是 0 元；请改正金额或比例，或删去这项待遇"
            en = (
                "expected a formula that can give more than 0 yuan; this one never does; "
                "correct the sums or rates or remove the benefit"
            )
            check.add((*path, *inside, name), zh, en)
    for j, cap in enumerate(benefit.caps):
        if most_of(cap.amount) == 0:
            zh = "限额应大于 0；得到 0 元，永远不会给付；请改正"
            en = "expected a cap above 0, found 0 yuan, under which nothing is ever paid; correct it"
            check.add((*path, "caps", j, "amount"), zh, en)


# -- caps of one benefit ----------------------------------------------------------------------------------------------


def _own_caps(check: Check, index: int, benefit: d.Benefit) -> None:
    document = check.document
    units = document.units.most if document.units is not None else None
    for j, cap in enumerate(benefit.caps):
        path: Path = ("benefits", index, "caps", j)
        amount = least_of(cap.amount)
        rest = bounds(document, benefit, without=j)
        most = rest.total(cap.per)
        other = _covering(rest, benefit, j, amount)
        if amount > 0 and other is not None:
            larger = benefit.caps[other]
            zh = (
                f"应低于 per: {larger.per} 的限额 {plain_yuan(most_of(larger.amount))} 元；"
                f"得到 {plain_yuan(amount)} 元，永远用不到；请改正或删去"
            )
            en = (
                f"expected less than the cap of {plain_yuan(most_of(larger.amount))} yuan per {larger.per}, "
                f"found {plain_yuan(amount)} yuan, which is never reached; correct or remove it"
            )
            check.add((*path, "amount"), zh, en, here=True)
        elif amount > 0 and most is not None and amount > most:
            times = rest.per_unit and (units is None or units > 1)
            each = ("每份", " per unit") if times else ("", "")
            hint = ("（份数也乘限额）", " (units multiply caps too)") if times else ("", "")
            zh = (
                f"限额应不高于 per: {cap.per} 最多能给付的{each[0]} {plain_yuan(most)} 元；"
                f"得到 {plain_yuan(amount)} 元，永远用不到；请改正或删去{hint[0]}"
            )
            en = (
                f"expected at most what can be paid per {cap.per}, {plain_yuan(most)} yuan{each[1]}, "
                f"found {plain_yuan(amount)} yuan, which is never reached; correct or remove it{hint[1]}"
            )
            check.add((*path, "amount"), zh, en, here=True)
        else:
            _under_shared(check, path, benefit, cap, rest)


def _covering(rest: Bounds, benefit: d.Benefit, index: int, amount: int) -> int | None:
    """Another cap of the benefit that is reached no later: as low or lower, over a scope that contains this one's."""
    own = benefit.caps[index].per
    for k, cap in enumerate(benefit.caps):
        contains = rest.within(own, cap.per) and not (cap.per == own and k > index and most_of(cap.amount) == amount)
        if k != index and contains and most_of(cap.amount) <= amount:
            return k
    return None


def _under_shared(check: Check, path: Path, benefit: d.Benefit, cap: d.Cap, rest: Bounds) -> None:
    """A cap above a shared cap that counts the benefit too."""
    if is_combination(check.document):
        return
    for shared in check.document.shared_caps:
        named = shared.benefits is None or benefit.benefit in shared.benefits
        if (
            named
            and most_of(shared.amount) > 0
            and rest.within(cap.per, shared.per)
            and least_of(cap.amount) > most_of(shared.amount)
        ):
            zh = (
                f"限额应不高于合计限额 {plain_yuan(most_of(shared.amount))} 元（per: {shared.per}）；"
                f"得到 {plain_yuan(least_of(cap.amount))} 元，永远用不到；请改正或删去"
            )
            en = (
                f"expected at most the shared cap of {plain_yuan(most_of(shared.amount))} yuan per {shared.per}, "
                f"found {plain_yuan(least_of(cap.amount))} yuan, which is never reached; correct or remove it"
            )
            check.add((*path, "amount"), zh, en, here=True)


def _day_caps(check: Check, index: int, benefit: d.Benefit) -> None:
    rest = bounds(check.document, benefit)
    alone = len(formulas_of(benefit)) == 1
    for inside, formula in formulas_of(benefit):
        days = formula.days
        if days is None:
            continue
        for j, cap in enumerate(days.caps):
            path: Path = ("benefits", index, *inside, "days", "caps", j)
            other = next((one for k, one in enumerate(days.caps) if k != j and _no_later(rest, cap, one, k < j)), None)
            if other is not None:
                zh = f"天数应少于 per: {other.per} 的 {other.days} 天；得到 {cap.days} 天，永远用不到；请改正或删去"
                en = (
                    f"expected fewer days than the {other.days} per {other.per}, found {cap.days}, "
                    "which are never reached; "
                    "correct or remove it"
                )
                check.add((*path, "days"), zh, en)
            worth = cap.days * least_of(days.per_day)
            lower = [
                most_of(one.amount)
                for one in rest.caps
                if rest.within(cap.per, one.per) and most_of(one.amount) < worth
            ]
            if alone and lower:
                zh = (
                    f"{cap.days} 天至少合 {plain_yuan(worth)} 元，已超过限额 {plain_yuan(min(lower))} 元，"
                    "天数限制永远用不到；请改正或删去"
                )
                en = (
                    f"{cap.days} days are worth at least {plain_yuan(worth)} yuan, "
                    f"above the cap of {plain_yuan(min(lower))} yuan, "
                    "so that the limit of days is never reached; correct or remove it"
                )
                check.add((*path, "days"), zh, en, here=True)


def _no_later(rest: Bounds, cap: d.DayCap, other: d.DayCap, first: bool) -> bool:
    if not rest.within(cap.per, other.per) or cap.days < other.days:
        return False
    return cap.per != other.per or cap.days > other.days or first


# -- floors and counts ------------------------------------------------------------------------------------------------


def _floor(check: Check, index: int, benefit: d.Benefit) -> None:
    floor = benefit.floor
    if not floor:
        return
    path: Path = ("benefits", index, "floor")
    units = check.document.units.most if check.document.units is not None else None
    times = units if bounds(check.document, benefit).per_unit else 1
    for cap in benefit.caps:
        if times is not None and most_of(cap.amount) * times < floor:
            zh = (
                f"保底应不高于限额 {plain_yuan(most_of(cap.amount))} 元；得到 {plain_yuan(floor)} 元，到不了保底；"
                "请改正"
            )
            en = (
                f"expected a floor of at most the cap of {plain_yuan(most_of(cap.amount))} yuan, "
                f"found {plain_yuan(floor)} yuan, which is never paid; correct it"
            )
            check.add(path, zh, en, here=True)
            return
    smallest = [_smallest(formula) for _, formula in formulas_of(benefit)]
    known = [amount for amount in smallest if amount is not None]
    if len(known) == len(smallest) and known and floor <= min(known):
        zh = (
            f"保底应高于算式最少的给付 {plain_yuan(min(known))} 元；得到 {plain_yuan(floor)} 元，不起作用；请改正或删去"
        )
        en = (
            f"expected a floor above the least that the formula pays, {plain_yuan(min(known))} yuan, "
            f"found {plain_yuan(floor)} yuan, which does nothing; correct or remove it"
        )
        check.add(path, zh, en, here=True)


def _smallest(formula: d.Formula) -> int | None:
    """The least above zero that a formula gives; None when it can be as little as a fen."""
    if formula.days is not None:
        return _positive([row.value for row in formula.days.per_day])
    if formula.sum is not None and formula.sum.top_up is None:
        amounts = [row.value for row in formula.sum.amount]
        return _positive([amount * share // WHOLE for amount in amounts for share in formula.sum.ladder or [WHOLE]])
    rate = formula.rate
    if rate is not None and rate.per == p.STAY and all(t.mode == "steps" and t.brackets for t in rate.tables):
        return _positive([bracket.sum or 0 for table in rate.tables for bracket in table.brackets or ()])
    return None


def _positive(amounts: list[int]) -> int | None:
    return min((amount for amount in amounts if amount > 0), default=None)


def _counts(check: Check, index: int, benefit: d.Benefit) -> None:
    """A count of claims beside once-only, and an upgrade where the sum is always the same."""
    once, claims, path = benefit.once, benefit.claims, ("benefits", index)
    if once is None:
        return
    one_payment = not once.upgrade and claims is not None and set(claims.of or ()) <= {benefit.benefit}
    if claims is not None and one_payment and bounds(check.document, benefit).within(claims.per, once.per):
        zh = f"once（per: {once.per}）已限定只给付一次，次数限制 {claims.most} 次永远用不到；请删去 claims"
        en = (
            f"once (per {once.per}) allows one payment only, "
            f"so that the limit of {claims.most} claims is never reached; remove claims"
        )
        check.add((*path, "claims"), zh, en, here=True)
    amounts = {
        row.value for _, formula in formulas_of(benefit) if formula.sum is not None for row in formula.sum.amount
    }
    graded = any(f.sum is None or f.sum.ladder or f.sum.top_up for _, f in formulas_of(benefit))
    one_unit = check.document.units is not None and check.document.units.most == 1
    if once.upgrade and len(amounts) == 1 and not graded and one_unit:
        zh = f"upgrade 补先后两次的差额；这里总是 {plain_yuan(min(amounts))} 元，没有差额可补；请删去 upgrade"
        en = (
            f"upgrade pays the difference to a greater later sum; here it is always {plain_yuan(min(amounts))} yuan; "
            "remove upgrade"
        )
        check.add((*path, "once", "upgrade"), zh, en, here=True)


# -- shared caps ------------------------------------------------------------------------------------------------------


def _shared(check: Check, others: Mapping[str, Check]) -> None:
    """Shared caps that leave room for all that their benefits can pay."""
    caps = check.document.shared_caps
    for i, cap in enumerate(caps):
        documents = _documents(check, cap, others)
        if any(document.misshapen for document in documents):
            continue
        amount = least_of(cap.amount)
        lower = [one for k, one in enumerate(caps) if k < i or (k > i and most_of(one.amount) < amount)]
        members: dict[str, int | None] = {}
        groups = [
            _group(one, _documents(check, one, others)) for one in lower if _contains(check.document, one.per, cap.per)
        ]
        for document in documents:
            members |= _members(document, cap)
            groups += _groups(document, cap.per, exclusive_only=document is check)
        total = total_of_group(members, groups)
        if members and amount > 0 and total is not None and amount >= total:
            zh = (
                f"合计限额应低于各项合计最多能给付的 {plain_yuan(total)} 元（per: {cap.per}）；"
                f"得到 {plain_yuan(amount)} 元，永远用不到；请改正或删去"
            )
            en = (
                f"expected less than the {plain_yuan(total)} yuan that its benefits can pay together per {cap.per}, "
                f"found {plain_yuan(amount)} yuan, which is never reached; correct or remove it"
            )
            check.add(("shared_caps", i, "amount"), zh, en)
        elif most_of(cap.amount) == 0:
            zh = "合计限额应大于 0；得到 0 元，永远不会给付；请改正"
            en = "expected a shared cap above 0, found 0 yuan, under which nothing is ever paid; correct it"
            check.add(("shared_caps", i, "amount"), zh, en)


def _documents(check: Check, cap: d.SharedCap, others: Mapping[str, Check]) -> list[Check]:
    """The documents whose benefits a shared cap counts: its own, or those that a combination combines."""
    if not is_combination(check.document):
        return [check]
    parts = [others[name] for name in check.document.combines or () if name in others]
    chosen = [part for part in parts if cap.plans is None or part.document.plan in cap.plans]
    return [*chosen, *([check] if cap.plans is None else [])]


def _members(check: Check, cap: d.SharedCap) -> dict[str, int | None]:
    """The most that each benefit of a document can pay in the scope of a shared cap that counts it,
    all units together."""
    units = check.document.units.most if check.document.units is not None else None
    members: dict[str, int | None] = {}
    for benefit in check.benefits:
        if cap.benefits is None or benefit.benefit in cap.benefits:
            one_unit = bounds(check.document, benefit)
            total = one_unit.total(cap.per)
            times = units if one_unit.per_unit else 1
            members[_name(check, benefit.benefit)] = None if total is None or times is None else total * times
    return members


def _groups(check: Check, per: str, *, exclusive_only: bool) -> list[Group]:
    """What a document says of several of its benefits together, over a scope that contains the given one."""
    document = check.document
    groups = [
        Group(frozenset(_name(check, name) for name in group.benefits), None)
        for group in document.exclusive
        if _contains(document, group.per, per)
    ]
    if exclusive_only:
        return groups
    return groups + [_group(cap, [check]) for cap in document.shared_caps if _contains(document, cap.per, per)]


def _group(cap: d.SharedCap, documents: list[Check]) -> Group:
    names = {
        _name(check, benefit.benefit)
        for check in documents
        for benefit in check.benefits
        if cap.benefits is None or benefit.benefit in cap.benefits
    }
    return Group(frozenset(names), most_of(cap.amount))


def _contains(document: d.Document, scope: str, inner: str) -> bool:
    """Does one instance of ``scope`` hold everything in one instance of ``inner``?"""
    one_line = document.stays_as_one is None
    return scope == inner or scope == p.LIFE or (inner, scope) == (p.DAY, p.PERIOD) or (inner == p.STAY and one_line)


def _name(check: Check, benefit: str) -> str:
    return f"{check.document.plan}/{benefit}"
