"""The workbench's pages of money and of administration, for the five questions."""

from __future__ import annotations

import datetime
from typing import Any

from django.urls import reverse

from mutualaid.contributions.actions.bank import import_statement, match_line, set_line_aside
from mutualaid.contributions.actions.bills import cancel_bill
from mutualaid.contributions.actions.credits import keep_credit, release_credit
from mutualaid.contributions.actions.settling import match_payment
from mutualaid.contributions.bank.layouts import HEADERS
from mutualaid.contributions.models import Credit, Order
from mutualaid.people.actions.accounts import deactivate_account, lock_account
from mutualaid.people.actions.staff import assign_role
from mutualaid.people.actions.units import register_unit
from mutualaid.people.models import Level, RoleName, Staff
from tests.people.cast import AT, BY, ON
from tests.web.cast import Web
from tests.web.money_made import bill, fund, money
from tests.web.questions import Page

FINANCE = ("finance",)
SEE = ("finance", "enrolment_clerk", "senior_reviewer")
NOT_MONEY = ("reviewer", "analyst", "system_admin", "audit_admin", "clerk", "member")
NOT_BILLS = ("reviewer", "designer", "security_admin", "clerk", "member")
NOT_OFFICE = ("finance", "audit_admin", "reviewer", "clerk", "member")
HOUR = datetime.timedelta(hours=1)
FAR = ("far_finance",)


def at(name: str, *args: str) -> Any:
    """The address of a page about something that was made: parts such as ``open.number``."""

    def address(web: Web) -> str:
        found = money(web)
        values = []
        for part in args:
            key, _dot, attribute = part.partition(".")
            values.append(getattr(found[key], attribute) if key in found else part)
        return reverse(f"workbench:{name}", args=values)

    return address


def arranged(web: Web) -> None:
    """All that is shown."""
    money(web)


def get(name: str, who: tuple[str, ...], wrong: tuple[str, ...], shows: str = "", **more: Any) -> Page:
    """A page without an object."""
    return Page(f"workbench:{name}", who, wrong, arrange=arranged, shows=shows, **more)


def _matched(web: Web) -> None:
    match_line(line=web.made["line"], bills=[web.made["open"]], by=BY, at=AT)


def _used(web: Web) -> None:
    match_payment(payment=web.made["payment"], bills=[bill(web, "7.00")], by=BY, at=AT)


def _clear(web: Web) -> dict[str, Any]:
    made = money(web)
    return {"clear": [f"4505 {made['open'].number} {made['line'].serial}"]}


def _kept(web: Web) -> None:
    made = money(web)
    if not Credit.objects.filter(payment=made["payment"], state="kept").exists():
        keep_credit(payment=made["payment"], like=made["paid"], by=BY, at=AT)


def _taken_back(web: Web) -> None:
    release_credit(payment=web.made["payment"], by=BY, at=AT)


def _imported_otherwise(web: Web) -> None:
    """The file tells other figures for a serial that came in meanwhile."""
    from tests.web.money_made import row, upload

    import_statement(fund=fund(web), file=upload(web, row("S9", "10.00")), by=BY, at=AT)


def _columns(web: Web) -> dict[str, Any]:
    """What each column of the file is, as its header says it."""
    from tests.web.money_made import HEAD

    words = HEAD.strip().split(",")
    meanings = {name: key for key, names in HEADERS.items() for name in names}
    return {"word": words, "meaning": [meanings.get(word, "") for word in words]}


def _aside(web: Web) -> None:
    money(web)
    set_line_aside(line=web.made["line"], reason="贷款", by=BY, at=AT)


def _bills(web: Web) -> dict[str, Any]:
    return {"bills": [money(web)["open"].number]}


def _reason(web: Web) -> dict[str, Any]:
    return {"reason": "待查"}


def line_page(name: str, shows: str, data: Any, wrong_state: Any = _matched, arrange: Any = arranged) -> Page:
    """Something done with the line that waits."""
    return Page(
        f"workbench:{name}", FINANCE, NOT_MONEY, at(name, "4505", "line.serial"), "post", data,
        strangers=FAR, wrong_state=wrong_state, arrange=arrange, expects=302, shows=shows,
    )  # fmt: skip


