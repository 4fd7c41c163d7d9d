"""Faults of YAML told to designers: the line on which the slip stands, what belongs there, what was found, what to do."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutualaid.plans.yaml_reader import YamlFault, read_yaml
from mutualaid.plans.yaml_syntax import wide_hint

SLIPS = {
    "full-width colon": (
        "plan: x\nfamily：y\nname: z\n",
        *(2, "半角冒号加空格，得到全角冒号“：”（family：y）；请改为 family: y", "'：' (family：y); write family: y"),
    ),
    "full-width colon on line 1": ("plan：x\nfamily: y\n", 1, "全角冒号“：”（plan：x）", "a full-width colon"),
    "full-width colon on the last line": ("plan: x\nfamily：y\n\n\n", 2, "请改为 family: y", "write family: y"),
    "full-width colon above a comment": ("a: 12：30\nb：3\n\n# d\n\nc: 3\n", 2, "请改为 b: 3", "write b: 3"),
    "full-width colon of a first key": ("a:\n  - b：1\n    c: 2\n", 2, "请改为 b: 1", "write b: 1"),
    "full-width colon over a list": ("a: 1\nb：\n  - c: 1\n", 2, "请改为 b:", "write b:"),
    "full-width colon over keys": ("b：\n\n  c: 1\n", 1, "请改为 b:", "write b:"),
    "no space after the colon": (
        "a: 1\nb:2\nc: 3\n",
        *(2, "应为冒号后有空格，得到 b:2；请改为 b: 2", "expected a space after the colon, found b:2; write b: 2"),
    ),
    "no space on line 1": ("a:1\nb: 2\n", 1, "请改为 a: 1", "write a: 1"),
    "no colon": (
        "a: 1\nb\nc: 2\n",
        2,
        "应为 键: 值，得到 b；请在键后加半角冒号",
        "expected key: value, found b; add a colon",
    ),
    "full-width comma": (
        "a: 1\nb: {over: 0，up_to: 10}\n",
        *(2, "应为半角逗号，得到全角逗号 ，；请改为 ,", "expected a plain comma, found the full-width ，; write ,"),
    ),
    "full-width opening brace": (
        "b: ｛over: 0}\nc: 1\n",
        1,
        "得到全角花括号 ｛；请改为 {",
        "the full-width ｛; write {",
    ),
    "full-width closing brace": (
        "b: {over: 0｝\nc: 1\n",
        1,
        "得到全角花括号 ｝；请改为 }",
        "the full-width ｝; write }",
    ),
    "full-width closing bracket": (
        "b: [a,\n  c］\nd: 1\n",
        2,
        "得到全角方括号 ］；请改为 ]",
        "the full-width ］; write ]",
    ),
    "thick bracket": ("b: [a, c】\n", 1, "得到全角方括号 】；请改为 ]", "the full-width 】; write ]"),
    "full-width quote": (
        'a: 1\nb: "01-01”\nc: 2\n',
        *(2, '应为半角引号，得到全角引号 ”；请改为 "', 'expected a plain quote, found the full-width ”; write "'),
    ),
    "tab": (
        "a:\n\tb: 1\n",
        2,
        "应为空格缩进，得到制表符（Tab）；请把制表符换成空格",
        "expected spaces as indentation, found a tab",
    ),
    "tab below a value": ("a:\n  b: 1\n\tc: 2\n", 3, "得到制表符（Tab）", "found a tab"),
    "tab in a block of text": ("a: |\n \tx\n", 2, "得到制表符（Tab）", "found a tab"),
    "open quote": (
        'a: 1\nb: "x\nc: 2\n',
        *(
            2,
            '应为成对的引号，得到没有关上的引号（b: "x）；请在值的末尾补上',
            "expected a closed quote, found one that is left open",
        ),
    ),
    "open quote before another": ("a: 1\nb: 'x\nc: 'y'\n", 2, "没有关上的引号（b: 'x）", "left open (b: 'x)"),
    "open quote before ---": ('a: "x\n--- y"\n', 1, "没有关上的引号", "left open"),
    "text after a quote": (
        "a: 'x' y\n",
        1,
        "应为引号之后不再有文字，得到 y；请把整个值放进一对引号",
        "found y; put the whole",
    ),
    "quotes in quotes": ('a: 1\nb: "甲"乙"丙"\n', 2, '得到 乙"丙"', "nothing after the closing quote"),
    "open bracket": (
        "a: 1\nb: [1, 2\nc: 3\n",
        *(
            2,
            "应为成对的 [ ]，得到没有关上的 [1, 2；请补上 ]",
            "expected a ] for every [, found [1, 2, left open; add the ]",
        ),
    ),
    "open brace": ("a: {b: 1,\n  c: 2\nd: 3\n", 1, "没有关上的 {b: 1,；请补上 }", "add the }"),
    "no comma": (
        "a: {b: [1] c: 2}\n",
        1,
        "应为逗号或 }，得到 c: 2}；各项之间请用半角逗号",
        "expected a comma or }, found c: 2}",
    ),
    "stray bracket": ("a: 1\nb: ]\n", 2, "应为一个值，得到 ]；请写出值", "expected a value, found ]; give the value"),
    "less indentation": (
        "a:\n  b: 1\n c: 2\n",
        *(
            3,
            "应为与同级各行对齐的缩进，得到缩进 1 格的 c: 2；请与它同级的上一行对齐",
            "found c: 2, indented by 1; align it",
        ),
    ),
    "more indentation": (
        "a: 1\n  b: 2\n",
        *(
            2,
            "应为与第 1 行对齐的键，得到缩进更深的 b: 2；第 1 行已有值",
            "in line with line 1, found b: 2, indented deeper",
        ),
    ),
    "indentation of an item": ("a:\n  - b: 1\n   c: 2\n", 3, "缩进 3 格的 c: 2", "c: 2, indented by 3"),
    "item among keys": ("b: 1\n- a\n", 2, "应为 键: 值，得到列表项 - a；这一层已是 键: 值", "found the list item - a"),
    "key among items": (
        "a:\n  - a\n  b: 1\n",
        3,
        "应为以 - 开头的列表项，得到 b: 1；这一层已是列表",
        "that begins with -, found b: 1",
    ),
    "item beside its key": (
        "a: - 1\n",
        1,
        "应为另起一行的列表项，得到 - 1；请把 - 各项写在下一行起",
        "list items on lines of their own",
    ),
    "two colons": (
        "a: 1\nb: c: d\n",
        2,
        "应为一行一个 键: 值，得到 b: c: d；请分成几行",
        "expected one key: value on a line",
    ),
    "percent": (
        "a: 1\nb: %5\n",
        2,
        "得到 %5；以 % 开头的文字请加引号，如 '%5'",
        "quote text that begins with %, as in '%5'",
    ),
    "at": ("a: @x\n", 1, "得到 @x；以 @ 开头的文字请加引号", "found @x; quote text that begins with @"),
    "backtick": ("a: `x\n", 1, "以 ` 开头的文字请加引号", "quote text that begins with `"),
    "star and space": ("a: * x\n", 1, "得到 * x；以 * 开头的文字请加引号", "quote text that begins with *"),
    "star": ("a: *x\n", 1, "不支持锚点与别名（以 & 或 * 开头的值）；文字请加引号", "no anchors or aliases"),
    "ampersand": ("a: & x\n", 1, "以 & 开头的文字请加引号", "quote text that begins with &"),
    "greater than": ("a: >50%\nb: 1\n", 1, "得到 >50%；以 > 开头的文字请加引号", "quote text that begins with >"),
    "bar": ("a: |x\n", 1, "以 | 开头的文字请加引号", "quote text that begins with |"),
    "zero after a bar": (
        "a: |0\n x\n",
        1,
        "应为 | 或 > 之后换行，得到 0；请删去数字 0",
        "a new line after | or >, found 0",
    ),
    "exclamation mark": ("a: !<x d\n", 1, "应为不以 ! 开头的值", "quote text that begins with !"),
    "unknown tag": ("a: 1\nb: !b!c d\n", 2, "得到 !b!c d；计划不用标签", "plans have no tags"),
    "question mark": ("a: ? b\n", 1, "应为不以 ? 开头的值，得到 ? b", "does not begin with ?"),
    "directive": ("%x\na: 1\n", 1, "应为不以 % 开头的行，得到 %x；文字以 % 开头请加引号", "remove the line"),
    "version": ("%YAML 2.0\n---\na: 1\n", 1, "得到 %YAML 2.0", "found %YAML 2.0"),
    "text after a directive": ("%YAML 1.1 x\n---\n", 1, "得到 %YAML 1.1 x", "found %YAML 1.1 x"),
    "escape": ('a: "c:\\dir"\n', 1, "应为双引号里的正确转义，得到 \\dir", "use single quotes"),
    "lone surrogate": ('a: "\\ud800"\n', 1, "应为双引号里的正确转义", "a known escape"),
    "text after ...": (
        "a: 1\n...\ny: 1\n",
        3,
        "应为文件到此结束，得到 y: 1；一个文件只写一个计划",
        "expected the end of the file",
    ),
    "mark of byte order": ("a: 1\n\ufeffb: 1\n", 2, "应为 键: 值，得到 b: 1；请检查缩进和引号", "expected key: value"),
}


@pytest.mark.parametrize(("text", "line", "zh", "en"), SLIPS.values(), ids=SLIPS)
def test_slips_are_told_where_they_stand(text: str, line: int, zh: str, en: str) -> None:
    for data in (text, text.replace("\n", "\r\n")):
        with pytest.raises(YamlFault) as caught:
            read_yaml(data.encode())
        fault = caught.value
        assert fault.line == line
        assert zh in fault.zh
        assert en in fault.en
        if not fault.zh.startswith("不支持"):
            assert fault.zh.startswith(f"YAML 语法错误：第 {line} 行应为")
            assert fault.en.startswith(f"YAML syntax, line {line}: expected ")


PARSER = re.compile("did not|could not|found|expected|allowed|violates|line break|token|context")
PIECES = st.sampled_from(
    [
        *(
            "a",
            ": ",
            ":",
            "- ",
            "\n",
            "\r\n",
            "  ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&x ",
            "*",
            "!t ",
            '"',
            "'",
            "|",
            ">",
            "#",
        ),
        *(
            "---",
            "...",
            "%YAML 1.1",
            "? ",
            "甲",
            "\t",
            "%",
            "@",
            "\\",
            "：",
            "，",
            "］",
            "｛",
            "“",
            "”",
            "\ufeff",
            "\u2028",
            "0",
        ),
    ]
)


@settings(max_examples=1000)
@given(st.lists(PIECES, max_size=30))
def test_no_text_brings_out_the_words_of_the_parser(pieces: list[str]) -> None:
    text = "".join(pieces)
    fault = _fault(text)
    if fault is not None:
        assert not PARSER.search(fault.zh)
        assert "；" in fault.zh
        assert ";" in fault.en
        assert 1 <= fault.line <= len(text.splitlines()) + 1


def _fault(text: str) -> YamlFault | None:
    try:
        read_yaml(text.encode())
    except YamlFault as fault:
        return fault
    return None


@pytest.mark.parametrize(
    ("key", "zh"),
    [
        ("over：0", "“：”是全角符号，请改用半角 :"),
        ("a，b", "“，”是全角符号"),
        ("over:0", "冒号后请加空格"),
        ("over", None),
    ],
)
def test_keys_with_a_slip_in_them(key: str, zh: str | None) -> None:
    hint = wide_hint(key)
    assert (hint is None) if zh is None else (hint is not None and zh in hint[0])
