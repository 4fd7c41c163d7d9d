"""What the decision letter says, in Chinese and for its reading in English. Plain data."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "互助金决定通知书",
        "original": "",
        "greeting": "{name}：您申请的职工互助金已经审核，决定如下。",
        "claim": "申请编号",
        "member": "会员",
        "employer": "单位",
        "event": "事件",
        "filed": "申请日期",
        "payee": "收款账户",
        "approved": "决定：核准",
        "refused": "决定：不予支付",
        "total": "应付互助金合计 {amount} 元（{capitals}）。",
        "nothing": "本次没有应付的互助金（0.00 元）。",
        "more": "原决定为 {before} 元，本次补付 {change} 元。",
        "less": "原决定为 {before} 元，按复核结果少 {change} 元；已付的款项不因本通知书自动追回。",
        "same": "与原决定 {before} 元相同。",
        "reasons": "不予支付的原因",
        "reason": "{reason}。",
        "bill": "据以计算的金额",
        "amount_of": "项目",
        "yuan": "元",
        "working": "依据和计算过程",
        "pays": "应付 {amount} 元",
        "because": "说明：{reasons}。",
        "joined": "；",
        "step": "步骤",
        "change": "加减（元）",
        "after": "结果（元）",
        "clause": "依据条款",
        "objecting": "如有异议",
        "object": "您可以在 {until}（含当日，决定之日起 {days} 日内）前向{office}申请人工复核："
        "在会员端打开本申请，选择“申请人工复核”，或到窗口办理。"
        "复核由未参与本决定的人员办理，不收费用，也不影响已核准的款项。",
        "how": "决定的作出方式",
        "automatic": "本决定由系统按已公布的计划条款自动计算作出，没有人员参与。依照《中华人民共和国个人信息保护法》第二十四条，"
        "您有权要求说明，并有权拒绝仅由自动化方式作出的决定，要求由人员复核。",
        "by_one": "本决定的金额由系统按已公布的计划条款计算，经{office}一名审核人员核对材料后作出。",
        "by_two": "本决定的金额由系统按已公布的计划条款计算，经{office}初审和另一名人员复审后作出。",
        "anew": "本决定由未参与原决定的人员复核后作出，代替此前的决定。",
        "proof": "本通知书的电子文件带有防篡改证明，可在本平台“核验”页面"
        "或用命令 mutualaid proof verify 核验；另存或打印会去掉证明。",
        "digest": "理算结果校验值（SHA-256）：{sha256}",
        "no_policy": "职工互助保障是会员之间的互助，不是商业保险。",
    },
    "en": {
        "title": "Decision on your claim for mutual aid",
        "original": "This is a reading in English, without a proof of its own. The Chinese original, 互助金决定通知书 No. "
        "{number}, is the decision: where the two differ, the original counts. Whether a copy is genuine is told by the page "
        "“Check a document” (/proofs) of this platform, or by the command mutualaid proof verify on your own computer.",
        "greeting": "{name}: your claim was examined and decided as follows.",
        "claim": "Claim",
        "member": "Member",
        "employer": "Employer",
        "event": "Event",
        "filed": "Filed on",
        "payee": "Paid to",
        "approved": "Decision: approved",
        "refused": "Decision: nothing is paid",
        "total": "CNY {amount} are due in all.",
        "nothing": "No benefit is due for this event (CNY 0.00).",
        "more": "The earlier decision was CNY {before}; CNY {change} more are paid.",
        "less": "The earlier decision was CNY {before}, by the review it is CNY {change} less; what was paid is not taken back "
        "by this letter.",
        "same": "It is the same as the earlier decision, CNY {before}.",
        "reasons": "Why nothing is paid",
        "reason": "{reason}.",
        "bill": "Amounts from which it is computed",
        "amount_of": "Item",
        "yuan": "CNY",
        "working": "Clauses and working",
        "pays": "CNY {amount} due",
        "because": "Note: {reasons}.",
        "joined": "; ",
        "step": "Step",
        "change": "Change (CNY)",
        "after": "Result (CNY)",
        "clause": "Clause",
        "objecting": "If you do not agree",
        "object": "Until {until} (within {days} days of the decision) you may ask {office} for a review by a person: open this "
        "claim at the members' pages and choose “ask for a human review”, or come to the counter. Somebody who had no part in "
        "this decision looks at it; it costs nothing, and what was approved is not affected.",
        "how": "How it was decided",
        "automatic": "This decision was computed automatically by the published rules of the plan; nobody took part. Under "
        "article 24 of the Personal Information Protection Law you may ask for an explanation, and you may refuse a decision "
        "made by automated means alone and have a person look at it.",
        "by_one": "The amount was computed by the published rules of the plan; a reviewer of {office} compared the papers and "
        "decided.",
        "by_two": "The amount was computed by the published rules of the plan; a reviewer of {office} compared the papers and "
        "another person decided.",
        "anew": "Somebody who had no part in the earlier decision looked at it again; this decision takes its place.",
        "proof": "The file of the Chinese letter carries a proof against changes, which the page “Check a document” of this "
        "platform or the command mutualaid proof verify checks; saving it anew or printing it takes the proof off.",
        "digest": "Digest of the computation (SHA-256): {sha256}",
        "no_policy": "Mutual aid is aid among members; it is no commercial insurance. ",
    },
}
