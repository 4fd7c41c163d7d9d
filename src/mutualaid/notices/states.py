"""States of short messages, and of what programs are told. Plain data."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

SMS_MESSAGE = States(
    names={
        "waiting": ("待发送", "waiting"),
        "handed_over": ("已交运营商", "handed over"),
        "unknown": ("结果未知", "unknown"),
        "delivered": ("已送达", "delivered"),
        "failed": ("未送达", "failed"),
    },
    first="waiting",
    moves={
        "message_handed_over": Move(("waiting", "unknown"), "handed_over"),
        "message_unclear": Move(("waiting", "handed_over"), "unknown"),
        "message_again": Move(("unknown",), "waiting"),
        "message_delivered": Move(("handed_over", "unknown"), "delivered"),
        "message_failed": Move(("waiting", "handed_over", "unknown"), "failed"),
    },
)
"""A short message. Unknown is a state: the provider is asked by our own name of the message, and only when it says that it never
heard of it, is it sent again."""

WEBHOOK_DELIVERY = States(
    names={
        "waiting": ("待送达", "waiting"),
        "delivered": ("已送达", "delivered"),
        "given_up": ("已放弃", "given up"),
    },
    first="waiting",
    moves={
        "webhook_delivered": Move(("waiting",), "delivered"),
        "webhook_given_up": Move(("waiting",), "given_up"),
        "webhook_again": Move(("given_up",), "waiting"),
    },
)
"""One event told to one program. It happens at least once: the program leaves out what it knows."""
