"""Checks of meaning: names and origins. Each case changes a faultless document and names the fault that it makes."""

import pytest

from tests.plans.documents import COMBINATION, GOOD, PART, SECOND, Wrong, assert_found, change, check, line_of


def test_the_documents_that_the_cases_change_are_faultless() -> None:
    assert check(GOOD) == []
    assert check(COMBINATION, PART, SECOND) == []


NAMES = {
    "unknown list": Wrong(
        [
            ("when: {diseases: [cancers]}", "when: {diseases: [cancer]}"),
            (
                "  cancers:",
                "  cancer:\n    name: 另一表\n    source: S1\n    entries: [{name: 病, diagnoses: I21}]\n  cancers:",
            ),
        ],
        "  cancers:",
        "lists.cancers",
        "没有一处 diseases 写 cancers",
        "no diseases names cancers",
    ),
    "list that isn't there": Wrong(
        [("when: {diseases: [cancers]}", "when: {diseases: [cancers, cancer], not_diseases: [heart]}")],
        "when: {diseases: [cancers, cancer]",
        "benefits[3].when.diseases[1]",
        "应为 lists 中已有的病种表（cancers）；得到 cancer；是否想写 cancers",
        "expected a list that lists has (cancers), found cancer; did you mean cancers?",
        ("benefits[3].when.not_diseases[0]",),
    ),
    "source that isn't there": Wrong(
        [("{most: 2, source: S1}", "{most: 2, source: [S1, S2]}")],
        "units: {most",
        "units.source[1]",
        "应为 sources 中已有的出处（S1）；得到 S2",
        "expected a source that sources has (S1), found S2",
    ),
    "like names a later benefit": Wrong(
        [("like: inpatient", "like: allowance")],
        "like: allowance",
        "benefits[1].like",
        "应为写在前面的一项待遇（inpatient）；得到 allowance",
        "name a benefit written above (inpatient), found allowance",
    ),
    "like names nothing": Wrong(
        [
            (
                "    like: inpatient\n    kinds: [outpatient_special]",
                (
                    "    like: surgery\n"
                    "    kinds: [outpatient_special]\n"
                    "    source: S1\n"
                    "    days: {per_day: 10, caps: [{days: 5, per: period}]}"
                ),
            )
        ],
        "like: surgery",
        "benefits[1].like",
        "得到 surgery",
        "found surgery",
    ),
    "benefit id twice": Wrong(
        [("benefit: allowance", "benefit: inpatient")],
        "  - benefit: inpatient\n    kinds: [inpatient]",
        "benefits[2].benefit",
        "inpatient 在第 41 行已用过",
        "inpatient is used on line 41",
    ),
    "shared cap over an unknown benefit": Wrong(
        [
            (
                "{benefits: [inpatient, outpatient_special], amount",
                "{benefits: [inpatient, outpatient_special, surgery], amount",
            )
        ],
        "  - {benefits: [inpatient, outpatient_special, surgery]",
        "shared_caps[0].benefits[2]",
        "应为 benefits 中已有的待遇",
        "expected a benefit that benefits has",
    ),
    "exclusive with an unknown benefit": Wrong(
        [("[disability, death], per: cause", "[disability, dead], per: cause")],
        "  - {benefits: [disability, dead]",
        "exclusive[0].benefits[1]",
        "得到 dead；是否想写 death",
        "found dead; did you mean death?",
    ),
    "claims of an unknown benefit": Wrong(
        [("    floor: 100\n", "    floor: 100\n    claims: {most: 3, of: [inpatient, clinic]}\n")],
        "claims: {most: 3",
        "benefits[0].claims.of[1]",
        "得到 clinic",
        "found clinic",
    ),
    "top-up of an unknown benefit": Wrong(
        [("top_up: {of: [disability]", "top_up: {of: [disabled]")],
        "sum: {amount: 30000, top_up",
        "benefits[5].sum.top_up.of[0]",
        "得到 disabled；是否想写 disability",
        "found disabled; did you mean disability?",
    ),
    "no kinds": Wrong(
        [("    kinds: death\n", "")],
        "  - benefit: death",
        "benefits[5]",
        "缺少 kinds",
        "kinds is missing",
    ),
    "a slip in a kind": Wrong(
        [("kinds: death", "kinds: [death, outpateint]")],
        "kinds: [death, outpateint]",
        "benefits[5].kinds[1]",
        "outpateint 像是 outpatient 的笔误",
        "outpateint looks like a slip in outpatient",
    ),
    "unknown amount in a base": Wrong(
        [("{of: [self_paid], name", "{of: [self_pay, x_registration], name")],
        "base: {of: [self_pay",
        "benefits[0].base.of[0]",
        "得到 self_pay；是否想写 self_paid",
        "found self_pay; did you mean self_paid?",
    ),
    "unknown amount in a variant": Wrong(
        [("name: 个人自付}", "name: 个人自付, variants: [{when: {accident: true}, of: [cash], less: x_own}]}")],
        "base: {of",
        "benefits[0].base.variants[0].of[0]",
        "得到 cash；是否想写 cash_paid",
        "found cash; did you mean cash_paid?",
    ),
    "amount counted twice": Wrong(
        [("{of: [self_paid], name", "{of: [self_paid, copay], name")],
        "base: {of: [self_paid, copay]",
        "benefits[0].base.of[1]",
        "self_paid 已包含 copay",
        "self_paid already contains copay",
    ),
    "purse and amount": Wrong(
        [("{of: [self_paid], name", "{of: [out_of_scope, cash_paid], name")],
        "base: {of: [out_of_scope, cash_paid]",
        "benefits[0].base.of[1]",
        "out_of_scope 已包含 cash_paid",
        "out_of_scope already contains cash_paid",
    ),
    "added and taken away": Wrong(
        [("{of: [self_paid], name", "{of: [self_paid], less: [self_paid], name")],
        "base: {of: [self_paid], less",
        "benefits[0].base.less[0]",
        "self_paid 又加又减",
        "self_paid is added and taken away",
    ),
    "no such code": Wrong(
        [("diagnoses: [C00-C97]", "diagnoses: [C00/C97]")],
        "- {name: 恶性肿瘤, diagnoses",
        "lists.cancers.entries[0].diagnoses[0]",
        "应为ICD-10 诊断编码，如 C50 或 C00-C97；得到 C00/C97；请写编码前缀",
        "expected a diagnosis code of ICD-10 like C50 or C00-C97, found C00/C97; write the beginning of a code",
    ),
    "range backwards": Wrong(
        [("diagnoses: [C00-C97]", "diagnoses: C97-C00")],
        "- {name: 恶性肿瘤, diagnoses",
        "lists.cancers.entries[0].diagnoses",
        "区间的起点在终点之后",
        "the range begins after its end",
    ),
    "range of unequal ends": Wrong(
        [("diagnoses: [C00-C97]", "diagnoses: [C0-C97]")],
        "- {name: 恶性肿瘤, diagnoses",
        "lists.cancers.entries[0].diagnoses[0]",
        "区间两端应一样长",
        "both ends of a range are equally long",
    ),
    "operation among the diagnoses": Wrong(
        [("when: {accident: true}", 'when: {accident: true, diagnoses: ["68.4"]}')],
        'when: {accident: true, diagnoses: ["68.4"]}',
        "benefits[4].when.diagnoses[0]",
        "手术写在 operations",
        "operations into operations",
    ),
    "diagnosis among the operations": Wrong(
        [('operations: ["33.5", "50.5"]', 'operations: ["33.5", C50]')],
        "- {name: 器官移植",
        "lists.cancers.entries[1].operations[1]",
        "ICD-9-CM-3 手术编码，如 68.4",
        "an operation code of ICD-9-CM-3 like 68.4",
    ),
    "letters that are no code": Wrong(
        [("when: {accident: true}", "when: {accident: true, diagnoses: [ZZZ]}")],
        "when: {accident: true, diagnoses: [ZZZ]}",
        "benefits[4].when.diagnoses[0]",
        "得到 ZZZ；诊断编码是一个字母加数字",
        "found ZZZ; a diagnosis code is a letter with digits",
    ),
    "slip in a circumstance": Wrong(
        [("circumstances: drunk_driving", "circumstances: [crime, drunk_drivng]")],
        "- {when: {circumstances",
        "exclusions[0].when.circumstances[1]",
        "情形 drunk_drivng 像是 drunk_driving 的笔误",
        "the circumstance drunk_drivng looks like a slip in drunk_driving",
    ),
    "words parted by a full-width comma": Wrong(
        [("    kinds: [outpatient_special]", "    kinds: [outpatient，death]")],
        "kinds: [outpatient，death]",
        "benefits[1].kinds[0]",
        "outpatient，death 里有全角的“，”，会当作一个词；请用半角逗号分开",
        'outpatient，death has the full-width "，" in it and counts as one word; part words by a plain comma',
    ),
    "disease without codes": Wrong(
        [('{name: 器官移植, operations: ["33.5", "50.5"]}', "{name: 器官移植}")],
        "- {name: 器官移植}",
        "lists.cancers.entries[1]",
        "每种疾病应有编码；器官移植 没有",
        "expected codes for each disease; 器官移植 has none",
    ),
    "disease twice": Wrong(
        [("name: 器官移植,", "name: 恶性肿瘤,")],
        "- {name: 恶性肿瘤, operations",
        "lists.cancers.entries[1].name",
        "表内病名应不重复；恶性肿瘤 写了两次",
        "expected each disease once; 恶性肿瘤 stands twice",
    ),
    "word twice": Wrong(
        [("hospital_level: [2, 3]", "hospital_level: [2, 3, 2]")],
        "- {when: {hospital_level",
        "benefits[0].requires[0].when.hospital_level[2]",
        "重复写了 2",
        "2 stands twice",
    ),
    "option without a price": Wrong(
        [("amount: 20000, per: stay}", "amount: [{when: {option: c}, value: 10000}, {value: 20000}], per: stay}")],
        "- {amount: [{when: {option: c}",
        "benefits[0].caps[0].amount[0].when.option",
        "参保档次应为 price 中有价格的（a、b）；得到 c",
        "expected a option that price names (a, b), found c",
    ),
    "plans in a single plan's shared cap": Wrong(
        [("amount: 60000, per: period", "plans: [sample], amount: 60000, per: period")],
        "  - {benefits: [inpatient, outpatient_special], plans",
        "shared_caps[0].plans",
        "plans 只用于组合计划",
        "plans belongs to the shared caps of a combination",
    ),
    "address that is none": Wrong(
        [('"https://example.org/s1"', '"javascript:alert(1)"')],
        "  S1: {title: 示例办法, address",
        "sources.S1.address",
        "网址应以 https:// 或 http:// 开头；得到 javascript:alert(1)",
        "beginning with https:// or http://, found javascript:alert(1)",
    ),
}

