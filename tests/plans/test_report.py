"""The pages: whole, self-contained, safe, readable by machines that read aloud; every figure in them is the engine's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.plans import document as d
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.library import Loaded, compile_drafts
from mutualaid.plans.prose.scenes import Asked, Scene
from mutualaid.plans.prose.wording import LANGS, Lang, Wording
from mutualaid.plans.prose.writer import Writer
from mutualaid.plans.reading import Draft, read_document
from mutualaid.plans.report import anchor, citations, kind_of, report_html, write_report
from mutualaid.plans.report.curves import Chart, chart, tick_step
from mutualaid.plans.report.whatif import WhatIf, corners, nice, what_if
from tests.engine.support import shipped

CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
VOID = {"meta", "br", "line", "path", "circle", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """A page as a list of elements; faults of nesting are errors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.marked: list[tuple[str, str]] = []
        """Texts in an element that says that it is Chinese, with the element."""
        self.unmarked: list[str] = []
        self._open: list[str] = []
        self._chinese: list[bool] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
            self._chinese.append(("lang", "zh-CN") in attrs if "lang" in dict(attrs) else any(self._chinese[-1:]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes another element (line {self.getpos()[0]})"
        self._chinese.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.words.append(data)
            if self._chinese[-1]:
                self.marked.append((self._open[-1], data))
            else:
                self.unmarked.append(data)

    def all(self, tag: str) -> Iterator[dict[str, str]]:
        return (attrs for name, attrs in self.elements if name == tag)

    @property
    def text(self) -> str:
        return "".join(self.words)


@pytest.fixture(scope="module")
def pages() -> dict[Lang, Page]:
    return {lang: Page(report_html(shipped(), lang, "other.html")) for lang in LANGS}


# --- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_every_plan_has_its_article_and_stands_in_the_contents(pages: dict[Lang, Page], lang: Lang) -> None:
    page = pages[lang]
    articles = {attrs["id"] for attrs in page.all("article")}
    assert articles == {anchor(plan_id) for plan_id in shipped().documents}
    links = {attrs["href"] for attrs in page.all("a")}
    assert {f"#{one}" for one in articles} <= links
    for draft in shipped().documents.values():
        assert Wording(lang).of(draft.document.name) in page.text


@pytest.mark.parametrize("lang", LANGS)
def test_ids_are_unique_and_links_within_the_page_lead_somewhere(pages: dict[Lang, Page], lang: Lang) -> None:
    page = pages[lang]
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for attrs in page.all("a"):
        if attrs["href"].startswith("#"):
            assert attrs["href"][1:] in ids
    for attrs in page.all("svg"):
        assert set(attrs["aria-labelledby"].split()) <= set(ids)


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_comes_from_elsewhere_and_nothing_runs(pages: dict[Lang, Page], lang: Lang) -> None:
    page = pages[lang]
    assert {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in page.elements} == set()
    for _, attrs in page.elements:
        assert not any(name.startswith("on") or name in ("src", "style") for name in attrs)
    outside = {attrs["href"] for attrs in page.all("a") if not attrs["href"].startswith(("#", "http"))}
    assert outside == {"other.html"}


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_is_for_phones_and_says_its_language(pages: dict[Lang, Page], lang: Lang) -> None:
    page = pages[lang]
    assert next(page.all("html"))["lang"] == ("zh-CN" if lang == "zh" else "en")
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in list(page.all("meta"))
    (other,) = (attrs for attrs in page.all("a") if attrs["href"] == "other.html")
    assert other["hreflang"] == ("en" if lang == "zh" else "zh-CN")
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4", "h5")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), "a heading skips a level"


def test_the_english_page_holds_no_chinese_but_the_titles_of_sources(pages: dict[Lang, Page]) -> None:
    page = pages["en"]
    assert [text for text in page.unmarked if CJK.search(text)] == []
    assert {tag for tag, _ in page.marked} == {"cite", "a", "span"}
    options = {row.option for draft in shipped().documents.values() for row in draft.document.price}
    assert {text for tag, text in page.marked if tag == "span"} <= options  # an option is a word of its plan
    assert [text for tag, text in page.marked if tag == "a"] == ["中文"]
    titles = [source.title for draft in shipped().documents.values() for source in draft.document.sources.values()]
    assert sorted(text for tag, text in page.marked if tag == "cite") == sorted(title.zh for title in titles)
    assert all(title.en in page.text for title in titles if title.en is not None)


def test_what_has_no_english_stands_in_chinese_and_is_marked_as_such() -> None:
    page = Page(report_html(compile_drafts([read_document("only.yaml", ONLY_CHINESE.encode())]), "en", "other.html"))
    assert [text for text in page.unmarked if CJK.search(text)] == []
    marked = {text for _, text in page.marked}
    assert {
        "只有中文",
        "某市总工会",
        "读法甲",
        "假设乙",
        "总则",
        "文件丙",
        "住院补助",
        "个人自付，医保内 DRG 结算",
    } <= marked
    assert "Reading taken: " in page.text
    assert "Art. 8" in page.text
    assert [attrs.get("lang") for attrs in page.all("title")] == [None, "zh-CN"]  # the page, the curve


@pytest.mark.parametrize("lang", LANGS)
def test_every_table_names_its_columns_and_rows(pages: dict[Lang, Page], lang: Lang) -> None:
    scopes = [attrs.get("scope") for attrs in pages[lang].all("th")]
    assert set(scopes) == {"col", "row"}


def test_every_benefit_with_a_base_and_every_combination_has_a_curve_that_can_be_read_aloud(
    pages: dict[Lang, Page],
) -> None:
    wanted = 0
    for draft in shipped().documents.values():
        for benefit in effective_benefits(draft.document):
            ways = benefit.greater_of or benefit.lesser_of or [benefit]
            wanted += any(way.base is not None or way.days is not None for way in ways)
        wanted += draft.document.combines is not None  # what all plans pay together
    assert wanted >= 15
    for page in pages.values():
        assert len(list(page.all("svg"))) == wanted
        assert len(list(page.all("desc"))) == wanted
        assert [attrs["role"] for attrs in page.all("svg")] == ["img"] * wanted


def test_both_pages_are_written_and_link_to_each_other(tmp_path: Path) -> None:
    plan_id = "hubei-inpatient-2025"
    few = Loaded({plan_id: shipped().documents[plan_id]}, shipped().library, shipped().engine)
    told: list[int] = []
    written = write_report(few, tmp_path / "new" / "folder" / "plans.html", lambda: told.append(1))
    assert [file.name for file in written] == ["plans.html", "plans.en.html"]
    assert 'href="plans.en.html"' in written[0].read_text("utf-8")
    assert 'href="plans.html"' in written[1].read_text("utf-8")
    assert len(told) == 2


def test_the_same_library_gives_the_same_page() -> None:
    plan_id = "guangxi-huzhubao-1-2025"
    few = Loaded({plan_id: shipped().documents[plan_id]}, shipped().library, shipped().engine)
    assert report_html(few, "zh", "x.html") == report_html(few, "zh", "x.html")


ONLY_CHINESE = """
plan: only
family: only
status: illustrative
name: 只有中文
organiser: 某市总工会
sources: {S1: {title: 文件丙}}
term: {years: 1, clause: 总则, reading: 读法甲}
benefits:
  - benefit: inpatient
    name: 住院补助
    kinds: [inpatient]
    clause: 第八条
    assumed: 假设乙
    base: {of: [self_paid], name: "个人自付，医保内 DRG 结算"}
    rate: 70%
"""

# --- hostile documents -------------------------------------------------------------------------------------------------

HOSTILE = """
plan: hostile
family: hostile
status: published
name: {zh: "<script>alert(1)</script>", en: "<img src=x onerror=alert(1)>"}
organiser: '" onmouseover="alert(1)'
clause: "<b>"
sources:
  "S\\"1": {title: "</style><script>", address: "javascript:alert(1)", grade: A}
  S2: {title: good, address: "https://example.org/?a=1&b=<2>", grade: A}
  S3: {title: mirror, address: "https://example.org/mirror", grade: C}
source: 'S"1'
term: {years: 1}
benefits:
  - benefit: inpatient
    kinds: [inpatient]
    base: {of: [self_paid], name: "<svg/onload=alert(1)>"}
    rate: 70%
"""


def hostile() -> Loaded:
    return compile_drafts([read_document("hostile.yaml", HOSTILE.encode())])


@pytest.mark.parametrize("lang", LANGS)
def test_texts_of_documents_stay_texts(lang: Lang) -> None:
    page = Page(report_html(hostile(), lang, "other.html"))
    assert {"script", "img", "b"} & {tag for tag, _ in page.elements} == set()
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    title = "<script>alert(1)</script>" if lang == "zh" else "<img src=x onerror=alert(1)>"
    assert title in page.text
    assert '" onmouseover="alert(1)' in page.text


def test_only_addresses_on_the_web_are_linked_and_no_mirrors() -> None:
    page = Page(report_html(hostile(), "zh", "other.html"))
    links = {attrs["href"] for attrs in page.all("a")}
    assert "https://example.org/?a=1&b=<2>" in links
    assert not any(link.startswith("javascript") for link in links)
    assert "https://example.org/mirror" not in links
    assert "https://example.org/mirror" in page.text
    assert "javascript:alert(1)" in page.text


# --- tables and curves -------------------------------------------------------------------------------------------------


def asked(plan_id: str, benefit_id: str) -> tuple[Writer, d.Benefit, WhatIf | None]:
    document = shipped().documents[plan_id].document
    benefit = next(one for one in effective_benefits(document) if one.benefit == benefit_id)
    return (w := Writer(document, "zh", {})), benefit, what_if(w, benefit, shipped())


def test_the_table_holds_round_sums_and_the_ends_of_brackets() -> None:
    _, _, what = asked("guangxi-huzhubao-1-2025", "inpatient")
    assert what is not None
    paid = {x: cells[0][0] for x, cells in what.rows}
    assert paid[50_000] == paid[100_000] == 0
    assert paid[1_100_000] == 300_000
    assert paid[3_100_000] == 1_100_000
    assert paid[5_100_000] == 2_300_000
    assert paid[20_000_000] == 16_455_000
    assert len(what.rows) <= 14


def test_the_curve_bends_where_the_rule_does() -> None:
    _, _, what = asked("guangxi-huzhubao-1-2025", "inpatient")
    assert what is not None
    assert what.lines[0].points == (
        (0, 0),
        (100_000, 0),
        (1_100_000, 300_000),
        (3_100_000, 1_100_000),
        (5_100_000, 2_300_000),
        (8_000_000, 5_055_000),
    )


def test_a_threshold_shows_as_a_jump() -> None:
    _, _, what = asked("hainan-period-4", "outpatient_special")
    assert what is not None
    assert what.lines[0].points[:3] == ((0, 0), (99_999, 0), (100_000, 20_000))


def test_days_and_their_caps() -> None:
    _, _, what = asked("cwmia-allowance-2015", "allowance")
    assert what is not None
    assert what.lines[0].points == ((0, 0), (3, 0), (93, 450_000), (what.lines[0].points[-1][0], 450_000))
    assert {x: cells[0][0] for x, cells in what.rows}[4] == 5_000


def test_options_are_columns_and_grades_are_rows() -> None:
    _, _, what = asked("cwmia-accident", "disability")
    assert what is not None
    assert what.columns == tuple(f"参加档次为“{option}”" for option in (26, 50, 74, 100))
    assert [[fen for fen, _ in cells] for _, cells in what.rows][6] == [400_000, 800_000, 1_200_000, 1_600_000]


def test_a_plain_lump_sum_needs_no_table() -> None:
    assert asked("guangxi-huzhubao-1-2025", "death")[2] is None


@pytest.mark.parametrize("plan_id", sorted(shipped().documents))
def test_every_corner_of_every_curve_is_what_the_engine_pays(plan_id: str) -> None:
    document = shipped().documents[plan_id].document
    for benefit in effective_benefits(document):
        what = what_if(Writer(document, "zh", {}), benefit, shipped())
        scene = Scene(document, benefit, shipped())
        if what is None or len(what.lines) != 1:
            continue
        for x, y in what.lines[0].points:
            question = Asked(base=x) if what.kind == "base" else Asked(days=x)
            line = scene.decide(question)[1] if x else {"amount": "0.00"}
            assert line is not None
            assert int(line["amount"].replace(".", "")) == y


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30))
def test_corners_keep_the_line_to_within_two_fen(heights: list[int]) -> None:
    points = [(10 * i, y) for i, y in enumerate(heights)]
    kept = corners(points)
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert set(kept) <= set(points)
    for (x0, y0), (x1, y1) in pairwise(kept):
        for x, y in points:
            if x0 <= x <= x1:
                assert abs((y - y0) * (x1 - x0) - (y1 - y0) * (x - x0)) <= 2 * (x1 - x0)


