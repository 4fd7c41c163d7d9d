"""How far enrolment is against targets: counted child by child, set, spread down, read from a workbook."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal

import pytest
import xlsxwriter

from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.targets import Aim, NoTarget, set_targets, spread_target
from mutualaid.enrolment.models import Target
from mutualaid.enrolment.targets import Span, employers_waiting, progress, spread, total
from mutualaid.enrolment.targets_file import HEADERS, BadTargets, read_targets
from mutualaid.people.refusals import Refused
from tests.enrolment.rosters import FROM_ON, UNTIL_ON, submitted, version
from tests.enrolment.test_differences import covered
from tests.people.cast import AT, BY, Cast

SPAN = Span("example", FROM_ON, UNTIL_ON)
D = Decimal


def table(*rows: tuple[object, ...]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for line, row in enumerate([HEADERS, *rows]):
        sheet.write_row(line, 0, row)
    book.close()
    return target.getvalue()


def test_units_are_counted_one_by_one(cast: Cast) -> None:
    of = version(cast.province)
    covered(cast.mill, of, [21, 22])
    accept_enrolment(enrolment=submitted(cast.far, of, [31]), by=BY, at=AT)
    set_targets(office=cast.province, span=SPAN, aims={cast.city.pk: Aim(10, 10, D(1000))}, by=BY, at=AT)
    rows = {row.code: row for row in progress(office=cast.province, span=SPAN, at=AT)}
    city, other = rows["4505"], rows["4501"]
    assert (city.persons, city.paid, city.paid_fee, city.percent, city.employers, city.waiting) == (
        2,
        2,
        D(200),
        20,
        2,
        1,
    )
    assert (other.persons, other.paid, other.percent, other.lately, other.waiting) == (1, 0, None, 1, 0)
    whole = total(office=cast.province, span=SPAN, rows=list(rows.values()))
    assert (whole.persons, whole.fee, whole.target_persons) == (3, D(300), None)
    assert [one.pk for one in employers_waiting(office=cast.province, span=SPAN)] == [cast.yard.pk]
    leaves = progress(office=cast.county, span=SPAN, at=AT + datetime.timedelta(days=400))
    assert [(row.persons, row.lately) for row in leaves] == [(2, 0), (0, 0)]


def test_targets_are_set_taken_away_and_spread(cast: Cast) -> None:
    with pytest.raises(NoTarget):
        spread_target(office=cast.county, span=SPAN, by=BY, at=AT)
    set_targets(office=cast.county, span=SPAN, aims={cast.county.pk: Aim(101, 102, D("10.01"))}, by=BY, at=AT)
    assert spread_target(office=cast.county, span=SPAN, by=BY, at=AT) == 2
    parts = Target.objects.filter(unit__parent=cast.county).order_by("unit__code")
    assert [(one.persons, one.units, one.fee_amount) for one in parts] == [(51, 51, D("5.01")), (50, 51, D("5.00"))]
    set_targets(office=cast.county, span=SPAN, aims={cast.mill.pk: None}, by=BY, at=AT)
    assert not Target.objects.filter(unit=cast.mill.unit).exists()
    for wrong in ({cast.far.pk: Aim(1, 1, D(1))}, {cast.mill.pk: Aim(-1, 1, D(1))}):
        with pytest.raises(Refused):
            set_targets(office=cast.county, span=SPAN, aims=wrong, by=BY, at=AT)


def test_parts_make_up_the_whole() -> None:
    assert spread(whole=10, by={1: 1, 2: 1, 3: 1}) == {1: 4, 2: 3, 3: 3}
    assert spread(whole=7, by={1: 0, 2: 0}) == {1: 4, 2: 3}
    assert spread(whole=7, by={}) == {}


def test_a_workbook(cast: Cast) -> None:
    codes = {"G1": 1, "G2": 2, "4505": 3}
    found = read_targets(content=table(("G1", "厂", 12, "", "1,200.50"), ("4505", "", 7.0, 8, 9)), codes=codes)
    assert (found[1].persons, found[1].units, found[1].fee_amount) == (12, None, D("1200.50"))
    assert (found[3].persons, found[3].units) == (7, 8)
    for bad in (
        b"x",
        table(("G9", "", 1)),
        table(("G1", "", 1), ("G1", "", 2)),
        table(("G1", "", "many")),
        table(("G1", "", -1)),
        table(("G1", "", 1.5)),
    ):
        with pytest.raises(BadTargets):
            read_targets(content=bad, codes=codes)


def test_only_the_branch_sees_its_targets(cast: Cast) -> None:
    set_targets(office=cast.city, span=SPAN, aims={cast.city.pk: Aim(1, 1, D(1))}, by=BY, at=AT)
    with within([cast.other_city.path]):
        assert not Target.objects.exists()
    with within([cast.city.path]):
        assert Target.objects.count() == 1
