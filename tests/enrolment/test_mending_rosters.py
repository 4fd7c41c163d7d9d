"""After a roster was brought: columns are confirmed once, certain faults mended at one click, marked files come back."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.db import DatabaseError, transaction

from mutualaid.core.models import AuditEntry
from mutualaid.core.row_security import within
from mutualaid.enrolment import access
from mutualaid.enrolment.actions.mending import ColumnsWrong, NotAsked, forget_mapping, map_columns, mend_certain
from mutualaid.enrolment.actions.rosters import bring_roster, preview_roster, take_good_rows
from mutualaid.enrolment.models import Enrolment, HeaderMapping, RosterUpload
from mutualaid.enrolment.queries import rows_of_upload
from mutualaid.enrolment.roster.comparing import Compared, compared
from mutualaid.enrolment.roster.marking import Mark, Marks, marked
from mutualaid.enrolment.roster.mending import mended
from mutualaid.enrolment.roster.reading import Line, NotARoster, read_roster
from mutualaid.enrolment.roster.told import line_of
from mutualaid.people.access import NotFound
from tests.enrolment.hostile_rosters import HEAD, NAMES, NUMBERS, PEOPLE, PHONES, excel, text, wide
from tests.enrolment.rosters import begun, person, previewed, stored, version, workbook
from tests.people.cast import AT, BY, Cast, as_clerk

OTHER = ["人员", "身份证件（本人）", "联络电话", "车间"]
ANSWER = {"人员": "name", "身份证件(本人)": "identity_number", "联络电话": "phone", "车间": ""}


def old(number: str) -> str:
    """The same person's number of 15 places."""
    return number[:6] + number[8:17]


def draft(cast: Cast) -> Enrolment:
    """An enrolment of the mill."""
    found = begun(cast.mill, version(cast.city))
    found.refresh_from_db()
    return found


def brought(enrolment: Enrolment, content: bytes, name: str = "名单.xlsx") -> RosterUpload:
    """A small file, previewed at once."""
    made = bring_roster(enrolment=enrolment, content=content, name=name, by=BY, at=AT)
    assert isinstance(made, RosterUpload)
    return made


def unsure(order: tuple[int, ...] = (0, 1, 2, 3)) -> bytes:
    """Headers that only look like those we know."""
    rows = [OTHER, *[[*one, "一车间"] for one in PEOPLE]]
    return excel([[cells[place] for place in order] for cells in rows])


# --- which column is which --------------------------------------------------------------------------------------------


def test_a_header_is_asked_once_and_remembered(cast: Cast) -> None:
    enrolment = draft(cast)
    upload = brought(enrolment, unsure())
    assert upload.asked is not None
    assert (upload.rows_read, upload.rows.count()) == (0, 0)
    assert not [number for number in (*NUMBERS, *NAMES) if number in upload.asked]
    made = map_columns(upload=upload, fields=ANSWER, by=BY, at=AT)
    assert isinstance(made, RosterUpload)
    assert (made.rows_read, made.rows_good, made.file_id) == (3, 3, upload.file_id)
    again = brought(enrolment, unsure((3, 2, 0, 1)))  # the same columns in another order
    assert (again.asked, again.rows_good) == (None, 3)
    assert "confirmed them before" in str(again.reading["notes"])
    assert brought(begun(cast.yard, enrolment.version), unsure()).asked is not None  # another employer is asked itself


def test_what_is_forgotten_is_asked_again(cast: Cast) -> None:
    enrolment = draft(cast)
    map_columns(upload=brought(enrolment, unsure()), fields=ANSWER, by=BY, at=AT)
    mapping = HeaderMapping.objects.get()
    assert access.header_mapping_for(actor=as_clerk(cast.clerk), key=mapping.key) == mapping
    with pytest.raises(NotFound):
        access.header_mapping_for(actor=BY, key=mapping.key)
    with within([cast.yard.unit.path]):
        assert not HeaderMapping.objects.exists()
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            HeaderMapping.objects.create(employer=cast.mill, fingerprint="0" * 64, fields={"a": "name"}, at=AT)
    forget_mapping(mapping=mapping, by=BY, at=AT)
    assert brought(enrolment, unsure()).asked is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"车间": "name"}, "several for"),
        ({"身份证件(本人)": ""}, "found none for"),
        ({"车间": "salary"}, "meanings of the list"),
    ],
)
def test_what_cannot_be_said_of_columns(cast: Cast, change: dict[str, str], said: str) -> None:
    upload = brought(draft(cast), unsure())
    with pytest.raises(ColumnsWrong, match=said):
        map_columns(upload=upload, fields=ANSWER | change, by=BY, at=AT)
    assert not HeaderMapping.objects.exists()


