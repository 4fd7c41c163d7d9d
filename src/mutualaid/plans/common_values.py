"""The values of a plan that are changed most, as a form without YAML: fees, deductibles, rates, caps, days, term.

``common_values`` lists them with labels; ``with_values`` writes what was typed back into the text, in which comments, order and
all other rules stay as they are. Whether the changed plan makes sense is for the checks of the document to say.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benefit_engine.labels import SCOPE_LABELS
from mutualaid.people.refusals import Refused
from mutualaid.plans import document as d
from mutualaid.plans.prose.conditions import condition
from mutualaid.plans.prose.wording import language
from mutualaid.plans.prose.writer import Writer
from mutualaid.plans.reading import Draft, dotted
from mutualaid.plans.scalars import Scalar, quoted, rewritten, scalars_of
from mutualaid.plans.texts import read_text
from mutualaid.plans.yaml_reader import Path

Kind = Literal["money", "percent", "number", "date", "month_day", "id", "text", "late_filed"]
LATE_FILED: dict[str, tuple[str, str]] = {
    "stands": ("按申请的先后，先前的决定不变", "in the order of filing; what was decided stands"),
    "reopens": (
        "按住院开始的先后，先前的决定可重算",
        "in the order in which stays began; what was decided is reopened",
    ),
}
"""What a plan may say of an earlier stay that is filed late (zh, en)."""
_SCOPES_EN = {
    "stay": "a stay",
    "day": "a day",
    "period": "a period",
    "life": "for life",
    "disease": "a disease",
    "cause": "an accident",
}


@dataclass(frozen=True, slots=True)
class CommonValue:
    """One value: ``place`` names it (``benefits[0].deductible.amount``); ``group`` is what it belongs to (zh, en); ``value`` as
    it is typed: a share without its percent sign."""

    place: str
    kind: Kind
    group: tuple[str, str]
    zh: str
    en: str
    value: str


@dataclass(frozen=True, slots=True)
class ValueFault:
    """What is wrong with what was typed for a place."""

    place: str
    zh: str
    en: str


class ValuesRefused(Refused):
    """Some of what was typed cannot be a value of its kind; ``faults`` says which."""

    def __init__(self, faults: Sequence[ValueFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            f"所填的值应当可用；得到 {len(self.faults)} 处不对。{self.faults[0].zh}",
            f"expected values that can be used, found {len(self.faults)} that cannot. {self.faults[0].en}",
        )


def common_values(text: str) -> list[CommonValue]:
    """The values of a document's text, in its order. Raises PlanError when the document has faults of form."""
    draft = read_text(text)
    telling = _Telling(draft)
    found = []
    for path, scalar in scalars_of(text).items():
        known = _known(path, scalar)
        if known is not None:
            pattern = known
            raw = _at(draft.read.value, path)
            zh, en = telling.label(pattern, path)
            found.append(
                CommonValue(dotted(path), pattern.kind, telling.group(path), zh, en, _typed(raw, pattern.kind))
            )
    return found


def with_values(text: str, typed: Mapping[str, str]) -> str:
    """The text with these values, by place; what is typed as it was stays as it was written. The next bracket begins where the
    one before it ends. Raises ValuesRefused, and PlanError when the text has faults of form."""
    kinds = {value.place: value for value in common_values(text)}
    paths = {dotted(path): path for path in scalars_of(text)}
    places = scalars_of(text)
    faults: list[ValueFault] = []
    written: dict[Path, str] = {}
    for place, value in typed.items():
        known = kinds.get(place)
        if known is None:
            faults.append(
                ValueFault(
                    place,
                    f"计划里没有 {place} 这个值；请重新打开页面",
                    f"the plan has no value {place}; open the page anew",
                )
            )
            continue
        if _same(value, known.value):
            continue
        token = _token(value, known.kind, was_quoted=places[paths[place]].quoted)
        if token is None:
            faults.append(_wrong(known))
            continue
        written[paths[place]] = token
        following = _next_bracket(paths[place])
        if following in places:
            written[following] = token
    if faults:
        raise ValuesRefused(faults)
    return rewritten(text, written)


# -- which values there are ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pattern:
    """Places of one manner: ``way`` matches the whole of the dotted path."""

    way: re.Pattern[str]
    kind: Kind
    zh: str
    en: str


def _pattern(way: str, kind: Kind, zh: str, en: str) -> _Pattern:
    return _Pattern(re.compile(way.replace("#", r"(?:\[\d+\])")), kind, zh, en)


