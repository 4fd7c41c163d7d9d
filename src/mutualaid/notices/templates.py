"""What notices say: a table of templates, each with a title and a text in Chinese and English. Plain data, and its rendering.

Words are names of plans and units, numbers of papers, dates and amounts: no names of persons, no identity numbers, nothing of
health. What only its reader may know stands on the page behind the notice's link. Some also have a short text for a phone,
shown on locked screens and read by others: it says less, and keeps, with the sign in front, to the 70 characters of one short
message.
"""

from __future__ import annotations

import string
from collections.abc import Mapping

from mutualaid.notices.change_templates import CHANGES
from mutualaid.notices.season_templates import SEASON
from mutualaid.notices.wording import ENGLISH, Said, Template
from mutualaid.notices.wording import template as _template

__all__ = ["ENGLISH", "TEMPLATES", "Said", "Template", "link_of", "render", "render_sms"]


_CLAIM = "/members/claims/{number}"


TEMPLATES: Mapping[str, Template] = {
    **SEASON,
    **CHANGES,
    "joining_code": _template(
        ("参加互助保障的验证码", "验证码 {code}，10 分钟内有效，用于参加职工互助保障。工作人员不会向您索要。"),
        (
            "Code for joining",
            "Code {code}, good for 10 minutes, for joining a mutual-aid plan. Nobody will ask you for it.",
        ),
        sms="验证码{code}，10分钟内有效，用于参加职工互助保障。工作人员不会向您索要。",
    ),
    "application_returned": _template(
        ("登记申请已退回", "登记申请 {number} 已退回：{reason}。请修改后重新提交。"),
        ("Application returned", "Application {number} was returned: {reason}. Correct it and submit it again."),
    ),
    "application_approved": _template(
        ("登记申请已通过", "登记申请 {number} 已通过，现在可以办理参保。"),
        ("Application approved", "Application {number} was approved; you can enrol members now."),
    ),
    "application_refused": _template(
        ("登记申请未通过", "登记申请 {number} 未通过：{reason}。"),
        ("Application refused", "Application {number} was refused: {reason}."),
    ),
    "application_to_review": _template(
        ("有新的登记申请", "登记申请 {number} 等待审核。"),
        ("An application waits", "Application {number} waits for review."),
    ),
    "enrolment_to_review": _template(
        ("有新的参保单", "参保单 {number}（{plan}，{people} 人）等待审核。"),
        ("An enrolment waits", "Enrolment {number} ({plan}, {people} persons) waits for review."),
    ),
    "enrolment_returned": _template(
        ("参保单已退回", "参保单 {number}（{plan}）已退回：{reason}。请修改后重新提交。"),
        ("Enrolment returned", "Enrolment {number} ({plan}) was returned: {reason}. Correct it and submit it again."),
    ),
    "enrolment_accepted": _template(
        ("参保单已核准", "参保单 {number}（{plan}，{people} 人）已核准。"),
        ("Enrolment accepted", "Enrolment {number} ({plan}, {people} persons) was accepted."),
    ),
    "enrolment_taken_back": _template(
        ("参保单已撤回", "参保单 {number}（{plan}，{people} 人）缴费前已由单位撤回修改；已开出的账单作废，请勿付款。"),
        (
            "Enrolment taken back",
            "Enrolment {number} ({plan}, {people} persons) was taken back before payment; a bill for it is void: do not pay it.",
        ),
    ),
    "roster_checked": _template(
        ("名册已核对", "名册 {number} 已核对：{good} 行无误，{bad} 行需要修改。"),
        ("Roster checked", "Roster {number} was checked: {good} lines are good, {bad} must be corrected."),
    ),
    "bill_issued": _template(
        ("缴费通知", "账单 {number}（{plan}）已开出，应缴 {amount} 元，请于 {due_on} 前缴纳。"),
        ("A bill was issued", "Bill {number} ({plan}) was issued: CNY {amount}, due by {due_on}."),
    ),
    "bill_paid": _template(
        ("缴费已到账", "账单 {number} 已到账 {amount} 元，可以下载收款凭证。"),
        ("Payment received", "CNY {amount} was received for bill {number}; the receipt can be downloaded."),
    ),
    "fiscal_note_issued": _template(
        ("互助票据已开具", "账单 {number} 的互助票据已开具：代码 {code}，号码 {serial}。"),
        ("Fiscal note issued", "The fiscal note of bill {number} was issued: code {code}, number {serial}."),
    ),
    "fiscal_note_refused": _template(
        ("互助票据需处理", "票据申请 {number} 被财政票据网关退回，或返回的内容不符，请查看处理。"),
        (
            "A fiscal note needs you",
            "Request {number} was refused by the fiscal gateway, or what it told cannot be; look at it.",
        ),
    ),
    "bill_part_paid": _template(
        ("部分到账", "账单 {number} 已到账 {amount} 元，尚欠 {rest} 元，请于 {due_on} 前补缴；缴清后保障才生效。"),
        (
            "Part of a bill was received",
            "CNY {amount} was received for bill {number}; CNY {rest} is still to be paid by {due_on}, and cover waits for it.",
        ),
    ),
    "bill_rest_due": _template(
        ("请补缴余款", "账单 {number} 还差 {rest} 元未缴，缴费期限 {due_on}；缴清后保障才生效。"),
        (
            "The rest of a bill is due",
            "CNY {rest} of bill {number} is still to be paid by {due_on}; cover waits for it.",
        ),
    ),
    "credit_used": _template(
        ("预收余额已抵缴", "您先前多缴的款项中，{amount} 元已抵缴账单 {number}，尚欠 {rest} 元。"),
        (
            "Money kept for you was used",
            "Of what you paid too much before, CNY {amount} was set against bill {number}; CNY {rest} is still to be paid.",
        ),
    ),
    "credit_kept": _template(
        ("多缴款已留抵", "您多缴的 {amount} 元已留作预收，将自动抵缴下一张账单。"),
        (
            "What was too much is kept",
            "CNY {amount} that you paid too much is kept and will be set against your next bill.",
        ),
    ),
    "bill_overdue": _template(
        ("账单已逾期", "账单 {number} 应于 {due_on} 前缴纳，尚欠 {amount} 元。"),
        ("A bill is overdue", "Bill {number} was due by {due_on}; CNY {amount} is outstanding."),
    ),
    "cover_begun": _template(
        ("保障已办妥", "您参加的“{plan}”已办妥，保障期 {from_on} 至 {to_on}（含当日）。"),
        ("You are covered", "Your cover by “{plan}” is arranged: from {from_on} to {to_on}, both days included."),
    ),
    "cover_ending": _template(
        ("保障即将到期", "您参加的“{plan}”将于 {to_on} 到期。"),
        ("Your cover ends soon", "Your cover by “{plan}” ends on {to_on}."),
    ),
    "cover_ended": _template(
        ("保障已终止", "您参加的“{plan}”已于 {on} 终止：{reason}。"),
        ("Your cover has ended", "Your cover by “{plan}” ended on {on}: {reason}."),
    ),
    "refund_paid": _template(
        ("退费已办理", "退费 {number} 已办理，金额 {amount} 元。"),
        ("Refund made", "Refund {number} was made: CNY {amount}."),
    ),
    "refund_to_pay": _template(
        ("有退费待支付", "保障 {cover} 因重复参保作废，退费 {number}（{amount} 元）待退回缴费单位。"),
        (
            "A refund is to be paid",
            "Cover {cover} is void, the person was covered twice: refund {number}, CNY {amount}.",
        ),
    ),
    "refund_of_request_to_pay": _template(
        ("有退费待支付", "退费申请 {request} 已同意，退费 {number}（{amount} 元）待退回缴费方。"),
        ("A refund is to be paid", "Request {request} was approved: refund {number}, CNY {amount}, is to be paid."),
    ),
    "refund_asked": _template(
        ("有退费申请待审核", "退费申请 {number}（{people} 人）待审核。"),
        ("Fees are asked back", "Request {number} ({people} covers) waits for your decision."),
    ),
    "refund_request_approved": _template(
        ("退费申请已同意", "退费申请 {number} 已同意，{people} 份保障已终止，应退 {amount} 元。"),
        ("Your request was approved", "Request {number}: {people} covers have ended, CNY {amount} goes back."),
    ),
    "refund_request_refused": _template(
        ("退费申请未同意", "退费申请 {number} 未同意：{reason}。"),
        ("Your request was refused", "Request {number} was refused: {reason}."),
    ),
    "refund_not_by_channel": _template(
        ("原路退回未成功", "退费 {number}（{amount} 元）未能由支付渠道退回，请改由银行转账。"),
        ("The channel did not give it back", "Refund {number}, CNY {amount}: pay it by bank transfer instead."),
    ),
    "refund_paid_twice": _template(
        ("退费重复支付", "退费 {number}（{amount} 元）已由银行支付，支付渠道又告知已退回，请向缴费方追回一笔。"),
        (
            "A refund was paid twice",
            "Refund {number}, CNY {amount}, was paid by bank, and the channel says that it paid too; get one back.",
        ),
    ),
    "cover_void": _template(
        (
            "重复参保的保障已作废",
            "“{plan}”的保障 {number} 与同一人的另一份保障重复，自始作废，另一份继续有效；应退给缴费单位的互助费为 {amount} 元。",
        ),
        (
            "A second cover is void",
            (
                "Cover {number} by “{plan}” repeats another one of the same person and is void from its first day; the other "
                "goes on. CNY {amount} is to be given back to whoever paid."
            ),
        ),
    ),
    "batch_to_release": _template(
        ("有支付批次等待复核", "支付批次 {number}（{count} 笔，合计 {amount} 元）等待复核放行；编制人不能放行。"),
        (
            "A batch waits for release",
            "Batch {number} ({count} payments, CNY {amount}) waits for release by somebody who did not make it.",
        ),
    ),
    "payouts_failed": _template(
        ("有支付失败或退票", "{count} 笔支付失败或被退回，合计 {amount} 元，请联系收款人更正账户。"),
        (
            "Payments failed or came back",
            "{count} payments (CNY {amount}) failed or came back; get the accounts corrected.",
        ),
    ),
    "result_to_confirm": _template(
        ("有人工登记的银行结果等待复核", "支付批次 {number} 的 {count} 笔结果由人工登记，等待另一人对照银行单据复核。"),
        (
            "A result entered by hand waits",
            "{count} results of batch {number} were entered by hand and wait for another person to compare them.",
        ),
    ),
    "account_to_confirm": _template(
        ("有更正的收款账户等待复核", "支付单 {number} 登记了新的收款账户，等待另一人核实；登记人不能复核。"),
        (
            "Another account waits for confirmation",
            "Another account was entered for order {number}; somebody who did not enter it has to check it.",
        ),
    ),
    "repayment_to_confirm": _template(
        ("有会员退回款等待复核", "{number} 登记了会员退回的 {amount} 元，等待另一人对照银行流水复核；登记人不能复核。"),
        (
            "Something a member returned waits for confirmation",
            "CNY {amount} were entered as returned for {number}; another person has to compare it with the bank's line.",
        ),
    ),
    "unpaid": _template(
        ("有核准的互助金没有安排支付", "{number} 有 {amount} 元应付而没有安排支付，请您在 {until} 前查清并安排支付。"),
        (
            "An approved benefit was not ordered to be paid",
            "CNY {amount} are due for {number} and were not ordered; find out why and see that they are paid by {until}.",
        ),
    ),
    "books_differ": _template(
        ("应付互助金与支付单不符", "“{fund}”账上应付 {booked} 元，未付清的支付单合计 {owed} 元，请核对。"),
        (
            "Benefits payable differ from the orders",
            "The books of “{fund}” owe CNY {booked}, its unsettled orders CNY {owed}; look at them.",
        ),
    ),
    "bank_difference": _template(
        ("银行结果有差异", "“{fund}”收到的一份银行文件与我方不符，没有入账，请核对。"),
        ("A file of the bank differs", "A file of the bank for “{fund}” does not agree with ours; nothing was taken."),
    ),
    "plan_to_approve": _template(
        ("有计划等待审批", "“{plan}”（{number}）等待审批；起草、修改过的人不能审批。"),
        ("A plan waits for approval", "“{plan}” ({number}) waits for approval by somebody who had no hand in it."),
    ),
    "plan_returned": _template(
        ("计划已退回修改", "“{plan}”（{number}）已退回：{reason}。"),
        ("A plan was returned", "“{plan}” ({number}) was returned: {reason}."),
    ),
    "plan_published": _template(
        ("计划已发布", "“{plan}”（{number}）已发布，自 {from_on} 起开办。"),
        ("A plan was published", "“{plan}” ({number}) was published; it is offered from {from_on}."),
    ),
    "unit_move_to_accept": _template(
        ("有单位待接收", "“{unit}”拟自 {on} 起转入“{office}”（{number}），请核对后接收。"),
        (
            "An employer is to be taken",
            "“{unit}” is to go to “{office}” from {on} on ({number}); look at it and accept.",
        ),
    ),
    "unit_move_accepted": _template(
        ("单位转移已接收", "“{unit}”自 {on} 起由“{office}”经办（{number}）；保障、理赔和连续参保不受影响。"),
        (
            "The move was accepted",
            "From {on} on “{office}” is the office of “{unit}” ({number}); covers, claims and tenure go on.",
        ),
    ),
    "unit_moved": _template(
        ("单位已转移", "“{unit}”已于 {on} 转入“{office}”（{number}）；以后的业务由其经办，原账单仍缴入原账户。"),
        (
            "An employer has moved",
            "“{unit}” went to “{office}” on {on} ({number}), which sees to it from now on; bills are paid as they say.",
        ),
    ),
    "unit_move_refused": _template(
        ("单位转移未被接收", "“{unit}”转入“{office}”的申请（{number}，{on}）未被接收，原因见转移页。"),
        ("A move was refused", "“{unit}” is not taken by “{office}” ({number}, {on}); the reason stands on its page."),
    ),
    "clerk_to_review": _template(
        ("有代办员登记待审核", "“{unit}”的代办员登记已上传盖章授权书，等待审核。"),
        ("A clerk's form waits", "A clerk of “{unit}” handed in the stamped form; it waits for review."),
    ),
    "clerk_to_be_replaced": _template(
        (
            "有人申请接替您代办",
            "“{unit}”提交了更换代办员的授权书，审核通过后由他人接替您。如不知情，请尽快联系经办机构。",
        ),
        (
            "Somebody asks to replace you",
            "“{unit}” asks that another become its clerk in your place. Call the office if you know nothing of it.",
        ),
    ),
    "clerk_bound": _template(
        ("已成为单位代办员", "您已成为“{unit}”的代办员，可以在单位端办理。"),
        ("You are a clerk now", "You are now a clerk of “{unit}” and act for it in the employers' portal."),
    ),
    "clerk_refused": _template(
        ("代办员登记未通过", "您登记为“{unit}”代办员的申请未通过：{reason}。"),
        ("You were not bound", "Your registration as a clerk of “{unit}” was refused: {reason}."),
    ),
    "clerk_unbound": _template(
        ("不再是单位代办员", "您不再是“{unit}”的代办员。"),
        ("You are no clerk any more", "You are no longer a clerk of “{unit}”."),
    ),
    "claim_filed": _template(
        ("理赔申请已收到", "您的理赔申请 {number}（{what}）已收到，正在审核。"),
        ("Your claim was received", "Your claim {number} ({what_en}) was received and is being examined."),
        sms="您的互助金申请{number}已收到，正在审核，进度请看“我的理赔”。",
        link=_CLAIM,
    ),
    "claim_returned": _template(
        ("理赔申请需要补充材料", "您的理赔申请 {number} 还缺：{papers}。请在 {until} 前一次补齐。"),
        ("Your claim lacks papers", "Your claim {number} lacks: {papers_en}. Add them all by {until}."),
        sms="您的互助金申请{number}需要补充材料，请于{until}前补齐，清单见“我的理赔”。",
        link=_CLAIM,
    ),
    "claim_reminded": _template(
        ("提醒：理赔申请还缺材料", "您的理赔申请 {number} 还缺材料，请在 {until} 前一次补齐；有困难可联系经办人员。"),
        (
            "Reminder: your claim lacks papers",
            "Your claim {number} still lacks papers; add them all by {until}, or call the person in charge.",
        ),
        sms="提醒：您的互助金申请{number}还缺材料，请于{until}前补齐，清单见“我的理赔”。",
        link=_CLAIM,
    ),
    "claim_approved": _template(
        ("理赔申请已通过", "您的理赔申请 {number} 已通过，互助金 {amount} 元，将付到您登记的银行卡。"),
        ("Your claim was approved", "Your claim {number} was approved: CNY {amount} will be paid to your bank card."),
        sms="您的互助金申请{number}已通过，金额{amount}元，将付到您登记的银行卡。",
        link=_CLAIM,
    ),
    "claim_refused": _template(
        ("理赔申请有了结果", "您的理赔申请 {number} 未获通过，理由和计算过程见决定书；如有异议，可申请人工复核。"),
        (
            "Your claim was decided",
            "Your claim {number} was refused. The letter gives reasons and working; you may ask for a review.",
        ),
        sms="您的互助金申请{number}已有结果，理由和申请复核的办法请看“我的理赔”。",
        link=_CLAIM,
    ),
    "payment_sent": _template(
        ("互助金已交银行", "{number} 的互助金 {amount} 元已交银行，付往尾号 {tail} 的银行卡。"),
        (
            "Your benefit is with the bank",
            "CNY {amount} for {number} went to the bank, for your card ending in {tail}.",
        ),
        link=_CLAIM,
    ),
    "payment_paid": _template(
        ("互助金已到账", "{number} 的互助金 {amount} 元已付到尾号 {tail} 的银行卡。"),
        (
            "Your benefit was paid",
            "CNY {amount} for {number} was paid to your card ending in {tail}.",
        ),
        sms="互助金{amount}元已付到您尾号{tail}的银行卡（{number}），请查收。",
        link=_CLAIM,
    ),
    "payment_account_changed": _template(
        (
            "收款账户已更改",
            "{number} 的互助金改付尾号 {tail} 的银行卡（原尾号 {before}）。不是您本人要求的，请立即联系经办机构。",
        ),
        (
            "Your benefit goes to another account",
            "The benefit for {number} goes to the card ending in {tail} now (before: {before}). Not you? Call the office now.",
        ),
        sms="您的互助金（{number}）收款卡已改为尾号{tail}，不是您本人要求的请立即联系经办机构。",
        link=_CLAIM,
    ),
    "payment_returned": _template(
        ("互助金被银行退回", "{number} 的互助金没有付成：{reason}。请核对您的银行卡，我们会重新支付。"),
        (
            "The bank could not pay your benefit",
            "The benefit for {number} could not be paid: {reason}. Check your card; we pay again.",
        ),
        sms="您的互助金（{number}）没有付成，请到“我的理赔”核对银行卡后重新支付。",
        link=_CLAIM,
    ),
    "return_set_off": _template(
        (
            "退回的款项已抵减应退互助金",
            "{number} 被银行退回的款项已抵减多付的部分：仍应支付 {ordered} 元，仍应由您退回 {owed} 元。",
        ),
        (
            "What came back was set off",
            "What the bank sent back for {number} was set off: CNY {ordered} are still to be paid, CNY {owed} to be returned.",
        ),
        link=_CLAIM,
    ),
    "repayment_received": _template(
        ("已收到您退回的互助金", "{number} 多付的互助金，已收到您退回的 {amount} 元，还应退回 {owed} 元。"),
        (
            "What you returned came in",
            "CNY {amount} that you returned for {number} came in; CNY {owed} are still to be returned.",
        ),
        link=_CLAIM,
    ),
    "review_closed": _template(
        ("人工复核已完成", "您对 {number} 申请的人工复核已完成，结果见申请页面。"),
        (
            "The review is done",
            "The review by a person that you asked for, of {number}, is done; its page tells the outcome.",
        ),
        sms="您申请的人工复核（{number}）已完成，结果请看“我的理赔”。",
        link=_CLAIM,
    ),
    "employer_asked_to_confirm": _template(
        ("请确认职工身份", "职工的申请 {number} 请贵单位工会在 {days} 日内确认其会员身份。"),
        ("Confirm a member", "Within {days} days, confirm that the applicant of {number} is a member of your union."),
    ),
    "office_asked_to_confirm": _template(
        ("请核实会员身份", "申请 {number} 的单位没有代办员，或到期没有确认；请经办机构向单位核实后代为确认。"),
        (
            "Find out about a membership",
            "Nobody answered for the employer of {number}, or it has no clerk; ask the employer and confirm for it.",
        ),
    ),
    "review_asked": _template(
        ("有决定待人工复核", "会员对 {number} 的决定申请人工复核；您没有参与过这份申请，可以办理。"),
        (
            "A review by a person is asked for",
            "A member asks that a person look again at {number}; you had no part in it and may do so.",
        ),
    ),
    "rule_proposed": _template(
        ("审核规则的修改待您确认", "{office}的审核规则修改 {number} 等待另一人确认；确认前按原规则办理。"),
        (
            "A change of rules waits for you",
            "{number}, a change of the review rules of {office}, waits for a second person; until then the old rule holds.",
        ),
    ),
    "claim_waiting": _template(
        ("有理赔申请待审核", "理赔申请 {number}（{plan}）等待审核。"),
        ("A claim waits", "Claim {number} ({plan}) waits for review."),
    ),
    "claim_assigned": _template(
        ("理赔申请转给您", "理赔申请 {number} 已转给您办理。"),
        ("A claim is yours", "Claim {number} was handed over to you."),
    ),
    "correction_to_check": _template(
        ("有身份更正待核对", "更正申请 {number} 已附证件照片，等待核对。"),
        ("A correction waits", "Correction {number} of somebody's identity waits: look at the photo of the document."),
    ),
    "correction_to_confirm": _template(
        ("有身份更正待确认", "更正 {number} 等待另一人确认；录入的人不能确认。"),
        ("A correction waits", "Correction {number} of somebody's identity waits for a second person."),
    ),
    "correction_refused": _template(
        ("身份更正未通过", "更正申请 {number} 未通过，原因见申请页。"),
        ("Not corrected", "Correction {number} was refused; the reason stands on its page."),
    ),
    "identity_corrected": _template(
        ("您的身份信息已更正", "更正 {number} 已办理；以后出具的凭证和决定书按更正后的信息。如有疑问请联系经办机构。"),
        (
            "Your identity was corrected",
            "Correction {number} was made; certificates and letters from now on show it. Ask the office if you have doubts.",
        ),
        link="/members/profile/correction",
    ),
    "staff_identity_corrected": _template(
        ("职工身份信息已更正", "会员 {member} 的身份信息已更正（{number}），以后报送名单请用新的证件号码。"),
        (
            "Identity of one of your staff corrected",
            "The identity of member {member} was corrected ({number}); use the new number in rosters from now on.",
        ),
    ),
    "merge_to_confirm": _template(
        ("有重复人员待确认合并", "合并 {number} 等待另一人确认；提出的人不能确认。"),
        ("A merge waits", "Merge {number} of two records of a person waits for somebody other than its proposer."),
    ),
    "members_merged": _template(
        (
            "您的两份会员记录已合并",
            "您被登记过两次，会员 {former} 已并入 {number}，参保、理赔等记录都在后者名下。如有疑问，请联系经办机构。",
        ),
        (
            "Your two records are one",
            "You were registered twice: {former} was merged into {number}, covers and claims too. Is it wrong? Tell the office.",
        ),
    ),
    "kin_to_check": _template(
        ("有亲属代办待核对", "代办申请 {number} 等待核对：有人要为会员代办理赔，请核对关系和证明材料。"),
        ("Next of kin wait to be checked", "Request {number}: somebody wants to act for a member; check the proof."),
    ),
    "kin_accepted": _template(
        ("可以为亲属代办了", "您的代办申请 {number} 已核对通过，现在可以为亲属提交理赔申请。"),
        ("You may act now", "Your request {number} was accepted; you can file claims for your relative now."),
    ),
    "kin_returned": _template(
        ("代办申请需要补充证明", "您的代办申请 {number} 需要补充或核对，请打开查看要求。"),
        ("Your request needs better proof", "Your request {number} needs better proof; its page says what."),
    ),
    "kin_refused": _template(
        ("代办申请未通过", "您的代办申请 {number} 未通过，原因见申请页面；可带原件到经办机构窗口办理。"),
        (
            "Your request was not accepted",
            "Your request {number} was not accepted, its page says why; you can go to the counter with the originals.",
        ),
    ),
    "kin_ended": _template(
        ("亲属代办已终止", "您的代办资格 {number} 已终止；已提交的申请由经办机构继续办理。"),
        ("You act no longer", "Your standing {number} has ended; claims that were filed go on at the office."),
    ),
    "kin_acts_for_you": _template(
        ("有人可以为您代办理赔", "经办机构核对证明后，同意您的亲属为您代办理赔（{number}）。您可以随时查看并收回。"),
        (
            "Somebody may file claims for you",
            "The office checked the proof and lets your relative file claims for you ({number}). You can end it any time.",
        ),
        sms="经办机构已同意您的亲属为您代办理赔（{number}），您可登录会员端查看并收回。",
        link="/members/kin/{number}",
    ),
    "kin_acts_no_longer": _template(
        ("亲属代办已终止", "为您代办理赔的资格（{number}）已终止，对方不能再提交和查看您的申请。"),
        (
            "Nobody files claims for you by it any more",
            "The standing {number} has ended: they can neither file claims for you nor see them.",
        ),
    ),
    "webhook_given_up": _template(
        ("事件推送失败", "推送地址 {number} 连续多次没有收下事件 {event}，已放弃；请联系对方后重新推送。"),
        (
            "A program cannot be told",
            "Address {number} did not take the event {event}, which was given up; ask its keepers, then try again.",
        ),
    ),
    "job_done": _template(
        ("后台任务已完成", "您提交的“{job}”已完成。"),
        ("A job is done", "“{job}”, which you asked for, is done."),
    ),
    "job_failed": _template(
        ("后台任务没有完成", "您提交的“{job}”没有完成，请查看原因。"),
        ("A job failed", "“{job}”, which you asked for, was not done; see why."),
    ),
}
"""By name. A new one is a row here."""


def render(name: str, words: Mapping[str, str], *, zh: bool) -> Said:
    """What a notice says in a language."""
    template = TEMPLATES[name]
    said = template.zh if zh else template.en
    return Said(_filled(said.title, words), _filled(said.text, words))


def render_sms(name: str, words: Mapping[str, str]) -> str:
    """The text of a short message, without the sign in front; empty for a notice that is not sent so."""
    return _filled(TEMPLATES[name].sms, words)


def link_of(name: str, words: Mapping[str, object]) -> str:
    """The page behind a notice where its teller names none; empty where there is none."""
    return _filled(TEMPLATES[name].link, {word: str(said) for word, said in words.items()})


def _filled(text: str, words: Mapping[str, str]) -> str:
    """Names are replaced by their words; what the words hold is text, never a pattern. A notice that was written before its word
    had an English one says the Chinese one."""

    def word(name: str) -> str:
        return str(words[name] if name in words else words[name.removesuffix(ENGLISH)])

    parsed = string.Formatter().parse(text)
    return "".join(before + (word(name) if name else "") for before, name, _, _ in parsed)
