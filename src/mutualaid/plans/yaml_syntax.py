"""What is wrong with the YAML of a document, as its writer sees it: the line at fault, what belongs there, what to do.

The parser often notices a fault lines later than it stands, and in its own words. The usual slips of designers are
looked for first; otherwise each of the parser's messages has a sentence of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import yaml

WIDE = {"：": ": ", "，": ", ", "［": "[", "］": "]", "【": "[", "】": "]", "｛": "{", "｝": "}", "“": '"', "”": '"'}
"""Full-width marks that look like those of YAML, and the marks that are meant."""

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_KEY = r"[^\s:：#\"'\[\]{},，&*!|>%@`-][^:：#\"'\[\]{},，]*"
_LEAD = r"\s*(?:- +)*"
_WIDE_COLON = re.compile(rf"{_LEAD}({_KEY})：\s*(.*)")
_NO_SPACE = re.compile(rf"{_LEAD}({_KEY}):([^\s:].*)")
_PAIR = re.compile(r":(?:\s|$)")
_WIDE_COMMA = re.compile(r"，\s*[\w-]+\s*[:：]")
_WIDE_OPEN = re.compile(r"(?:[:：-]\s*)([｛［【])")
_WIDE_CLOSE = re.compile(r"[］】｝]")


class Cause(NamedTuple):
    """A fault of syntax: its line from 1; expected, found and what to do, in Chinese and English."""

    line: int
    zh: tuple[str, str, str]
    en: tuple[str, str, str]


class _Scene(NamedTuple):
    """Where the parser stopped: lines count from 0; ``since`` is where what it was reading began."""

    text: str
    lines: list[str]
    problem: str
    line: int
    column: int
    stop: int
    since: int
    since_index: int

    def rest(self) -> str:
        """The text at which the parser stopped, or nothing at the end of the file."""
        return self.lines[self.line][self.column :].strip() if self.line < len(self.lines) else ""

    def char(self, index: int) -> str:
        """The character at an index, or nothing."""
        return self.text[index : index + 1]

    def before(self) -> str:
        """What stands before it on its line."""
        return self.lines[self.line][: self.column] if self.line < len(self.lines) else ""

    def above(self) -> int:
        """The nearest line above with content."""
        at = min(self.line, len(self.lines)) - 1
        while at > 0 and (not self.lines[at].strip() or self.lines[at].lstrip().startswith("#")):
            at -= 1
        return max(at, 0)


def syntax_message(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str, str]:
    """Line, Chinese and English message of a fault that the parser found in a text."""
    scene = _scene(text, error)
    cause = next((cause for look in _LOOKS if (cause := look(scene)) is not None), None) or _by_table(scene)
    expected, found, do = cause.zh
    zh = f"YAML 语法错误：第 {cause.line} 行应为{expected}，得到{found}；{do}"
    expected, found, do = cause.en
    return cause.line, zh, f"YAML syntax, line {cause.line}: expected {expected}, found {found}; {do}"


def wide_hint(text: str) -> tuple[str, str] | None:
    """What to do about a key that holds a full-width mark or lacks the space after its colon."""
    for wide, plain in WIDE.items():
        if wide in text:
            return f"“{wide}”是全角符号，请改用半角 {plain.strip()}", f"'{wide}' is full-width; use {plain.strip()}"
    if ":" in text:
        return "冒号后请加空格", "put a space after the colon"
    return None


def _scene(text: str, error: yaml.MarkedYAMLError) -> _Scene:
    mark = error.problem_mark or error.context_mark
    since = error.context_mark or mark
    if mark is None or since is None:
        return _Scene(text, _BREAK.split(text), error.problem or "", 0, 0, 0, 0, 0)
    lines = _BREAK.split(text)
    return _Scene(text, lines, error.problem or "", mark.line, mark.column, mark.index, since.line, since.index)


def _shown(text: str) -> str:
    safe = "".join(char if char.isprintable() else " " for char in text.strip())
    return safe if len(safe) <= 40 else f"{safe[:39]}…"


# -- the usual slips ----------------------------------------------------------------------------------------------

_NO_COLON = "could not find expected ':'"
_MISPLACED_COLON = "mapping values are not allowed in this context"
_NO_KEY = "did not find expected key"
_NO_DASH = "did not find expected '-' indicator"
_OPEN_LIST = "did not find expected ',' or ']'"
_OPEN_MAPPING = "did not find expected ',' or '}'"


def _tab(scene: _Scene) -> Cause | None:
    at_tab = scene.problem == "found character that cannot start any token" and scene.char(scene.stop) == "\t"
    if not at_tab and not scene.problem.startswith("found a tab character"):
        return None
    return Cause(
        scene.line + 1,
        ("空格缩进", "制表符（Tab）", "请把制表符换成空格，每级两格"),
        ("spaces as indentation", "a tab", "replace it with spaces, two for each level"),
    )


def _mark_first(scene: _Scene) -> Cause | None:
    """A value that begins with a mark to which YAML gives a meaning."""
    starts = {
        "found character that cannot start any token": scene.stop,
        "did not find expected alphabetic or numeric character": scene.since_index,
        "did not find expected comment or line break": scene.since_index,
    }
    at = starts.get(scene.problem)
    if at is None or scene.char(at) not in tuple("%@`*&>|") or scene.text[:at].endswith(("\n", "\r")):
        return None
    value = _shown(_BREAK.split(scene.text[at : at + 80])[0])
    return Cause(
        scene.since + 1,
        ("不以符号开头的值", f" {value}", f"以 {value[0]} 开头的文字请加引号，如 '{value}'"),
        ("a value that begins with no mark", value, f"quote text that begins with {value[0]}, as in '{value}'"),
    )


def _suspect(scene: _Scene) -> int | None:
    """The line of the key for which the parser found no colon, where that is the fault."""
    if scene.problem == _NO_COLON:
        return scene.since
    if scene.problem == _MISPLACED_COLON and not _PAIR.search(scene.before()):
        return scene.above() if scene.line else None
    return None


def _wide_colon(scene: _Scene) -> Cause | None:
    at = _suspect(scene)
    found = _WIDE_COLON.match(scene.lines[at]) if at is not None else None
    if at is None or found is None:
        return None
    right = _shown(f"{found[1].strip()}: {found[2]}")
    return Cause(
        at + 1,
        ("半角冒号加空格", f"全角冒号“：”（{_shown(scene.lines[at])}）", f"请改为 {right}"),
        ("a colon and a space", f"a full-width colon '：' ({_shown(scene.lines[at])})", f"write {right}"),
    )


def _no_space(scene: _Scene) -> Cause | None:
    at = _suspect(scene)
    found = _NO_SPACE.match(scene.lines[at]) if at is not None else None
    if at is None or found is None or _PAIR.search(scene.lines[at]):
        return None
    right = _shown(f"{found[1].strip()}: {found[2]}")
    return Cause(
        at + 1,
        ("冒号后有空格", f" {_shown(scene.lines[at])}", f"请改为 {right}"),
        ("a space after the colon", _shown(scene.lines[at]), f"write {right}"),
    )


def _no_colon(scene: _Scene) -> Cause | None:
    at = _suspect(scene)
    if at is None or _PAIR.search(scene.lines[at]):
        return None
    found = _shown(scene.lines[at])
    return Cause(
        at + 1,
        (" 键: 值", f" {found}", "请在键后加半角冒号和空格；若是上一行文字的下半句，请与上一行写在一行或整段加引号"),
        (
            "key: value",
            found,
            "add a colon and a space after the key; if it continues the text above, join or quote it",
        ),
    )


def _deeper(scene: _Scene) -> Cause | None:
    """A key indented below a line that already has its value."""
    if scene.problem != _MISPLACED_COLON or _PAIR.search(scene.before()) or not scene.line:
        return None
    found = _shown(scene.lines[scene.line])
    above = scene.above() + 1
    return Cause(
        scene.line + 1,
        (
            f"与第 {above} 行对齐的键",
            f"缩进更深的 {found}",
            f"第 {above} 行已有值，请对齐两行，或删去第 {above} 行冒号后的值",
        ),
        (
            f"a key in line with line {above}",
            f"{found}, indented deeper",
            f"line {above} has a value already: align the two, or remove that value",
        ),
    )


def _two_colons(scene: _Scene) -> Cause | None:
    if scene.problem != _MISPLACED_COLON:
        return None
    line = scene.lines[scene.line]
    wide = _WIDE_OPEN.search(line)
    if wide is not None:
        return _wide_mark(scene.line, wide[1])
    return Cause(
        scene.line + 1,
        ("一行一个 键: 值", f" {_shown(line)}", "请分成几行，或给含冒号的值加引号"),
        ("one key: value on a line", _shown(line), "use several lines, or quote the value that holds a colon"),
    )


def _wide_mark(line: int, wide: str) -> Cause:
    plain = WIDE[wide].strip()
    zh, en = next(names for marks, names in _MARK_NAMES.items() if plain in marks)
    return Cause(
        line + 1,
        (f"半角{zh}", f"全角{zh} {wide}", f"请改为 {plain}"),
        (f"a plain {en}", f"the full-width {wide}", f"write {plain}"),
    )


def _quote(scene: _Scene) -> Cause | None:
    """A quote that is never closed, or only by the next one lines below; or text after a closing quote."""
    if scene.problem in ("found unexpected end of stream", "found unexpected document indicator"):
        return _open_quote(scene.lines, scene.since)
    if scene.problem not in (_NO_KEY, _NO_DASH, _OPEN_LIST, _OPEN_MAPPING, _MISPLACED_COLON):
        return None
    last = _last_quoted(scene)
    if last is None or last.end_mark.line != scene.line:
        return None
    if last.start_mark.line < last.end_mark.line:
        return _open_quote(scene.lines, last.start_mark.line)
    if scene.text[last.end_mark.index : scene.stop].strip():
        return None
    found = _shown(scene.rest())
    return Cause(
        scene.line + 1,
        ("引号之后不再有文字", f" {found}", "请把整个值放进一对引号，值里的引号用另一种"),
        ("nothing after the closing quote", found, "put the whole value into one pair of quotes, other quotes inside"),
    )


def _last_quoted(scene: _Scene) -> yaml.ScalarToken | None:
    """The last quoted text before the place where the parser stopped."""
    last = None
    try:
        for token in yaml.scan(scene.text, Loader=yaml.CSafeLoader):
            if token.end_mark.index > scene.stop:
                break
            if isinstance(token, yaml.ScalarToken) and not token.plain:
                last = token
    except yaml.YAMLError:
        return last
    return last


_MARK_NAMES = {",": ("逗号", "comma"), "[]": ("方括号", "bracket"), "{}": ("花括号", "brace"), '"': ("引号", "quote")}


def _open_quote(lines: list[str], at: int) -> Cause:
    wide = re.search("[“”]", lines[at])
    if wide is not None:
        return _wide_mark(at, wide[0])
    found = _shown(lines[at])
    return Cause(
        at + 1,
        ("成对的引号", f"没有关上的引号（{found}）", "请在值的末尾补上同样的引号，或删去开头的引号"),
        ("a closed quote", f"one that is left open ({found})", "close it at the end of the value, or remove it"),
    )


def _bracket(scene: _Scene) -> Cause | None:
    if scene.problem not in (_OPEN_LIST, _OPEN_MAPPING):
        return None
    inside = scene.text[scene.since_index : scene.stop + len(scene.rest())]
    for pattern in (_WIDE_CLOSE, _WIDE_COMMA):
        wide = pattern.search(inside)
        if wide is not None:
            at = scene.since + len(_BREAK.findall(inside[: wide.start()]))
            return _wide_mark(at, wide[0][0])
    mark, close = ("[", "]") if scene.problem == _OPEN_LIST else ("{", "}")
    if scene.line > scene.since:
        found = _shown(scene.text[scene.since_index : scene.stop].split("\n")[0])
        return Cause(
            scene.since + 1,
            (f"成对的 {mark} {close}", f"没有关上的 {found}", f"请补上 {close}"),
            (f"a {close} for every {mark}", f"{found}, left open", f"add the {close}"),
        )
    found = _shown(scene.rest()) or "end"
    return Cause(
        scene.line + 1,
        (f"逗号或 {close}", f" {found}", f"各项之间请用半角逗号，末尾写 {close}"),
        (f"a comma or {close}", found, f"put commas between items, and {close} at the end"),
    )


def _indentation(scene: _Scene) -> Cause | None:
    """A line that begins in no column of the levels above it, or in the wrong manner for its level."""
    if scene.problem not in (_NO_KEY, _NO_DASH) or scene.before().strip() or not scene.rest():
        return None
    found = _shown(scene.rest())
    start = scene.since_index - max(scene.text.rfind(end, 0, scene.since_index) for end in "\n\r") - 1
    dash = found == "-" or found.startswith("- ")
    if start == scene.column and scene.problem == _NO_KEY and dash:
        return Cause(
            scene.line + 1,
            (" 键: 值", f"列表项 {found}", "这一层已是 键: 值；列表项请放到它所属的键下面"),
            (
                "key: value",
                f"the list item {found}",
                "keys stand on this level: move the item below the key that has it",
            ),
        )
    if start == scene.column and scene.problem == _NO_DASH:
        return Cause(
            scene.line + 1,
            ("以 - 开头的列表项", f" {found}", "这一层已是列表；请在前面加 - 或改正缩进"),
            (
                "an item that begins with -",
                found,
                "this level is a list: begin the line with - or mend its indentation",
            ),
        )
    column = scene.column
    return Cause(
        scene.line + 1,
        ("与同级各行对齐的缩进", f"缩进 {column} 格的 {found}", "请与它同级的上一行对齐，每级两格"),
        (
            "the indentation of its level",
            f"{found}, indented by {column}",
            "align it with the line above of its level; two spaces for each",
        ),
    )


_LOOKS: tuple[Callable[[_Scene], Cause | None], ...] = (
    *(_tab, _mark_first, _wide_colon, _no_space, _quote, _no_colon, _deeper, _two_colons, _bracket, _indentation),
)

# -- the parser's messages ------------------------------------------------------------------------------------------

_QUOTE_IT = ("文字以 % 开头请加引号，否则请删去这一行", "quote text that begins with %, or remove the line")
_NO_TAG = ("计划不用标签；以 ! 开头的文字请加引号", "plans have no tags: quote text that begins with !")
_ESCAPE = ("请改用单引号，或把 \\ 写成 \\\\", "use single quotes, or write \\\\ for \\")
_TAG = ("不以 ! 开头的值", "a value that does not begin with !")
_DIRECTIVE = ("不以 % 开头的行", "a line that does not begin with %")
_ESCAPED = ("双引号里的正确转义", "a known escape in double quotes")

_TABLE: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "block sequence entries are not allowed in this context": (
        ("另起一行的列表项", "list items on lines of their own"),
        ("请把 - 各项写在下一行起，或写成 [甲, 乙]", "begin the items on the next line, or write [a, b]"),
    ),
    "mapping keys are not allowed in this context": (
        ("不以 ? 开头的值", "a value that does not begin with ?"),
        ("以 ? 开头的文字请加引号", "quote text that begins with ?"),
    ),
    _MISPLACED_COLON: (
        (" 键: 值 的键", "the key of a key: value"),
        ("请检查冒号和缩进", "look at its colon and indentation"),
    ),
    _NO_COLON: ((" 键: 值", "key: value"), ("请补上冒号和空格", "add the colon and a space")),
    _NO_KEY: ((" 键: 值", "key: value"), ("请检查缩进和引号", "look at the indentation and quotes")),
    _NO_DASH: (
        ("以 - 开头的列表项", "an item that begins with -"),
        ("请检查缩进", "look at the indentation"),
    ),
    _OPEN_LIST: (("逗号或 ]", "a comma or ]"), ("请补上 ]", "add the ]")),
    _OPEN_MAPPING: (("逗号或 }", "a comma or }"), ("请补上 }", "add the }")),
    "did not find expected node content": (
        ("一个值", "a value"),
        ("请写出值，多余的标点请删去，文字以标点开头请加引号", "give the value; remove stray marks or quote the text"),
    ),
    "found unexpected ':'": (
        ("冒号后有空格", "a space after the colon"),
        ("请加空格，或给含冒号的值加引号", "add it, or quote the value that holds a colon"),
    ),
    "found character that cannot start any token": (
        ("一个值", "a value"),
        ("请删去这个符号，或给整个值加引号", "remove the mark, or quote the whole value"),
    ),
    "did not find expected <document start>": (
        ("文件到此结束", "the end of the file"),
        (
            "一个文件只写一个计划，请删去 ... 这一行或其后的内容",
            "a file holds one plan: remove the line ... or what follows it",
        ),
    ),
    "did not find expected <stream-start>": (
        ("文件开头", "the start of the file"),
        ("请另存为 UTF-8 再试", "save the file as UTF-8"),
    ),
    "did not find expected alphabetic or numeric character": (
        ("不以 & 或 * 开头的值", "a value that does not begin with & or *"),
        ("以它们开头的文字请加引号", "quote text that begins with them"),
    ),
    "did not find expected comment or line break": (
        ("行末", "the end of the line"),
        ("请删去其后的内容，或给整个值加引号", "remove what follows, or quote the whole value"),
    ),
    "found an indentation indicator equal to 0": (
        (" | 或 > 之后换行", "a new line after | or >"),
        ("请删去数字 0", "remove the 0"),
    ),
    **dict.fromkeys(
        ("found unexpected end of stream", "found unexpected document indicator"),
        (("成对的引号", "a closed quote"), ("请补上引号", "close it")),
    ),
    **dict.fromkeys(
        (
            *("found unknown escape character", "did not find expected hexdecimal number"),
            "found invalid Unicode character escape code",
        ),
        (_ESCAPED, _ESCAPE),
    ),
    **dict.fromkeys(
        (
            *("found unknown directive name", "could not find expected directive name"),
            *("found unexpected non-alphabetical character", "did not find expected version number"),
            *("found extremely long version number", "did not find expected digit or '.' character"),
            *("found incompatible YAML document", "found duplicate %YAML directive", "found duplicate %TAG directive"),
            *("did not find expected whitespace",),
        ),
        (_DIRECTIVE, _QUOTE_IT),
    ),
    **dict.fromkeys(
        (
            *("found undefined tag handle", "did not find expected '!'", "did not find the expected '>'"),
            *("did not find expected tag URI", "did not find URI escaped octet"),
            *("found an incorrect leading UTF-8 octet", "found an incorrect trailing UTF-8 octet"),
            "did not find expected whitespace or line break",
        ),
        (_TAG, _NO_TAG),
    ),
}
_OTHER = (
    ("键: 值、列表或文字", "keys with values, lists or text"),
    (
        "请检查这一行及上一行的缩进、冒号和引号",
        "look at the indentation, colons and quotes of this line and the one above",
    ),
)


def _by_table(scene: _Scene) -> Cause:
    expected, do = _TABLE.get(scene.problem, _OTHER)
    found = _shown(scene.rest() or scene.before())
    line = min(scene.line + 1, len(scene.lines))
    return Cause(
        line,
        (expected[0], f" {found}" if found else "空行或文件结尾", do[0]),
        (expected[1], found or "an empty line or the end of the file", do[1]),
    )