@given(st.integers(1, 10**12))
def test_axes_end_at_round_numbers(value: int) -> None:
    assert value <= nice(value) <= 2 * value
    step = tick_step(value)
    assert step * 5 >= value
    assert str(step).rstrip("0") in ("1", "2", "5")


@pytest.mark.parametrize("lang", LANGS)
def test_a_drawing_stays_within_its_frame(lang: Lang) -> None:
    for draft in shipped().documents.values():
        for benefit in effective_benefits(draft.document):
            what = what_if(Writer(draft.document, lang, {}), benefit, shipped())
            drawn = chart(what, "x", "y", Wording(lang)) if what is not None else None
            if drawn is not None:
                check_frame(drawn)


def check_frame(drawn: Chart) -> None:
    numbers: list[Any] = [line.path.replace("M", "").split("L") for line in drawn.lines]
    places = [tuple(map(int, pair.split())) for line in numbers for pair in line]
    assert all(drawn.left <= x <= drawn.right and drawn.top <= y <= drawn.bottom for x, y in places)
    assert len(drawn.x_ticks) <= 6
    assert len(drawn.y_ticks) <= 6
    assert len({tick.text for tick in drawn.x_ticks}) == len(drawn.x_ticks)
    assert all(0 < label.x < drawn.width and 0 < label.y < drawn.bottom for label in drawn.labels)


