"""States of bills, of lines of a bank statement and of orders at an online channel. Plain data."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

BILL = States(
    names={
        "issued": ("待缴费", "issued"),
        "paid": ("已缴清", "paid"),
        "cancelled": ("已作废", "cancelled"),
    },
    first="issued",
    moves={
        "settle_bill": Move(("issued",), "paid"),
        "cancel_bill": Move(("issued",), "cancelled"),
    },
)
"""A bill for one enrolment. Paid when what was set against it makes up its amount."""

SUBSIDY = States(
    names={"open": ("执行中", "open"), "ended": ("已停止", "ended")},
    first="open",
    moves={"end_subsidy": Move(("open",), "ended")},
)
"""A programme of subsidy: what was granted while it was open stays granted."""

STATEMENT_LINE = States(
    names={
        "unmatched": ("待匹配", "unmatched"),
        "matched": ("已匹配", "matched"),
        "set_aside": ("非互助费", "set aside"),
    },
    first="unmatched",
    moves={
        "match_line": Move(("unmatched",), "matched"),
        "set_line_aside": Move(("unmatched",), "set_aside"),
        "take_line_back": Move(("set_aside",), "unmatched"),
        "undo_line_transfer": Move(("matched",), "unmatched"),
    },
)
"""Money in a bank statement: matched to bills, or found to be none of ours. What a channel paid out, or fees made good, that
were set against the wrong line are undone by a second person; money of payers is not."""

REFUND_REQUEST = States(
    names={
        "asked": ("待审核", "waits for the office"),
        "approved": ("已同意", "approved"),
        "refused": ("未同意", "refused"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    first="asked",
    moves={
        "approve_refund_request": Move(("asked",), "approved"),
        "refuse_refund_request": Move(("asked",), "refused"),
        "withdraw_refund_request": Move(("asked",), "withdrawn"),
    },
)
"""Fees are asked back as a plan allows; what becomes of the money, the refunds say."""

REFUND = States(
    names={
        "owed": ("待退费", "to be paid"),
        "entered": ("已登记、待复核", "entered, waits for a second person"),
        "proposed": ("拟原路退回、待复核", "to go by the channel, waits for a second person"),
        "sending": ("原路退回中", "on its way by the channel"),
        "paid": ("已退费", "paid"),
    },
    first="owed",
    moves={
        "enter_refund_payment": Move(("owed",), "entered"),
        "return_refund_payment": Move(("entered",), "owed"),
        "confirm_refund_payment": Move(("entered",), "paid"),
        "propose_channel_refund": Move(("owed",), "proposed"),
        "drop_channel_refund": Move(("proposed",), "owed"),
        "confirm_channel_refund": Move(("proposed",), "sending"),
        "refund_not_by_channel": Move(("sending",), "owed"),
        "refund_by_channel": Move(("sending", "proposed", "owed"), "paid"),
    },
)
"""Money is given back. The bank's payment is entered by one person and compared with its paper by another; or two persons send it
back by the channel by which it came. What a channel says is done is done, though it had said otherwise."""

CREDIT = States(
    names={
        "kept": ("留抵中", "kept for the next bill"),
        "used": ("已抵完", "used up"),
        "released": ("已转回", "no longer kept"),
    },
    first="kept",
    moves={
        "use_credit_up": Move(("kept",), "used"),
        "release_credit": Move(("kept",), "released"),
    },
)
"""What a payer paid too much may be kept for the next bill, until that has used it up or finance decides otherwise."""

FISCAL_NOTE = States(
    names={
        "wanted": ("待申请", "to be asked for"),
        "asked": ("开具中", "asked for"),
        "unknown": ("结果未知", "unknown"),
        "issued": ("已开具", "issued"),
        "refused": ("被退回", "refused"),
        "undone": ("已红冲", "undone by a red-letter note"),
    },
    first="wanted",
    moves={
        "note_taken": Move(("wanted", "unknown"), "asked"),
        "note_unclear": Move(("wanted", "asked"), "unknown"),
        "note_absent": Move(("asked", "unknown"), "wanted"),
        "note_issued": Move(("wanted", "asked", "unknown"), "issued"),
        "note_refused": Move(("wanted", "asked", "unknown"), "refused"),
        "note_reversed": Move(("issued",), "undone"),
    },
)
"""A fiscal note at the gateway. Unknown is a state: the gateway is asked how it stands, nothing is asked for anew on a guess."""

OPEN_ORDERS = ("created", "pending", "unknown")
"""States of an order by which money may still come."""

ORDER = States(
    names={
        "created": ("已建立", "created"),
        "pending": ("待支付", "pending"),
        "unknown": ("结果未知", "unknown"),
        "paid": ("已支付", "paid"),
        "closed": ("已关闭", "closed"),
    },
    first="created",
    moves={
        "order_accepted": Move(("created", "unknown"), "pending"),
        "order_unclear": Move(("created", "pending"), "unknown"),
        "order_paid": Move((*OPEN_ORDERS, "closed"), "paid"),
        "order_closed": Move(OPEN_ORDERS, "closed"),
    },
)
"""A payment at an online channel. Unknown is a state: the channel is asked again, nothing is paid twice on a guess.
Money that the channel took although the order was closed is money all the same."""

CHANNEL_REFUND = States(
    names={
        "asked": ("待提交渠道", "asked: the channel is not told yet"),
        "pending": ("渠道处理中", "the channel is at it"),
        "unknown": ("结果未知", "unknown"),
        "done": ("已退回", "given back"),
        "failed": ("未退成", "not given back"),
    },
    first="asked",
    moves={
        "send_channel_refund": Move(("asked",), "unknown"),
        "channel_refund_accepted": Move(("asked", "unknown"), "pending"),
        "channel_refund_unclear": Move(("asked", "pending"), "unknown"),
        "channel_refund_done": Move(("asked", "pending", "unknown", "failed"), "done"),
        "channel_refund_failed": Move(("asked", "pending", "unknown"), "failed"),
    },
)
"""Money that a channel gives back the way it came. It is unknown from the moment it is sent until the channel answers: it is
never sent twice. What the channel says is done is done, though it had said otherwise."""

RECONCILIATION = States(
    names={
        "waiting": ("待取账单", "waits for the channel's file"),
        "differs": ("有差异", "differs"),
        "agrees": ("已对平", "agrees"),
        "empty": ("无交易", "no trade"),
    },
    first="waiting",
    moves={
        "day_differs": Move(("waiting", "empty"), "differs"),
        "day_agrees": Move(("waiting", "differs", "empty"), "agrees"),
        "day_empty": Move(("waiting",), "empty"),
    },
)
"""A day of a channel, held against its file. It agrees once each difference is seen to. Without trade there is no file: neither
the channel nor we know of any; a file that comes after all is held against our books."""

DIFFERENCE = States(
    names={
        "open": ("待处理", "open"),
        "taken_over": ("已转暂收款", "taken over as unmatched money"),
        "cleared": ("已对上", "cleared up"),
        "closed": ("已说明关闭", "closed with a reason"),
    },
    first="open",
    moves={
        "take_difference_over": Move(("open",), "taken_over"),
        "difference_cleared": Move(("open",), "cleared"),
        "close_difference": Move(("open",), "closed"),
    },
)
"""What a channel's file and our books do not say alike. Taken over only by what the channel confirms when it is asked."""
