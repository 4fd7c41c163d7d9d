"""Plans in words: nothing of a document is left out, nothing is said in the wrong language, examples are the engine's."""

from __future__ import annotations

import ast
import copy
import datetime
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from benefit_engine.labels import FACT_LABELS, REASON_LABELS
from benefit_engine.plan import MIDDLE_STEPS
from benefit_engine.words import AMOUNTS, BENEFITS, EMPLOYMENTS, INSURANCES, KINDS, REASONS, RELATIONS
from mutualaid.plans import document as d
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.library import Loaded, compile_drafts
from mutualaid.plans.prose import conditions, plan_prose
from mutualaid.plans.prose.clauses import in_english, number
from mutualaid.plans.prose.model import Box, Prose, Section, Table, texts
from mutualaid.plans.prose.scenes import Asked, Scene
from mutualaid.plans.prose.wording import CATALOGUE, LANGS, Lang, Wording, fields_of
from mutualaid.plans.prose.working import DETAIL, english_names, label_in
from mutualaid.plans.reading import read_document
from tests.engine.support import shipped
from tests.plans import everything

CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
LATIN = re.compile(r"[A-Za-z]{2,}")
SHIPPED = sorted(shipped().documents)


def words(document: d.Document) -> str:
    """All that the prose says, in both languages."""
    return "\n".join(text for lang in LANGS for text in texts(plan_prose(document, lang)))


# --- nothing is left out ----------------------------------------------------------------------------------------------


def models() -> list[type[d.Part]]:
    """Every part of the plan language."""
    return [
        model
        for model in vars(d).values()
        if isinstance(model, type) and issubclass(model, d.Part) and model is not d.Part
    ]


def parts_in(value: object) -> Iterator[d.Part]:
    """Every part inside a document, itself included."""
    if isinstance(value, d.Part):
        yield value
        for name in type(value).model_fields:
            yield from parts_in(getattr(value, name))
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from parts_in(item)


def test_the_test_documents_use_every_construct_of_the_language() -> None:
    used: dict[type[d.Part], set[str]] = {}
    for document in everything.documents():
        for part in parts_in(document):
            for model in type(part).__mro__:
                if issubclass(model, d.Part):
                    used.setdefault(model, set()).update(part.model_fields_set)
    for model in set(models()) - {d.OneTable}:  # a way to write a Rate, read as one
        # What rules say about themselves is tried on every rule in turn, further below.
        inherited = set(d.Rule.model_fields) | (set(d.Trigger.model_fields) if model is d.When else set())
        left = set(model.model_fields) - used.get(model, set()) - (set() if model is d.Rule else inherited)
        assert left == set(), f"{model.__name__}: {left} are used by no test document"


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value of a document as written, with the way to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from leaves(item, (*path, i))
    else:
        yield path, value


