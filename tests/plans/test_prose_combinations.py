"""Combinations in words and pages: whose rules hold, links both ways, one stay and a curve under all plans together."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from benefit_engine.money import yuan
from mutualaid.plans.library import Loaded, compile_drafts
from mutualaid.plans.prose import combinations, plan_prose
from mutualaid.plans.prose.model import Box, Point, Points, Section, Table, texts
from mutualaid.plans.prose.scenes import Asked
from mutualaid.plans.prose.stays import BILLS, Stay, stays, telling_bill
from mutualaid.plans.prose.wording import LANGS, Lang
from mutualaid.plans.reading import read_document
from mutualaid.plans.report import anchor, report_html
from mutualaid.plans.report.whatif import BASES, what_if_stays
from tests.engine.support import shipped
from tests.plans import documents

COMBINED = sorted(plan for plan, draft in shipped().documents.items() if draft.document.combines)


def section(plan: str, key: str, lang: Lang = "zh", library: Loaded | None = None) -> Section | None:
    """One section of a plan's prose."""
    library = library or shipped()
    sections = plan_prose(library.documents[plan].document, lang, library).sections
    return next((one for one in sections if one.key == key), None)


def points_in(one: Section | None) -> Iterator[Point]:
    """All statements of a section, those below others too."""
    assert one is not None
    todo = [point for block in one.blocks if isinstance(block, Points) for point in block.points]
    while todo:
        point = todo.pop(0)
        yield point
        todo = [*point.more, *todo]


def bundle() -> Loaded:
    """Two plans that pay 70 % up to 20,000 yuan each, with 30,000 for both together."""
    sources = (documents.PART, documents.SECOND, documents.COMBINATION)
    return compile_drafts([read_document(f"{i}.yaml", text.encode()) for i, text in enumerate(sources)])


def decided(stay: Stay, bill: int) -> dict[str, str]:
    """What the engine pays per benefit for a stay with such a bill, and in all."""
    engine = shipped().engine
    decision = engine.decide(engine.parse(stay.case(Asked(base=bill)))).as_dict()
    paid = {f"{line['plan']}/{line['benefit']}": line["amount"] for line in decision["lines"]}
    return {**paid, "total": decision["total"]}


# --- whose rules hold, and links -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("plan", COMBINED)
def test_a_combination_tells_the_conditions_of_each_plan_and_leads_to_it(plan: str, lang: Lang) -> None:
    parts = shipped().documents[plan].document.combines or []
    told = list(points_in(section(plan, "who", lang)))
    assert [point.plan for point in told if point.plan] == parts
    for point in told:
        if point.plan:
            own = [one.text for one in points_in(section(point.plan, "who", lang))]
            assert [one.text for one in point.more] == own
            assert all(not one.cite and not one.remarks for one in point.more), "these stand on the plan's own page"


def test_who_does_not_meet_the_conditions_of_one_plan_is_paid_by_the_others() -> None:
    document = shipped().documents["cwmia-comprehensive-example"].document
    stay = next(stay for cause, stay in stays(document, shipped()) if cause.kind == "illness")
    case = stay.case(Asked())
    case["member"]["birth_date"] = datetime.date(1968, 1, 1).isoformat()  # 57: too old for the women's plan alone
    engine = shipped().engine
    lines = {
        line["plan"]: line for line in engine.decide(engine.parse(case)).as_dict()["lines"] if line["outcome"] != "none"
    }
    assert (lines["cwmia-women-8"]["outcome"], lines["cwmia-women-8"]["reasons"]) == ("refuse", ["age"])
    assert lines["cwmia-critical-changchun"]["outcome"] == "pay"


@pytest.mark.parametrize("plan", COMBINED)
def test_plans_and_combinations_name_each_other(plan: str) -> None:
    parts = shipped().documents[plan].document.combines or []
    assert [point.plan for point in points_in(section(plan, "about")) if point.plan] == parts
    for part in parts:
        assert plan in [point.plan for point in points_in(section(part, "about"))]
    alone = section("guangxi-huzhubao-1-2025", "about")
    assert not any(point.plan for point in points_in(alone))


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_links_both_ways(lang: Lang) -> None:
    page = report_html(shipped(), lang, "other.html")
    articles = {part.split('"')[0]: part for part in page.split('<article id="')[1:]}
    for plan in COMBINED:
        for part in shipped().documents[plan].document.combines or []:
            assert articles[anchor(plan)].count(f'href="#{anchor(part)}"') == 2, "what it combines, whose rules hold"
            assert articles[anchor(part)].count(f'href="#{anchor(plan)}"') == 1


