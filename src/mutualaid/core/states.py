"""States of the core's own rows. Plain data."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

LONG_JOB = States(
    names={
        "waiting": ("等待", "waiting"),
        "running": ("进行中", "running"),
        "done": ("完成", "done"),
        "failed": ("失败", "failed"),
        "cancelled": ("已取消", "cancelled"),
    },
    first="waiting",
    moves={
        "start_job": Move(("waiting",), "running"),
        "finish_job": Move(("running",), "done"),
        "fail_job": Move(("waiting", "running"), "failed"),
        "cancel_job": Move(("waiting", "running"), "cancelled"),
    },
)
"""Long work in the background. A worker that dies leaves ``running``; whoever takes it up goes on from there."""