_BENEFIT = r"benefits#(?:\.(?:greater_of|lesser_of)#)?\."
_ROW = r"(?:#\.value)?"
_PATTERNS: tuple[_Pattern, ...] = (
    _pattern(r"plan", "id", "这一版的编号", "Id of this edition"),
    _pattern(r"name(?:\.zh)?", "text", "名称", "Name in Chinese"),
    _pattern(r"name\.en", "text", "英文名称", "Name in English"),
    _pattern(r"summary(?:\.zh)?", "text", "简介", "Summary in Chinese"),
    _pattern(r"summary\.en", "text", "英文简介", "Summary in English"),
    _pattern(r"price#?\.fee", "money", "缴费标准", "Contribution"),
    _pattern(r"price#?\.lasts\.days", "number", "该档保障期（天）", "Days of the option's term"),
    _pattern(r"price#?\.lasts\.months", "number", "该档保障期（月）", "Months of the option's term"),
    _pattern(r"payers#?\.least", "money", "出资下限", "Pays at least"),
    _pattern(r"payers#?\.most", "money", "出资上限", "Pays at most"),
    _pattern(r"term\.years", "number", "期限（年）", "Years of a term"),
    _pattern(r"term\.on", "month_day", "每期起始日（月-日）", "First day of each term (month-day)"),
    _pattern(r"term\.first_on", "date", "首期起始日", "First day of the first term"),
    _pattern(r"term\.working_days", "number", "缴费后第几个工作日起", "Working days after payment"),
    _pattern(r"term\.enrolment\.opens", "month_day", "开始办理（月-日）", "Enrolment opens (month-day)"),
    _pattern(r"term\.enrolment\.closes", "month_day", "截止办理（月-日）", "Enrolment closes (month-day)"),
    _pattern(r"term\.enrolment\.catch_up_month", "number", "补办月份", "Month of late enrolment"),
    _pattern(r"term\.run_off\.days", "number", "期满后受理（天）", "Days for claims after the end"),
    _pattern(r"term\.run_off\.months", "number", "期满后受理（月）", "Months for claims after the end"),
    _pattern(r"units\.most", "number", "每人最多份数", "Units at most"),
    _pattern(r"employer#?\.least_share", "percent", "单位最低参加比例", "Least share of the employer's staff"),
    _pattern(r"employer#?\.all_up_to", "number", "全员参加的单位人数", "Employers up to which all join"),
    _pattern(r"(?:benefits#\.)?waiting\.days", "number", "等待期（天）", "Waiting days"),
    _pattern(r"(?:benefits#\.)?waiting\.months", "number", "等待期（月）", "Waiting months"),
    _pattern(r"(?:benefits#\.)?limits#?\.within\.days", "number", "时限（天）", "Days within which"),
    _pattern(
        r"(?:benefits#\.)?limits#?\.within\.working_days", "number", "时限（工作日）", "Working days within which"
    ),
    _pattern(r"(?:benefits#\.)?limits#?\.within\.months", "number", "时限（月）", "Months within which"),
    _pattern(r"late_filed\.earlier_stay", "late_filed", "较早的住院后来才申请的", "An earlier stay that is filed late"),
    _pattern(_BENEFIT + r"deductible\.amount" + _ROW, "money", "免补额", "Deductible"),
    _pattern(_BENEFIT + r"rate(?:\.rate|\.tables#\.rate)?", "percent", "比例", "Rate"),
    _pattern(_BENEFIT + r"rate\.(?:tables#\.)?brackets#\.up_to", "money", "分段至", "Bracket up to"),
    _pattern(_BENEFIT + r"rate\.(?:tables#\.)?brackets#\.rate", "percent", "分段比例", "Rate of the bracket"),
    _pattern(_BENEFIT + r"rate\.(?:tables#\.)?brackets#\.sum", "money", "分段定额", "Sum of the bracket"),
    _pattern(_BENEFIT + r"rate\.tenure_bonus\.rate", "percent", "连续参加每期加", "More for each period in a row"),
    _pattern(_BENEFIT + r"rate\.tenure_bonus\.most", "percent", "连续参加最多加", "More at most"),
    _pattern(_BENEFIT + r"days\.per_day" + _ROW, "money", "每天", "A day"),
    _pattern(_BENEFIT + r"days\.after", "number", "前几天不计", "Days that do not count"),
    _pattern(_BENEFIT + r"days\.caps#?\.days", "number", "最多天数", "Days at most"),
    _pattern(_BENEFIT + r"sum\.amount" + _ROW, "money", "定额", "Sum"),
    _pattern(_BENEFIT + r"sum\.ladder#", "percent", "伤残给付比例", "Share of the sum"),
    _pattern(r"benefits#\.caps#?\.amount" + _ROW, "money", "限额", "Cap"),
    _pattern(r"benefits#\.floor", "money", "每次最低给付", "Least payment"),
    _pattern(r"benefits#\.claims\.most", "number", "最多次数", "Claims at most"),
    _pattern(r"shared_caps#?\.amount" + _ROW, "money", "合计限额", "Cap of all together"),
)


