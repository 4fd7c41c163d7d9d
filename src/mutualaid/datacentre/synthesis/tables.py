"""Words and weights that invented unions are drawn from: industries, places, names, diagnoses.

Facts of our own, no text of others.
"""

from __future__ import annotations

from typing import NamedTuple

from benefit_engine.words import EMPLOYMENTS, INSURANCES, KINDS


class Industry(NamedTuple):
    """How an industry employs: its share of employers, its people, its dangers."""

    word: str
    zh: str
    share: int
    """Employers per 1000 of all."""
    women: int
    """Women, per cent of staff."""
    age: int
    age_spread: int
    """Mean and standard deviation of age, years."""
    risk: int
    """Occupational risk: 0 low, 1 middle, 2 high."""
    size: int
    """Median number of staff."""


INDUSTRIES = (
    Industry("administration", "机关", 130, 42, 42, 9, 0, 60),
    Industry("education", "教育", 140, 66, 41, 9, 0, 90),
    Industry("health", "卫生", 80, 70, 37, 9, 0, 130),
    Industry("manufacturing", "制造", 170, 42, 39, 9, 1, 110),
    Industry("port_and_transport", "港口运输", 90, 22, 42, 9, 2, 90),
    Industry("construction", "建筑", 80, 14, 43, 9, 2, 70),
    Industry("utilities", "水电燃气", 60, 30, 42, 9, 1, 80),
    Industry("trade_and_hotels", "商贸住宿", 120, 58, 36, 9, 0, 30),
    Industry("finance", "金融", 60, 55, 37, 9, 0, 50),
    Industry("fishery_and_farming", "渔业农垦", 70, 34, 45, 9, 2, 40),
)
GIG = Industry("platforms", "平台配送出行", 0, 12, 33, 8, 2, 200)
"""Where members with employment ``gig`` work; only there when a loaded plan admits them."""

REGIONS = tuple(
    int(f"45{place}")
    for place in (
        *("0102 0103 0105 0107 0108 0109 0123 0124 0125 0126 0202 0203 0204 0205 0222 0223 0224 0225 0226").split(),
        *(
            "0302 0303 0304 0305 0311 0321 0323 0324 0325 0326 0327 0328 0329 0330 0332 0403 0405 0421 0422 0423"
        ).split(),
        *("0502 0503 0512 0521 0602 0603 0621 0681 0702 0703 0721 0722 0802 0803 0804 0821 0881").split(),
        *("0902 0921 0922 0923 0924 0981").split(),
    )
)
"""Districts and counties of Guangxi (GB/T 2260), the first six digits of an identity number."""

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
"""Given names are a stem and a branch, as years are counted (李甲辰): readable, and plainly nobody."""
NAMES = tuple(f"{surname}{stem}{branch}" for surname in SURNAMES for stem in STEMS for branch in BRANCHES)

AGE_BANDS = (35, 50, 60)
"""Upper ends (years, excluded) of the bands of age of ``Diagnosis.women`` and ``men``; the last has none."""
Weights = tuple[int, int, int, int]
NEVER: Weights = (0, 0, 0, 0)


class Diagnosis(NamedTuple):
    """A common reason for a stay in hospital: for whom how often, what it costs, how long it takes."""

    code: str
    zh: str
    women: Weights
    men: Weights
    cost: int
    """Median bill, per cent of the common median."""
    days: int
    """Median days in hospital."""
    operation: str = ""
    """Usual operation (ICD-9-CM-3)."""
    again: int = 7
    """Mean number of readmissions, per cent."""
    critical: bool = False
    """Counts as a critical illness: often reported as a ``diagnosis`` event too."""
    death: int = 0
    """Weight as a cause of death."""