# --- one stay under all plans ----------------------------------------------------------------------------------------


def test_one_stay_uses_up_the_cap_of_all_three_projects_of_hangzhou() -> None:
    example = section("hangzhou-all-2021", combinations.KEY)
    assert example is not None
    (box,) = example.blocks
    assert isinstance(box, Box)
    payments, caps = (block for block in box.blocks if isinstance(block, Table))
    assert [row.cells for row in payments.rows] == [
        ("住院自负医疗费补助", "30,200.00"),
        ("重大疾病补助", "15,000.00"),
        ("住院生活补助", "0.00"),
        ("女职工特殊疾病补助", "20,000.00"),
        ("合计", "65,200.00"),
    ]
    assert [remark.text for remark in payments.rows[2].remarks][1:] == ["与另一项待遇不重复给付"]
    assert [row.cells for row in caps.rows] == [("三项全年合计、同一保障期", "65,200.00", "65,200.00")]
    assert "账单20万元，各计划一起给付65,200元" in list(
        texts(plan_prose(shipped().documents["hangzhou-all-2021"].document, "zh", shipped()))
    )


def test_a_cap_over_several_plans_is_seen_to_cut() -> None:
    library = bundle()
    (_, stay), *more = stays(library.documents["bundle"].document, library)
    assert more == []
    assert telling_bill(stay) == min(bill for bill in BILLS if bill * 3 // 10 >= 3_000_000)
    example = section("bundle", combinations.KEY, library=library)
    assert example is not None
    (box,) = example.blocks
    assert isinstance(box, Box)
    payments, caps = (block for block in box.blocks if isinstance(block, Table))
    assert [row.cells[1] for row in payments.rows] == ["20,000.00", "10,000.00", "0.00", "30,000.00"]
    assert [remark.text for remark in payments.rows[1].remarks] == ["单项计划", "已达限额；合计限额之前2万元"]
    assert [row.cells[1:] for row in caps.rows] == [("30,000.00", "30,000.00")]


@pytest.mark.parametrize("plan", COMBINED)
def test_the_curve_is_what_all_plans_pay_together(plan: str) -> None:
    found, bill = combinations.told_stays(shipped().documents[plan].document, shipped())
    assert [cause.kind for cause, _ in found][:2] == ["ordinary", "illness"]
    what = what_if_stays([(cause.kind, stay) for cause, stay in found], bill)
    assert [x for x, _ in what.rows] == [base * 100 for base in BASES]
    for i, (_, stay) in enumerate(found):
        for x, y in what.lines[i].points:
            assert decided(stay, x)["total"] == yuan(y)
        for x, cells in what.rows:
            paid = decided(stay, x)
            assert paid.pop("total") == yuan(cells[i][0])
            assert sum(int(one.replace(".", "")) for one in paid.values()) == cells[i][0]
    assert what.example == (bill, max(stay.paid(Asked(base=bill))[0] for _, stay in found))


def test_the_cap_over_several_plans_bends_the_curve() -> None:
    library = bundle()
    found, bill = combinations.told_stays(library.documents["bundle"].document, library)
    what = what_if_stays([("", stay) for _, stay in found], bill)
    paid = {x // 100: cells[0] for x, cells in what.rows}
    assert paid[10_000] == (300_000, ())  # 70 % of the 3,000 that she bears, then the rest of it
    assert paid[200_000] == (3_000_000, ("cap_reached",))
    assert what.lines[0].points[-1][1] == 3_000_000


# --- what there is not -----------------------------------------------------------------------------------------------


def test_a_single_plan_has_no_such_section() -> None:
    assert section("guangxi-huzhubao-1-2025", combinations.KEY) is None


def test_without_all_of_its_plans_a_combination_is_told_without_an_example() -> None:
    plan = "hangzhou-all-2021"
    few = Loaded({plan: shipped().documents[plan]}, shipped().library, shipped().engine)
    assert section(plan, combinations.KEY, library=few) is None
    assert [point.more for point in points_in(section(plan, "who", library=few))] == [()]
    assert 'id="hangzhou-all-2021-example"' not in report_html(few, "zh", "other.html")
    assert plan_prose(shipped().documents[plan].document).plan == plan


def test_a_combination_that_pays_nothing_for_a_stay_has_no_example() -> None:
    texts_of = [
        text.replace("kinds: [inpatient]", "kinds: [outpatient]")
        for text in (documents.PART, documents.SECOND, documents.COMBINATION)
    ]
    library = compile_drafts([read_document(f"{i}.yaml", text.encode()) for i, text in enumerate(texts_of)])
    assert section("bundle", combinations.KEY, library=library) is None