def _known(path: Path, scalar: Scalar) -> _Pattern | None:
    place = dotted(path)
    if scalar.block:
        return None
    return next((one for one in _PATTERNS if one.way.fullmatch(place)), None)


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _next_bracket(path: Path) -> Path:
    """``….brackets[0].up_to`` -> ``….brackets[1].over``; of other paths one that does not exist."""
    if len(path) > 2 and path[-3] == "brackets" and path[-1] == "up_to" and isinstance(path[-2], int):
        return (*path[:-2], path[-2] + 1, "over")
    return ("",)


# -- what they are called -----------------------------------------------------------------------------------------------


class _Telling:
    """Labels of the values of one document."""

    def __init__(self, draft: Draft) -> None:
        self.raw = draft.read.value
        self.document = draft.document
        self.writers = {lang: Writer(draft.document, language(lang), {}) for lang in ("zh", "en")}

    def group(self, path: Path) -> tuple[str, str]:
        """To what a value belongs, in both languages."""
        if path[0] == "benefits" and len(path) > 1 and isinstance(path[1], int):
            benefit = self.document.benefits[path[1]]
            zh, en = (w.say.title(w.name_of(benefit)) for w in self.writers.values())
            return zh, en
        return _GROUPS.get(str(path[0]), _GROUPS["plan"])

    def label(self, pattern: _Pattern, path: Path) -> tuple[str, str]:
        """What a value is, with what tells it from others of its kind."""
        told = [self._which(lang, path) for lang in ("zh", "en")]
        zh = pattern.zh
        if told[0]:
            zh = f"{zh[:-1]}，{told[0]}）" if zh.endswith("）") else f"{zh}（{told[0]}）"
        en = pattern.en + (f" ({told[1]})" if told[1] else "")
        return zh, en

    def _which(self, lang: str, path: Path) -> str:
        """Its row's condition, its bracket, how often, or which of several."""
        w = self.writers[lang]
        zh = lang == "zh"
        told: list[str] = []
        for depth in range(1, len(path)):
            part, key = _at(self.raw, path[:depth]), path[depth - 1]
            if not isinstance(part, dict) or not isinstance(key, int):
                continue
            name = str(path[depth - 2])
            if name in ("tables", "amount", "per_day"):
                told.append(_row_told(w, part, key))
            elif name == "brackets":
                told.append(_bracket_told(part, path[-1], zh))
            elif name == "caps" or name == "shared_caps":
                per = str(part.get("per", "period"))
                told.append(SCOPE_LABELS.get(per, per) if zh else _SCOPES_EN.get(per, per))
            elif name in ("greater_of", "lesser_of"):
                told.append(f"算法 {key + 1}" if zh else f"way {key + 1}")
            elif name == "price":
                told.append(_price_told(w, part, zh))
            elif name == "payers":
                told.append(_PAYERS.get(str(part.get("payer")), ("", ""))[0 if zh else 1])
            elif name == "limits":
                told.append(_LIMITS.get(str(part.get("what", "filing")), ("", ""))[0 if zh else 1])
        if len(path) > 1 and path[-2] == "ladder" and isinstance(path[-1], int):
            told.append(f"{path[-1] + 1} 级" if zh else f"grade {path[-1] + 1}")
        return ("，" if zh else ", ").join(one for one in told if one)


def _row_told(w: Writer, row: Mapping[str, Any], index: int) -> str:
    """The condition of a row, or that it stands for all other cases."""
    zh = w.say.zh
    if "when" not in row:
        return "其他情形" if zh and index else "" if not index else "other cases"
    try:
        return condition(w, d.When.model_validate(row["when"]))
    except (ValueError, KeyError):
        return f"情形 {index + 1}" if zh else f"case {index + 1}"