def holders(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every key and every item, whatever it holds."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from holders(item, (*path, key))


def changed(content: Any, path: tuple[Any, ...], value: Any) -> d.Document | None:
    """The document with one value replaced; None where the language doesn't allow it."""
    content = copy.deepcopy(content)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return validated(content)


def without(content: Any, path: tuple[Any, ...]) -> d.Document | None:
    """The document with one key or item taken away; None where the language doesn't allow it."""
    content = copy.deepcopy(content)
    place = content
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return validated(content)


def validated(content: Any) -> d.Document | None:
    try:
        return d.Document.model_validate(content)
    except ValidationError:
        return None


LITERALS = re.findall(r"Literal\[(.*?)\]", Path(d.__file__).read_text("utf-8"), re.DOTALL)
CHOICES = sorted({*MIDDLE_STEPS, *(word for words in LITERALS for word in re.findall(r'"(\w+)"', words))})
"""Every word of every closed choice of the language."""


def others(value: Any) -> list[Any]:
    """Other values of the same kind."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | Decimal):
        return [value + 1, value - 1]
    if isinstance(value, datetime.date):
        return [value + datetime.timedelta(days=1)]
    if re.fullmatch(r"\d\d-\d\d", value):
        return ["06-17"]
    if re.fullmatch(r"[\d.]+%", value):
        return ["33%"]
    return [f"{value}⑨", f"{value}9"]


# The plan has hundreds of values, each told anew: slow. That each part of it is told, the next test asks quickly.
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(everything.PLAN, id="plan", marks=pytest.mark.slow),
        pytest.param(everything.COMBINATION, id="combination"),
    ],
)
def test_every_value_of_a_document_leaves_its_trace(text: str) -> None:
    content = everything.raw(text)
    before = words(d.Document.model_validate(content))
    count = 0
    for path, value in leaves(content):
        found = [other for other in others(value) if changed(content, path, other)]
        closed = [] if found else [word for word in CHOICES if word != value and changed(content, path, word)]
        if value == "china":
            continue  # the language knows one calendar only
        assert found or closed, f"no other value found for {path}"
        for other in found[:1] + closed:
            document = changed(content, path, other)
            assert document is not None
            assert words(document) != before, f"{path}: {value!r} and {other!r} read the same"
            count += 1
    assert count > 30


@pytest.mark.parametrize("text", [everything.PLAN, everything.COMBINATION], ids=["plan", "combination"])
def test_every_part_of_a_document_leaves_its_trace(text: str) -> None:
    content = everything.raw(text)
    whole = d.Document.model_validate(content)
    before = words(whole)
    count = 0
    for path in holders(content):
        document = without(content, path)
        if document is None or document == whole or path == ("limits", 2, "within", "days"):
            continue  # required, or written out though it is what the language takes for granted (none are zero days)
        assert words(document) != before, f"{path}: with and without it the prose reads the same"
        count += 1
    assert count > 15


ORIGINS: dict[str, tuple[Any, str]] = {
    "clause": ("⑩", "⑩"),
    "source": ("⑪", "[⑪]"),
    "assumed": ("⑫", "⑫"),
    "reading": ("⑬", "⑬"),
    "note": ({"zh": "⑭", "en": "⑭"}, "⑭"),
}


@pytest.mark.parametrize("field", ORIGINS)
@pytest.mark.parametrize("text", [everything.PLAN, everything.COMBINATION], ids=["plan", "combination"])
def test_whatever_a_rule_says_about_itself_is_told(text: str, field: str) -> None:
    content = everything.raw(text)
    value, told = ORIGINS[field]
    count = 0
    for path in [(), *holders(content)]:
        place = content
        for key in path:
            place = place[key]
        if not isinstance(place, dict):
            continue
        document = changed(content, (*path, field), value)
        if document is None:
            continue  # not a rule
        assert told in words(document), f"{path}: its {field} is left out"
        count += 1
    assert count >= 6


def test_every_question_of_a_condition_has_a_phrase() -> None:
    assert set(conditions._PHRASES) == set(d.When.model_fields)


@pytest.mark.parametrize("plan_id", SHIPPED)
@pytest.mark.parametrize("lang", LANGS)
def test_every_rule_of_a_shipped_plan_is_told_with_its_origin(plan_id: str, lang: Lang) -> None:
    document = shipped().documents[plan_id].document
    told = list(texts(plan_prose(document, lang, shipped())))
    say = Wording(lang)
    for part in parts_in(document):
        if isinstance(part, d.Rule):
            for words in (part.assumed, part.reading, part.clause, part.note):
                assert words is None or any(say.of(words) in one for one in told), words
    for source in document.sources.values():
        assert any(one.startswith(say.of(source.title)) for one in told)
        assert lang == "zh" or source.title.zh in told
    for benefit in effective_benefits(document):
        name = say.of(benefit.name) if benefit.name is not None else say.named("benefit_name", benefit.benefit)
        assert say.title(name) in told


# --- what is assumed ---------------------------------------------------------------------------------------------------


def box_of(prose: Prose, kind: str) -> Box | None:
    blocks = [block for section in prose.sections for block in section.blocks if isinstance(block, Box)]
    return next((block for block in blocks if block.kind == kind), None)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("plan_id", SHIPPED)
def test_all_that_is_assumed_stands_in_one_box_and_bars_publication(plan_id: str, lang: Lang) -> None:
    document = shipped().documents[plan_id].document
    reasons = [part.assumed for part in parts_in(document) if isinstance(part, d.Rule) and part.assumed is not None]
    assumed = [Wording(lang).of(words) for words in reasons]
    box = box_of(plan_prose(document, lang), "assumed")
    if not assumed:
        assert box is None
        return
    assert box is not None
    told = [point.text for block in box.blocks if not isinstance(block, Table) for point in block.points]
    assert told[0] == CATALOGUE["assumed.intro"][LANGS.index(lang)]
    assert ("不能向会员发布" if lang == "zh" else "can't be published to members") in told[0]
    assert set(assumed) <= set(told)


def test_a_plan_without_assumptions_says_that_its_rules_are_published() -> None:
    prose = plan_prose(shipped().documents["hangzhou-medical-2021"].document)
    assert prose.badge == "已公布"
    assert any("每一条都有公开出处" in text for text in texts(prose))


# --- language ----------------------------------------------------------------------------------------------------------

IN_ALL_LANGUAGES = ("ICD-10", "ICD-9-CM-3", "--plans", "--cases")


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_a_pair_says_the_same_in_chinese_and_english(key: str) -> None:
    zh, en = CATALOGUE[key]
    if key == "report.other":  # each page names the other language in that language
        assert (zh, en) == ("English", "中文")
        return
    own = {"enrol", "contribution", "benefit", "claim"}
    for one in en.split("|"):
        missing = fields_of(zh) - own - fields_of(one)
        assert missing <= {"n"} or key == "about.words_are", f"{key}: the English leaves out {missing}"
    assert fields_of(en) <= fields_of(zh) | {"n"}
    plain = re.sub(r"\{\w+\}", "", zh)
    for allowed in IN_ALL_LANGUAGES:
        plain = plain.replace(allowed, "")
    assert not LATIN.search(plain), zh
    assert not CJK.search(en), en


def test_the_chinese_page_holds_no_english_and_the_english_no_chinese() -> None:
    for document in everything.documents():
        for text in texts(plan_prose(document, "en")):
            assert not CJK.search(text), text
        for text in texts(plan_prose(document, "zh")):
            plain = re.sub(
                r"https?://\S+|ICD-[\w-]+|\[S\d\]|everything-\w+|everything|other-plan|x_special|own_kind", "", text
            )
            assert not LATIN.search(plain), text


@pytest.mark.parametrize("plan_id", SHIPPED)
def test_the_english_prose_of_a_shipped_plan_holds_no_chinese_but_titles_of_its_sources_and_its_options(
    plan_id: str,
) -> None:
    document = shipped().documents[plan_id].document
    titles = {source.title.zh for source in document.sources.values()}
    options = [row.option for row in document.price if row.option]  # words that are entered as they stand
    for text in texts(plan_prose(document, "en", shipped())):
        without = reduce(lambda told, option: told.replace(option, ""), options, text)
        assert text in titles or not CJK.search(without), text
    assert titles <= set(texts(plan_prose(document, "en", shipped())))


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("第八条", "Art. 8"),
        ("第8条", "Art. 8"),
        ("第十条", "Art. 10"),
        ("第二十三条第二款第（三）项", "Art. 23, para. 2, item 3"),
        ("第一百零五条之一", "Art. 105-1"),
        ("第三章第二节", "Chapter 3, Section 2"),
        ("第七条（二）", "Art. 7(2)"),
        ("第七条第一款、第三款", "Art. 7, para. 1, para. 3"),
        ("第七条至第九条", "Art. 7 to Art. 9"),
        ("第七条和附件二", "Art. 7 and Annex 2"),
        ("附录", "Annex"),
    ],
)
def test_clauses_are_put_into_english(zh: str, en: str) -> None:
    assert in_english(zh) == en
    assert Wording("en").clause(d.Words(zh=zh)) == en
    assert Wording("zh").clause(d.Words(zh=zh)) == zh
    assert Wording("en").clause(d.Words(zh=zh, en="as told")) == "as told"


@pytest.mark.parametrize(
    "zh", ["", "条", "第条", "第十百条", "第二三条", "第八条但书", "总则", "第八条、", "、第八条", "§8"]
)
def test_a_clause_that_is_not_understood_stays_as_it_is(zh: str) -> None:
    assert in_english(zh) is None
    assert zh == "" or Wording("en").clause(d.Words(zh=zh)) == zh


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十", 10),
        ("十一", 11),
        ("二十", 20),
        ("三百零七", 307),
        ("一千二百三十四", 1234),
        ("两千", 2000),
        ("〇", 0),
        ("42", 42),
    ],
)
def test_chinese_numerals(text: str, value: int) -> None:
    assert number(text) == value


def test_the_vocabularies_of_the_contract_have_names() -> None:
    wanted = [
        *((f"kind.{word}") for word in KINDS),
        *((f"benefit_name.{word}") for word in BENEFITS),
        *((f"employment.{word}") for word in EMPLOYMENTS),
        *((f"insurance.{word}") for word in INSURANCES),
        *((f"relation.{word}") for word in RELATIONS),
        *((f"amount.{word}") for word in AMOUNTS),
        *((f"reason.{word}") for word in REASONS),
    ]
    assert [key for key in wanted if key not in CATALOGUE] == []
    assert set(REASON_LABELS) == set(REASONS)
    same = {name for name in FACT_LABELS if CATALOGUE[f"fact.{name}"][1] == name}
    assert same <= {"sex", "severity", "option"}, "facts without an English name are shown by their code name"


def keys_said() -> tuple[set[str], list[re.Pattern[str]]]:
    """Keys that the code asks for, and patterns of those that it puts together."""
    source = Path(d.__file__).parents[1]
    plain: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for file in [*source.glob("plans/**/*.py"), *source.glob("cli/*.py")]:
        if file.name.startswith("wording_"):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in node.values
                ]
                patterns.append(re.compile("".join(parts)))
    for file in source.glob("plans/report/templates/*.j2"):
        plain |= set(re.findall(r"""say\(["']([\w.]+)["']""", file.read_text("utf-8")))
    return plain, [pattern for pattern in patterns if "\\." in pattern.pattern]


NAMED = re.compile(
    r"(kind|benefit_name|employment|insurance|relation|severity|risk_class|group|circumstance|amount|reason|fact|kind_of)\.\w+"
)
"""Names that are looked up by the words of plans and cases."""


def test_every_sentence_of_the_catalogue_is_used() -> None:
    plain, patterns = keys_said()
    unused = [
        key
        for key in CATALOGUE
        if key not in plain and not NAMED.fullmatch(key) and not any(pattern.fullmatch(key) for pattern in patterns)
    ]
    assert unused == []


def test_an_unknown_language_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match="zh or en"):
        plan_prose(everything.documents()[0], "fr")


# --- figures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "0元", "0 yuan"),
        (50, "0.50元", "0.50 yuan"),
        (100_000, "1,000元", "1,000 yuan"),
        (1_000_000, "1万元", "10,000 yuan"),
        (1_500_000, "1.5万元", "15,000 yuan"),
        (3_020_000, "30,200元", "30,200 yuan"),
        (1_000_050, "10,000.50元", "10,000.50 yuan"),
        (100_000_000, "100万元", "1,000,000 yuan"),
        (10_000_000_000, "1亿元", "100,000,000 yuan"),
    ],
)
def test_money_as_people_write_it(fen: int, zh: str, en: str) -> None:
    assert Wording("zh").money(fen) == zh
    assert Wording("en").money(fen) == en


