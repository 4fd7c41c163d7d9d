"""Reading YAML by events: values as designers mean them, the line of everything, and hostile files refused in time."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutualaid.plans.yaml_reader import BYTES_MOST, DEPTH_MOST, ITEMS_MOST, Read, YamlFault, read_yaml
from tests.plans.documents import GOOD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # words: YAML 1.1 would make most of these true, false, null or a number
        *((word, word) for word in "on off yes no y n Yes NO True TRUE FALSE Null NULL".split()),
        *((word, word) for word in "0o17 0x1f 1e3 1E3 .inf -.inf .nan 12:30 1_000 +5 5. .5 1,000 70% 1/2".split()),
        ("12:30:45", "12:30:45"),
        ("2025-02-30", "2025-02-30"),
        ("2025-13-01", "2025-13-01"),
        ("2025-1-1", "2025-1-1"),
        ("0000-01-01", "0000-01-01"),
        ("２０", "２０"),
        ("1234567890123456", "1234567890123456"),
        ("0.12345678901", "0.12345678901"),
        ("'1000'", "1000"),
        ('"true"', "true"),
        ("'2025-01-01'", "2025-01-01"),
        ("! x", "x"),
        # values
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("1000", 1000),
        ("-5", -5),
        ("007", 7),
        ("0.50", Decimal("0.50")),
        ("-12.5", Decimal("-12.5")),
        ("2025-02-28", datetime.date(2025, 2, 28)),
        ("2024-02-29", datetime.date(2024, 2, 29)),
        ("|\n  甲\n  乙\n", "甲\n乙\n"),
        (">-\n  甲\n  乙", "甲 乙"),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_scalars(text: str, value: Any) -> None:
    found = read_yaml(f"a: {text}".encode()).value["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"\n\n"])
def test_nothing(data: bytes) -> None:
    assert read_yaml(data).value is None


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n").value == {"a": 1, "b": 2}


def test_every_value_knows_its_line() -> None:
    read = read_yaml("# 注释\na: 1\nb:\n  - x\n  - c: {d: 2,\n        e: 3}\n\nf: >\n  text\ng: [1,\n  2]\n".encode())
    assert read.lines == {
        (): 2,
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 1): 5,
        ("b", 1, "c"): 5,
        ("b", 1, "c", "d"): 5,
        ("b", 1, "c", "e"): 6,
        ("f",): 8,
        ("g",): 10,
        ("g", 0): 10,
        ("g", 1): 11,
    }
    assert read.line(("b", 1, "nothing", 3)) == 5
    assert read.line(("nothing",)) == 2


REFUSED = {
    "duplicate key": (
        b"a: 1\nb: 2\na: 3",
        3,
        "重复的键 a（首次在第 1 行）；同一级的键只写一次，请合并或删去一处",
        "duplicate key a (first on line 1); expected each",
    ),
    "duplicate key inside": (
        b"x:\n  a: 1\n  a: 1",
        3,
        "重复的键 a（首次在第 2 行）",
        "duplicate key a (first on line 2)",
    ),
    "quoted duplicate key": (b'a: 1\n"a": 1', 2, "重复的键 a", "duplicate key a"),
    "anchor": (b"a: 1\nb: &x 1", 2, "不支持锚点与别名", "no anchors or aliases"),
    "anchor of a collection": (b"a: 1\nb: &x\n  - 1", 2, "不支持锚点与别名", "no anchors or aliases"),
    "alias": (b"a: 1\nb: *x", 2, "不支持锚点与别名", "no anchors or aliases"),
    "key with an anchor": (b"&x a: 1", 1, "不支持锚点与别名", "no anchors or aliases"),
    "bomb": (
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]",
        1,
        "文字请加引号，相同的待遇请用 like",
        "quote text, use `like` for equal benefits",
    ),
    "tag": (
        b"a: 1\nb: !!python/object/apply:os.system [ls]",
        2,
        "不支持 YAML 标签（以 ! 开头的值）；请删去",
        "no YAML tags",
    ),
    "own tag": (b"a: !mine x", 1, "不支持 YAML 标签（以 ! 开头的值）；请删去", "no YAML tags"),
    "standard tag": (b"a: !!str 1", 1, "不支持 YAML 标签（以 ! 开头的值）；请删去", "no YAML tags"),
    "two documents": (
        b"a: 1\n---\nb: 2",
        2,
        "一个文件只写一个计划，得到 --- 之后的第二个；请分成",
        "expected one plan per file, found a second",
    ),
    "collection as a key": (b"a: 1\n? [x, y]\n: 1", 2, "键应为文字", "expected a key of plain text, found a list"),
    "UTF-16": ("a: 甲".encode("utf-16"), 1, "应为 UTF-8 编码，得到字节 0x", "expected UTF-8, found the byte 0x"),
    "GBK": ("a: 1\nb: 计划".encode("gbk"), 2, "应为 UTF-8 编码，得到字节 0x", "expected UTF-8, found the byte 0x"),
    "half a character": (
        "a: 1\n\nb: 计划".encode()[:-1],
        3,
        "应为 UTF-8 编码，得到字节 0x",
        "expected UTF-8, found the byte 0x",
    ),
    "NUL": (b"a: 1\nb: x\x00y", 2, "得到控制字符 U+0000；请删去", "found control character U+0000; remove it"),
    "bell": ("甲: 1\n乙: 2\n\n丙: \x07".encode(), 4, "得到控制字符 U+0007", "control character U+0007"),
    "deep brackets": (
        b"a: 1\nb: " + b"[" * 10_000,
        2,
        f"应不超过 {DEPTH_MOST} 层，得到更深的嵌套；请检查多余的 [、{{、- 和缩进",
        "found deeper nesting; look for stray [, {, - and indentation",
    ),
    "deep and closed": (b"a: " + b"[" * 10_000 + b"]" * 10_000, 1, "更深的嵌套；请检查", "deeper nesting; look for"),
    "deep mappings": (b"{a: " * 10_000, 1, "更深的嵌套；请检查", "deeper nesting; look for"),
    "deep lists": (b"- " * 10_000 + b"x", 1, "更深的嵌套；请检查", "deeper nesting; look for"),
    "deep lines": (
        b"\n".join(b" " * i + b"a:" for i in range(1000)),
        DEPTH_MOST + 1,
        "更深的嵌套；请检查",
        "deeper nesting; look for",
    ),
    "too big": (
        b"a: " + b"x" * 10_000_000,
        1,
        f"文件应不大于 {BYTES_MOST} 字节，得到 10000003 字节或更多；请检查是否选错了文件",
        f"expected at most {BYTES_MOST} bytes, found 10000003 or more; see that it is the right file",
    ),
    "too many items": (
        b"- 1\n" * (ITEMS_MOST + 10),
        ITEMS_MOST - 1,
        f"应不超过 {ITEMS_MOST} 项，读到这一行已超过；请检查是否重复粘贴",
        "look for repeated text, or split the plan",
    ),
}


@pytest.mark.parametrize(("data", "line", "zh", "en"), REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes, line: int, zh: str, en: str) -> None:
    with pytest.raises(YamlFault) as caught:
        read_yaml(data)
    assert caught.value.line == line
    assert zh in caught.value.zh
    assert en in caught.value.en
    assert str(caught.value) == f"line {line}: {caught.value.en}"


def test_depth_that_is_just_allowed() -> None:
    value = read_yaml(b"[" * DEPTH_MOST + b"]" * DEPTH_MOST).value
    for _ in range(DEPTH_MOST):
        assert len(value) <= 1
        value = value[0] if value else None
    assert value is None


def test_a_long_line_is_no_fault() -> None:
    assert len(read_yaml(b"a: " + b"x" * (BYTES_MOST - 10)).value["a"]) == BYTES_MOST - 10


def test_a_merge_key_is_a_key_like_others() -> None:
    assert read_yaml(b"a: 1\n<<: {b: 2}").value == {"a": 1, "<<": {"b": 2}}


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_fault_with_a_line(data: bytes) -> None:
    _value_or_fault(data)


YAML_PIECES = st.sampled_from(
    [
        "a",
        ": ",
        "- ",
        "\n",
        "  ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&x ",
        "*x",
        "!t ",
        '"',
        "'",
        "|",
        ">",
        "#",
        "---",
        "...",
        "%YAML 1.1",
        "? ",
        "甲",
        "\t",
        "~",
        "1",
        "<<",
    ]
)


@settings(max_examples=500)
@given(st.lists(YAML_PIECES, max_size=40))
def test_any_yaml_like_text_gives_a_value_or_a_fault_with_a_line(pieces: list[str]) -> None:
    _value_or_fault("".join(pieces).encode())


@settings(max_examples=200)
@given(st.integers(0, len(GOOD.encode()) - 1), st.integers(0, 255))
def test_a_flipped_byte_gives_a_value_or_a_fault_with_a_line(place: int, byte: int) -> None:
    data = bytearray(GOOD.encode())
    data[place] = byte
    _value_or_fault(bytes(data))


def _value_or_fault(data: bytes) -> None:
    read, fault = _read(data)
    if fault is not None:
        breaks = len(data.splitlines()) + data.count(b"\xc2\x85") + data.count(b"\xe2\x80")
        assert 1 <= fault.line <= breaks + 1
        assert fault.zh
        assert fault.en
    else:
        assert read is not None
        assert all(read.line(path) == line for path, line in read.lines.items())


def _read(data: bytes) -> tuple[Read | None, YamlFault | None]:
    try:
        return read_yaml(data), None
    except YamlFault as fault:
        return None, fault
