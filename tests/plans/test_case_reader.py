"""Lines of cases that are no JSON: the character, what belongs there, what was found and what to do."""

import pytest

from mutualaid.plans.case_reader import LINE_MOST, LineFault, RawLine, parse_line

BAD = {
    "no value": (
        b'{"a":}',
        "不是 JSON：第 6 个字符处应为一个值，得到 }，请补上或改正，文字加双引号，不明的写 null",
        "not JSON: expected a value at character 6, found }; add or correct it, quote text, null for unknown",
    ),
    "single quotes": (
        b"{'a': 1}",
        "不是 JSON：第 2 个字符处应为双引号中的字段名，得到 'a': 1}，请改用半角双引号，或删去多余的逗号",
        "not JSON: expected the name of a field in double quotes at character 2, found 'a': 1}; use double quotes, or remove",
    ),
    "stray comma": (
        b'{"a": 1,}',
        "得到 }，请改用半角双引号，或删去多余的逗号",
        "found }; use double quotes, or remove a stray",
    ),
    "full-width colon": (
        '{"a"：1}'.encode(),
        "第 5 个字符处应为半角冒号，得到 ：1}，请补上或改成半角冒号",
        "expected a colon at character 5, found ：1}; add it, or write it for a full-width one",
    ),
    "no comma": (
        b'{"a": 1 "b": 2}',
        '应为半角逗号或括号的另一半，得到 "b": 2}',
        "a comma or the closing bracket at character 9",
    ),
    "a case over several lines": (
        b"{",
        "得到行末，请补全，一个案例写在一行内",
        "found the end of the line; complete it, a case stands",
    ),
    "open quote": (
        b'{"a": "x}',
        '应为成对的双引号，得到 "x}，请补上末尾的双引号',
        'a closed quote at character 7, found "x}; close',
    ),
    "tab in text": (
        b'{"a": "x\ty"}',
        "应为没有制表符、换行的文字，得到 y",
        "text without tabs and line breaks at character 9",
    ),
    "escape": (
        rb'{"a": "\q"}',
        r'应为正确的转义，得到 \q"}，请把 \ 写成 \\',
        r"expected a known escape at character 8, found \q",
    ),
    "short escape": (rb'{"a": "\u12"}', "应为正确的转义", "expected a known escape"),
    "two cases": (
        b"{} {}",
        "应为行末，得到 {}，请一行只写一个案例",
        "the end of the line at character 4, found {}; write one case",
    ),
    "duplicate key": (b'{"a": 1, "a": 1}', "重复的键 a，请只留一个", "duplicate key a; keep one of them"),
    "NaN": (b'{"a": NaN}', 'JSON 没有 NaN，金额请写成 "1200.00"', 'JSON has no NaN; write amounts like "1200.00"'),
    "GBK": (
        "{}甲".encode("gbk"),
        "应为 UTF-8，第 3 字节不是，请另存为 UTF-8",
        "expected UTF-8; byte 3 is not; save the file",
    ),
    "depth": (
        b"[" * 100_000,
        "嵌套过深，案例至多四层，请检查多余的 [ 和 {",
        "nested too deeply, a case has at most four levels",
    ),
    "long number": (b"9" * 6000, '数字过长，请改正，金额请写成 "1200.00"', "a number is too long; correct it"),
}


@pytest.mark.parametrize(("data", "zh", "en"), BAD.values(), ids=BAD)
def test_lines_that_are_no_json(data: bytes, zh: str, en: str) -> None:
    with pytest.raises(LineFault) as caught:
        parse_line(RawLine(1, data))
    assert zh in caught.value.zh
    assert en in caught.value.en


def test_a_line_that_is_too_long() -> None:
    with pytest.raises(LineFault) as caught:
        parse_line(RawLine(1, None))
    assert caught.value.zh == f"一行最多 {LINE_MOST} 字节，得到更长的一行，请按人分行"
    assert caught.value.en == f"a line has at most {LINE_MOST} bytes, found a longer one; write one person per line"
