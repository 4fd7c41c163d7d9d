"""The page of a comparison: whole, self-contained, in one language, with the figures of the comparison in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mutualaid.datacentre.simulation import charts
from mutualaid.datacentre.simulation.comparing import BURDENS, compare
from mutualaid.datacentre.simulation.deciding import decide_year
from mutualaid.datacentre.simulation.page import Told, notes, page_html, tell
from mutualaid.datacentre.simulation.summary import cards
from mutualaid.datacentre.simulation.versions import load_versions
from mutualaid.datacentre.simulation.wording import WORDS, SimulationWording
from mutualaid.datacentre.simulation.years import open_year
from mutualaid.plans.prose.wording import LANGS, Lang, fields_of
from mutualaid.plans.report.curves import WIDTH
from mutualaid.plans.report.whatif import WhatIf
from tests.datacentre import small_year
from tests.datacentre.small_year import PLAN_FILE, cheaper_deductible
from tests.plans.test_report import CJK, Page

SOURCE = Path(charts.__file__).parent
MIXED = {
    "up_to: 30000, rate: 40%": "up_to: 30000, rate: 35%",
    "per_day: 50": "per_day: 60",
    "amount: 200\n": "amount: 160\n",
    "fee: 100": "fee: 120",
}
"""Changes by which some people gain and others lose."""


def made(folder: Path, lang: Lang, *, same: bool = False) -> tuple[Told, str]:
    """The comparison of a small year, told and as a page."""
    versions = load_versions(PLAN_FILE, PLAN_FILE if same else cheaper_deductible(folder, **MIXED))
    with (
        open_year(small_year.write_year(folder, 300)) as year,
        decide_year(versions, year.batches(500), lang=lang) as decided,
    ):
        found = compare(decided.cases, decided.before, decided.after, old=versions.old, new=versions.new)
        told = tell(found, versions, lang)
        return told, page_html(told, versions, decided.cases)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Lang, tuple[Told, str, Page]]:
    found: dict[Lang, tuple[Told, str, Page]] = {}
    for lang in LANGS:
        told, text = made(tmp_path_factory.mktemp(lang), lang)
        found[lang] = (told, text, Page(text))
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_needs_nothing_from_elsewhere(pages: dict[Lang, tuple[Told, str, Page]], lang: Lang) -> None:
    _, text, page = pages[lang]
    assert "http" not in text
    assert not re.search(r"url\(|@import|<script|<link|<img|<iframe", text)
    assert all(attrs["href"].startswith("#") for attrs in page.all("a"))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for attrs in page.all("a")} <= set(ids)


def test_the_english_page_has_no_chinese_but_names_marked_as_such(pages: dict[Lang, tuple[Told, str, Page]]) -> None:
    _, text, page = pages["en"]
    assert [words for words in page.unmarked if CJK.search(words)] == []
    assert not any(CJK.search(value) for _, attrs in page.elements for value in attrs.values())
    assert '<html lang="en">' in text
    assert '<html lang="zh-CN">' in pages["zh"][1]


@pytest.mark.parametrize("lang", LANGS)
def test_the_figures_stand_on_the_page(pages: dict[Lang, tuple[Told, str, Page]], lang: Lang) -> None:
    told, _, page = pages[lang]
    totals, say = told.tables.found.totals, told.tables.say
    for fen in (totals.paid.before, totals.paid.after, totals.largest.after, told.tables.found.all.burden):
        assert say.exact(fen) in page.text
    for sentence in told.sentences:
        assert sentence in page.text
    for row in (*told.tables.found.gains, *told.tables.found.losses):
        assert row.case in page.text
    assert len(told.changes) == 5
    for change in told.changes:
        assert change.after is not None
        assert change.after in page.text


@pytest.mark.parametrize("lang", LANGS)
def test_every_bar_says_what_it_is(pages: dict[Lang, tuple[Told, str, Page]], lang: Lang) -> None:
    _, text, page = pages[lang]
    bars = [attrs for tag, attrs in page.elements if tag == "rect"]
    assert len(bars) > 30
    assert len(re.findall(r"<rect[^>]*><title[^>]*>[^<]+</title></rect>", text)) == len(bars)
    for attrs in bars:
        assert int(attrs["width"]) > 0
        assert int(attrs["x"]) >= 0
        assert int(attrs["x"]) + int(attrs["width"]) <= WIDTH


def test_the_workings_stand_side_by_side(pages: dict[Lang, tuple[Told, str, Page]]) -> None:
    _, text, page = pages["zh"]
    assert text.count('class="box working"') == 6
    assert text.count('class="side"') % 2 == 0
    assert "免补额1000元" in page.text
    assert "免补额800元" in page.text
    assert "deductible 800 yuan" in pages["en"][2].text.lower()


def test_the_sentences_say_what_the_tables_say(pages: dict[Lang, tuple[Told, str, Page]]) -> None:
    told, _, _ = pages["en"]
    found, say = told.tables.found, told.tables.say
    change = found.totals.paid.change
    assert told.sentences[0].startswith(f"{say.exact(abs(change))} yuan {'more' if change > 0 else 'less'} paid")
    assert f"{found.all.gainers} people gain {say.exact(found.all.gained)} yuan" in told.sentences[2]
    assert [card.name for card in cards(told.tables)][-1] == "Loss ratio"
    income = found.people * 12_000
    assert any(f"{say.exact(income)} yuan come in" in sentence for sentence in told.sentences)


@pytest.mark.parametrize("lang", LANGS)
def test_the_same_plan_twice_differs_in_nothing(tmp_path: Path, lang: Lang) -> None:
    told, text = made(tmp_path, lang, same=True)
    found = told.tables.found
    assert found.totals.paid.change == found.started == found.stopped == 0
    assert found.gains == found.losses == ()
    assert told.changes == []
    page = Page(text)
    say = told.tables.say
    assert say("sum.no_rules") in page.text
    assert say("note.no_losses") in page.text
    assert say("note.same_curves") in page.text
    assert notes(told.tables) == [say("note.all_counted")]


@pytest.mark.parametrize("key", sorted(WORDS))
def test_a_pair_says_the_same_in_both_languages(key: str) -> None:
    zh, en = WORDS[key]
    for one in en.split("|"):
        assert fields_of(zh) - {"contribution"} - fields_of(one) <= {"n"}
    assert fields_of(en) <= fields_of(zh) | {"n"}
    assert not CJK.search(en)


def test_every_sentence_is_used() -> None:
    files = [*SOURCE.glob("*.py"), *SOURCE.glob("templates/*.j2"), *(SOURCE.parents[1] / "cli").glob("simulating.py")]
    text = "".join(file.read_text(encoding="utf-8") for file in files if file.name != "wording.py")
    text += (SOURCE / "wording.py").read_text(encoding="utf-8").partition("class SimulationWording")[2]
    composed = ("sim.sex_", "sim.age_", "col.group_")
    said = {
        key
        for key in WORDS
        if re.search(rf"""["']{key}["']""", text) or (key.startswith("sim.") and f'"{key[4:]}"' in text)
    }
    unused = [key for key in WORDS if key not in said and not key.startswith(composed)]
    assert unused == []