@pytest.mark.parametrize(
    ("least", "most", "zh", "en"),
    [
        (3, 5, "3至5天", "3 to 5 days"),
        (3, 3, "3天", "3 days"),
        (1, 1, "1天", "1 day"),
        (3, None, "满3天", "3 days or more"),
        (None, 5, "不超过5天", "at most 5 days"),
        (None, None, "不限", "any number"),
    ],
)
def test_ranges(least: int | None, most: int | None, zh: str, en: str) -> None:
    assert Wording("zh").between(least, most, "unit.days") == zh
    assert Wording("en").between(least, most, "unit.days") == en


def test_brackets_say_what_is_paid_up_to_their_ends() -> None:
    section = benefit_section(
        plan_prose(shipped().documents["hangzhou-medical-2021"].document, "zh", shipped()), "inpatient"
    )
    (table,) = [
        point.table
        for block in section.blocks
        if not isinstance(block, Box | Table)
        for point in block.points
        if point.table
    ]
    assert [row.cells for row in table.rows] == [
        ("1,000及以下", "20%", "200"),
        ("1,000以上至10,000", "50%", "4,700"),
        ("10,000以上至15,000", "90%", "9,200"),
        ("15,000以上至50,000", "60%", "30,200"),
        ("50,000以上", "0%", ""),
    ]


