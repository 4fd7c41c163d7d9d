"""Whether a plan may be offered to members: an illustrative one, or one without a price, may not."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.plans import document as d
from mutualaid.plans.checking.origin import assumptions
from mutualaid.plans.reading import dotted


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One reason why a plan cannot be published: the place in the document, and the reason in Chinese and English."""

    place: str
    zh: str
    en: str

    def text(self, lang: str = "zh") -> str:
        """``place: reason``."""
        return f"{self.place}: {self.en if lang == 'en' else self.zh}"


def why_not_publishable(document: d.Document) -> list[Hindrance]:
    """Every reason, in the order of the document; empty when it can be published. The document must have passed the checks."""
    found: list[Hindrance] = []
    if document.status == "illustrative":
        found.append(
            Hindrance(
                "status",
                "示例计划不能向会员公布；所有数值都有公布的出处后，status 才可改为 published",
                "an illustrative plan cannot be offered to members; it is published once every value has a published source",
            )
        )
    if not document.price:
        found.append(
            Hindrance(
                "price",
                "没有互助费标准；会员须知道交多少，请写 price",
                "there is no price; members must know what they pay, write price",
            )
        )
    for path, why in assumptions(document):
        found.append(
            Hindrance(
                dotted(path),
                f"数值没有人公布，是假定的：{why.zh}；请换成公布的数值和出处",
                f"nobody published this value, it is assumed: {why.en or why.zh}; "
                "replace it by the published value and its source",
            )
        )
    return found