ORIGINS = {
    "price without origin": Wrong(
        [("{fee: 100, option: a, source: S1}", "{fee: 100, option: a}")],
        "- {fee: 100",
        "price[0]",
        "每条规则应有出处；这里没有",
        "expected each rule to say where it comes from, found nothing",
    ),
    "benefit without origin": Wrong(
        [("    kinds: death\n    source: S1\n", "    kinds: death\n")],
        "- benefit: death",
        "benefits[5]",
        "请写 clause（条款号）或 source",
        "write clause or source",
    ),
    "list without origin": Wrong(
        [("    name: 恶性肿瘤\n    source: S1\n", "    name: 恶性肿瘤\n")],
        "  cancers:",
        "lists.cancers",
        "每条规则应有出处",
        "where it comes from",
    ),
    "term without origin": Wrong(
        [("  first_on: 2025-01-01\n  source: S1\n", "  first_on: 2025-01-01\n")],
        "term:",
        "term",
        "每条规则应有出处",
        "where it comes from",
    ),
    "the document's source doesn't reach its rules": Wrong(
        [("organiser: 示例总工会\n", "organiser: 示例总工会\nsource: S1\n"), ("{most: 2, source: S1}", "{most: 2}")],
        "units:",
        "units",
        "每条规则应有出处",
        "where it comes from",
    ),
    "assumed in a published plan": Wrong(
        [("    floor: 100\n", "    floor: 100\n    claims: {most: 3, assumed: 没有公布}\n")],
        "claims:",
        "benefits[0].claims.assumed",
        "status 应为 illustrative；得到 published",
        "expected status illustrative, as this value is assumed, found published",
    ),
    "illustrative without assumption": Wrong(
        [("status: published", "status: illustrative")],
        "status:",
        "status",
        "没有一处 assumed，status 应为 published",
        "expected status published, as nothing is assumed",
    ),
}