# --- examples ----------------------------------------------------------------------------------------------------------


def benefit_section(prose: Prose, benefit: str) -> Section:
    parts = [part for section in prose.sections for part in section.parts]
    return next(part for part in parts if part.key == f"benefit:{benefit}")


EVERY_BENEFIT = [
    (plan_id, benefit.benefit)
    for plan_id in SHIPPED
    for benefit in effective_benefits(shipped().documents[plan_id].document)
]


@pytest.mark.parametrize(("plan_id", "benefit"), EVERY_BENEFIT, ids=[":".join(pair) for pair in EVERY_BENEFIT])
@pytest.mark.parametrize("lang", LANGS)
def test_every_shipped_benefit_has_an_example_that_pays(plan_id: str, benefit: str, lang: Lang) -> None:
    section = benefit_section(plan_prose(shipped().documents[plan_id].document, lang, shipped()), benefit)
    (example,) = [block for block in section.blocks if isinstance(block, Box)]
    tables = [block for block in example.blocks if isinstance(block, Table)]
    assert tables, "the example has no working"
    last = [row.cells for row in tables[0].rows if row.cells[2]][-1]
    assert Decimal(last[2].replace(",", "")) > 0


def test_the_example_of_guangxi_is_the_one_of_the_readme() -> None:
    section = benefit_section(
        plan_prose(shipped().documents["guangxi-huzhubao-1-2025"].document, "zh", shipped()), "inpatient"
    )
    (example,) = [block for block in section.blocks if isinstance(block, Box)]
    (table,) = [block for block in example.blocks if isinstance(block, Table)]
    assert [row.cells for row in table.rows] == [
        ("住院自付费用", "12,000.00", "12,000.00"),
        ("免补额1000元", "-1,000.00", "11,000.00"),
        ("分段累进计算", "-7,600.00", "3,400.00"),
        (f"{DETAIL}10000元以内：10,000.00 × 30%", "3,000.00", ""),
        (f"{DETAIL}10000元以上至30000元：1,000.00 × 40%", "400.00", ""),
    ]
    assert "住院自付补助给付3,400元" in list(
        texts(plan_prose(shipped().documents["guangxi-huzhubao-1-2025"].document, "zh", shipped()))
    )


