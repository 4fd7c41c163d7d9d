"""Leavers are reported: by hand and by a file, each fault said; covers run on, the next roster knows; newcomers come in later."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.leaving import NobodyLeft, bring_leavers, report_leavers
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.differences import persons
from mutualaid.enrolment.leavers import NoLeavers, Told, check_leavers, read_leavers
from mutualaid.enrolment.models import Cover, Departure
from mutualaid.people.models import Employment
from tests.enrolment.rosters import SHARE, version, workbook
from tests.enrolment.test_differences import NAMES, NOW, ON, TERM, covered
from tests.people.cast import BY, Cast, resident_id

HEADERS = ("姓名", "证件号码", "离开原因", "最后工作日")


def row(order: int, reason: str = "退休", last_on: str = "2026-05-31") -> list[str]:
    return [NAMES[order], resident_id(order=order), reason, last_on]


def test_who_left_is_known_to_the_next_roster(cast: Cast) -> None:
    of = version(cast.city, term=TERM)
    covered(cast.mill, of, [21, 22, 23])
    told = read_leavers(content=workbook([row(21), row(22, "调出", "2026/5/1"), row(41)], headers=HEADERS))
    done = report_leavers(employer=cast.mill, told=told, by=BY, at=NOW)
    assert [one.fault is None for one in done] == [True, True, False]
    ended = Employment.objects.filter(member__name=NAMES[21]).get()
    assert ended.until_on == datetime.date(2026, 6, 1)
    assert set(Cover.objects.values_list("state", flat=True)) == {"begun"}
    draft = begin_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)
    left = {one.name: one.reason for one in persons(enrolment=draft, on=ON, kind="left")}
    assert left == {NAMES[21]: "retired", NAMES[22]: "left", NAMES[23]: "here"}
    with pytest.raises(NobodyLeft, match="works here now"):
        report_leavers(employer=cast.mill, told=told[:1], by=BY, at=NOW)


def test_each_fault_of_a_row(cast: Cast) -> None:
    def fault(**more: str) -> str:
        told = {
            "name": "林晓禾",
            "identity_number": resident_id(order=2),
            "reason": "离职",
            "last_on": "2026-05-01",
        } | more
        found = check_leavers(told=[Told(1, **told)], employer=cast.mill, on=ON)[0].fault
        return found[1] if found else ""

    assert fault() == fault(last_on="2026年5月1日") == ""
    assert "registered name" in fault(name="尉迟安")
    assert "reason" in fault(reason="休假")
    assert "last day" in fault(last_on="2024-01-01")
    assert "last day" in fault(last_on="?")
    assert "works here" in fault(identity_number=resident_id(order=4))
    twice = [Told(line, "林晓禾", resident_id(order=2), "离职", "2026-05-01") for line in (1, 2)]
    assert [one.fault is None for one in check_leavers(told=twice, employer=cast.mill, on=ON)] == [True, False]


def test_files_that_are_none(cast: Cast) -> None:
    for content in (
        b"",
        b"\x00\x01",
        b"PK\x03\x04 broken",
        "姓名,证件号码\n".encode(),
        workbook([["x"]], headers=["x"]),
    ):
        with pytest.raises(NoLeavers):
            read_leavers(content=content)
    text = ",".join(HEADERS) + "\n" + ",".join(row(21))
    assert read_leavers(content=text.encode("gb18030"))[0].name == NAMES[21]
    file = bring_leavers(employer=cast.mill, content=text.encode(), name="离职.csv", by=BY, at=NOW)
    assert (file.kind, file.unit_path) == ("leavers", cast.mill.unit.path)


def test_departures_are_seen_in_the_branch(cast: Cast) -> None:
    told = [Told(1, "林晓禾", resident_id(order=2), "离职", "2026-05-01")]
    report_leavers(employer=cast.mill, told=told, by=BY, at=NOW)
    with within([cast.other_city.path]):
        assert not Departure.objects.exists()
    with within([cast.mill.unit.path]):
        assert Departure.objects.count() == 1


def test_newcomers_of_the_term_need_not_be_a_share_by_themselves(cast: Cast) -> None:
    of = version(cast.city, term="{years: 1, begins: next_day, clause: 第二条}", more=SHARE)
    covered(cast.mill, of, list(range(20, 36)))
    later = datetime.datetime(2025, 10, 1, 1, 30, tzinfo=datetime.UTC)
    late = begin_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=later)
    add_person(enrolment=late, name="林晓禾", identity_number=resident_id(order=2), by=BY, at=later)
    assert submit_enrolment(enrolment=late, by=BY, at=later).state == "submitted"