DIAGNOSES = (
    Diagnosis("J18.900", "肺炎", (40, 40, 55, 90), (45, 50, 65, 100), 60, 8),
    Diagnosis("J20.900", "急性支气管炎", (40, 35, 40, 45), (35, 30, 35, 45), 40, 6),
    Diagnosis("J44.100", "慢阻肺急性加重", (0, 4, 18, 50), (1, 8, 35, 90), 80, 9, again=15),
    Diagnosis("K29.500", "慢性胃炎", (30, 45, 50, 40), (30, 45, 50, 40), 40, 6),
    Diagnosis("K35.800", "急性阑尾炎", (35, 22, 14, 8), (40, 24, 14, 8), 95, 6, "47.0100", again=2),
    Diagnosis("K40.900", "腹股沟疝", (2, 3, 5, 6), (14, 20, 32, 40), 85, 5, "53.0000", again=2),
    Diagnosis("K63.500", "结肠息肉", (8, 35, 55, 55), (12, 50, 75, 70), 65, 4, "45.4200", again=4),
    Diagnosis("K64.800", "痔", (30, 40, 35, 20), (40, 45, 35, 20), 65, 7, "49.4600", again=2),
    Diagnosis("K80.200", "胆囊结石", (20, 40, 45, 45), (14, 28, 38, 45), 130, 7, "51.2300", again=4),
    Diagnosis("N20.100", "输尿管结石", (16, 26, 28, 20), (34, 52, 50, 28), 100, 5, "56.0x00", again=10),
    Diagnosis("N40.x00", "前列腺增生", NEVER, (0, 3, 28, 80), 110, 8, "60.2900", again=5),
    Diagnosis("N18.500", "慢性肾脏病5期", (2, 5, 10, 14), (3, 9, 16, 18), 130, 9, again=110, critical=True, death=20),
    Diagnosis("I10.x00", "高血压病", (5, 30, 70, 90), (12, 50, 85, 95), 60, 7, again=8),
    Diagnosis("I20.000", "不稳定性心绞痛", (1, 8, 32, 60), (4, 30, 75, 95), 170, 7, again=12),
    Diagnosis(
        "I21.900", "急性心肌梗死", (0, 1, 5, 12), (2, 13, 28, 30), 420, 8, "36.0700", 25, critical=True, death=180
    ),
    Diagnosis("I63.900", "脑梗死", (1, 12, 45, 100), (4, 32, 85, 130), 150, 10, again=15, death=40),
    Diagnosis("I61.900", "脑出血", (1, 3, 8, 12), (2, 12, 22, 22), 420, 16, "01.2400", 20, critical=True, death=150),
    Diagnosis("I83.900", "下肢静脉曲张", (4, 16, 22, 16), (5, 18, 26, 20), 95, 6, "38.5900", again=3),
    Diagnosis("E04.100", "甲状腺结节", (22, 34, 30, 16), (7, 11, 11, 8), 120, 6, "06.2x00", again=2),
    Diagnosis("E11.900", "2型糖尿病", (6, 30, 60, 85), (14, 55, 85, 90), 70, 9, again=10),
    Diagnosis("B18.100", "慢性乙型肝炎", (10, 14, 12, 8), (20, 28, 22, 12), 85, 9, again=15),
    Diagnosis("C11.900", "鼻咽癌", (1, 4, 5, 4), (2, 9, 11, 9), 330, 14, again=160, critical=True, death=50),
    Diagnosis("C16.900", "胃癌", (1, 2, 4, 8), (1, 4, 10, 18), 400, 15, "43.7x00", 120, critical=True, death=70),
    Diagnosis("C18.900", "结肠癌", (1, 4, 9, 14), (1, 5, 14, 20), 400, 14, "45.7300", 130, critical=True, death=70),
    Diagnosis("C22.000", "肝细胞癌", (0, 2, 4, 8), (2, 14, 24, 24), 400, 13, "50.2200", 120, critical=True, death=200),
    Diagnosis("C34.900", "肺癌", (1, 8, 16, 22), (1, 7, 20, 34), 400, 13, "32.4100", 130, critical=True, death=190),
    Diagnosis("C50.900", "乳腺癌", (3, 24, 28, 22), NEVER, 280, 11, "85.4300", 200, critical=True, death=60),
    Diagnosis("C53.900", "子宫颈癌", (1, 10, 13, 9), NEVER, 300, 12, "68.6900", 130, critical=True, death=30),
    Diagnosis("C56.x00", "卵巢癌", (1, 4, 6, 5), NEVER, 350, 12, "68.4900", 160, critical=True, death=25),
    Diagnosis("C73.x00", "甲状腺癌", (14, 22, 18, 8), (4, 7, 6, 4), 190, 7, "06.4x00", 15, critical=True, death=2),
    Diagnosis("D05.100", "乳腺导管原位癌", (1, 4, 4, 3), NEVER, 180, 8, "85.2100", again=15),
    Diagnosis("D06.900", "宫颈原位癌", (3, 9, 7, 3), NEVER, 95, 6, "67.2x00", again=4),
    Diagnosis("D25.900", "子宫平滑肌瘤", (12, 75, 42, 4), NEVER, 140, 8, "68.2900", again=2),
    Diagnosis("N83.200", "卵巢囊肿", (26, 30, 14, 6), NEVER, 120, 7, "65.2900", again=2),
    Diagnosis("O20.000", "先兆流产", (70, 22, 0, 0), NEVER, 35, 6, again=6),
    Diagnosis("O80.000", "顺产", (130, 22, 0, 0), NEVER, 50, 4, again=0),
    Diagnosis("O82.000", "剖宫产", (80, 24, 0, 0), NEVER, 85, 6, "74.1x00", again=1),
    Diagnosis("M51.200", "腰椎间盘突出", (26, 55, 60, 45), (36, 65, 62, 45), 75, 9, again=8),
    Diagnosis("M47.800", "颈椎病", (18, 42, 48, 32), (16, 32, 38, 28), 60, 9, again=7),
    Diagnosis("H81.300", "周围性眩晕", (10, 30, 42, 40), (7, 18, 24, 30), 45, 6, again=5),
    Diagnosis("H25.900", "老年性白内障", (0, 2, 14, 55), (0, 2, 14, 50), 55, 2, "13.4100", again=12),
    Diagnosis("F32.900", "抑郁发作", (14, 14, 12, 7), (9, 9, 8, 5), 75, 18, again=15),
    Diagnosis("S06.000", "脑震荡", (7, 6, 6, 5), (13, 11, 10, 6), 50, 8, again=1, death=60),
    Diagnosis("S32.000", "腰椎骨折", (3, 5, 9, 16), (6, 10, 12, 12), 210, 14, "81.6600", 5, death=10),
    Diagnosis("S52.500", "桡骨下端骨折", (5, 7, 11, 16), (9, 10, 10, 8), 140, 9, "79.3200", again=8),
    Diagnosis("S72.000", "股骨颈骨折", (1, 2, 5, 18), (2, 5, 7, 14), 330, 15, "81.5200", 6, death=10),
    Diagnosis("S82.200", "胫骨骨折", (5, 7, 9, 9), (16, 17, 15, 9), 220, 14, "79.3600", again=15),
    Diagnosis("S61.900", "手部损伤", (3, 4, 4, 3), (14, 14, 10, 5), 90, 9, again=4),
    Diagnosis("T30.000", "烧伤", (2, 2, 2, 1), (3, 3, 2, 1), 150, 14, again=10, death=20),
)
CHEMOTHERAPY = "Z51.100"
"""First code of later stays for a cancer; the cancer's own code follows."""
CODES = (*(row.code for row in DIAGNOSES), CHEMOTHERAPY)
CHRONIC = tuple(i for i, row in enumerate(DIAGNOSES) if row.code[:3] in {"I10", "E11", "I20", "B18", "N18", "J44"})
"""Rows of diseases that outpatient visits under a special arrangement (门诊慢特病) are for."""
INJURIES = tuple(i for i, row in enumerate(DIAGNOSES) if row.code[0] in "ST")
OPERATIONS = tuple(dict.fromkeys(row.operation for row in DIAGNOSES if row.operation))

# Words by number; the last of each is a fault on purpose, for bad records only.
KIND_WORDS = (*KINDS, "inpatent")
SEX_WORDS = ("F", "M", "X")
EMPLOYMENT_WORDS = (*EMPLOYMENTS, "employed")
INSURANCE_WORDS = INSURANCES
SEVERITIES = ("mild", "severe")
CIRCUMSTANCES = ("childbirth", "work_injury", "drunk_driving")
UNLOADED_PLAN = "no-such-plan"