@pytest.mark.parametrize(
    ("base", "paid"),
    [(100_000, "0.00"), (200_000, "300.00"), (1_100_000, "3000.00"), (3_100_000, "11000.00"), (5_100_000, "23000.00")],
)
def test_a_scene_asks_the_engine_about_another_base(base: int, paid: str) -> None:
    line = scene("guangxi-huzhubao-1-2025", "inpatient").decide(Asked(base=base))[1]
    assert line is not None
    assert line["amount"] == paid


def scene(plan_id: str, benefit_id: str, loaded: Loaded | None = None) -> Scene:
    loaded = loaded or shipped()
    document = loaded.documents[plan_id].document
    benefit = next(one for one in effective_benefits(document) if one.benefit == benefit_id)
    return Scene(document, benefit, loaded)


@pytest.mark.parametrize(("grade", "paid"), [(1, "20000.00"), (7, "8000.00"), (10, "2000.00")])
def test_a_scene_asks_about_another_grade(grade: int, paid: str) -> None:
    line = scene("guangxi-huzhubao-1-2025", "disability").decide(Asked(grade=grade))[1]
    assert line is not None
    assert line["amount"] == paid


@pytest.mark.parametrize(
    ("days", "outcome", "paid"), [(3, "refuse", "0.00"), (4, "pay", "50.00"), (13, "pay", "500.00")]
)
def test_a_scene_asks_about_other_days(days: int, outcome: str, paid: str) -> None:
    line = scene("cwmia-allowance-2015", "allowance").decide(Asked(days=days))[1]
    assert line is not None
    assert (line["outcome"], line["amount"]) == (outcome, paid)


