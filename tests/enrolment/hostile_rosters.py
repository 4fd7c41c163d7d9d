"""Rosters as clerks really send them, made by the programs that make them: each function is one, and says what must come of it.

Three invented persons stand in nearly all of them; ``Expected`` says in which rows they are found, which cells are at fault, what
is told of the file, which columns are asked about, or why it is refused.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import xlsxwriter
import xlwt

from tests.people.cast import resident_id

NAMES = ("林晓禾", "尉迟安", "帕孜丽娅·乌拉木")
NUMBERS = tuple(resident_id(order=order) for order in (21, 22, 25))
PHONES = ("13900000021", "13900000022", "13900000025")
PEOPLE = [list(one) for one in zip(NAMES, NUMBERS, PHONES, strict=True)]
HEAD = ["姓名", "证件号码", "手机号码"]
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Expected:
    """``rows``: numbers of the rows in which the persons are found, in their order; ``told``: of some rows, what else is told;
    ``faults``: fields by row; ``notes``: parts of what is told; ``asked``: the fields proposed; ``refused``: a part of it."""

    content: bytes
    rows: Sequence[int] = (2, 3, 4)
    told: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    faults: Mapping[int, Sequence[str]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    asked: Sequence[str] | None = None
    refused: str = ""


Maker = Callable[[], Expected]
HOSTILE: dict[str, Maker] = {}


def hostile(make: Maker) -> Maker:
    """One of the corpus."""
    HOSTILE[make.__name__] = make
    return make


def excel(rows: Rows, *, sheet: str = "Sheet1", more: Callable[[Any, Any], object] | None = None) -> bytes:
    """By XlsxWriter; ``more`` changes the book and the sheet before they are closed."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet)
    for line, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and not cell.startswith("="):
                page.write_string(line, place, cell)
            elif cell is not None:
                page.write(line, place, cell)
    if more is not None:
        more(book, page)
    book.close()
    return target.getvalue()


def saved(book: Any) -> bytes:
    """By openpyxl or xlwt."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def old_excel(rows: Rows, more: Callable[[Any, Any], object] | None = None) -> bytes:
    """An ``.xls`` by xlwt."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("Sheet1")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for line, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            page.write(line, place, cell, *([day] if isinstance(cell, datetime.date) else []))
    if more is not None:
        more(book, page)
    return saved(book)