def test_columns_that_are_known_are_not_asked(cast: Cast) -> None:
    with pytest.raises(NotAsked):
        map_columns(upload=brought(draft(cast), workbook([person(21)])), fields=ANSWER, by=BY, at=AT)


@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [
        (text([HEAD, *PEOPLE]).encode("gbk"), "名单.xls", "名单.xls.csv"),
        (b"\xff\xfe" + text([HEAD, *PEOPLE], "\t").encode("utf-16-le"), "名单.txt", "名单.txt.csv"),
    ],
)
def test_a_file_is_what_it_holds(cast: Cast, content: bytes, name: str, kept: str) -> None:
    upload = brought(draft(cast), content, name)
    assert (upload.rows_good, upload.file.name) == (3, kept)


def test_an_old_xls_is_kept_as_one(cast: Cast) -> None:
    from tests.enrolment.hostile_rosters import old_excel

    upload = brought(draft(cast), old_excel([HEAD, *PEOPLE]), "名单.xls")
    assert (upload.rows_good, upload.file.name) == (3, "名单.xls")


def test_a_password_is_said_before_anything_is_kept(cast: Cast) -> None:
    from tests.enrolment.hostile_rosters import a_workbook_with_a_password

    with pytest.raises(NotARoster, match="without a password"):
        brought(draft(cast), a_workbook_with_a_password().content)


# --- one click --------------------------------------------------------------------------------------------------------


def test_all_that_is_certain_is_mended_at_one_click(cast: Cast) -> None:
    small = next(number for number in (person(order)[2] for order in range(31, 99)) if number.endswith("X"))
    rows = [
        person(21, 证件号码=old(NUMBERS[0])),
        person(22, 证件号码=f"{NUMBERS[1][:6]} {NUMBERS[1][6:]}", 手机号码="139 0000 0022"),
        person(25, 证件号码=wide(NUMBERS[2])),
        person(31, 证件号码=small.lower()),
        person(41, 证件号码="450502198806070"),
    ]
    upload = previewed(draft(cast), rows)
    assert upload.reading["certain"] == {"fifteen": 1, "spaces": 2, "width": 1, "small": 1, "rows": 4}
    made = mend_certain(upload=upload, by=BY, at=AT)
    assert isinstance(made, RosterUpload)
    assert (made.rows_good, made.reading["mended"]) == (4, {"fifteen": 1, "spaces": 2, "width": 1, "small": 1})
    told = [line_of(row=row).told["identity_number"] for row in rows_of_upload(upload=made)]
    assert told == [*NUMBERS, small, "450502198806070"]
    assert list(made.reading["changes"][0]) == [2, "identity_number", "fifteen"]
    entry = AuditEntry.objects.filter(what="mend_roster").get()
    assert entry.detail["rows"] == [2, 3, 4, 5]
    assert not [number for number in NUMBERS if number in str(entry.detail)]
    with pytest.raises(NotAsked):
        mend_certain(upload=made, by=BY, at=AT)
    assert take_good_rows(upload=made, by=BY, at=AT) == 4


def test_a_mended_number_may_show_that_a_person_is_there_twice(cast: Cast) -> None:
    upload = previewed(draft(cast), [person(21), person(21, 证件号码=old(NUMBERS[0]))])
    made = mend_certain(upload=upload, by=BY, at=AT)
    assert isinstance(made, RosterUpload)
    (row,) = rows_of_upload(upload=made, faulty=True)
    assert "第 2 行" in row.faults[0]["zh"]


@pytest.mark.parametrize(
    "told",
    [
        {"identity_number": NUMBERS[0], "phone": PHONES[0]},
        {"identity_number": "E12345678", "identity_kind": "护照"},
        {"identity_number": "123456789012345", "identity_kind": "护照"},
        {"identity_number": "450502881345021"},  # no day has this month
        {"identity_number": "45050219880607021"},
        {"name": "Lin Xiaohe", "identity_kind": "resident id"},
    ],
)
def test_nothing_uncertain_is_mended(told: dict[str, str]) -> None:
    assert mended(Line(2, told)) == (Line(2, told), ())


def test_a_cell_that_lost_digits_is_not_mended() -> None:
    line = Line(
        2, {"identity_number": "450502198806070"}, [{"field": "identity_number", "zh": "", "en": "", "offered": ""}]
    )
    assert mended(line) == (line, ())


# --- the corrected file -----------------------------------------------------------------------------------------------


def test_a_corrected_file_says_what_became_of_the_faults(cast: Cast) -> None:
    enrolment = draft(cast)
    first = [person(21, "?"), person(22, 手机号码="1"), person(25, 性别="?"), person(27)]
    assert "compared" not in previewed(enrolment, first).reading
    second = [person(21), person(22, 手机号码="1"), person(25), person(27, 参加份数="9")]
    assert previewed(enrolment, second).reading["compared"] == {"mended": 2, "left": 1, "new": 1}
    another = [person(order) for order in (51, 53, 55, 57)]
    assert "compared" not in previewed(enrolment, [[f"甲{NAMES[0][1]}", *one[1:]] for one in another]).reading


