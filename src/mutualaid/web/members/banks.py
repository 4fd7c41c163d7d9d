"""The bank of a card by its first digits, where they are widely known: a suggestion that the member may change."""

from __future__ import annotations

BANKS: dict[str, str] = {
    "622202": "中国工商银行",
    "621226": "中国工商银行",
    "622208": "中国工商银行",
    "955880": "中国工商银行",
    "622848": "中国农业银行",
    "622845": "中国农业银行",
    "621661": "中国银行",
    "621785": "中国银行",
    "456351": "中国银行",
    "622700": "中国建设银行",
    "621700": "中国建设银行",
    "436742": "中国建设银行",
    "622262": "交通银行",
    "622260": "交通银行",
    "621098": "中国邮政储蓄银行",
    "622188": "中国邮政储蓄银行",
    "622588": "招商银行",
    "621485": "招商银行",
    "622622": "中国民生银行",
    "622908": "兴业银行",
    "622521": "上海浦东发展银行",
    "622690": "中信银行",
    "622660": "中国光大银行",
}


def bank_of_card(number: str) -> str:
    """The name of the bank; empty where the digits are not known."""
    return BANKS.get(number[:6], "")