@pytest.mark.parametrize("wrong", NAMES.values(), ids=NAMES)
def test_names(wrong: Wrong) -> None:
    assert_found(wrong)


@pytest.mark.parametrize("wrong", ORIGINS.values(), ids=ORIGINS)
def test_origins(wrong: Wrong) -> None:
    assert_found(wrong)


def test_every_rule_needs_an_origin() -> None:
    """Each rule of the document in turn, without its source."""
    for snippet, place in {
        "least: 20, most: 80, source: S1": "payers[0]",
        "clause: 第三条": "who[0]",
        "employment: in_service, source: S1": "who[1]",
        "most: 2, source: S1": "units",
        "all_up_to: 30, source: S1": "employer[0]",
        "waiting: {days: 30, source: S1": "waiting",
        "of: start, source: S1": "limits[0]",
        "drunk_driving}, source: S1": "exclusions[0]",
        "amount: 60000, per: period, source: S1": "shared_caps[0]",
        "rule: difference, source: S1": "exclusive[0]",
    }.items():
        bare = snippet.replace(", source: S1", "").replace("clause: 第三条", "note: 没有出处")
        changed = change(GOOD, (snippet, bare))
        faults = check(changed)
        assert [(fault.place, fault.line) for fault in faults] == [(place, line_of(changed, bare))]


def test_other_single_rules_need_an_origin() -> None:
    added = "goes_on: {after: retiring}\nexcludes: {plans: others}\nstays_as_one: {within_days: 3}\nlists:"
    faults = check(change(GOOD, ("lists:", added)), PART.replace("family: firsts", "family: others"))
    assert [fault.place for fault in faults] == ["goes_on", "excludes", "stays_as_one"]


def test_like_shares_the_origin_of_its_model_and_its_faults_are_told_once() -> None:
    changed = change(GOOD, ("over: 10000, up_to: 50000", "over: 9000, up_to: 50000"))
    assert [fault.place for fault in check(changed)] == ["benefits[0].rate.brackets[1].over"]


def test_faults_come_in_the_order_of_the_text() -> None:
    changed = change(
        GOOD,
        ("on: 01-01", "on: 07-01"),
        ("source: S1}\n  - {fee: 200", "source: S9}\n  - {fee: 200"),
        ("floor: 100", "floor: 0"),
    )
    assert [fault.place for fault in check(changed)] == ["price[0].source", "term.on", "benefits[0].floor"]