@pytest.mark.parametrize(
    ("fen", "signed", "whole"),
    [(0, "0", "0"), (5, "+0.05", "+0"), (-123450, "−1,234.50", "−1,235"), (123400, "+1,234.00", "+1,234")],
)
def test_signed_figures(fen: int, signed: str, whole: str) -> None:
    say = SimulationWording("zh")
    assert (say.signed(fen), say.whole(fen)) == (signed, whole)


def test_rates_and_bands() -> None:
    zh, en = SimulationWording("zh"), SimulationWording("en")
    assert [zh.rate(bp) for bp in (None, 0, 4, 5, 12345)] == ["—", "0.0%", "0.0%", "0.1%", "123.5%"]
    assert [en.signed_rate(*pair) for pair in ((1, 0), (1, 3), (-1, 3), (0, 3))] == ["—", "+33.3%", "−33.3%", "0.0%"]
    assert zh.signed_points(1000, 1234) == "+2.3"
    assert [zh.band(BURDENS, i) for i in (-1, 0, 1, 5)] == ["不明", "1,000元以下", "1,000至3,000元", "10万元及以上"]
    assert [en.band((0, 30, 40), i, age=True) for i in range(3)] == ["under 30", "30–39", "40 and over"]


def test_months_without_payments_have_their_place() -> None:
    say = SimulationWording("en")
    assert charts._without_gaps({"2025-11", "2026-02"}) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [say.month_short(month, first=False) for month in (1, 12)] == ["Jan", "Dec"]


def test_charts_of_nothing_are_left_out() -> None:
    assert charts.lying("t", [], ("a", "b"), "{name}{side}{text}") is None
    assert charts.diverging("t", [charts.Sides("x", 0, 0, ("", ""), ("", ""))], ("l", "g")) is None


def test_bars_are_as_long_as_their_figures() -> None:
    couples = [charts.Couple("x", 50, 100, ("50", "100")), charts.Couple("y", 0, 25, ("0", "25"))]
    drawn = charts.lying("t", couples, ("a", "b"), "{name} {side}: {text}")
    assert drawn is not None
    lengths = [bar.width for bar in drawn.bars]
    assert lengths[0] * 2 == lengths[1]
    assert lengths[2] * 4 == lengths[1]
    assert len(lengths) == 3, "what is nothing has no bar"
    assert [bar.hint for bar in drawn.bars][:2] == ["x a: 50", "x b: 100"]
    sides = [charts.Sides("x", 300, 100, ("−1", "+3"), ("l", "g"))]
    split = charts.diverging("t", sides, ("l", "g"))
    assert split is not None
    left, right = split.bars
    assert left.x + left.width == right.x
    assert right.width == 3 * left.width


def test_figures_stand_beside_the_curves(pages: dict[Lang, tuple[Told, str, Page]]) -> None:
    told, _, page = pages["zh"]
    paid = [(50_000, 0, 0), (60_000, 0, 0), (70_000, 0, 0), (100_000, 0, 6_000), (200_000, 30_000, 36_000)]
    what = WhatIf("base", ("a", "b"), tuple((x, ((a, ()), (b, ()))) for x, a, b in paid))
    grid = told.tables.curve(what, "费用（元）")
    assert [[cell.text for cell in row.cells] for row in grid.rows] == [
        ["500", "0.00", "0.00", "0"],
        ["700", "0.00", "0.00", "0"],  # of what changes nothing only the ends
        ["1,000", "0.00", "60.00", "+60.00"],
        ["2,000", "300.00", "360.00", "+60.00"],
    ]
    assert "住院自付费用（元）原计划新计划变化" in re.sub(r"\s", "", page.text)