ORDER = at("order", "order.number")
MONEY = (
    get("bills", SEE, NOT_BILLS, "50.00"),
    get("bills_export", SEE, NOT_BILLS),
    Page("workbench:bill", SEE, NOT_BILLS, at("bill", "paid.number"), strangers=FAR, arrange=arranged, shows="70.00"),
    Page(
        "workbench:bill_cancellation", FINANCE, NOT_MONEY, at("bill_cancellation", "open.number"), strangers=FAR,
        arrange=arranged, shows="作废",
    ),
    Page(
        "workbench:bill_cancellation", FINANCE, NOT_MONEY, at("bill_cancellation", "open.number"), "post", _reason,
        strangers=FAR, wrong_state=lambda web: cancel_bill(bill=web.made["open"], reason="重复", by=BY, at=AT),
        arrange=arranged, expects=302, shows="/workbench/bills/B",
    ),
    get("receipts", SEE, NOT_BILLS, "70.00"),
    get("receipts_export", SEE, NOT_BILLS),
    Page(
        "workbench:receipt", SEE, NOT_BILLS, lambda web: reverse("workbench:receipt", args=[money(web)["paid"].receipt.number]),
        strangers=FAR, arrange=arranged, shows="%PDF",
    ),
    get("funds", FINANCE, NOT_MONEY, "海市职工互助保障专户"),
    get("fund_new", FINANCE, NOT_MONEY, "银行账号"),
    get(
        "fund_new", FINANCE, NOT_MONEY, "/workbench/funds", method="post", expects=302, label="entered",
        data=lambda web: {"office": "450502", "account_name": "区专户", "account_number": "62220099", "bank_name": "区银行"},
    ),
    get("statements", FINANCE, NOT_MONEY, "流水.csv"),
    get("statement_new", FINANCE, NOT_MONEY, "流水文件"),
    get("statement_new", FINANCE, NOT_MONEY, "必填", method="post", expects=422, label="empty"),
    Page(
        "workbench:statement_preview", FINANCE, NOT_MONEY, at("statement_preview", "4505", "upload.key"), strangers=FAR,
        arrange=arranged, shows="S9",
    ),
    Page(
        "workbench:statement_preview", FINANCE, NOT_MONEY, at("statement_preview", "4505", "upload.key"), "post",
        strangers=FAR, wrong_state=_imported_otherwise, arrange=arranged, expects=302, shows="/workbench/statements/",
    ),
    Page(
        "workbench:statement_columns", FINANCE, NOT_MONEY, at("statement_columns", "4505", "upload.key"), "post",
        data=_columns, strangers=FAR, wrong_state="a file that is imported is found no more", arrange=arranged, expects=302,
        shows="/workbench/statements/previews/",
    ),
    Page(
        "workbench:statement", FINANCE, NOT_MONEY,
        lambda web: reverse("workbench:statement", args=[money(web)["line"].statement.file.key]), strangers=FAR,
        arrange=arranged, shows="S/1",
    ),
    get("lines", FINANCE, NOT_MONEY, "匹配 B"),
    get("lines_export", FINANCE, NOT_MONEY),
    Page(
        "workbench:line", FINANCE, NOT_MONEY, at("line", "4505", "line.serial"), strangers=FAR, arrange=arranged,
        shows="金额相同",
    ),
    line_page("line_settlement", "/workbench/lines", _bills),
    line_page("line_holding", "/workbench/lines", _reason),
    line_page("line_exclusion", "/workbench/lines", _reason),
    line_page("line_restoration", "/workbench/lines", lambda web: {},
              lambda web: web.made["line"].__class__.objects.update(state="unmatched"), _aside),
    get("payments", FINANCE, NOT_MONEY, "多缴"),
    get("payments_export", FINANCE, NOT_MONEY),
    Page("workbench:lines_clear", FINANCE, NOT_MONEY, method="post", arrange=arranged, data=_clear, strangers=FAR,
         wrong_state="what is no longer clear is left, and said", expects=302, shows="/workbench/lines"),
    Page("workbench:payment_credit", FINANCE, NOT_MONEY, at("payment_credit", "4505", "held.serial"), "post",
         lambda web: {"like": money(web)["paid"].number}, strangers=FAR, wrong_state=_used, arrange=arranged, expects=302,
         shows="/workbench/payments"),
    Page("workbench:payment_release", FINANCE, NOT_MONEY, at("payment_release", "4505", "held.serial"), "post",
         strangers=FAR, wrong_state=_taken_back, arrange=_kept, expects=302, shows="/workbench/payments/of/"),
    Page("workbench:payment_refund", FINANCE, NOT_MONEY, at("payment_refund", "4505", "held.serial"), "post",
         _reason, strangers=FAR, wrong_state=_used, arrange=arranged, expects=302, shows="/workbench/refunds"),
    Page("workbench:payment", FINANCE, NOT_MONEY, at("payment", "4505", "held.serial"), strangers=FAR, arrange=arranged,
         shows="7.00"),
    Page(
        "workbench:payment_settlement", FINANCE, NOT_MONEY, at("payment_settlement", "4505", "held.serial"), "post",
        lambda web: {"bills": [bill(web, "7.00").number]}, strangers=FAR, wrong_state=_used, arrange=arranged, expects=302,
        shows="/workbench/payments",
    ),
    get("orders", FINANCE, NOT_MONEY, "需要核对"),
    get("orders_export", FINANCE, NOT_MONEY),
    Page("workbench:order", FINANCE, NOT_MONEY, ORDER, strangers=FAR, arrange=arranged, shows="马上查询"),
    Page(
        "workbench:order_question", FINANCE, NOT_MONEY, at("order_question", "order.number"), "post", strangers=FAR,
        wrong_state=lambda web: Order.objects.update(state="closed", fault=""), arrange=arranged, expects=302,
        shows="/workbench/orders/",
    ),
    Page("common:receipt_check", ("anonymous",), shows="核验码"),
    Page(
        "common:receipt", ("anonymous",), shows="第****会", arrange=arranged,
        address=lambda web: reverse("common:receipt", args=[money(web)["paid"].receipt.check_code]),
        strangers="whoever holds the paper may see it",
    ),
)  # fmt: skip

