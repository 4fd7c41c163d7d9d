"""Why a bank could not pay, in words for payees: the codes of ISO 20022 that our profile knows."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, tuple[str, str]] = {
    "AC01": ("账号不存在或有误", "the account number is wrong"),
    "AC04": ("账户已销户", "the account is closed"),
    "AC06": ("账户被冻结或止付", "the account is blocked"),
    "BE01": ("户名与账号不符", "name and account do not belong together"),
    "RC01": ("开户银行或联行号有误", "the bank or its code is wrong"),
    "AM02": ("超过账户限额", "the amount is above what the account may receive"),
    "AM05": ("银行认为是重复支付", "the bank takes it for a duplicate"),
    "MS03": ("银行未说明原因", "the bank gave no reason"),
    "NOOR": ("银行没有收到该批次", "the bank never received the batch"),
    "DS02": ("批次文件的签名无效", "the signature of the file does not hold"),
    "AM10": ("批次合计与明细不符", "the sum of the file is not that of its rows"),
    "AM18": ("批次笔数与明细不符", "the count of the file is not that of its rows"),
    "DU01": ("批次号重复而内容不同", "the number of the batch is known with other contents"),
}


def reason_of(code: str) -> tuple[str, str] | None:
    """Chinese and English for a code; None without one, the words for "no reason given" for one that we do not know."""
    return REASONS.get(code, REASONS["MS03"]) if code else None
