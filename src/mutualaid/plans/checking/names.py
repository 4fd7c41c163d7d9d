"""Names in a plan document: does every name mean something, once, and is everything that is listed used?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from benefit_engine.fact_reader import normal_code
from benefit_engine.plan import FIVE_PARTS, REMAINING
from benefit_engine.words import AMOUNTS, CIRCUMSTANCES, KINDS
from mutualaid.plans import document as d
from mutualaid.plans.checking.parts import Check, listed, near, parts
from mutualaid.plans.compiling import code_range, is_combination
from mutualaid.plans.yaml_reader import Path

_WHOLES: dict[str, frozenset[str]] = {
    "self_paid": frozenset(FIVE_PARTS),
    REMAINING: frozenset({"self_paid", "out_of_scope", *FIVE_PARTS}),
    "total": (AMOUNTS | {REMAINING}) - {"total", "other_aid_paid"},
}
"""Components that already contain others: adding both counts an amount twice."""
_PURSES = frozenset({"account_paid", "cash_paid"})
"""How the person's part was paid: the same money as the amounts that the person bears."""
_BORNE = frozenset({"self_paid", "out_of_scope", REMAINING, *FIVE_PARTS})
_WORD_LISTS = frozenset(
    {"kinds", "circumstances", "groups", "not_groups", "severity", "option", "risk_class", "collects"}
)
_REPEATABLE = frozenset({"ladder"})
_DIAGNOSIS = re.compile(r"[A-Z](\d([0-9A-Z].*)?)?", re.ASCII)
_LETTER, _DIGIT = re.compile(r"[A-Za-z]", re.ASCII), re.compile(r"\d", re.ASCII)


def check_names(check: Check) -> None:
    """All faults of names inside one document."""
    _repeated(check, check.draft.read.value, ())
    _benefit_ids(check)
    for path, part in check.parts():
        if isinstance(part, d.Trigger):
            _trigger(check, path, part)
        _marks(check, path, part)
        if isinstance(part, d.Rule):
            _known(check, (*path, "source"), part.source, check.document.sources, "出处", "source", "sources")
        if isinstance(part, d.Base | d.BaseVariant):
            _components(check, path, part)
        if isinstance(part, d.Source) and part.address and not part.address.startswith(("https://", "http://")):
            zh = f"网址应以 https:// 或 http:// 开头；得到 {part.address[:60]}；请写完整网址或删去"
            en = (
                f"expected an address beginning with https:// or http://, found {part.address[:60]}; "
                "write it in full or leave it out"
            )
            check.add((*path, "address"), zh, en)
    _lists(check)
    _benefit_names(check)
    _options(check)


def _marks(check: Check, path: Path, part: d.Part) -> None:
    """Full-width marks inside a word: ``[inpatient，outpatient]`` is one word that means nothing."""
    for name in type(part).model_fields:
        words = getattr(part, name)
        if name not in _WORD_LISTS or not isinstance(words, list):
            continue
        for i, word in enumerate(words):
            mark = next((mark for mark in "，、；：" if mark in str(word)), None)
            if mark is not None:
                zh = f"{str(word)[:40]} 里有全角的“{mark}”，会当作一个词；请用半角逗号分开，或删去"
                en = f'{str(word)[:40]} has the full-width "{mark}" in it and counts as one word; part words by a plain comma'
                check.add((*path, name, i), zh, en)


