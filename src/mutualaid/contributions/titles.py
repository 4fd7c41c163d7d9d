"""To whom receipts and fiscal notes are made out: the payer's own name, or another that is still the payer's."""

from __future__ import annotations

import unicodedata

from mutualaid.contributions.models import Bill
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.words import payer_key

SHORTEST, LONGEST = 2, 100


class BadTitle(Refused):
    """The title is none, or not the payer's."""


def title_for(*, bill: Bill, wanted: str) -> str:
    """The title as it is written; the payer's own name where none is wanted. Where the office says that titles are fixed it
    is the payer's name to the letter; else another form of that name may be chosen, that of the company for its union or with its
    brackets written otherwise. A member's is always their name. Raises BadTitle."""
    title = " ".join(unicodedata.normalize("NFC", wanted).split())
    if not title or title == bill.payer_name:
        return bill.payer_name
    if not SHORTEST <= len(title) <= LONGEST or not title.isprintable():
        raise BadTitle(
            f"抬头应为 {SHORTEST} 至 {LONGEST} 个字，得到 {len(title)} 个字；请照登记的名称填写",
            f"expected a title of {SHORTEST} to {LONGEST} characters, found {len(title)}; write the name as it is registered",
        )
    if bill.fund.titles_fixed or bill.payer_member_id is not None:
        raise BadTitle(
            f"本地规定抬头须与缴费方名称一致，应为“{bill.payer_name}”；名称有变更的，请先变更登记",
            f"expected the payer's own name, {bill.payer_name!r}, as the region says; register a change of name first",
        )
    if payer_key(title) != (bill.payer_key or payer_key(bill.payer_name)):
        raise BadTitle(
            f"抬头应是缴费方“{bill.payer_name}”的名称（单位或其工会），得到另一名称；款项由谁缴纳，票据就开给谁",
            f"expected a name of the payer {bill.payer_name!r} (the company or its union), found another; "
            "a note is made out to whoever paid",
        )
    return title
