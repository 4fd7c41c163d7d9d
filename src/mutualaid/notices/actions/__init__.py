"""All that changes rows of notices.

``telling``: notices in the inbox, and short messages beside them. ``messages``: what becomes of a short message. ``webhooks``:
programs that are told of events, and what becomes of a delivery.
"""

from mutualaid.notices.actions.telling import (
    BadNotice,
    Letter,
    MemberLetter,
    notify,
    notify_all,
    notify_clerks,
    notify_member,
    notify_members,
    notify_office,
    read_all_notices,
    read_notice,
)

__all__ = [
    "BadNotice",
    "Letter",
    "MemberLetter",
    "notify",
    "notify_all",
    "notify_clerks",
    "notify_member",
    "notify_members",
    "notify_office",
    "read_all_notices",
    "read_notice",
]