def _bracket_told(bracket: Mapping[str, Any], last: str | int, zh: bool) -> str:
    over, most = bracket.get("over", 0), bracket.get("up_to")
    if last == "up_to" or most is None:
        return f"{over} 元以上" if zh else f"over {over} yuan"
    return f"{over} 元以上至 {most} 元" if zh else f"over {over} up to {most} yuan"


def _price_told(w: Writer, row: Mapping[str, Any], zh: bool) -> str:
    named = [("risk_class", row.get("risk_class")), ("option", row.get("option"))]
    told = [w.say.named(area, str(word)) if area == "risk_class" else str(word) for area, word in named if word]
    return ("，" if zh else ", ").join(told)


_PAYERS = {
    "member": ("个人", "member"),
    "employer": ("单位", "employer"),
    "employer_union": ("单位工会", "employer's union"),
    "upper_union": ("上级工会", "union above"),
    "administration": ("行政", "administration"),
}
_LIMITS = {"filing": ("申请", "filing"), "reporting": ("报案", "reporting"), "window": ("事故后", "after the accident")}
_GROUPS: dict[str, tuple[str, str]] = {
    "plan": ("计划", "The plan"),
    "price": ("缴费", "Contribution"),
    "payers": ("缴费", "Contribution"),
    "term": ("期限与办理时间", "Term and season"),
    "units": ("参加条件", "Joining"),
    "employer": ("参加条件", "Joining"),
    "waiting": ("等待期与时限", "Waiting and limits"),
    "limits": ("等待期与时限", "Waiting and limits"),
    "late_filed": ("等待期与时限", "Waiting and limits"),
    "shared_caps": ("合计限额", "Caps of all together"),
}


# -- reading and writing ------------------------------------------------------------------------------------------------


def _typed(raw: Any, kind: Kind) -> str:
    """A value of the document as it is typed."""
    text = "" if raw is None else str(raw)
    return text.removesuffix("%") if kind == "percent" else text


def _same(typed: str, value: str) -> bool:
    # Forms send line ends as CR LF, whatever the text had.
    return typed.replace("\r\n", "\n").strip() == value.strip()


def _token(typed: str, kind: Kind, *, was_quoted: bool) -> str | None:
    """What is written for what was typed; None when it is none of its kind."""
    text = typed.replace("\r\n", "\n").strip()
    if kind in ("money", "percent"):
        text = text.replace(",", "").replace("，", "").removesuffix("%")
        match = re.fullmatch(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?", text)
        if match is None:
            return None
        cents = (match[2] or "").rstrip("0") if kind == "percent" else (match[2] or "").ljust(2, "0")
        whole = str(int(match[1]))
        plain = f"{whole}.{cents}" if cents.strip("0") else whole
        return f"{plain}%" if kind == "percent" else plain
    if kind == "number":
        return str(int(text)) if re.fullmatch(r"[0-9]{1,6}", text) else None
    if kind == "date":
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError:
            return None
    if kind == "month_day":
        return f'"{text}"' if re.fullmatch(r"[0-9]{2}-[0-9]{2}", text) else None
    if kind == "late_filed":
        return text if text in LATE_FILED else None
    if kind == "id":
        return text if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text) and not text.isdigit() else None
    return quoted(text, always=was_quoted) if text else None


_EXPECTED: dict[Kind, tuple[str, str]] = {
    "money": ("元，最多两位小数，如 1200 或 0.50", "yuan with at most two decimals, like 1200 or 0.50"),
    "percent": ("百分比，最多两位小数，如 70 或 12.5", "a percentage with at most two decimals, like 70 or 12.5"),
    "number": ("整数，如 30", "a whole number like 30"),
    "date": ("日期，如 2026-01-01", "a date like 2026-01-01"),
    "month_day": ("月-日，如 01-01", "month-day like 01-01"),
    "id": ("小写字母、数字和连字符，如 city-2027", "small letters, digits and hyphens, like city-2027"),
    "text": ("文字", "text"),
    "late_filed": ("所列之一：stands 或 reopens", "one of those listed, stands or reopens"),
}


def _wrong(known: CommonValue) -> ValueFault:
    zh, en = _EXPECTED[known.kind]
    return ValueFault(
        known.place,
        f"{known.zh}应为{zh}；得到的不是，请改正",
        f"expected {en} for “{known.en}”, found something else; correct it",
    )


__all__ = ["LATE_FILED", "CommonValue", "ValueFault", "ValuesRefused", "common_values", "with_values"]