def test_rows_that_were_taken_out_shift_the_others() -> None:
    def fault(name: str) -> list[dict[str, str]]:
        return [{"field": name}]

    before = [
        (2, "甲", "a", fault("phone")),
        (3, "乙", "b", fault("sex")),
        (4, "丙", "c", []),
        (5, "", "", fault("name")),
    ]
    now = [(2, "乙", "b", fault("sex")), (3, "丙", "c", []), (4, "", "", fault("name"))]
    assert compared(before, now) == Compared(mended=2, left=1, new=1)  # who has no name keeps no place
    assert compared(before, [(2, "丁", "d", [])]) is None


# --- the marked workbook ----------------------------------------------------------------------------------------------


def marks(**more: Any) -> Marks:
    """A fault in each of two rows."""
    one = Mark("phone", "应为手机号码", ("尉迟安", "手机号码", "1", "应为手机号码", "请核对", ""))
    two = Mark("plan", "不符合计划", ("林", "计划规定", "", "不符合计划", "请删去", ""))
    given: dict[str, Any] = {
        "sheet": "名单",
        "columns": ["name", "identity_number", None, "phone"],
        "last": 3,
        "faults": {5: [one], 6: [two]},
        "headers": ["行号", "姓名", "栏目", "填写的内容", "原因", "怎样改", "建议值"],
        "said": ["红色的格子有问题"],
    }
    return Marks(**given | more)


def source() -> bytes:
    """A roster with titles, a further column, a cover before it and a hidden sheet."""
    book = openpyxl.Workbook()
    book.active.title = "封面"
    book.active["A1"] = "海市第一厂"
    page = book.create_sheet("名单")
    for cells in [["花名册"], [], ["姓名", "证件号码", "部门", "手机号码"]]:
        page.append(cells)
    for name, number, phone in PEOPLE:
        page.append([name, number, "=1+1" if name == NAMES[2] else 12.5, phone])
    page.merge_cells("A1:D1")
    page.row_dimensions[4].hidden = True
    book.create_sheet("密").sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_the_marked_workbook_is_the_same_with_bad_cells_marked() -> None:
    content = marked(content=source(), marks=marks(mended={(4, "phone"): "13900000000"}))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["问题清单", "封面", "名单"]
    page = book["名单"]
    assert [cell.value for cell in page[3]] == ["姓名", "证件号码", "部门", "手机号码"]
    assert [cell.value for cell in page[5]] == [NAMES[1], NUMBERS[1], 12.5, PHONES[1]]
    assert page["D4"].value == "13900000000"
    assert page["D5"].fill.start_color.rgb == page["A6"].fill.start_color.rgb == "FFFFC7CE"
    assert page["A5"].fill.start_color.rgb == "00000000"
    assert page["D5"].comment.text.endswith("应为手机号码")
    assert page.row_dimensions[4].hidden
    assert [str(cell.value) for cell in book["问题清单"][3]][:4] == ["5", "尉迟安", "手机号码", "1"]
    again = read_roster(content)
    assert again.sheet == "名单"
    assert [line.line for line in again.lines] == [4, 5, 6]


def test_a_csv_comes_back_as_a_workbook() -> None:
    content = marked(
        content=text([HEAD, *PEOPLE]).encode("gbk"), marks=marks(sheet="CSV", columns=["name", None, "phone"], last=1)
    )
    again = read_roster(content)
    assert (again.sheet, [line.told["phone"] for line in again.lines]) == ("花名册", list(PHONES))


def test_a_marked_workbook_is_marked_again() -> None:
    once = marked(content=source(), marks=marks())
    twice = marked(content=once, marks=marks(faults={}))
    assert openpyxl.load_workbook(io.BytesIO(twice)).sheetnames == ["问题清单", "封面", "名单"]


def test_our_template_stays_ours_when_it_is_marked(cast: Cast) -> None:
    from mutualaid.enrolment.roster.template import roster_template

    enrolment = draft(cast)
    book = openpyxl.load_workbook(io.BytesIO(roster_template(enrolment=enrolment)))
    for place, told in enumerate(person(21), start=1):
        book["花名册"].cell(2, place, told)
    target = io.BytesIO()
    book.save(target)
    content = marked(content=target.getvalue(), marks=marks(sheet="花名册", columns=["name"], last=1, faults={}))
    assert read_roster(content).enrolment == enrolment.number
    assert preview_roster(enrolment=enrolment, file=stored(content, enrolment), by=BY, at=AT).rows_good == 1