def test_slopes_say_what_each_further_yuan_brings() -> None:
    w, benefit, what = asked("guangxi-huzhubao-1-2025", "inpatient")
    assert what is not None
    drawn = chart(what, w.name_of(benefit), "住院自付费用（元）", w.say)
    assert drawn is not None
    assert [label.text for label in drawn.labels] == ["30%", "40%", "60%", "95%"]
    assert drawn.dot is not None
    assert drawn.dot[2] == "1.2万元时给付3,400元"
    assert drawn.description.startswith("0元时给付0元、1,000元时给付0元、1.1万元时给付3,000元")


# --- small things ------------------------------------------------------------------------------------------------------


def test_citations_are_cut_into_pieces() -> None:
    assert citations("第八条 [S1][S2]") == [("第八条 ", ""), ("[S1]", "S1"), ("[S2]", "S2")]
    assert citations("[S1") == [("[S1", "")]
    assert citations("") == []


@pytest.mark.parametrize(
    ("plan_id", "kind"),
    [
        ("guangxi-huzhubao-1-2025", "medical"),
        ("hangzhou-illness-2021", "illness"),
        ("hubei-women-2025", "women"),
        ("gig-accident", "accident"),
        ("hangzhou-all-2021", "combined"),
    ],
)
def test_plans_are_grouped_by_what_they_pay_for(plan_id: str, kind: str) -> None:
    assert kind_of(shipped().documents[plan_id].document) == kind


def test_a_plan_without_benefits_can_still_be_shown() -> None:
    text = "plan: p\nfamily: p\nstatus: published\nname: 空\norganiser: 无\nterm: {years: 1}\n"
    draft: Draft = read_document("p.yaml", text.encode())
    page = Page(report_html(compile_drafts([draft]), "zh", "x.html"))
    assert kind_of(draft.document) == "other"
    assert "没有列出出处" in page.text
