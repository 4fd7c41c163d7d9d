"""Chinese words for reasons and steps, as a working shows them to a member. The English ones are in the glossary."""

REASON_LABELS = {
    "not_covered": "当日没有适用的保障（不在保障期内，或所参加的档次不含此项）",
    "plan_excluded": "与已参加的另一计划不能同时享受",
    "duplicate_cover": "同一计划重复参加，重复部分无效",
    "age": "年龄不符",
    "sex": "性别不符",
    "employment": "就业状态不符",
    "insurance": "基本医保或其结算不符",
    "groups": "不属于规定的人群",
    "waiting_period": "在等待期内",
    "found_before_cover": "疾病在参加前已确诊",
    "filed_late": "超过申请时限",
    "hospital_level": "医院等级不符",
    "exclusion": "属于除外情形",
    "not_accident": "不是意外伤害",
    "diagnosis_not_listed": "诊断不在规定病种内",
    "operation_not_listed": "手术不在规定范围内",
    "severity": "病情程度不符",
    "disability_grade": "伤残等级不符",
    "too_few_days": "天数不足",
    "already_paid_once": "此项只给付一次，已经给付",
    "excluded_with_other_benefit": "与另一项待遇不重复给付",
    "claim_count_reached": "已达规定次数",
    "fact_unknown": "缺少必要的事实，需人工核实",
    "amount_unknown": "缺少必要的金额，需人工核实",
    "amounts_disagree": "票据金额互相矛盾，需人工核实",
    "duplicate": "与另一笔申请重复，需人工核实",
    "reversed": "已冲销或被替换",
    "below_deductible": "未超过免补额或起补线，无应付金额",
    "cap_reached": "已达限额",
    "exceeds_out_of_pocket": "不超过本人实际负担",
}

SCOPE_LABELS = {
    "stay": "每次",
    "day": "每日",
    "period": "每个保障期",
    "life": "终身",
    "disease": "每种疾病",
    "cause": "每次事故",
}

SAME_STAY_LABEL = "同一次住院"
"""Where an earlier part of stays that count as one has borne something already."""

KIND_LABELS = {
    "inpatient": "住院",
    "outpatient": "门诊",
    "outpatient_special": "门诊慢特病",
    "diagnosis": "确诊疾病",
    "disability": "伤残",
    "death": "身故",
}

FACT_LABELS = {
    "hospital_level": "医院等级",
    "ended_on": "出院日期",
    "settled_on": "结算日期",
    "started_on": "开始日期",
    "accident_on": "事故日期",
    "rest_days": "误工或休养天数",
    "employment": "就业状态",
    "basic_insurance": "基本医保类型",
    "birth_date": "出生日期",
    "sex": "性别",
    "disability_grade": "伤残等级",
    "accident": "是否意外",
    "severity": "病情程度",
    "diagnoses": "诊断编码",
    "operations": "手术编码",
    "option": "参保档次",
    "risk_class": "职业风险类别",
    "consecutive_periods": "连续参加期数",
    "settled_by_insurance": "是否经医保结算",
}
