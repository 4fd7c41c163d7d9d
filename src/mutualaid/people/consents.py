"""What members are asked to agree to: a text for each purpose and version, in Chinese and English. Plain data.

Each says what is used, why, what it means for the member, and how to withdraw (个人信息保护法 第 13–17、28–30 条). A text that
was shown to anybody never changes: a new wording is a new version, appended.
"""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.people.models import Purpose


@dataclass(frozen=True)
class ConsentText:
    """One version of what is asked for one purpose. ``needed``: without it the service itself cannot be given."""

    purpose: Purpose
    version: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    needed: bool


_WITHDRAW_ZH = "您可随时在“我的—隐私与授权”中撤回，撤回不影响此前已进行的处理；也可向所在工会查询、更正或申请删除。"
_WITHDRAW_EN = (
    "You may withdraw at any time under “Me – privacy and consents”; what was done before stays valid. You may"
    " also ask your union to show, correct or delete your data."
)

TEXTS: tuple[ConsentText, ...] = (
    ConsentText(
        Purpose.ENROLMENT,
        "2025-1",
        "参加互助保障使用个人信息",
        "Use of personal data for joining a mutual-aid plan",
        "为办理参保、确认您的会员身份和保障期间，您所在的工会和互助保障办事机构将使用您的姓名、证件种类和号码、性别、出生日期、"
        "手机号码和工作单位。证件号码属于敏感个人信息，加密保存，仅供经办人员办理业务时查看。保存至保障终止后法律要求的期限届满。"
        "不同意的，无法为您办理参保。" + _WITHDRAW_ZH,
        "To enrol you and to confirm who you are and for how long you are covered, your union and the mutual-aid "
        "office use your name, kind and number of identity document, sex, date of birth, mobile number and "
        "employer. The number is sensitive personal data: it is kept encrypted and seen only by those who handle "
        "your matters, until the time required by law after your cover has ended. Without your consent you cannot "
        "be enrolled. " + _WITHDRAW_EN,
        needed=True,
    ),
    ConsentText(
        Purpose.CLAIM_HEALTH_DATA,
        "2025-1",
        "理赔使用医疗健康信息",
        "Use of health data for claims",
        "您申请互助金时，为核实住院、诊断、费用等事实并计算互助金，办事机构将使用您提交的病历、诊断、费用清单和结算单。医疗健康信息"
        "属于敏感个人信息，仅供审核本人申请的人员查看，不向您的工作单位提供。不同意的，不影响参保，但无法审核您的申请。"
        + _WITHDRAW_ZH,
        "When you apply for a benefit, the office uses the records, diagnoses, bills and settlements that you hand"
        " in, to verify the facts and to work out the benefit. Health data are sensitive personal data: only those"
        " who examine your application see them; your employer does not. Without your consent you stay covered, "
        "but an application cannot be examined. " + _WITHDRAW_EN,
        needed=False,
    ),
    ConsentText(
        Purpose.INSURANCE_QUERY,
        "2025-1",
        "向医保查询结算信息",
        "Query of settlements with the basic medical insurance",
        "经您单独同意，办事机构将以您的姓名和证件号码向医疗保障部门查询您的医保结算信息，用于免交纸质材料、主动提示可申请的互助金。"
        "查询结果属于敏感个人信息，仅用于您的申请。不同意的，不影响参保和申请，但须自行提交结算材料。" + _WITHDRAW_ZH,
        "With your separate consent the office asks the medical insurance authority, by your name and document "
        "number, for your settlements, so that you need no papers and are told of benefits you may apply for. The "
        "results are sensitive personal data and serve your applications only. Without your consent you may still "
        "be covered and apply, with papers of your own. " + _WITHDRAW_EN,
        needed=False,
    ),
    ConsentText(
        Purpose.BANK_ACCOUNT,
        "2025-1",
        "使用银行账户收款",
        "Use of your bank account for payments",
        "为向您支付互助金或退款，办事机构将使用您的户名和银行卡号，并提供给付款银行。银行账户属于敏感个人信息，加密保存，页面仅显示"
        "后四位。不同意的，不影响参保，但须另行约定收款方式。" + _WITHDRAW_ZH,
        "To pay benefits or refunds to you, the office uses your name and the number of your bank card and passes "
        "them to the paying bank. They are sensitive personal data, kept encrypted; pages show the last four "
        "digits only. Without your consent you stay covered, but another way of payment must be agreed. "
        + _WITHDRAW_EN,
        needed=False,
    ),
    ConsentText(
        Purpose.MESSAGES,
        "2025-1",
        "接收通知",
        "Messages",
        "为告知您保障生效和到期、申请进度，办事机构将向您的手机号码发送通知。不同意的，不影响参保和申请，您可在本平台自行查看。"
        + _WITHDRAW_ZH,
        "To tell you when your cover begins and ends and how an application proceeds, the office sends messages to"
        " your mobile number. Without your consent nothing else changes; you can look it up here. " + _WITHDRAW_EN,
        needed=False,
    ),
)
"""All versions, for each purpose the newest last."""


def current_text(purpose: Purpose) -> ConsentText:
    """What is asked today for a purpose."""
    return next(text for text in reversed(TEXTS) if text.purpose == purpose)


def text_of(purpose: Purpose, version: str) -> ConsentText | None:
    """What somebody agreed to; None for a version that there never was."""
    return next((text for text in TEXTS if (text.purpose, text.version) == (purpose, version)), None)