BOOKS = ("finance", "senior_reviewer")
LEDGER = (
    get("ledger", BOOKS, NOT_MONEY, "银行存款"),
    get("ledger_export", BOOKS, NOT_MONEY),
    Page("workbench:journal", BOOKS, NOT_MONEY, at("journal", "fund-4505", "1002.01"), strangers=FAR, arrange=arranged,
         shows="70.00"),
    Page("workbench:journal_export", BOOKS, NOT_MONEY, at("journal_export", "fund-4505", "1002.01"), strangers=FAR,
         arrange=arranged),
    Page("workbench:entry", BOOKS, NOT_MONEY, at("entry", "fund-4505", "entry.pk"), strangers=FAR, arrange=arranged,
         shows="应收互助费"),
)  # fmt: skip

# --- administration ---------------------------------------------------------------------------------------------------

SYSTEM, SECURITY, OFFICE = ("system_admin",), ("security_admin",), ("system_admin", "security_admin")
NOT_SYSTEM, NOT_SECURITY = (*NOT_OFFICE, "security_admin"), (*NOT_OFFICE, "system_admin")
NAME = "柜员壬"


def someone(web: Web) -> Staff:
    """Whose account is managed."""
    fund(web)
    return Staff.objects.select_related("account").get(name=NAME)


def with_role(web: Web) -> None:
    """Somebody holds a role of finance in the county."""
    assign_role(staff=someone(web), role=RoleName.FINANCE, unit=web.people.county, from_on=ON, by=BY, at=AT)


def locked(web: Web) -> None:
    """The account is locked."""
    lock_account(account=someone(web).account, until=AT + HOUR, by=BY, at=AT)


def manage(name: str, who: tuple[str, ...], far: str, wrong_state: Any, **more: Any) -> Page:
    """Something done with an account."""
    told: dict[str, Any] = {"arrange": someone, "expects": 302, "shows": "/workbench/staff/of/", **more}
    return Page(
        f"workbench:{name}", who, NOT_SYSTEM if who is SYSTEM else NOT_SECURITY,
        lambda web: reverse(f"workbench:{name}", args=[someone(web).account.name]), "post",
        strangers=(far,), wrong_state=wrong_state, **told,
    )  # fmt: skip