def raw(sheet: str, *, strings: str = "", book: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """A workbook written by hand, as other programs write them: ``sheet`` is the XML of the only one."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{links}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship '
        f'Target="/xl/worksheets/s.xml" Type="{links}/worksheet" Id="rId7"/>'
        + (f'<Relationship Id="rId8" Type="{links}/sharedStrings" Target="sharedStrings.xml"/>' if strings else "")
        + "</Relationships>",
        "xl/workbook.xml": book
        or f"<workbook xmlns='{main}' xmlns:r='{links}'><sheets>"
        "<sheet name='表&amp;1' sheetId='3' r:id='rId7'/></sheets></workbook>",
        "xl/worksheets/s.xml": sheet.replace("MAIN", main),
        **({"xl/sharedStrings.xml": strings.replace("MAIN", main)} if strings else {}),
        **(more or {}),
    }
    return zipped({name: f'<?xml version="1.0" encoding="UTF-8"?>{xml}'.encode() for name, xml in parts.items()})


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """An archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def text(rows: Rows, separator: str = ",", end: str = "\r\n") -> str:
    """A text of lines."""
    return "".join(separator.join(map(str, cells)) + end for cells in rows)


# --- where the header is ----------------------------------------------------------------------------------------------


@hostile
def titles_and_empty_rows_above_the_header() -> Expected:
    above: Rows = [["海市第一厂职工花名册"], [], ["填表人：周一帆", "", "2025年3月1日"], []]
    return Expected(excel([*above, HEAD, *PEOPLE]), rows=(6, 7, 8))


@hostile
def a_merged_title_over_all_columns() -> Expected:
    return Expected(
        excel([[], HEAD, *PEOPLE], more=lambda _, page: page.merge_range("A1:C1", "海市第一厂职工花名册")),
        rows=(3, 4, 5),
    )


@hostile
def a_table_that_begins_at_d5() -> Expected:
    rows = [["", "", "", *cells] for cells in [HEAD, *PEOPLE]]
    return Expected(excel([[], [], [], [], *rows]), rows=(6, 7, 8))


@hostile
def columns_in_another_order_with_others_between() -> Expected:
    rows = [["序号", "部门", "手机号码", "证件号码", "备注", "姓名"]]
    rows += [[str(n), "一车间", phone, number, "", name] for n, (name, number, phone) in enumerate(PEOPLE, 1)]
    return Expected(excel(rows), notes=("not needed and were not read: 序号, 部门, 备注",))


@hostile
def headers_with_spaces_stars_brackets_numbers_and_breaks() -> Expected:
    return Expected(excel([["1、姓　名*", "证件\n号码（18位）", "★手机 号码【必填】"], *PEOPLE]))


@hostile
def headers_in_full_width_and_zero_width() -> Expected:
    return Expected(excel([["\ufeff姓名", "ＩＤ\u3000Ｎｕｍｂｅｒ", "手\u200b机号码"], *PEOPLE]))


@hostile
def headers_in_english() -> Expected:
    return Expected(excel([["Full name", "ID No.".replace(".", ""), "Mobile"], *PEOPLE]))


@hostile
def headers_by_other_sure_words() -> Expected:
    return Expected(excel([["员工姓名", "公民身份号码", "联系手机"], *PEOPLE]))


@hostile
def a_header_of_two_rows_with_merged_cells() -> Expected:
    def merge(book: Any, page: Any) -> None:
        page.merge_range("A1:A2", "姓名")
        page.merge_range("B1:B2", "证件号码")
        page.merge_range("C1:D1", "联系方式")

    rows = [[], ["", "", "手机", "座机"], *[[*one, "07791234567"] for one in PEOPLE]]
    return Expected(excel(rows, more=merge), rows=(3, 4, 5), told={3: {"phone": PHONES[0]}})


@hostile
def a_header_of_two_rows_whose_words_belong_together() -> Expected:
    rows = [["姓名", "证件", "", "手机号码"], ["", "种类", "号码", ""]]
    rows += [[name, "居民身份证", number, phone] for name, number, phone in PEOPLE]
    return Expected(
        excel(rows, more=lambda _, page: page.merge_range("B1:C1", "证件")),
        rows=(3, 4, 5),
        told={3: {"identity_kind": "居民身份证", "phone": PHONES[0]}},
    )


@hostile
def renamed_headers_that_only_look_alike() -> Expected:
    return Expected(
        excel([["人员", "身份证件（本人）", "联络电话"], *PEOPLE]), asked=("name", "identity_number", "phone")
    )


@hostile
def a_sure_header_with_one_column_that_may_be_the_phone() -> Expected:
    return Expected(excel([["姓名", "证件号码", "联系方式"], *PEOPLE]), asked=("name", "identity_number", "phone"))


@hostile
def two_columns_of_one_meaning() -> Expected:
    rows = [["姓名", "证件号码", "手机", "联系电话"], *[[*one, one[2]] for one in PEOPLE]]
    return Expected(excel(rows), asked=("name", "identity_number", "phone", ""))


@hostile
def no_header_at_all() -> Expected:
    return Expected(excel(PEOPLE), asked=("name", "identity_number", "phone"))


@hostile
def headers_that_say_nothing_over_a_clear_content() -> Expected:
    rows = [["甲", "乙", "丙", "丁"], *[[*one, "男"] for one in PEOPLE]]
    return Expected(excel(rows), asked=("name", "identity_number", "phone", "sex"))


@hostile
def no_persons_but_a_statistic() -> Expected:
    return Expected(excel([["部门", "人数"], ["一车间", 12]]), refused="expected a sheet with the headers")


# --- what stands in cells ---------------------------------------------------------------------------------------------


def wide(text: str) -> str:
    """In full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


@hostile
def full_width_digits_and_letters() -> Expected:
    return Expected(excel([HEAD, *[[name, wide(number), wide(phone)] for name, number, phone in PEOPLE]]))


@hostile
def spaces_of_all_kinds() -> Expected:
    first = [f" {NAMES[0]}\u3000", f"{NUMBERS[0][:6]} {NUMBERS[0][6:14]}\u00a0{NUMBERS[0][14:]}", "139 0000 0021"]
    second = [f"\u00a0{NAMES[1]}", f"\t{NUMBERS[1]}\n", PHONES[1]]
    third = [f"\u200b{NAMES[2]}\ufeff", f"\u202d{NUMBERS[2]}\u202c", f"{PHONES[2]}\u200e"]
    return Expected(excel([HEAD, first, second, third]), notes=("nobody sees",))


@hostile
def apostrophes_before_everything() -> Expected:
    rows = [[f"'{cell}" for cell in one] for one in PEOPLE]
    return Expected(excel([HEAD, *rows]), notes=("apostrophe",))


@hostile
def carriage_returns_as_excel_escapes_them() -> Expected:
    return Expected(excel([HEAD, *[[f"{cell}_x000D_\n" for cell in one] for one in PEOPLE]]))


@hostile
def numbers_that_lost_their_last_digits() -> Expected:
    rows = [[name, int(number.replace("X", "0")), int(phone)] for name, number, phone in PEOPLE]
    every = ("identity_number",)
    return Expected(excel([HEAD, *rows]), faults={2: every, 3: every, 4: every}, told={2: {"phone": PHONES[0]}})


@hostile
def numbers_of_fifteen_digits_that_are_exact() -> Expected:
    old = [number[:6] + number[8:17] for number in NUMBERS]
    rows = [[name, int(number), float(phone)] for name, number, phone in zip(NAMES, old, PHONES, strict=True)]
    told = {row: {"identity_number": old[row - 2], "phone": PHONES[row - 2]} for row in (2, 3, 4)}
    return Expected(excel([HEAD, *rows]), told=told)


@hostile
def a_bank_card_as_a_number() -> Expected:
    rows: list[Any] = [["姓名", "证件号码", "银行卡号"], *[[*one[:2], 6222020000000000000] for one in PEOPLE]]
    return Expected(excel(rows), faults=dict.fromkeys((2, 3, 4), ("bank_card",)))


BORN = ["姓名", "证件号码", "出生日期"]
DAY = datetime.date(1988, 6, 7)


@hostile
def days_in_texts_of_many_spellings() -> Expected:
    spelt = [
        "1988-6-7",
        "1988/06/07",
        "1988.6.7",
        "19880607",
        "1988 年 6 月 7 日",
        "1988-06-07 00:00:00",
        wide("1988-6-7"),
    ]
    rows = [[NAMES[0], NUMBERS[0], one] for one in spelt]
    told = ["1988-6-7", "1988/06/07", "1988.6.7", "19880607", "1988年6月7日", "1988-06-07", "1988-6-7"]
    return Expected(
        excel([BORN, *rows]), rows=(), told={row: {"birth_date": one} for row, one in enumerate(told, start=2)}
    )


@hostile
def days_as_days_as_numbers_and_as_counted_by_a_spreadsheet() -> Expected:
    rows = [
        [NAMES[0], NUMBERS[0], one]
        for one in (DAY, datetime.datetime.combine(DAY, datetime.time(8)), 32301, 19880607, "32301")
    ]
    plain = ["1988-06-07"] * 3 + ["19880607", "1988-06-07"]
    return Expected(
        excel([BORN, *rows]), rows=(), told={row: {"birth_date": one} for row, one in enumerate(plain, start=2)}
    )


@hostile
def days_counted_from_1904() -> Expected:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(BORN)
    book.active.append([NAMES[0], NUMBERS[0], DAY])
    book.active.append([NAMES[1], NUMBERS[1], 32301 - 1462])
    told = {"birth_date": "1988-06-07"}
    return Expected(saved(book), rows=(2, 3), told={2: told, 3: told})


@hostile
def days_with_the_year_last() -> Expected:
    rows = [[*PEOPLE[0][:2], "07/06/1988"], [*PEOPLE[1][:2], "7.6.1988"], [*PEOPLE[2][:2], "07-06-1988"]]
    return Expected(excel([BORN, *rows]), faults=dict.fromkeys((2, 3, 4), ("birth_date",)))


@hostile
def formulas_that_were_calculated() -> Expected:
    def write(_: Any, page: Any) -> None:
        for line, (name, number, _phone) in enumerate(PEOPLE, start=1):
            page.write_formula(line, 0, '="林"&"晓"', None, name)
            page.write_formula(line, 1, "=TEXT(D2,0)", None, number)

    return Expected(excel([HEAD], more=write))


@hostile
def formulas_that_were_never_calculated() -> Expected:
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active.append([NAMES[0], f'="{NUMBERS[0]}"', PHONES[0]])
    book.active.append([NAMES[1], NUMBERS[1], "=1+1"])
    book.active.append(PEOPLE[2])
    return Expected(saved(book), faults={2: ("identity_number",), 3: ("phone",)})


@hostile
def formulas_that_went_wrong() -> Expected:
    rows = [[NAMES[0], "#N/A", PHONES[0]], [NAMES[1], NUMBERS[1], "#REF!"], PEOPLE[2]]
    return Expected(excel([HEAD, *rows]), faults={2: ("identity_number",), 3: ("phone",)})


# --- what stands between persons --------------------------------------------------------------------------------------


@hostile
def totals_at_the_end() -> Expected:
    rows = [HEAD, *PEOPLE, [], ["合 计", "3人", ""], ["总计：3", "", ""]]
    return Expected(excel(rows), notes=("totals were left out: rows 6, 7",))


@hostile
def totals_with_sums_under_the_numbers() -> Expected:
    rows: list[Any] = [
        ["序号", *HEAD],
        *[[n, *one] for n, one in enumerate(PEOPLE, 1)],
        ["合计", "", 300.0, ""],
        ["小计", "", "128450.00", ""],
    ]
    return Expected(excel(rows), notes=("totals were left out: rows 5, 6",))


@hostile
def signatures_at_the_end() -> Expected:
    rows = [
        HEAD,
        *PEOPLE,
        ["制表人：周一帆", "审核人：尉迟安", "日期：2025年3月1日"],
        ["单位（盖章）："],
        ["备注：以上均为在职"],
    ]
    return Expected(excel(rows), notes=("signatures and remarks were left out: rows 5, 6, 7",))


@hostile
def printed_pages_with_titles_headers_and_page_numbers() -> Expected:
    title = ["海市第一厂职工花名册"]
    rows = [title, HEAD, PEOPLE[0], ["第 1 页 共 2 页"], title, HEAD, PEOPLE[1], PEOPLE[2], ["第 2 页 共 2 页"]]
    return Expected(excel(rows), rows=(3, 7, 8), notes=("stand again were left out: rows 5, 6", "rows 4, 9"))


@hostile
def empty_rows_and_running_numbers_without_persons() -> Expected:
    rows: list[Any] = [
        ["序号", *HEAD],
        [1, *PEOPLE[0]],
        [],
        [2, *PEOPLE[1]],
        [3, " ", "", ""],
        [4, *PEOPLE[2]],
        [5],
        [6],
    ]
    return Expected(excel(rows), rows=(2, 4, 6))


@hostile
def a_person_whose_number_is_missing_is_no_total() -> Expected:
    return Expected(
        excel([HEAD, ["共慧", "", PHONES[0]], PEOPLE[1], PEOPLE[2]]), rows=(), told={2: {"name": "共慧"}, 3: {}, 4: {}}
    )


# --- sheets, rows and columns that are not seen -----------------------------------------------------------------------


@hostile
def hidden_rows() -> Expected:
    return Expected(
        excel([HEAD, *PEOPLE], more=lambda _, page: page.set_row(2, None, None, {"hidden": True})),
        notes=("hidden rows were read as well, check them: row 3",),
    )


@hostile
def a_hidden_column() -> Expected:
    return Expected(
        excel([HEAD, *PEOPLE], more=lambda _, page: page.set_column(1, 1, None, None, {"hidden": True})),
        notes=("hidden columns were read as well, check them: 证件号码",),
    )


def beside(name: str, rows: Rows, hide: str = "") -> Callable[[Any, Any], None]:
    """A further sheet."""

    def add(book: Any, page: Any) -> None:
        more = book.add_worksheet(name)
        for line, cells in enumerate(rows):
            more.write_row(line, 0, cells)
        if hide:
            getattr(more, hide)()
        del page

    return add


@hostile
def a_hidden_sheet_with_last_years_roster() -> Expected:
    return Expected(
        excel([HEAD, *PEOPLE], more=beside("去年", [HEAD, *PEOPLE], "hide")),
        notes=("hidden sheets were not read: “去年”",),
    )


@hostile
def a_very_hidden_sheet_before() -> Expected:
    def add(book: Any, page: Any) -> None:
        beside("密", [HEAD, *PEOPLE], "very_hidden")(book, page)
        book.worksheets_objs.reverse()
        page.activate()
        page.set_first_sheet()

    return Expected(excel([HEAD, *PEOPLE], more=add))


@hostile
def only_a_hidden_sheet_has_the_roster() -> Expected:
    return Expected(
        excel([["说明"]], more=beside("名单", [HEAD, *PEOPLE], "hide")), refused="hidden sheets are not read, show it"
    )


@hostile
def a_cover_and_a_chart_before_the_roster() -> Expected:
    def add(book: Any, page: Any) -> None:
        beside("名单", [HEAD, *PEOPLE])(book, page)
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Sheet1!$A$1:$A$2"})
        book.add_chartsheet("图").set_chart(chart)

    return Expected(excel([["封面"], ["海市第一厂"]], more=add))


@hostile
def two_sheets_that_both_are_rosters() -> Expected:
    return Expected(
        excel([HEAD, *PEOPLE], sheet="一车间", more=beside("二车间", [HEAD, *PEOPLE])),
        notes=("only “一车间” was read; “二车间” may be a roster too",),
    )


@hostile
def the_sheet_that_is_called_as_ours_goes_first() -> Expected:
    rows = [HEAD, [NAMES[1], NUMBERS[1], ""]]
    return Expected(
        excel(rows, sheet="旧", more=beside("花名册", [HEAD, *PEOPLE])), notes=("only “花名册” was read; “旧”",)
    )


# --- programs that write otherwise ------------------------------------------------------------------------------------


def inline(prefix: str = "", references: bool = True) -> str:
    """The XML of a sheet with texts in its cells."""
    tag = f"{prefix}:" if prefix else ""
    spoken = f"xmlns:{prefix}" if prefix else "xmlns"
    rows = []
    for line, cells in enumerate([HEAD, *PEOPLE], start=1):
        at = [f' r="{"ABC"[place]}{line}"' if references else "" for place in range(3)]
        told = "".join(
            f'<{tag}c{where} t="inlineStr"><{tag}is><{tag}t xml:space="preserve">{cell}</{tag}t></{tag}is></{tag}c>'
            for where, cell in zip(at, cells, strict=True)
        )
        rows.append(f"<{tag}row{f' r={chr(34)}{line}{chr(34)}' if references else ''}>{told}</{tag}row>")
    return f'<{tag}worksheet {spoken}="MAIN"><{tag}sheetData>{"".join(rows)}</{tag}sheetData></{tag}worksheet>'


@hostile
def texts_in_cells_and_no_styles() -> Expected:
    return Expected(raw(inline()))


@hostile
def tags_with_a_prefix() -> Expected:
    return Expected(raw(inline("x")))


@hostile
def rows_and_cells_without_references() -> Expected:
    return Expected(raw(inline(references=False)))


@hostile
def shared_texts_of_several_runs_with_readings() -> Expected:
    words = [word for cells in [HEAD, *PEOPLE] for word in cells]
    parts = "".join(
        f"<si><r><rPr><b/></rPr><t>{word[:1]}</t></r><r><t>{word[1:]}</t></r>"
        f'<rPh sb="0" eb="1"><t>LIN</t></rPh><phoneticPr fontId="1"/></si>'
        for word in words
    )
    rows = "".join(
        f'<row r="{line + 1}" spans="1:3">'
        + "".join(f'<c r="{"ABC"[place]}{line + 1}" t="s"><v>{line * 3 + place}</v></c>' for place in range(3))
        + "</row>"
        for line in range(4)
    )
    sheet = f'<worksheet xmlns="MAIN"><dimension ref="A1:C1"/><sheetData>{rows}</sheetData></worksheet>'
    return Expected(raw(sheet, strings=f'<sst xmlns="MAIN" count="12" uniqueCount="12">{parts}</sst>'))


@hostile
def written_row_by_row_by_openpyxl() -> Expected:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("名单")
    for cells in [HEAD, *PEOPLE]:
        page.append(cells)
    return Expected(saved(book))


@hostile
def an_old_xls() -> Expected:
    return Expected(old_excel([["花名册"], HEAD, *PEOPLE]), rows=(3, 4, 5))


@hostile
def an_old_xls_with_days_a_hidden_sheet_and_numbers() -> Expected:
    def hide(book: Any, page: Any) -> None:
        more = book.add_sheet("去年")
        more.visibility = 1
        page.write(0, 3, "手机")
        for line, phone in enumerate(PHONES, start=1):
            page.write(line, 3, int(phone))

    rows: list[Any] = [BORN, *[[name, number, DAY] for name, number, _ in PEOPLE]]
    told = {2: {"birth_date": "1988-06-07", "phone": PHONES[0]}}
    return Expected(old_excel(rows, hide), told=told, notes=("hidden sheets were not read: “去年”",))


@hostile
def an_old_xls_whose_numbers_lost_digits() -> Expected:
    rows = [[name, float(number.replace("X", "0")), phone] for name, number, phone in PEOPLE]
    return Expected(old_excel([HEAD, *rows]), faults=dict.fromkeys((2, 3, 4), ("identity_number",)))


# --- texts ------------------------------------------------------------------------------------------------------------

ALL = [HEAD, *PEOPLE]


@hostile
def a_csv_in_utf8_with_its_mark() -> Expected:
    return Expected(text(ALL).encode("utf-8-sig"))


@hostile
def a_csv_in_utf8() -> Expected:
    return Expected(text(ALL).encode())


@hostile
def a_csv_in_gbk() -> Expected:
    return Expected(text(ALL).encode("gbk"))


@hostile
def a_csv_in_gb18030_with_a_rare_name() -> Expected:
    rows = [["𠮷晓禾", *PEOPLE[0][1:]]]
    return Expected(text([HEAD, *rows]).encode("gb18030"), rows=(), told={2: {"name": "𠮷晓禾", "phone": PHONES[0]}})


@hostile
def unicode_text_as_excel_saves_it() -> Expected:
    return Expected(b"\xff\xfe" + text(ALL, "\t").encode("utf-16-le"))


@hostile
def unicode_text_of_the_other_order() -> Expected:
    return Expected(b"\xfe\xff" + text(ALL, "\t").encode("utf-16-be"))


@hostile
def unicode_text_without_its_mark() -> Expected:
    rows = [["name", "id number", "phone"], *[["Lin Xiaohe", *one[1:]] for one in PEOPLE]]
    return Expected(
        text(rows, "\t").encode("utf-16-le"),
        rows=(),
        told={2: {"name": "Lin Xiaohe", "phone": PHONES[0]}, 3: {}, 4: {}},
    )


@hostile
def a_csv_with_semicolons() -> Expected:
    return Expected(text(ALL, ";").encode("utf-8-sig"))


@hostile
def a_csv_that_says_its_separator() -> Expected:
    return Expected(("sep=;\r\n" + text(ALL, ";")).encode("utf-8-sig"), rows=(3, 4, 5))


@hostile
def a_csv_with_tabs_and_ends_of_old_macintoshes() -> Expected:
    return Expected(text(ALL, "\t", "\r").encode())


@hostile
def a_csv_with_full_width_commas() -> Expected:
    return Expected(text(ALL, "，").encode())


@hostile
def a_csv_with_quotes_breaks_and_empty_columns() -> Expected:
    rows = [["姓名", "证件号码", "备注", "手机号码", "", ""]]
    rows += [[f'"{name}"', number, '"一,车间\n二楼"', phone, "", ""] for name, number, phone in PEOPLE]
    return Expected(text(rows).encode())


@hostile
def a_csv_that_a_spreadsheet_has_saved_after_showing_powers() -> Expected:
    rows = [[NAMES[0], "4.50502E+17", PHONES[0]], [NAMES[1], NUMBERS[1], "13900000022.0"], PEOPLE[2]]
    return Expected(text([HEAD, *rows]).encode(), faults={2: ("identity_number",)}, told={3: {"phone": PHONES[1]}})


@hostile
def a_csv_with_apostrophes_and_equals_signs() -> Expected:
    rows = [[name, f"'{number}", f"\t{phone}"] for name, number, phone in PEOPLE]
    return Expected(text([HEAD, *rows]).encode("gbk"))


@hostile
def a_csv_whose_quote_is_never_closed() -> Expected:
    return Expected(('姓名,证件号码\n"林晓禾,1\n尉迟安,2\n').encode(), refused="a quote or a row of the CSV is broken")


# --- what is no roster ------------------------------------------------------------------------------------------------


@hostile
def a_workbook_with_a_password() -> Expected:
    names = "EncryptionInfo\0EncryptedPackage\0".encode("utf-16-le")
    return Expected(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names + bytes(512), refused="without a password")


@hostile
def an_old_word_document() -> Expected:
    names = "WordDocument\0".encode("utf-16-le")
    return Expected(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names, refused="found something else")


@hostile
def a_web_page_called_xls() -> Expected:
    page = "<html><body><table><tr><td>姓名</td><td>证件号码</td></tr></table></body></html>"
    return Expected(page.encode("gbk"), refused="found a web page or XML")


@hostile
def a_spreadsheet_in_xml_of_2003() -> Expected:
    return Expected(
        b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', refused="found a web page or XML"
    )


@hostile
def an_open_document() -> Expected:
    return Expected(zipped({"mimetype": b"x", "content.xml": b"<x/>"}), refused="found an .xlsb or .ods")


@hostile
def a_binary_workbook() -> Expected:
    return Expected(zipped({"xl/workbook.bin": b"x"}), refused="found an .xlsb or .ods")


@hostile
def a_roster_inside_an_archive() -> Expected:
    return Expected(zipped({"花名册.xlsx": excel(ALL)}), refused="another kind of archive")


@hostile
def a_download_that_broke_off() -> Expected:
    return Expected(excel(ALL)[:-300], refused="found a broken one")


@hostile
def an_old_xls_that_broke_off() -> Expected:
    return Expected(old_excel(ALL)[:1500], refused="found a broken one|found something else")


@hostile
def a_picture() -> Expected:
    return Expected(b"\x89PNG\r\n\x1a\n" + bytes(100), refused="found something else")


@hostile
def a_cell_at_the_end_of_the_sheet() -> Expected:
    return Expected(excel(ALL, more=lambda _, page: page.write("XFD1048576", "x")), refused="when unpacked")
