"""Facts with which a trial begins: the made-up case of a benefit's worked example, as it would be typed into the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mutualaid.plans import document as d
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose.scenes import Asked, Scene


@dataclass(frozen=True)
class Typed:
    """A form as it is typed: an event's amounts stand among its other fields."""

    member: dict[str, str]
    cover: dict[str, str]
    events: tuple[dict[str, str], ...]


def example_facts(*, document: d.Document, loaded: Loaded, benefit: str = "") -> Typed | None:
    """The case of a benefit's example (empty: of the first benefit); None where there is no such benefit. For a combination a
    benefit of its parts."""
    parts = [
        document,
        *(loaded.documents[plan].document for plan in document.combines or () if plan in loaded.documents),
    ]
    for part in parts:
        for one in effective_benefits(part):
            if not benefit or one.benefit == benefit:
                return _typed(Scene(part, one, loaded).case(Asked()))
    return None


def _typed(case: Mapping[str, Any]) -> Typed:
    events = tuple({**_texts(event), **_texts(event.get("amounts", {}))} for event in case["events"])
    return Typed(_texts(case["member"]), _texts(case["covers"][0]), events)


def _texts(facts: Mapping[str, Any]) -> dict[str, str]:
    return {name: text for name, value in facts.items() if (text := _text(value))}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None or isinstance(value, Mapping) else str(value)
