"""The documents' examples are true: plans in them pass the checks, cases in them give the decisions that they show.

Fenced blocks of docs/adjudication.md and docs/plan-language.md, by what stands after the fence:

- ``yaml plan``   a whole plan document
- ``yaml part``   top-level keys of a plan document, checked inside the smallest plan that can hold them
- ``json``        a case or decision of docs/examples, broken over lines
- ``jsonl``       lines of docs/examples, or of what the command answers in English
- ``text NAME``   the lines of docs/examples/NAME.decisions.jsonl, one row each

docs/examples/NAME.decisions.jsonl is what ``mutualaid adjudicate --plans plans docs/examples --cases docs/examples/NAME.jsonl``
writes.
"""

from __future__ import annotations

import functools
import io
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from mutualaid.plans.caseload import run_caseload
from mutualaid.plans.library import Loaded, check_paths, load_library

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.jsonl") if not path.stem.endswith(".decisions"))
DOCUMENTS = ("adjudication.md", "plan-language.md")
_FENCE = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# The smallest plan that holds a part: what a part says itself replaces what stands here.
FRAME = """
plan: example-part
family: example
status: published
name: {zh: 示例, en: Example}
organiser: {zh: 示例市总工会, en: Federation of an example city}
sources:
  S1: {title: 示例市职工互助保障办法, grade: A}
term: {years: 1, begins: fixed, on: "01-01", source: S1}
benefits:
  - benefit: inpatient
    name: {zh: 住院补助, en: hospital costs}
    kinds: [inpatient]
    source: S1
    base: {of: [self_paid], name: {zh: 个人自付, en: in-scope costs}}
    rate: 50%
"""


class Block(NamedTuple):
    """A fenced block: the document, the line on which it begins, what stands after the fence, and its text."""

    document: str
    line: int
    info: str
    text: str


def blocks(kind: str) -> list[Any]:
    """Blocks whose info begins with these words, as parameters named after their place."""
    found = []
    for name in DOCUMENTS:
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            if f"{match[1]} ".startswith(f"{kind} "):
                found.append(pytest.param(Block(name, line, match[1], match[2]), id=f"{name}:{line}"))
    return found


@functools.cache
def loaded() -> Loaded:
    """The shipped plans and those of docs/examples."""
    return load_library([ROOT / "plans", EXAMPLES])


@functools.cache
def answers(name: str, lang: str = "zh") -> tuple[str, ...]:
    """What the plans answer to an example, line by line."""
    sink = io.BytesIO()
    run_caseload(loaded().library, io.BytesIO((EXAMPLES / f"{name}.jsonl").read_bytes()), sink, lang=lang)
    return tuple(sink.getvalue().decode("utf-8").splitlines())


def rows(decision: dict[str, Any]) -> list[str]:
    """A decision as the documents show it: one row per line, without the working."""
    shown = []
    for line in decision["lines"]:
        row = [line["event"], line["benefit"], line["outcome"], line["amount"], *line["reasons"]]
        row += [f"missing={','.join(line['missing'])}"] if "missing" in line else []
        row += ["provisional"] if "provisional" in line else []
        row += [f"paid_before={line['paid_before']} due={line['due']}"] if "due" in line else []
        shown.append(f"{decision['case']}  {'  '.join(row)}")
    return shown


@pytest.mark.parametrize("name", NAMES)
def test_an_example_gives_the_decisions_beside_it(name: str) -> None:
    written = (EXAMPLES / f"{name}.decisions.jsonl").read_text(encoding="utf-8").splitlines()
    assert list(answers(name)) == written, (
        f"write it anew: mutualaid adjudicate --plans plans --cases docs/examples/{name}.jsonl"
    )


@pytest.mark.parametrize("block", blocks("json"))
def test_json_is_a_case_or_a_decision_of_the_examples(block: Block) -> None:
    known = [json.loads(line) for path in EXAMPLES.glob("gx-1*.jsonl") for line in path.read_text("utf-8").splitlines()]
    assert json.loads(block.text) in known


@pytest.mark.parametrize("block", blocks("jsonl"))
def test_json_lines_are_lines_of_the_examples(block: Block) -> None:
    known = {line for path in EXAMPLES.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()}
    known |= {line for name in NAMES for line in answers(name, "en")}
    assert set(block.text.splitlines()) - known == set()


@pytest.mark.parametrize("block", blocks("text"))
def test_rows_are_those_of_the_decisions(block: Block) -> None:
    name = block.info.split()[1]
    assert block.text.splitlines() == [row for answer in answers(name) for row in rows(json.loads(answer))]


@pytest.mark.parametrize("block", blocks("yaml plan"))
def test_a_plan_in_a_document_passes_the_checks(block: Block, tmp_path: Path) -> None:
    _check(block.text, tmp_path)


def test_the_example_plan_is_the_one_of_the_page() -> None:
    shown = [block.values[0].text for block in blocks("yaml plan")]
    assert (EXAMPLES / "example-city-2026.yaml").read_text(encoding="utf-8") in shown


@pytest.mark.parametrize("block", blocks("yaml part"))
def test_a_part_of_a_plan_passes_the_checks(block: Block, tmp_path: Path) -> None:
    said = set(re.findall(r"^([a-z_]+):", block.text, re.MULTILINE))
    frame = [
        item for item in re.split(r"^(?=[a-z])", FRAME.strip(), flags=re.MULTILINE) if item.split(":")[0] not in said
    ]
    _check("".join(item if item.endswith("\n") else f"{item}\n" for item in frame) + block.text, tmp_path)


def _check(text: str, folder: Path) -> None:
    """No fault of form or meaning in a document; plans that it combines or excludes are those of this page and the library."""
    plan = yaml.safe_load(text)["plan"]
    file = folder / f"{plan}.yaml"
    file.write_text(text, encoding="utf-8")
    faults = check_paths([file, ROOT / "plans"])[1]
    assert [fault.text("en") for fault in faults if fault.file == str(file)] == []


def test_the_documents_have_examples_of_every_kind() -> None:
    """So that a change of the fences cannot silently leave the tests above with nothing to test."""
    counts = {kind: len(blocks(kind)) for kind in ("json", "jsonl", "text", "yaml plan", "yaml part")}
    assert all(counts.values()), counts
    fenced = {
        match[1]
        for name in DOCUMENTS
        for match in _FENCE.finditer((ROOT / "docs" / name).read_text(encoding="utf-8"))
        if match[1].startswith("yaml")
    }
    assert fenced == {"yaml plan", "yaml part"}, "every snippet of YAML is checked"