def _repeated(check: Check, value: Any, path: Path) -> None:
    """The same word twice in one list."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in _REPEATABLE:
                _repeated(check, item, (*path, key))
    elif isinstance(value, list):
        seen: set[str] = set()
        for i, item in enumerate(value):
            if isinstance(item, dict | list):
                _repeated(check, item, (*path, i))
            elif str(item) in seen:
                check.add(
                    (*path, i), f"列表里重复写了 {item}；请删去一个", f"{item} stands twice in the list; remove one"
                )
            else:
                seen.add(str(item))


def _benefit_ids(check: Check) -> None:
    before: dict[str, int] = {}
    for i, benefit in enumerate(check.document.benefits):
        path: Path = ("benefits", i)
        if benefit.benefit in before:
            line = check.draft.read.line(("benefits", before[benefit.benefit], "benefit"))
            zh = f"待遇编号应不重复；{benefit.benefit} 在第 {line} 行已用过；请改用另一个编号"
            en = f"expected a benefit id of its own; {benefit.benefit} is used on line {line}; choose another id"
            check.add((*path, "benefit"), zh, en)
        if benefit.like is not None and benefit.like not in before:
            zh = (
                f"like 应为写在前面的一项待遇（{listed(before, 'zh')}）；得到 {benefit.like}；请改名，"
                "或把那一项移到前面"
            )
            en = (
                f"expected like to name a benefit written above ({listed(before, 'en')}), found {benefit.like}; "
                "correct the name or move that benefit up"
            )
            check.add((*path, "like"), zh, en)
        before.setdefault(benefit.benefit, i)


def _known(
    check: Check, path: Path, words: Iterable[str], known: Collection[str], zh_what: str, en_what: str, place: str
) -> None:
    """Every word must be one of the known ones."""
    for i, word in enumerate(words):
        if word not in known:
            hint_zh, hint_en = near(word, known)
            zh = (
                f"应为 {place} 中已有的{zh_what}（{listed(known, 'zh')}）；得到 {word}；{hint_zh}请改正，"
                f"或在 {place} 中补上"
            )
            en = (
                f"expected a {en_what} that {place} has ({listed(known, 'en')}), found {word}; {hint_en} "
                f"correct it or add it to {place}"
            )
            check.add((*path, i), zh, en.replace("  ", " "))


def _trigger(check: Check, path: Path, part: d.Trigger) -> None:
    for name in ("diseases", "not_diseases"):
        _known(check, (*path, name), getattr(part, name) or (), check.document.lists, "病种表", "list", "lists")
    for name in ("diagnoses", "not_diagnoses", "operations", "not_operations"):
        for i, text in enumerate(getattr(part, name) or ()):
            _code(check, (*path, name, i), text, operation=name.endswith("operations"))
    for i, word in enumerate(getattr(part, "circumstances", None) or ()):
        known = next((one for one in CIRCUMSTANCES if _one_slip(word, one)), None)
        if known is not None and word not in CIRCUMSTANCES:
            zh = f"情形 {word} 像是 {known} 的笔误，不会有这种情形；请改正"
            en = f"the circumstance {word} looks like a slip in {known}: no event will have it; correct it"
            check.add((*path, "circumstances", i), zh, en)


def _code(check: Check, path: Path, text: str, *, operation: bool) -> None:
    """One code or range of codes of ICD-10 or ICD-9-CM-3."""
    example = "68.4 或 36.10-36.19" if operation else "C50 或 C00-C97"
    book = "ICD-9-CM-3 手术编码" if operation else "ICD-10 诊断编码"
    book_en = "an operation code of ICD-9-CM-3" if operation else "a diagnosis code of ICD-10"
    en_example = example.replace("或", "or")
    begins, begins_zh, begins_en = (_DIGIT, "数字", "a digit") if operation else (_LETTER, "字母", "a letter")
    if code_range(text) is None:
        ends = [normal_code(end) for end in text.split("-")]
        if len(ends) == 2 and len(ends[0]) == len(ends[1]) and ends[0] > ends[1]:
            why_zh, why_en = "区间的起点在终点之后，请对调", "the range begins after its end; swap the two"
        elif len(ends) == 2:
            why_zh, why_en = "区间两端应一样长，如 C00-C97", "both ends of a range are equally long, like C00-C97"
        else:
            why_zh, why_en = "请写编码前缀，或用 - 连接的区间", "write the beginning of a code, or a range with -"
    elif not operation and not all(
        _DIAGNOSIS.fullmatch(normal_code(end)) for end in text.split("-") if _LETTER.match(end.strip())
    ):
        why_zh = "诊断编码是一个字母加数字；请核对"
        why_en = "a diagnosis code is a letter with digits; check it"
    elif not all(begins.match(end.strip()) for end in text.split("-")):
        why_zh = f"这类编码以{begins_zh}开头；诊断写在 diagnoses，手术写在 operations"
        why_en = f"such codes begin with {begins_en}; diagnoses go into diagnoses, operations into operations"
    else:
        return
    check.add(
        path,
        f"应为{book}，如 {example}；得到 {text}；{why_zh}",
        f"expected {book_en} like {en_example}, found {text}; {why_en}",
    )


def _lists(check: Check) -> None:
    used = {
        name
        for _, part in check.parts()
        if isinstance(part, d.Trigger)
        for name in [*(part.diseases or ()), *(part.not_diseases or ())]
    }
    for name, item in check.document.lists.items():
        path: Path = ("lists", name)
        if name not in used:
            zh = f"病种表应有待遇用到；没有一处 diseases 写 {name}；请在待遇的 when 中写上，或删去此表"
            en = (
                f"expected a list that some benefit uses; no diseases names {name}; "
                "name it in a benefit's when or remove the list"
            )
            check.add(path, zh, en)
        names: set[str] = set()
        for i, entry in enumerate(item.entries):
            at: Path = (*path, "entries", i)
            if not entry.diagnoses and not entry.operations:
                zh = f"每种疾病应有编码；{entry.name.zh} 没有；请写 diagnoses 或 operations，否则谁也不会符合"
                en = (
                    f"expected codes for each disease; {entry.name.zh} has none; write diagnoses or operations, "
                    "or nobody can have it"
                )
                check.add(at, zh, en)
            if entry.name.zh in names:
                zh = f"表内病名应不重复；{entry.name.zh} 写了两次；请把编码并入一项"
                en = f"expected each disease once; {entry.name.zh} stands twice; put its codes into one entry"
                check.add((*at, "name"), zh, en)
            names.add(entry.name.zh)
            for j, text in enumerate(entry.diagnoses):
                _code(check, (*at, "diagnoses", j), text, operation=False)
            for j, text in enumerate(entry.operations):
                _code(check, (*at, "operations", j), text, operation=True)


def _components(check: Check, path: Path, base: d.Base | d.BaseVariant) -> None:
    known = {*AMOUNTS, REMAINING}
    for key, names in (("of", base.of), ("less", base.less)):
        for i, name in enumerate(names):
            if name not in known and not name.startswith("x_"):
                hint_zh, hint_en = near(name, known)
                zh = f"应为账单金额的名称、remaining，或以 x_ 开头的自定义金额；得到 {name}；{hint_zh}请改正"
                en = (
                    f"expected an amount of the bill, remaining, or an own amount that begins with x_, found {name}; "
                    f"{hint_en} correct it"
                )
                check.add((*path, key, i), zh, en.replace("  ", " "))
            if key == "less" and name in base.of:
                zh = f"{name} 又加又减，等于没有；请从 of 或 less 中删去"
                en = f"{name} is added and taken away again; remove it from of or from less"
                check.add((*path, key, i), zh, en)
    for i, name in enumerate(base.of):
        for whole in base.of:
            inside = _WHOLES.get(whole, frozenset())
            if name != whole and (name in inside or (name in _PURSES and whole in _BORNE)):
                zh = f"{whole} 已包含 {name}，同一笔钱不能加两次；请删去一个"
                en = f"{whole} already contains {name}: the same money would count twice; remove one"
                check.add((*path, "of", i), zh, en)


def _benefit_names(check: Check) -> None:
    """Benefits named by others, and kinds of events."""
    document = check.document
    ids = [benefit.benefit for benefit in document.benefits]
    for i, benefit in enumerate(document.benefits):
        path: Path = ("benefits", i)
        if benefit.claims is not None:
            _known(check, (*path, "claims", "of"), benefit.claims.of or (), ids, "待遇", "benefit", "benefits")
        for inside, part in parts(benefit, path):
            if isinstance(part, d.TopUp):
                _known(check, (*inside, "of"), part.of, ids, "待遇", "benefit", "benefits")
        for j, kind in enumerate(benefit.kinds or ()):
            _kind(check, (*path, "kinds", j), kind)
        if check.benefits[i].kinds is None and not check.dangling(i):
            zh = f"缺少 kinds：请写这项待遇对应的事件种类，如 {listed(KINDS, 'zh')}"
            en = f"kinds is missing; say to which kinds of events the benefit answers, like {listed(KINDS, 'en')}"
            check.add(path, zh, en)
    for i, group in enumerate(document.exclusive):
        _known(check, ("exclusive", i, "benefits"), group.benefits, ids, "待遇", "benefit", "benefits")
    if is_combination(document):
        return
    for i, cap in enumerate(document.shared_caps):
        _known(check, ("shared_caps", i, "benefits"), cap.benefits or (), ids, "待遇", "benefit", "benefits")
        if cap.plans is not None:
            zh = "plans 只用于组合计划的合计限额；请删去，或写 benefits"
            en = "plans belongs to the shared caps of a combination; remove it, or write benefits"
            check.add(("shared_caps", i, "plans"), zh, en)


def _kind(check: Check, path: Path, kind: str) -> None:
    """A plan may name kinds of its own, but not one that looks like a slip in a known one."""
    if kind in KINDS or any(kind.startswith(f"{known}_") for known in KINDS):
        return
    close = [known for known in KINDS if _one_slip(kind, known)]
    if close:
        zh = f"事件种类 {kind} 像是 {close[0]} 的笔误，不会有这种事件；请改正"
        en = f"the kind {kind} looks like a slip in {close[0]}: no event will be of it; correct it"
        check.add(path, zh, en)


def _one_slip(word: str, known: str) -> bool:
    """Are two words equal but for one letter more, less or other, or two swapped?"""
    if abs(len(word) - len(known)) > 1 or word == known:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    rest, other = word[start:], known[start:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )


def _options(check: Check) -> None:
    """Options and classes of risk that conditions ask for must have a price, when the prices name any."""
    for name, zh_name in (("option", "参保档次"), ("risk_class", "职业风险类别")):
        priced = {value for price in check.document.price if (value := getattr(price, name)) is not None}
        if not priced:
            continue
        for path, part in check.parts():
            if isinstance(part, d.When):
                for i, word in enumerate(getattr(part, name) or ()):
                    if word not in priced and not (name == "risk_class" and _plain_class(check)):
                        zh = (
                            f"{zh_name}应为 price 中有价格的（{listed(sorted(priced), 'zh')}）；得到 {word}；请改正，"
                            "或补上价格"
                        )
                        en = (
                            f"expected a {name} that price names ({listed(sorted(priced), 'en')}), found {word}; "
                            "correct it or add its price"
                        )
                        check.add((*path, name, i), zh, en)


def _plain_class(check: Check) -> bool:
    """Is there a price for those without a class? Then a class may have it without being named."""
    return any(price.risk_class is None for price in check.document.price)
