"""States of payment orders, of batches and of the files that banks send. Plain data."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

PAYMENT_ORDER = States(
    names={
        "created": ("待支付", "to be paid"),
        "batched": ("已入批次", "in a batch"),
        "released": ("已复核放行", "released"),
        "sent": ("已送银行", "sent to the bank"),
        "unknown": ("结果未知", "unknown"),
        "paid": ("已支付", "paid"),
        "failed": ("支付失败", "failed"),
        "returned": ("已退票", "returned"),
        "stopped": ("已止付", "stopped"),
    },
    first="created",
    moves={
        "payout_batched": Move(("created",), "batched"),
        "payout_unbatched": Move(("batched",), "created"),
        "payout_released": Move(("batched",), "released"),
        "payout_sent": Move(("released",), "sent"),
        "payout_unclear": Move(("sent",), "unknown"),
        "payout_known": Move(("unknown",), "sent"),
        "payout_paid": Move(("released", "sent", "unknown"), "paid"),
        "payout_failed": Move(("released", "sent", "unknown"), "failed"),
        "payout_kept_here": Move(("created",), "failed"),
        "payout_returned": Move(("paid",), "returned"),
        "payout_stopped": Move(("created", "failed", "returned"), "stopped"),
    },
)
"""Money to one payee. Unknown is a state: the bank is asked, nothing is sent again on a guess. A result may come before we know
that the file was taken, so ``released`` takes one as well. What would go to an account from which money came back fails before
it leaves (``payout_kept_here``). What failed or came back is paid by a further order, never again by
the same."""

LIVE = ("created", "batched", "released", "sent", "unknown", "paid")
"""Orders by which money will leave, may have left, or has left: there is one at most for each payment of a claim."""
IN_FLIGHT = ("released", "sent", "unknown")
"""Released, and not known to have ended."""

BATCH = States(
    names={
        "open": ("待复核", "waits for release"),
        "released": ("已放行", "released"),
        "sent": ("已送银行", "sent to the bank"),
        "done": ("已完成", "done"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    first="open",
    moves={
        "release_batch": Move(("open",), "released"),
        "withdraw_batch": Move(("open",), "withdrawn"),
        "batch_sent": Move(("released",), "sent"),
        "batch_done": Move(("released", "sent"), "done"),
    },
)
"""Orders of one fund that leave together: made by one person, released by another. Done when the bank has told of each."""

BANK_RESULT = States(
    names={
        "open": ("待复核", "waits for confirmation"),
        "taken": ("已入账", "taken"),
        "refused": ("有差异", "refused"),
        "looked_at": ("已核对", "looked at"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    first="open",
    moves={
        "result_taken": Move(("open",), "taken"),
        "refuse_result": Move(("open",), "refused"),
        "look_at_result": Move(("refused",), "looked_at"),
        "withdraw_result": Move(("open",), "withdrawn"),
    },
)
"""A file of the bank: taken as a whole, or refused as a whole until somebody has looked at it. What a person of finance brings by
hand waits until another has confirmed it by the bank's paper."""

ACCOUNT_CHANGE = States(
    names={
        "open": ("待复核", "waits for confirmation"),
        "confirmed": ("已确认", "confirmed"),
        "refused": ("未通过", "refused"),
    },
    first="open",
    moves={
        "confirm_account": Move(("open",), "confirmed"),
        "refuse_account": Move(("open",), "refused"),
    },
)
"""Another account for money that could not be paid: entered by one person of finance, confirmed by another."""
