"""What notices say of mergers and splits of employers. Part of ``templates``."""

from __future__ import annotations

from collections.abc import Mapping

from mutualaid.notices.wording import Template
from mutualaid.notices.wording import template as _template

CHANGES: Mapping[str, Template] = {
    "employer_change_to_confirm": _template(
        (
            "有单位合并或分立待确认",
            "“{givers}”与“{taker}”的合并或分立（{number}，{on} 生效）已提出，请核对盖章文件后确认。",
        ),
        (
            "A merger or split waits",
            "A merger or split of “{givers}” and “{taker}” ({number}, from {on} on) was asked for; look at the stamped paper.",
        ),
    ),
    "employer_merger_confirmed": _template(
        ("单位合并已确认", "“{givers}”将于 {on} 并入“{taker}”（{number}）；请在此之前办完手上的参保单和缴费。"),
        (
            "A merger was confirmed",
            "“{givers}” will be part of “{taker}” from {on} on ({number}); finish rosters and payments before that day.",
        ),
    ),
    "employer_merger_applied": _template(
        (
            "单位已合并",
            "“{givers}”已于 {on} 并入“{taker}”（{number}）；职工、保障和未提交的参保单一并转入，保障不中断，原账单仍可查阅。",
        ),
        (
            "Employers have merged",
            "“{givers}” is part of “{taker}” since {on} ({number}); staff, covers and drafts went along, covers go on.",
        ),
    ),
    "employer_split_confirmed": _template(
        ("单位分立已确认", "“{givers}”的部分职工将于 {on} 转到“{taker}”（{number}），保障和连续参保不受影响。"),
        (
            "A split was confirmed",
            "Some of the staff of “{givers}” will go to “{taker}” on {on} ({number}); covers and tenure go on.",
        ),
    ),
    "employer_split_applied": _template(
        (
            "单位已分立",
            "“{givers}”的部分职工已于 {on} 转到“{taker}”（{number}）；保障不中断，续保由新单位办理，未提交的名单请核对。",
        ),
        (
            "An employer was split",
            "Some of the staff of “{givers}” went to “{taker}” on {on} ({number}); covers go on. Look through open rosters.",
        ),
    ),
    "employer_change_refused": _template(
        ("合并或分立不予办理", "“{givers}”与“{taker}”的合并或分立（{number}，{on}）不予办理，原因见办理页。"),
        (
            "A merger or split was refused",
            "The merger or split of “{givers}” and “{taker}” ({number}, {on}) is not done; the reason stands on its page.",
        ),
    ),
    "employer_change_withdrawn": _template(
        ("合并或分立已撤回", "“{givers}”与“{taker}”原定 {on} 的合并或分立（{number}）已撤回，各单位照常办理。"),
        (
            "A merger or split was taken back",
            "The merger or split of “{givers}” and “{taker}” on {on} ({number}) was taken back; everything goes on as before.",
        ),
    ),
    "employer_change_stuck": _template(
        (
            "合并或分立未能按期生效",
            "“{givers}”与“{taker}”的合并或分立（{number}，{on}）还有事项要先办完，见办理页；办完后当晚自动生效。",
        ),
        (
            "A merger or split could not be done",
            "Something has to be done before “{givers}” and “{taker}” merge or split ({number}, {on}); see its page.",
        ),
    ),
}
