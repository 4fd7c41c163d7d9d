"""What notices say of seasons of enrolment: when windows open and close, and who is asked to allow one. Part of ``templates``."""

from __future__ import annotations

from collections.abc import Mapping

from mutualaid.notices.wording import Template
from mutualaid.notices.wording import template as _template

SEASON: Mapping[str, Template] = {
    "season_opens": _template(
        ("开始办理参保", "“{plan}”今天起可以办理参保，截止 {to_on}。"),
        ("Enrolment is open", "Enrolment in “{plan}” is open from today, until {to_on}."),
    ),
    "season_closes": _template(
        ("参保办理即将截止", "“{plan}”还有 {days} 天（{to_on}）截止办理，贵单位尚未提交或尚未缴费，请尽快办理。"),
        (
            "Enrolment closes soon",
            "Enrolment in “{plan}” closes in {days} days ({to_on}); your employer has not handed in or paid yet.",
        ),
    ),
    "covers_ending": _template(
        ("职工保障即将到期", "贵单位 {people} 名职工参加的“{plan}”将于 {to_on} 到期，尚未续保，可以一键续保。"),
        ("Covers end soon", "Cover of {people} of your staff by “{plan}” ends on {to_on} and is not renewed yet."),
    ),
    "window_to_approve": _template(
        (
            "办理时间超出计划规定，待批准",
            "{office}申请在 {from_on} 至 {to_on} 办理“{plan}”，超出计划规定的时间，请批准或退回。",
        ),
        (
            "An enrolment window waits for approval",
            "{office} wants to take enrolments in “{plan}” from {from_on} to {to_on}, beyond the plan's season; decide on it.",
        ),
    ),
    "window_approved": _template(
        ("办理时间已批准", "{office}在 {from_on} 至 {to_on} 办理“{plan}”的申请已批准。"),
        ("Enrolment window approved", "{office} may take enrolments in “{plan}” from {from_on} to {to_on}."),
    ),
    "window_refused": _template(
        ("办理时间未批准", "{office}在 {from_on} 至 {to_on} 办理“{plan}”的申请未批准，原因见该页。"),
        (
            "Enrolment window refused",
            "The window of {office} for “{plan}” ({from_on} to {to_on}) was refused; see why.",
        ),
    ),
}
"""By name."""
