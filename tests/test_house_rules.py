"""Tests of the house's own rules (ARCHITECTURE.md), for whatever modules and documents there are.

Each rule is a function that lists its faults, so that a test can show it a planted fault as well as the project.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from benefit_engine import words
from tests.web import house_rules as pages
from tools.check_docs import ROOT, anchors, broken_links, forbidden_places, project_files

SOURCES = sorted((ROOT / "src").rglob("*.py"))
ENGINE = [path for path in SOURCES if path.is_relative_to(ROOT / "src" / "benefit_engine")]
EXPLAINED = [path for path in ENGINE if "columns" not in path.parts]  # the columnar engine may use its libraries
CLOCKLESS = [
    path
    for path in SOURCES
    if not path.is_relative_to(ROOT / "src/mutualaid/web")
    and not path.is_relative_to(ROOT / "src/mutualaid/cli")
    and path.name != "jobs.py"
]
LINES_MOST = 600
RECORD_LINES_MOST = 40

# Modules through which code reaches files, processes, the network, the clock or chance.
REACHES_OUT = {
    *("asyncio", "builtins", "ctypes", "glob", "http", "importlib", "io", "logging", "multiprocessing", "os"),
    *("pathlib", "random", "secrets", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys"),
    *("tempfile", "threading", "time", "urllib", "uuid"),
}
BUILTINS_THAT_REACH_OUT = {"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint"}


@cache
def parse(path: Path) -> ast.Module:
    """Syntax tree of a file; each rule looks at the same."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def calls(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and dotted name of every call of a name or of an attribute."""
    return [(node.lineno, written(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def written(node: ast.expr) -> str:
    """As it stands in the source; dotted names, which most are, without the detour by ``unparse``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        return f"{written(node.value)}.{node.attr}"
    return ast.unparse(node)


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of every module imported; a relative import is given with its leading dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def float_calls(tree: ast.Module) -> list[int]:
    """Lines that make floats, float columns, or round without a named rule."""
    return sorted(line for line, name in calls(tree) if name in {"float", "round"} or name.endswith("FloatField"))


def inexact_arithmetic(tree: ast.Module) -> list[int]:
    """Lines that divide other than by ``//``, or calculate with a float written out."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            operands = [node.left, node.right]
        elif isinstance(node, ast.AugAssign):
            operands = [node.value]
        else:
            continue
        floats = any(isinstance(part, ast.Constant) and isinstance(part.value, float) for part in operands)
        if floats or isinstance(node.op, ast.Div):
            found.add(node.lineno)
    return sorted(found)


def foreign_imports(tree: ast.Module) -> list[str]:
    """Modules imported that are neither the engine's own nor of the standard library."""
    own = {"benefit_engine", ""}  # a relative import has an empty first part
    return [name for _, name in imported(tree) if name.partition(".")[0] not in own | sys.stdlib_module_names]


def ways_out(tree: ast.Module) -> list[str]:
    """Imports and calls by which a pure module would touch the world."""
    modules = [name for _, name in imported(tree) if name.partition(".")[0] in REACHES_OUT]
    return modules + [name for _, name in calls(tree) if name in BUILTINS_THAT_REACH_OUT]


def clock_readings(tree: ast.Module) -> list[int]:
    """Lines that ask for the time of day or for today's date."""
    clocks = re.compile(r"(^|\.)(now|utcnow|today|localtime|gmtime|time_ns|localdate)$|^time\.time$")
    return [line for line, name in calls(tree) if clocks.search(name)]


def star_imports(tree: ast.Module) -> list[int]:
    """Lines with ``from x import *``."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]


def step_words(tree: ast.Module) -> set[str]:
    """Words that the engine writes as ``step`` of a working: first arguments of ``note``, ``to`` and ``cut``."""
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"note", "to", "cut"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def name_of(path: Path) -> str:
    """A file's place in the project, for the names of tests."""
    return path.relative_to(ROOT).as_posix()


def kind_of(path: Path) -> str:
    """``actions``, ``queries`` or ``access`` for a domain's module of that kind, or for one in a folder of that name."""
    names = {path.stem, path.parent.name} & {"actions", "queries", "access"}
    return names.pop() if names and path.name != "__init__.py" else ""


def ill_told(tree: ast.Module, kind: str) -> list[str]:
    """Public functions that take something by position; and actions that are not told by whom and when."""
    faults = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            told = {argument.arg for argument in node.args.kwonlyargs}
            wanted = {"by", "at"} if kind == "actions" else set()
            # A condition for use in other queries reads as one argument does.
            if (node.args.args and ast.unparse(node.returns or ast.Constant(None)) != "Q") or wanted - told:
                faults.append(node.name)
    return faults


def words_of_record(tree: ast.Module) -> set[str]:
    """Words that actions write into the audit trail: of ``record(what=…)`` and of moves."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and written(node.func) in {"record", "record_all", "record_keys"}:
            found |= {
                part.value
                for keyword in node.keywords
                if keyword.arg == "what"
                for part in ast.walk(keyword.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            }
    return found


# --- the code of the product: a test for each rule, which names every file that breaks it ------------------------------


def faulty(paths: Iterable[Path], faults: Callable[[ast.Module], object]) -> dict[str, object]:
    """What a rule finds, by file; files without a fault are left out."""
    return {name_of(path): found for path in paths if (found := faults(parse(path)))}


def says_too_little(tree: ast.Module) -> str:
    """A docstring that does not tell what a module is for."""
    docstring = ast.get_docstring(tree) or ""
    return "" if len(docstring.partition("\n")[0]) >= 20 else f"its docstring says too little: {docstring!r}"


def test_a_module_opens_with_what_it_is_for() -> None:
    assert faulty(SOURCES, says_too_little) == {}


def test_a_module_is_no_longer_than_a_person_can_keep_in_mind() -> None:
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: many for name, many in lines.items() if many > LINES_MOST} == {}


def test_no_floats_and_no_unnamed_rounding() -> None:
    assert faulty(SOURCES, float_calls) == {}


def test_the_engine_counts_in_whole_numbers() -> None:
    assert faulty(ENGINE, inexact_arithmetic) == {}


def test_no_star_imports() -> None:
    assert faulty(SOURCES, star_imports) == {}


def test_only_portals_and_jobs_read_the_clock() -> None:
    assert faulty(CLOCKLESS, clock_readings) == {}


def test_actions_queries_and_access_are_told_all_by_name() -> None:
    for kind in ("actions", "queries", "access"):
        of_kind = [path for path in SOURCES if kind_of(path) == kind]
        assert of_kind
        assert faulty(of_kind, lambda tree, kind=kind: ill_told(tree, kind)) == {}  # type: ignore[misc]


def test_the_engine_imports_the_standard_library_and_itself() -> None:
    assert faulty(EXPLAINED, foreign_imports) == {}


def test_the_engine_does_no_input_or_output() -> None:
    assert faulty(EXPLAINED, ways_out) == {}


def test_the_rules_look_at_all_files() -> None:
    assert len(SOURCES) > len(CLOCKLESS) > len(ENGINE) > len(EXPLAINED) > 10
    assert name_of(faulty_file := SOURCES[0]) in faulty([faulty_file], lambda tree: tree.body)
    assert says_too_little(ast.parse("'short'")) != ""
    assert says_too_little(ast.parse("")) != ""


def test_the_rules_find_planted_faults() -> None:
    planted = ast.parse(
        "import yaml, os\n"
        "from benefit_engine.plan import *\n"
        "from django.db.models import FloatField\n"
        "from . import sibling\n"
        "a = float('1') + round(2) / 3\n"
        "b = 0.1 * a\n"
        "c = FloatField(); a /= 2\n"
        "d = datetime.date.today(), datetime.datetime.now(tz=None), time.time()\n"
        "open('x')\n"
        "self.cut('cap', 'label', 0, 'cap_reached', None); other.to(variable)\n"
    )
    assert float_calls(planted) == [5, 5, 7]
    assert inexact_arithmetic(planted) == [5, 6, 7]
    assert star_imports(planted) == [2]
    assert foreign_imports(planted) == ["yaml", "django.db.models"]
    assert ways_out(planted) == ["os", "open"]
    assert clock_readings(planted) == [8, 8, 8]
    assert step_words(planted) == {"cap"}
    actions = ast.parse(
        "def pay(*, amount, by, at): record(what='pay', row=amount, by=by, at=at)\n"
        "def refuse(amount, *, by, at): ...\n"
        "def forget(*, amount, by): ...\n"
        "def _inner(amount): ...\n"
    )
    assert ill_told(actions, "actions") == ["refuse", "forget"]
    assert ill_told(actions, "queries") == ["refuse"]
    assert words_of_record(actions) == {"pay"}


# --- the words --------------------------------------------------------------------------------------------------------


def glossary_words() -> list[str]:
    """Code names in the glossary: the words in backquotes in the first column of its tables, in order."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.mark.parametrize(
    "vocabulary", ["OUTCOMES", "REASONS", "KINDS", "BENEFITS", "EMPLOYMENTS", "INSURANCES", "RELATIONS", "AMOUNTS"]
)
def test_the_glossary_has_every_word_of_the_contract(vocabulary: str) -> None:
    assert set(getattr(words, vocabulary)) - set(glossary_words()) == set()


def test_the_glossary_has_every_step_of_a_working() -> None:
    used = set().union(*(step_words(parse(path)) for path in ENGINE))
    assert used, "no step found: has the way of writing a working changed?"
    assert used - set(glossary_words()) == set()


def test_the_glossary_has_every_word_of_the_audit_trail() -> None:
    used = set().union(*(words_of_record(parse(path)) for path in SOURCES))
    assert used - set(glossary_words()) == set()


def test_the_glossary_has_every_state_and_move() -> None:
    states = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")  # generated, and kept fresh by check_docs
    used = set(re.findall(r"`([a-z_]+)`", "".join(line for line in states.splitlines(True) if line.startswith("| `"))))
    assert used
    assert used - set(glossary_words()) == set()


def test_a_glossary_row_has_all_its_columns() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    columns = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            columns = columns or len(cells)
            assert len(cells) == columns, f"line {number} has {len(cells)} columns, the table {columns}"
            assert all(cells[:3]), f"line {number} lacks the code name, the Chinese or the English"
        else:
            columns = 0


def test_reasons_are_named_once_and_in_one_order() -> None:
    listed = [word for word in glossary_words() if word in words.REASONS]
    # A word may also be a fact of a case ("severity", "sex"): its last row is the one among the reasons.
    last = list(dict.fromkeys(reversed(listed)))
    assert list(reversed(last)) == list(words.REASONS)


# --- the pages --------------------------------------------------------------------------------------------------------

WEB = ROOT / "src" / "mutualaid" / "web"
TEMPLATE_LINES_MOST = 150


def test_every_page_says_for_whom_it_is() -> None:
    assert pages.undecorated(list(pages.views())) == []


def test_every_page_with_an_object_asks_access() -> None:
    assert pages.without_access(list(pages.views())) == []


def test_every_address_has_a_name_of_its_own() -> None:
    assert pages.named_twice(list(pages.views())) == []


def test_every_page_is_asked_the_five_questions() -> None:
    from tests.web.questions import pages as declared

    names = {page.name for page in declared()}
    assert pages.undeclared(list(pages.views()), names) == []
    objects = {view.name for view in pages.views() if set(view.parts) - {"portal"}}
    silent = [str(page) for page in declared() if page.name in objects and page.strangers == "names no object"]
    assert silent == [], "say who is a stranger to the object, or why nobody is"


def test_no_template_is_unused() -> None:
    sources = [path.read_text(encoding="utf-8") for path in WEB.rglob("*.py")]
    assert pages.unused_templates(pages.templates_of(WEB), sources) == []


def test_no_template_holds_styles_scripts_or_handlers() -> None:
    found = {name: pages.inline_code(text) for name, text in pages.templates_of(WEB).items()}
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_templates_are_short() -> None:
    long = [name for name, text in pages.templates_of(WEB).items() if len(text.splitlines()) > TEMPLATE_LINES_MOST]
    assert long == []


def test_every_read_that_is_noted_is_in_the_glossary() -> None:
    words_noted = {
        str(node.args[1].value)
        for path in WEB.rglob("*.py")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and written(node.func).endswith("note_read")
        if len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    }
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert [word for word in sorted(words_noted) if f"| `{word}` |" not in glossary] == []


def test_the_rules_for_pages_find_planted_faults() -> None:
    naked = pages.View("x:naked", lambda request: None, ())
    assert pages.undecorated([naked]) == ["x:naked"]
    assert pages.undeclared([naked], set()) == ["x:naked"]
    assert pages.named_twice([naked, pages.View("y:naked", naked.function, ())]) == []
    assert pages.named_twice([naked, pages.View("x:naked", naked.function, ("number",))]) == ["x:naked"]
    tree = ast.parse(
        "from mutualaid.people.access import member_for as m\n"
        "from mutualaid.claims import access\n"
        "def by_name(request, number): return m(number)\n"
        "def by_module(request, number): return access.claim_for(number)\n"
        "def by_helper(request, number): return helper(number)\n"
        "def helper(number): return by_name(None, number)\n"
        "def fetches(request, number): return Member.objects.get(number=number)\n"
    )
    asked = {name: pages.asks_access(tree, name) for name in ("by_name", "by_module", "by_helper", "fetches")}
    assert asked == {"by_name": True, "by_module": True, "by_helper": True, "fetches": False}
    assert pages.unused_templates({"a.html": "{% extends 'b.html' %}", "b.html": "", "404.html": ""}, []) == ["a.html"]
    for text in (
        '<p style="color:red">',
        "<style>p{}</style>",
        '<a onclick="go()">',
        "<script>go()</script>",
        '<a href="javascript:go()">',
    ):
        assert pages.inline_code(text), text
    assert pages.inline_code('<script src="/a.js" defer></script><p class="style" data-once="1">') == []


# --- the documents ----------------------------------------------------------------------------------------------------

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_no_two_files_of_tests_have_one_name() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_there_are_decision_records() -> None:
    assert DECISIONS


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_record_is_short_and_complete(path: Path) -> None:
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md", path.name), "named by date and subject"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= RECORD_LINES_MOST
    headings = [line[3:] for line in lines if line.startswith("## ")]
    assert headings == ["Context", "Decision", "Consequences"]


def test_links_in_documents_lead_somewhere() -> None:
    assert broken_links(ROOT, project_files()) == []


def test_both_readmes_name_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "make demo" in text
        assert "make test" in text


def test_no_file_names_a_machine_or_a_registry() -> None:
    assert forbidden_places(ROOT, project_files()) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# 标题 One\n\n## Two: b\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[ok](there.md) [ok](there.md#two-b) [ok](https://example.org/x.md) [ok](#here) [ok](there.md#标题-one)\n"
        "# Here\n"
        "[bad](gone.md) ![bad](gone.png)\n"
        "[bad](there.md#three) [bad](../outside.md)\n"
        "`[code](gone.md)`\n"
        "```\n[code](gone.md)\n```\n"
        "[ref]: gone-too.md\n",
        encoding="utf-8",
    )
    (tmp_path.parent / "outside.md").write_text("outside the project", encoding="utf-8")
    found = [(fault.split(":")[1], fault.rpartition(" ")[2]) for fault in broken_links(tmp_path, [page])]
    assert found == [
        *(("3", "gone.md"), ("3", "gone.png")),
        *(("4", "there.md#three"), ("4", "../outside.md")),
        ("9", "gone-too.md"),
    ]


def test_repeated_headings_get_numbered_anchors() -> None:
    assert anchors("# A b\n# A b\n# A b\n```\n# code\n```\n") == {"a-b", "a-b-1", "a-b-2"}


@pytest.mark.parametrize(
    "line",
    [
        "see /" + "work/main/x",
        "cd '/" + "home/somebody/mutualaid'",
        "--index-url https://" + "pypi" + ".org/simple",
        "https://files." + "pythonhosted.org/packages/a",
        r"C:\Users" + r"\somebody",
    ],
)
def test_places_of_one_machine_are_found(tmp_path: Path, line: str) -> None:
    page = tmp_path / "page.txt"
    page.write_text(f"fine\n{line}\n", encoding="utf-8")
    faults = forbidden_places(tmp_path, [page])
    assert [fault.split(":")[:2] for fault in faults] == [["page.txt", "2"]]


@pytest.mark.parametrize(
    "line", ["https://example.org/work/x", "src/work/x.py", "~/home/x", "the /roots of it", "docs/root/x", "/etc/hosts"]
)
def test_ordinary_places_are_left_alone(tmp_path: Path, line: str) -> None:
    page = tmp_path / "page.txt"
    page.write_text(line, encoding="utf-8")
    assert forbidden_places(tmp_path, [page]) == []
