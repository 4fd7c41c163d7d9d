"""Payers as people read them, and a table of who bears what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mutualaid.contributions.models import PayerKind
from mutualaid.contributions.split_queries import PlanSplit
from mutualaid.contributions.splitting import Payer, Split

KINDS: Mapping[str, Promise] = {
    PayerKind.EMPLOYER: gettext_lazy("用人单位工会"),
    PayerKind.MEMBER: gettext_lazy("职工个人"),
    PayerKind.UPPER_UNION: gettext_lazy("上级工会"),
    PayerKind.ADMINISTRATION: gettext_lazy("行政补助"),
    PayerKind.PLATFORM: gettext_lazy("平台企业"),
}


def kind_name(kind: str) -> str:
    """A kind of payer in the page's language."""
    return str(KINDS[kind])


def payer_name(payer: Payer) -> str:
    """A payer in the page's language, with the name of a union or programme."""
    if payer.kind == PayerKind.MEMBER and payer.billed:
        return _("职工个人（自行缴费）")
    return f"{kind_name(payer.kind)} · {payer.name}" if payer.name else kind_name(payer.kind)


def named(kind: str, name: str) -> str:
    """The same by kind and name; a member who is billed has the name ``billed``."""
    return payer_name(Payer(kind, "", billed=True) if name == "billed" else Payer(kind, name))


def payers_among(several: Iterable[Mapping[Payer, Decimal]]) -> list[Payer]:
    """All payers of some parts, the employer first."""
    found = {payer for one in several for payer in one}
    order = [kind.value for kind in PayerKind]
    return sorted(found, key=lambda one: (order.index(one.kind), one))


def cells(payers: Sequence[Payer], each: Mapping[Payer, Decimal]) -> list[tuple[str, Decimal]]:
    """A row of a table whose columns are payers: the name of each and its amount."""
    return [(payer_name(payer), each.get(payer, Decimal(0))) for payer in payers]


def split_rows(several: Iterable[PlanSplit]) -> list[tuple[PlanSplit, str, int, Decimal, Payer, Decimal]]:
    """Plan, group, persons, fee of one, payer, what the payer bears of one: for a workbook."""
    return [
        (one, piece.of.group, piece.count, piece.of.fee, payer, amount)
        for one in several
        for piece in one.split.slices
        for payer, amount in piece.each.items()
    ]


def totals_of(splits: Iterable[Split]) -> list[tuple[str, Decimal]]:
    """What each payer bears of several, by name."""
    found: dict[Payer, Decimal] = {}
    for one in splits:
        for payer, amount in one.totals().items():
            found[payer] = found.get(payer, Decimal(0)) + amount
    return [(payer_name(payer), found[payer]) for payer in payers_among([found])]