ODD = """
plan: odd-2025
family: odd
status: published
name: 怪
organiser: 某
term: {years: 1, on: "02-29"}
lists: {l: {name: 表, entries: [{name: 病, diagnoses: ["C5⑨"]}]}}
benefits:
  - {benefit: allowance, kinds: [inpatient], days: {per_day: 50}}
  - {benefit: critical_illness, kinds: [diagnosis], when: {diseases: [l]}, sum: {amount: 100}}
"""


def test_a_plan_for_which_no_ordinary_case_can_be_made_is_still_told() -> None:
    draft = read_document("odd.yaml", ODD.encode())
    loaded = compile_drafts([draft])
    prose = plan_prose(draft.document, "zh", loaded)
    told = [text for text in texts(prose) if text == CATALOGUE["example.none"][0]]
    assert len(told) == 1, "the one with the code that no case can have"
    paid = scene("odd-2025", "allowance", loaded).decide(Asked())[1]
    assert paid is not None
    assert paid["amount"] == "350.00", "a day that the year lacks does not stop the example"


# --- workings in English -----------------------------------------------------------------------------------------------


def test_every_label_of_the_shipped_workings_has_its_english(shipped_labels: set[str]) -> None:
    names: dict[str, str] = {}
    only_chinese: set[str] = set()
    for draft in shipped().documents.values():
        names |= english_names(draft.document)
        only_chinese |= {part.zh for part in parts_in(draft.document) if isinstance(part, d.Words) and part.en is None}
    say = Wording("en")
    left = set()
    for label in shipped_labels:
        english = label_in(label, say, names)
        for name in only_chinese:
            english = english.replace(name, "")
        if CJK.search(english):
            left.add(f"{label} -> {english}")
    assert left == set()
    assert len(shipped_labels) > 100


@pytest.fixture(scope="module")
def shipped_labels() -> set[str]:
    """Every label of every working of the shipped cases."""
    from mutualaid.plans.shipped_cases import judge, load_cases

    labels: set[str] = set()
    for case in load_cases(Path(__file__).parents[1] / "engine" / "cases", shipped()):
        for line in judge(case, shipped().engine).decision["lines"]:
            for step in line["working"]:
                labels |= {step["label"], *(part["label"] for part in step.get("detail", ()))}
    return labels
