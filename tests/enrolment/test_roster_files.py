"""Rosters as they come: what is read, what is refused, and which faults each row is told."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.core.papers import BadFile
from mutualaid.enrolment.actions.rosters import preview_roster, take_good_rows
from mutualaid.enrolment.models import RosterRow, RosterUpload
from mutualaid.enrolment.queries import faults_grouped, rows_of_upload
from mutualaid.enrolment.roster import limits, reading
from mutualaid.enrolment.roster.reading import NotARoster, read_roster
from mutualaid.enrolment.roster.template import roster_template
from mutualaid.enrolment.roster.told import faults_of, shown
from tests.enrolment.rosters import begun, person, previewed, stored, version, workbook
from tests.people.cast import AT, BY, Cast, resident_id


def faults(upload: RosterUpload) -> list[list[str]]:
    """The fields at fault, row by row."""
    return [[one["field"] for one in row.faults] for row in rows_of_upload(upload=upload)]


def told(cast: Cast, rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """The fields at fault in a roster of the mill."""
    return faults(previewed(begun(cast.mill, version(cast.city)), rows))


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_template_is_read_back(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    enrolment.refresh_from_db()
    book = openpyxl.load_workbook(io.BytesIO(roster_template(enrolment=enrolment)))
    assert book.sheetnames == ["花名册", "示例", "填写说明", "_roster"]
    page = book["花名册"]
    assert page.freeze_panes == "B2"
    assert [cell.value for cell in page[1]][:3] == ["姓名*", "证件种类", "证件号码*"]
    lists = [rule.formula1 for rule in page.data_validations.dataValidation if rule.type == "list"]
    assert '"居民身份证,港澳台居民居住证,外国人永久居留身份证,护照"' in lists
    assert all(rule.prompt for rule in page.data_validations.dataValidation)
    assert page.column_dimensions["C"].number_format == "@"
    for place, text in enumerate(person(21), start=1):
        page.cell(2, place, text)
    target = io.BytesIO()
    book.save(target)
    file = stored(target.getvalue(), enrolment)
    upload = preview_roster(enrolment=enrolment, file=file, by=BY, at=AT)
    assert (upload.rows_read, upload.rows_good) == (1, 1)
    other = begun(cast.yard, enrolment.version)
    other.refresh_from_db()
    with pytest.raises(NotARoster, match="that of another"):
        preview_roster(enrolment=other, file=file, by=BY, at=AT)


def test_an_empty_template_has_nobody(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    with pytest.raises(NotARoster, match="expected a person"):
        read_roster(roster_template(enrolment=enrolment), name="a.xlsx")


def test_merged_titles_above_swapped_and_english_headers() -> None:
    headers = ["ID number", "Name", "随便", "Phone"]
    rows: list[list[Any]] = [
        [resident_id(order=21), "Lin Xiaohe", "x", 13900000021.0],
        ["", "", "", ""],
        [resident_id(order=23), "林", "", ""],
    ]
    content = workbook(rows, above=[["海市第一厂职工花名册"], [], ["填表人：周一帆"]], headers=headers)
    found = read_roster(content, name="x.xlsx").lines
    assert [line.line for line in found] == [5, 7]
    assert found[0].told == {"identity_number": resident_id(order=21), "name": "Lin Xiaohe", "phone": "13900000021"}
    assert [line.faults for line in found] == [[], []]


def test_our_own_example_is_not_taken() -> None:
    example = person(21, 证件号码=reading.EXAMPLE_NUMBER)
    found = read_roster(workbook([example, person(23)]), name="x.xlsx")
    assert [line.line for line in found.lines] == [3]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_a_csv_of_either_encoding(encoding: str) -> None:
    text = "姓名,证件号码\r\n𠮷田·晓,'" + resident_id(order=21) + "\r\n"
    (line,) = read_roster(text.encode(encoding), name="a.CSV").lines
    assert line.told["name"] == "𠮷田·晓"


def test_a_csv_whose_numbers_a_spreadsheet_has_lost() -> None:
    (line,) = read_roster("姓名,证件号码\n林,4.50502E+17\n".encode(), name="a.csv").lines
    assert [one["field"] for one in line.faults] == ["identity_number"]


def zipped(parts: dict[str, bytes]) -> bytes:
    """An archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def repacked(content: bytes, part: str, change: Any) -> bytes:
    """A workbook with one part changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return zipped({n: change(archive.read(n)) if n == part else archive.read(n) for n in archive.namelist()})


SHEET = "xl/worksheets/sheet1.xml"
ONE = workbook([person(21)])


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), "a.xlsx", "something else"),
        (b"%PDF-1.7", "a.pdf", "expected an .xlsx, .xls or .csv"),
        (ONE[:900], "a.xlsx", "a broken one"),
        (b"PK\x03\x04", "a.xlsx", "a broken one"),
        (zipped({"word/document.xml": b"<x/>"}), "a.xlsx", "another kind of archive"),
        (workbook([["甲", "乙"]], headers=["部门", "人数"]), "a.xlsx", "expected a sheet with the headers"),
        (workbook([]), "a.xlsx", "expected a person below the header"),
        (workbook([["林", "林", "x"]], headers=["姓名", "Name", "证件号码"]), "a.xlsx", "which column is which"),
        (repacked(ONE, SHEET, lambda xml: xml.replace(b'r="A2"', b'r="XFD2"')), "a.xlsx", "when unpacked"),
        (repacked(ONE, SHEET, lambda xml: re.sub(rb'<row r="2"', b'<row r="1048576"', xml)), "a.xlsx", "when unpacked"),
        ("部门,人数\n一,2\n".encode(), "a.csv", "expected a sheet with the headers"),
        (b"\xff\xfe\x00\xd8", "a.csv", "another encoding"),
        (b"PK" + bytes(200), "a.csv", "a broken one"),
    ],
)
def test_files_that_are_no_rosters(content: bytes, name: str, said: str) -> None:
    with pytest.raises(NotARoster, match=said) as caught:
        read_roster(content, name=name)
    assert caught.value.zh


def test_what_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNZIPPED_MOST", 2**20)
    with pytest.raises(NotARoster, match="when unpacked"):
        read_roster(repacked(ONE, SHEET, lambda xml: xml + b" " * 2**20))
    monkeypatch.setattr(limits, "BYTES_MOST", 2**20)
    with pytest.raises(NotARoster, match="at most 1 MB"):
        read_roster(bytes(2**20 + 1))


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROWS_MOST", 2)
    with pytest.raises(NotARoster, match="at most 2 persons"):
        read_roster(workbook([person(order) for order in (21, 23, 25)]), name="a.xlsx")


def test_a_csv_of_empty_lines_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROWS_MOST", 2)
    monkeypatch.setattr(limits, "HEADER_WITHIN", 0)
    text = "姓名,证件号码\n" + "\n" * 5_000 + "林,x\n" + ",,\n" * 5_000
    assert [line.line for line in read_roster(text.encode(), name="a.csv").lines] == [5_002]


@pytest.mark.parametrize("text", ["姓名,证件号码\n" + "林,x\n" * 2_100, "姓名,证件号码" + "," * 200 + "x\n林,x\n"])
def test_a_csv_with_too_much_in_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROWS_MOST", 2_000)
    with pytest.raises(NotARoster, match="at most 2000"):
        read_roster(text.encode(), name="a.csv")


def test_papers_refuse_a_workbook_that_is_none(cast: Cast) -> None:
    with pytest.raises(BadFile):
        stored(b"\xd0\xcf\x11\xe0" + bytes(600), begun(cast.mill, version(cast.city)))


def test_a_formula_gives_what_it_last_showed() -> None:
    (line,) = read_roster(workbook([[*person(21)[:5], "=1+1", "", ""]]), name="a.xlsx").lines
    assert line.told["phone"] == "0"


KNOWN = [person(2, "林小禾"), person(4, "尉迟安"), person(6, "帕孜丽娅.乌拉木")]
WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in resident_id(order=21))
MISTYPED = resident_id(order=21)[:17] + ("0" if resident_id(order=21)[17] != "0" else "1")


# --- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (person(21), []),
        (person(21, 证件号码=WIDE), []),
        (person(21, 证件号码=f"'{resident_id(order=21)[:6]} {resident_id(order=21)[6:]}　"), []),
        (person(21, "帕孜丽娅・乌拉木"), []),
        (person(21, "𠮷" + "晓" * 49), []),
        (person(21, "晓" * 51), ["name"]),
        (person(21, "林3"), ["name"]),
        (person(21, ""), ["name"]),
        (person(21, 证件号码=""), ["identity_number"]),
        (
            person(21, 证件号码=MISTYPED),
            ["identity_number"],
        ),
        (person(21, 证件种类="军官证"), ["identity_kind"]),
        (person(21, 证件种类=""), []),
        (person(21, 证件种类="护照", 证件号码="E12345678"), ["sex", "birth_date"]),
        (person(21, 证件种类="护照", 证件号码="E12345678", 性别="女", 出生日期="1988年6月7日"), []),
        (person(21, 证件种类="passport", 证件号码="E12345678", 性别="F", 出生日期="1988/13/7"), ["birth_date"]),
        (person(21, 证件种类="护照", 证件号码="E12345678", 性别="女", 出生日期="2030-01-01"), ["birth_date"]),
        (person(21, 性别="女"), ["sex"]),
        (person(21, 性别="不详"), ["sex"]),
        (person(21, 出生日期="1988-06-08"), ["birth_date"]),
        (person(21, 手机号码="12345"), ["phone"]),
        (person(21, 手机号码="+852 6123 4567"), []),
        (person(21, 银行卡号="6222020000000000001"), ["bank_card"]),
        (person(21, 参加份数="2"), ["units"]),
        (person(21, 参加份数="一份"), ["units"]),
        (person(21, 参加份数="1份"), []),
        (person(21, 证件号码=resident_id("19600101", 21)), ["plan"]),
        (person(21, 证件号码=resident_id("20100101", 21)), ["plan"]),
    ],
)
def test_what_a_row_is_told(cast: Cast, row: list[str], expected: list[str]) -> None:
    assert told(cast, [row]) == [expected]


def test_numbers_that_lost_their_digits(cast: Cast) -> None:
    row: list[Any] = person(21)
    row[2], row[6] = 450502198806070026, 6222020000000000000
    assert told(cast, [row]) == [["identity_number", "bank_card"]]


def test_an_old_number_is_offered_as_a_new_one(cast: Cast) -> None:
    number = resident_id(order=21)
    upload = previewed(begun(cast.mill, version(cast.city)), [person(21, 证件号码=number[:6] + number[8:17])])
    (row,) = upload.rows.all()
    assert faults_of(row=row)[0]["offered"] == number
    with connection.cursor() as cursor:  # nowhere as plain text
        cursor.execute("SELECT r::text FROM enrolment_rosterrow r WHERE id = %s", [row.pk])
        ((text,),) = cursor.fetchall()
    assert number not in text
    assert number[:6] + number[8:17] not in text
    with pytest.raises(IntegrityError, match="offers_no_plain_number"), transaction.atomic():
        RosterRow.objects.filter(pk=row.pk).update(faults=faults_of(row=row))


def test_a_person_twice_in_a_file(cast: Cast) -> None:
    upload = previewed(begun(cast.mill, version(cast.city)), [person(21), person(23), person(21)])
    assert faults(upload) == [[], [], ["identity_number"]]
    assert "第 2 行" in upload.rows.get(line=4).faults[0]["zh"]


def test_a_known_member_by_another_name_or_elsewhere(cast: Cast) -> None:
    upload = previewed(
        begun(cast.mill, version(cast.city)), [person(2, "林小禾"), person(4, "尉迟安"), person(6, "帕孜丽娅.乌拉木")]
    )
    rows = list(rows_of_upload(upload=upload))
    assert [[one["field"] for one in row.faults] for row in rows] == [["name"], [], []]
    assert "moved here" in rows[1].warnings[0]["en"]
    assert "林晓禾" not in str(rows[0].faults)


def test_the_good_rows_or_none(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    upload = previewed(enrolment, [person(21), person(23, "?"), person(25, "?")])
    assert (upload.rows_read, upload.rows_good) == (3, 1)
    (group,) = faults_grouped(upload=upload)
    assert (group.field, group.count, list(group.lines)) == ("name", 2, [3, 4])
    assert not enrolment.rows.filter(taken=True).exists()
    assert take_good_rows(upload=upload, by=BY, at=AT) == 1
    assert faults(previewed(enrolment, [person(21)])) == [["identity_number"]]


def test_numbers_are_encrypted_and_shown_masked(cast: Cast) -> None:
    upload = previewed(begun(cast.mill, version(cast.city)), [person(21, 手机号码="13900000021")])
    row = upload.rows.get()
    assert shown(row=row)["identity_number"] == "450502********" + resident_id(order=21)[-4:]
    assert "13900000021" not in str(shown(row=row))
    with connection.cursor() as cursor:
        cursor.execute("SELECT told FROM enrolment_rosterrow WHERE id = %s", [row.pk])
        assert re.fullmatch(r"1:[A-Za-z0-9+/=]+", cursor.fetchone()[0])
