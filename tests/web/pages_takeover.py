"""The five questions for taking over from another system."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.contributions.actions.bills import open_fund
from mutualaid.core.work import run_waiting
from mutualaid.takeover.actions.bringing import discard_takeover, sign_takeover, submit_takeover, upload_takeover
from mutualaid.takeover.models import Takeover
from tests.people.cast import BY
from tests.takeover import moving
from tests.web.cast import Web
from tests.web.questions import Page

SEE = ("enrolment_clerk", "system_admin", "finance", "senior_reviewer")
NOBODY = ("member", "clerk", "reviewer", "designer", "audit_admin")
NO_BRINGER, NO_SIGNER = (*NOBODY, "finance"), (*NOBODY, "enrolment_clerk", "system_admin")


def _uploaded(web: Web, sheets: Any = None) -> Takeover:
    if "takeover" not in web.made:
        for plan in ("hainan-period-2", "cwmia-women-8"):
            moving.library_version(web.people.province, plan)
        open_fund(
            unit=web.people.city,
            account_name="海市职工互助保障专户",
            account_number="6222000011112222",
            bank_name="海市银行",
            by=BY,
            at=web.at,
        )
        made = upload_takeover(
            office=web.people.city,
            content=moving.workbook(sheets or moving.whole()),
            name="接管.xlsx",
            cutover_on=moving.CUTOVER,
            by=web.actor("enrolment_clerk"),
            at=web.at,
        )
        run_waiting()
        web.made["takeover"] = made.number
    return Takeover.objects.get(number=web.made["takeover"])


def _submitted(web: Web) -> None:
    found = _uploaded(web)
    if found.state == "checked":
        submit_takeover(takeover=found, by=web.actor("enrolment_clerk"), at=web.at)


def _signed(web: Web) -> None:
    _submitted(web)
    found = _uploaded(web)
    if found.state == "submitted":
        sign_takeover(takeover=found, by=web.actor("finance"), at=web.at)


def _discarded(web: Web) -> None:
    discard_takeover(takeover=_uploaded(web), remark="另传一份", by=web.actor("enrolment_clerk"), at=web.at)


def _at(name: str) -> Any:
    return lambda web: reverse(f"workbench:{name}", args=[web.made["takeover"]])


def _file(_web: Web) -> dict[str, Any]:
    content = moving.workbook({"units": moving.whole()["units"]})
    return {
        "office": "4505",
        "cutover_on": "2025-07-01",
        "file": SimpleUploadedFile("接管.xlsx", content),
        "units": "1",
    }


PAGES = [
    Page("workbench:takeovers", who=SEE, wrong=NOBODY, arrange=_uploaded, shows="接管.xlsx"),
    Page("workbench:takeover_new", who=("enrolment_clerk", "system_admin"), wrong=NO_BRINGER, shows="核对数"),
    Page(
        *("workbench:takeover_new", ("enrolment_clerk", "system_admin"), NO_BRINGER),
        method="post",
        data=_file,
        strangers="the office is chosen among one's own",
        wrong_state="an office has no state",
        expects=302,
        shows="/takeovers/J",
    ),
    Page("workbench:takeover_template", who=SEE, wrong=NOBODY),
    Page(
        *("workbench:takeover", SEE, NOBODY, _at("takeover")),
        arrange=_uploaded,
        strangers=("far_clerk",),
        wrong_state="is shown in every state",
        shows="47,500.00",
    ),
    Page(
        *("workbench:takeover_rows", SEE, NOBODY, _at("takeover_rows")),
        arrange=_uploaded,
        strangers=("far_clerk",),
        wrong_state="is shown in every state",
        shows="不计入任何计划",
    ),
    Page(
        *("workbench:takeover_marked", ("enrolment_clerk", "finance"), NOBODY, _at("takeover_marked")),
        arrange=_uploaded,
        strangers=("far_clerk", "system_admin"),
        wrong_state="is given in every state",
    ),
    Page(
        *("workbench:takeover_submission", ("enrolment_clerk", "system_admin"), NO_BRINGER, _at("takeover_submission")),
        method="post",
        arrange=_uploaded,
        strangers=("far_clerk",),
        wrong_state=_discarded,
        expects=302,
        shows="/takeovers/J",
    ),
    Page(
        *("workbench:takeover_signature", ("finance", "senior_reviewer"), NO_SIGNER, _at("takeover_signature")),
        method="post",
        arrange=_submitted,
        strangers="no finance officer elsewhere is in the cast",
        wrong_state=_discarded,
        expects=302,
        shows="/takeovers/J",
    ),
    Page(
        *("workbench:takeover_return", ("finance", "senior_reviewer"), NO_SIGNER, _at("takeover_return")),
        method="post",
        data=lambda web: {"remark": "余额请再核对"},
        arrange=_submitted,
        strangers="no finance officer elsewhere is in the cast",
        wrong_state=_discarded,
        expects=302,
        shows="/takeovers/J",
    ),
    Page(
        *("workbench:takeover_application", ("enrolment_clerk",), NO_BRINGER, _at("takeover_application")),
        method="post",
        arrange=_signed,
        strangers=("far_clerk",),
        wrong_state=_discarded,
        expects=302,
        shows="/takeovers/J",
    ),
    Page(
        *("workbench:takeover_discard", ("enrolment_clerk",), NO_BRINGER, _at("takeover_discard")),
        method="post",
        data=lambda web: {"remark": "另传一份"},
        arrange=_uploaded,
        strangers=("far_clerk",),
        wrong_state=_discarded,
        expects=302,
        shows="/takeovers/J",
    ),
]
