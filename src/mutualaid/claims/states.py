"""States of claims and of what a person has to look at again. Plain data."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

OPEN = ("confirming", "first_review", "final_review")
"""Filed complete and computed, not yet decided: what the claim uses up is reserved."""
LIVE = ("draft", "returned", *OPEN)
"""Somebody still has to do something about it."""
DECIDED = ("approved", "refused")

HAD_A_PART = (
    "confirm_for_employer",
    "correct_facts",
    "pass_first_review",
    "approve_claim",
    "refuse_claim",
    "approve_after_review",
    "reopen_claim",
    "decide_claim_anew",
)
"""Words of the audit trail by which somebody has a part in a decision, and does not do the next human review of it."""

CLAIM = States(
    names={
        "draft": ("填写中", "being written"),
        "confirming": ("待单位确认", "to be confirmed by the employer"),
        "first_review": ("待初审", "at first review"),
        "final_review": ("待复审", "at final review"),
        "approved": ("已核准", "approved"),
        "refused": ("不予支付", "refused"),
        "returned": ("待补材料", "waiting for papers"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    first="draft",
    moves={
        "file_for_confirmation": Move(("draft", "returned"), "confirming"),
        "file_for_review": Move(("draft", "returned"), "first_review"),
        "file_and_approve": Move(("draft", "returned"), "approved"),
        "confirm_membership": Move(("confirming",), "first_review"),
        "confirm_for_employer": Move(("confirming",), "first_review"),
        "pass_first_review": Move(("first_review",), "final_review"),
        "approve_claim": Move(("first_review", "final_review"), "approved"),
        "refuse_claim": Move(("first_review", "final_review"), "refused"),
        "return_for_papers": Move(("first_review", "final_review"), "returned"),
        "send_back_to_first_review": Move(("final_review",), "first_review"),
        "send_back_to_employer": Move(("first_review",), "confirming"),
        "approve_after_review": Move(("refused",), "approved"),
        "reopen_claim": Move(("refused",), "first_review"),
        "withdraw_claim": Move(("draft", "returned", "confirming", "first_review", "final_review"), "withdrawn"),
    },
)
"""A claim. Filing decides where it goes by the office's rules; ``file_and_approve`` is for claims that no person has to see."""

REVIEW_TASK = States(
    names={"open": ("待处理", "open"), "done": ("已处理", "done")},
    first="open",
    moves={"close_review_task": Move(("open",), "done")},
)
"""A decided claim at which a person looks again: the member asked for it, or what it was computed by has changed."""

RULE_PROPOSAL = States(
    names={
        "proposed": ("待另一人确认", "waits for a second person"),
        "in_force": ("已生效", "agreed to, in force"),
        "refused": ("未同意", "not agreed to"),
        "withdrawn": ("已撤回", "taken back"),
    },
    first="proposed",
    moves={
        "agree_to_rule": Move(("proposed",), "in_force"),
        "refuse_rule": Move(("proposed",), "refused"),
        "withdraw_rule": Move(("proposed",), "withdrawn"),
    },
)
"""A change of who looks at an office's claims: nobody makes it alone."""

MERGE = States(
    names={
        "proposed": ("待确认", "waits for a second person"),
        "done": ("已合并", "merged"),
        "refused": ("不予合并", "not merged"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    first="proposed",
    moves={
        "confirm_merge": Move(("proposed",), "done"),
        "refuse_merge": Move(("proposed",), "refused"),
        "withdraw_merge": Move(("proposed",), "withdrawn"),
    },
)
"""Two members are said to be one person; another than who says so decides. What was merged stays so."""

KINSHIP = States(
    names={
        "draft": ("填写中", "being written"),
        "submitted": ("待核对", "being checked"),
        "returned": ("待补证明", "waiting for better proof"),
        "accepted": ("可以代办", "may act"),
        "refused": ("未通过", "not accepted"),
        "withdrawn": ("已撤回", "withdrawn"),
        "ended": ("已终止", "ended"),
    },
    first="draft",
    moves={
        "submit_kinship": Move(("draft", "returned"), "submitted"),
        "return_kinship": Move(("submitted",), "returned"),
        "accept_kinship": Move(("submitted",), "accepted"),
        "refuse_kinship": Move(("submitted",), "refused"),
        "withdraw_kinship": Move(("draft", "submitted", "returned"), "withdrawn"),
        "end_kinship": Move(("accepted",), "ended"),
    },
)
"""Next of kin ask, by their own telephone, to act for a member: a named person of the member's office looks at the proof."""

REPAYMENT = States(
    names={
        "open": ("待复核", "waits for confirmation"),
        "confirmed": ("已确认", "confirmed"),
        "refused": ("未通过", "refused"),
    },
    first="open",
    moves={
        "confirm_repayment": Move(("open",), "confirmed"),
        "refuse_repayment": Move(("open",), "refused"),
    },
)
"""Money that a member gave back of what was paid too much: entered by one person of finance, confirmed by another."""

UNPAID_TASK = States(
    names={"open": ("待处理", "open"), "done": ("已处理", "done")},
    first="open",
    moves={"close_unpaid_task": Move(("open",), "done")},
)
"""A claim of which not all that is due was ordered: a named person of finance sees to it."""
