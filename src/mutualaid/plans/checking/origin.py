"""Where rules come from: every rule of a plan has a clause, a source or a stated assumption,
and the status says so."""

from __future__ import annotations

from typing import Any

from mutualaid.plans import document as d
from mutualaid.plans.checking.parts import Check, parts
from mutualaid.plans.yaml_reader import Path

_SINGLE = ("term", "units", "waiting", "excludes", "on_top_of", "goes_on", "stays_as_one", "late_filed")
_SEVERAL = ("price", "payers", "who", "retirement_ages", "employer", "limits", "exclusions", "shared_caps", "exclusive")


def check_origin(check: Check, *, illustrative_parts: list[str]) -> None:
    """Rules without origin, and a status that doesn't fit. ``illustrative_parts``: ids of combined plans that are."""
    for path, rule in _rules(check):
        if rule.clause is None and not rule.source and rule.assumed is None:
            zh = (
                "每条规则应有出处；这里没有；请写 clause（条款号）或 source（sources 中的编号），"
                "没人公布的数值写 assumed 说明为何这样设"
            )
            en = (
                "expected each rule to say where it comes from, found nothing; "
                "write clause or source (a key of sources), "
                "or assumed with the reason where nobody published the value"
            )
            check.add(path, zh, en)
    _status(check, illustrative_parts)


def _rules(check: Check) -> list[tuple[Path, d.Rule]]:
    """The rules that must have an origin of their own; the parts of a benefit share the benefit's."""
    document = check.document
    found: list[tuple[Path, Any]] = [((name,), getattr(document, name)) for name in _SINGLE]
    for name in _SEVERAL:
        found += [((name, i), rule) for i, rule in enumerate(getattr(document, name))]
    found += [(("lists", name), item) for name, item in document.lists.items()]
    found += [(("benefits", i), benefit) for i, benefit in enumerate(check.benefits) if not check.dangling(i)]
    return [(path, rule) for path, rule in found if rule is not None]


def assumptions(document: d.Document) -> list[tuple[Path, d.Words]]:
    """Every assumed value of a document: its place and the reason given."""
    return [
        (path, part.assumed) for path, part in parts(document) if isinstance(part, d.Rule) and part.assumed is not None
    ]


def _status(check: Check, illustrative_parts: list[str]) -> None:
    assumed = assumptions(check.document)
    if check.document.status == "published":
        for path, _ in assumed:
            zh = (
                "有 assumed（没人公布的数值）的计划，status 应为 illustrative；得到 published；请改 status，"
                "或写出公布的出处"
            )
            en = (
                "expected status illustrative, as this value is assumed, found published; "
                "change the status or give the published source instead"
            )
            check.add((*path, "assumed"), zh, en)
        for part in illustrative_parts:
            zh = f"组合了示例计划 {part}，status 应为 illustrative；得到 published；请改 status"
            en = f"expected status illustrative, as the combined plan {part} is, found published; change the status"
            check.add(("status",), zh, en)
    elif not assumed and not illustrative_parts:
        zh = "没有一处 assumed，status 应为 published；得到 illustrative；请改 status，或在没人公布的数值处写 assumed"
        en = (
            "expected status published, as nothing is assumed, found illustrative; "
            "change the status, or write assumed where nobody published the value"
        )
        check.add(("status",), zh, en)
