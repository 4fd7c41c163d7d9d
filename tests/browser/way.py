"""The way from an employer's registration to its member's cover, step by step, as people walk it."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutualaid.web.demo.cast import FINANCE, OFFICER, PASSWORD
from mutualaid.web.demo.drawing import Row, credit_code, resident_id, workbook
from mutualaid.web.demo.samples import stamped_form
from tests.browser.visit import Visit

OFFICE = "示范市滨海区总工会（虚构）"
PLAN = "示范市职工住院互助保障"


@dataclass
class Way:
    """One employer's way. ``number`` makes its name, its code and its people its own; files are written to ``folder``."""

    browser: Any
    address: str
    folder: Path
    number: int
    width: int
    height: int
    application: str = ""
    enrolment: str = ""
    bill: str = ""
    code: str = ""
    visits: list[Visit] = field(default_factory=list)

    @property
    def employer(self) -> str:
        """Its name."""
        return f"示范市第{self.number}文具厂工会（虚构）"

    @property
    def login(self) -> str:
        """Its clerk's."""
        return f"clerk.{self.number}"

    @property
    def member(self) -> Row:
        """Who looks at their cover in the end."""
        return self.rows()[0]

    def rows(self) -> list[Row]:
        """Six people, and one whose number is mistyped."""
        usual = {"identity_kind": "居民身份证", "employment": "在职", "basic_insurance": "职工医保"}
        names = ("梅·阿依努尔", "谷雨", "陈䶮", "秋白", "欧阳朔", "冬至")
        rows = [
            usual | {"name": name, "identity_number": resident_id(450502, self._born(place), self.number % 400 * 2)}
            for place, name in enumerate(names)
        ]
        wrong = resident_id(450502, self._born(7), 1)
        return [*rows, usual | {"name": "卫错号", "identity_number": wrong[:-1] + ("1" if wrong[-1] != "1" else "2")}]

    @staticmethod
    def _born(place: int) -> datetime.date:
        return datetime.date(1984 + place, place + 1, 9 + place)

    def visit(self, who: str) -> Visit:
        """A browser for one of the people."""
        opened = Visit(self.browser, self.address, name=f"{self.width}/{who}", width=self.width, height=self.height)
        self.visits.append(opened)
        return opened

    def written(self, name: str, content: bytes) -> Path:
        """A file on the visitor's disk."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    # --- the employer's clerk ---------------------------------------------------------------------------------------------

    def make_account(self, clerk: Visit) -> None:
        """The clerk of a new employer makes an account."""
        clerk.go("/employers/account")
        clerk.look("account")
        clerk.fill(登录名=self.login, 手机号=f"1990088{self.number:04d}", 新密码=PASSWORD, 再输入一次=PASSWORD)
        clerk.button("注册").click()
        clerk.page.wait_for_url("**/employers/**")
        clerk.look("first-home")

    def apply(self, clerk: Visit) -> None:
        """The employer asks to be registered."""
        clerk.go("/employers/applications/new")
        clerk.fill(受理单位名称="滨海")
        clerk.button("查找").click()
        clerk.look("offices")
        clerk.link(re.compile(f"选择.*{OFFICE}")).click()
        clerk.fill(
            单位全称=self.employer,
            统一社会信用代码=credit_code(self.number),
            在职职工人数="6",
            代办员姓名="简知微",
            联系电话=f"1990088{self.number:04d}",
        )
        form = self.written("登记表.pdf", stamped_form(self.employer))
        clerk.bring("加盖公章的登记表", form)
        clerk.bring("统一社会信用代码证书或营业执照", form)
        clerk.look("application-form")
        clerk.button("提交登记申请").click()
        clerk.page.wait_for_url(re.compile(r"/employers/applications/A\d+"))
        self.application = clerk.page.url.rsplit("/", 1)[-1]
        clerk.look("application")

    def begin_enrolment(self, clerk: Visit) -> None:
        """A plan is chosen and the headcount declared."""
        clerk.go("/employers/")
        clerk.look("home")
        clerk.go("/employers/enrolments/new")
        clerk.look("plans")
        clerk.link(re.compile(f"参加此计划.*{PLAN}")).click()
        clerk.fill(在职职工人数="6")
        clerk.look("headcount")
        clerk.button("下一步：准备花名册").click()
        clerk.page.wait_for_url(re.compile(r"/employers/enrolments/E\d+"))
        self.enrolment = clerk.page.url.rsplit("/", 1)[-1]
        clerk.look("draft")

    def bring_roster(self, clerk: Visit, rows: list[Row] | None = None) -> None:
        """The template is taken, a filled one brought; the preview is there."""
        assert clerk.taken_along(f"/employers/enrolments/{self.enrolment}/template").startswith(b"PK")
        clerk.bring("填好的花名册", self.written("花名册.xlsx", workbook(rows or self.rows())))
        clerk.button("上传并核对").click()

    def take_good_rows(self, clerk: Visit) -> None:
        """What is wrong is told; the good rows are taken."""
        clerk.heading("核对花名册")
        clerk.page.get_by_text("校验码不符").first.wait_for()
        clerk.look("preview")
        clerk.button(re.compile("采用正确的 6 行")).click()
        clerk.page.wait_for_url(f"**/enrolments/{self.enrolment}")
        clerk.look("taken")

    def hand_in(self, clerk: Visit) -> None:
        """The roster goes to the office."""
        clerk.link("去提交").click()
        clerk.look("submission")
        clerk.button("确认提交").click()
        clerk.page.wait_for_url(f"**/enrolments/{self.enrolment}")
        clerk.look("handed-in")

    def find_bill(self, clerk: Visit) -> None:
        """The bill is there."""
        clerk.go(f"/employers/enrolments/{self.enrolment}")
        clerk.look("accepted")
        clerk.link("去缴费").click()
        clerk.heading(re.compile("账单 B"))
        self.bill = clerk.page.url.rsplit("/", 1)[-1]
        clerk.look("bill")

    def pay_online(self, clerk: Visit) -> None:
        """At the simulated channel."""
        clerk.button(re.compile("支付")).click()
        clerk.page.wait_for_url("**/employers/orders/**")
        order = clerk.page.url
        pay = clerk.link(re.compile("去 .*支付"))
        pay.wait_for()
        clerk.look("order")
        pay.click()
        clerk.button("确认支付").click()
        clerk.page.wait_for_load_state()
        clerk.page.goto(order)
        clerk.page.get_by_text("已收到支付结果").wait_for(timeout=180_000)  # told at once, or asked within a minute
        clerk.look("order-paid")

    def see_paid(self, clerk: Visit) -> None:
        """The bill is paid, the receipt is there."""
        clerk.go(f"/employers/bills/{self.bill}")
        clerk.page.get_by_text("已缴清").first.wait_for()
        clerk.look("bill-paid")
        assert clerk.taken_along(f"/employers/bills/{self.bill}/receipt").startswith(b"%PDF-")

    def hand_out_codes(self, clerk: Visit) -> None:
        """Members get their codes."""
        clerk.go(f"/employers/enrolments/{self.enrolment}")
        clerk.look("covered")
        clerk.link("给职工发激活码").click()
        clerk.look("activations")
        clerk.button("为勾选的职工发放激活码").click()
        slip = clerk.page.locator(".slip").filter(has_text=self.member["name"])
        slip.wait_for()
        clerk.look("slips")
        self.code = slip.locator(".slip-code").inner_text().strip()

    # --- the office -------------------------------------------------------------------------------------------------------

    def approve_application(self, officer: Visit) -> None:
        """The office lets the employer in."""
        officer.become(OFFICER.key)
        officer.go("/workbench/")
        officer.look("home")
        officer.go("/workbench/applications")
        officer.look("applications")
        officer.link(self.application).click()
        officer.heading(re.compile(self.employer))
        officer.look("application")
        officer.page.get_by_label("通过登记").check()
        officer.button("提交审核结果").click()
        officer.page.wait_for_load_state()
        officer.look("approved")

    def accept_enrolment(self, officer: Visit) -> None:
        """The office takes roster and headcount."""
        officer.go(f"/workbench/enrolments/{self.enrolment}")
        officer.look("enrolment")
        officer.page.get_by_label("核准并出账单").check()
        officer.button("提交审核结果").click()
        officer.page.wait_for_load_state()
        officer.look("accepted")

    def match_payment(self, finance: Visit) -> None:
        """Finance imports the bank's file and matches the line of the bill."""
        finance.become(FINANCE.key)
        finance.go("/workbench/statements/new")
        finance.look("statement-new")
        statement = self.written("流水.csv", finance.taken_along("/demo/samples/statement.csv"))
        finance.bring("流水文件", statement)
        finance.button("上传并预览").click()
        finance.heading("预览流水")
        finance.look("statement-preview")
        finance.button("导入").click()
        finance.page.wait_for_load_state()
        finance.look("statement")
        finance.go("/workbench/lines")
        finance.look("lines")
        finance.go(f"/workbench/lines/of/9901/DEMO-{self.bill}")
        finance.look("line")
        finance.page.get_by_role("button", name="匹配", exact=True).first.click()
        finance.page.wait_for_load_state()
        finance.look("matched")

    def look_at_accounts(self, finance: Visit) -> None:
        """The books are balanced."""
        finance.become(FINANCE.key)
        finance.go("/workbench/ledger")
        finance.look("ledger")

    # --- the member -------------------------------------------------------------------------------------------------------

    def open_account(self, member: Visit) -> None:
        """By the code and the end of the identity number."""
        member.go("/members/activation")
        member.look("activation")
        member.fill(激活码=self.code, 登录名=f"member.{self.number}", 新密码=PASSWORD, 再输入一次=PASSWORD)
        member.page.get_by_label("证件号码后 6 位").fill(self.member["identity_number"][-6:])
        member.button("开通").click()
        member.page.wait_for_url("**/members/**")
        member.look("welcome")

    def see_cover(self, member: Visit) -> None:
        """我的保障, and the certificate."""
        member.go("/members/")
        member.page.get_by_text("我的保障").first.wait_for()
        member.look("home")
        member.go("/members/covers")
        member.page.get_by_text(PLAN).first.wait_for()
        member.look("covers")
        member.page.locator('main a[href*="/members/covers/C"]').first.click()
        member.page.wait_for_url(re.compile(r"/members/covers/C\d+"))
        member.look("cover")
        certificate = re.sub(r"^https?://[^/]+", "", member.page.url).split("?")[0] + "/certificate"
        assert member.taken_along(certificate).startswith(b"%PDF-")
        for path in ("claims", "claims/new", "notices", "profile", "help"):
            member.go(f"/members/{path}")
            member.look(path.replace("/", "-"))

    def see_otherwise(self, member: Visit) -> None:
        """In the larger type, and in English."""
        member.go("/members/")
        member.button("长辈版").click()
        member.button("标准版").wait_for()
        member.look("home-care")
        member.go("/members/covers")
        member.look("covers-care")
        member.button("标准版").click()
        member.button("长辈版").wait_for()
        member.page.get_by_role("button", name=re.compile("English|英语")).first.click()
        member.page.locator('html[lang="en"]').wait_for(state="attached")
        member.look("covers-english")
        member.go("/members/")
        member.look("home-english")