def _role(web: Web) -> dict[str, Any]:
    return {"role": "finance", "unit": "450502", "from_on": ON.isoformat()}


def _closed(web: Web) -> None:
    deactivate_account(account=someone(web).account, by=BY, at=AT)


UNIT = {"level": "county", "code": "450503", "name": "银海区工会", "region_code": "450503"}
STAFF = (
    get("staff", OFFICE, NOT_OFFICE, NAME),
    get("staff_export", OFFICE, NOT_OFFICE),
    get("staff_new", SYSTEM, NOT_SYSTEM, "登录名"),
    get(
        "staff_new", SYSTEM, NOT_SYSTEM, "一次性密码", method="post", label="opened",
        data=lambda web: {"unit": "4505", "full_name": "吴双", "name": "wu.shuang", "phone": ""},
        wrong_state=lambda web: web.accounts["reviewer"][0].__class__.objects.create(name="wu.shuang"),
    ),
    Page(
        "workbench:staff_member", OFFICE, NOT_OFFICE,
        lambda web: reverse("workbench:staff_member", args=[someone(web).account.name]),
        strangers=("far_system", "far_security"), arrange=someone, shows=NAME,
    ),
    manage("staff_password", SYSTEM, "far_system", "any account may get one", expects=200, shows="一次性密码"),
    manage("staff_closure", SYSTEM, "far_system", _closed),
    manage("staff_reopening", SYSTEM, "far_system",
           lambda web: someone(web).account.__class__.objects.update(is_active=True), arrange=_closed),
    manage("staff_unlocking", SECURITY, "far_security",
           lambda web: someone(web).account.__class__.objects.update(locked_until=None), arrange=locked),
    manage("staff_second_factor", SECURITY, "far_security", "any account may bind anew"),
    manage("staff_roles", SECURITY, "far_security", with_role, data=_role),
    manage("staff_role_end", SECURITY, "far_security",
           lambda web: someone(web).roles.filter(role="finance").update(until_on=ON),
           data=lambda web: {**_role(web), "until_on": (ON + datetime.timedelta(days=1)).isoformat()}, arrange=with_role),
    get("units", OFFICE, NOT_OFFICE, "海城区工会"),
    get("units_export", OFFICE, NOT_OFFICE),
    Page("workbench:unit", OFFICE, NOT_OFFICE, lambda web: reverse("workbench:unit", args=["450502"]), arrange=arranged,
         strangers=("far_system",), shows="第1厂工会"),
    Page("workbench:unit_new", SYSTEM, NOT_SYSTEM, lambda web: reverse("workbench:unit_new", args=["4505"]), arrange=arranged,
         strangers=("far_system",), shows="县区"),
    Page(
        "workbench:unit_new", SYSTEM, NOT_SYSTEM, lambda web: reverse("workbench:unit_new", args=["4505"]), "post",
        lambda web: dict(UNIT), arrange=arranged, strangers=("far_system",), expects=302, shows="/workbench/units/450503",
        wrong_state=lambda web: register_unit(
            level=Level.COUNTY, parent=web.people.city, code="450503", name="别处", by=BY, at=AT),
    ),
    Page("workbench:unit_contact", SYSTEM, NOT_SYSTEM, lambda web: reverse("workbench:unit_contact", args=["4505"]),
         arrange=arranged, strangers=("far_system",), shows="窗口地址"),
    Page("workbench:unit_contact", SYSTEM, NOT_SYSTEM, lambda web: reverse("workbench:unit_contact", args=["4505"]), "post",
         lambda web: {"phone": "0779-2033456", "address": "人民路 1 号"}, arrange=arranged, strangers=("far_system",),
         expects=302, shows="/workbench/units/4505"),
    get("deployment", SYSTEM, NOT_SYSTEM, "数据库版本"),
    get("audit", ("audit_admin",), ("system_admin", "security_admin", "finance", "reviewer", "clerk", "member"), "审计"),
    get("audit_export", ("audit_admin",), ("system_admin", "security_admin", "finance", "clerk", "member")),
)  # fmt: skip

PAGES = [*MONEY, *LEDGER, *STAFF]
