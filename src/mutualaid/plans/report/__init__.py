"""The plans as pages: one self-contained HTML file per language, with what each benefit pays as tables and curves.

``write_report`` writes ``plans.html`` (Chinese) and ``plans.en.html`` beside it. No scripts, nothing from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from benefit_engine.plan import REMAINING
from mutualaid.plans import document as d
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose import combinations, plan_prose
from mutualaid.plans.prose.model import Box, Points, Prose, Table
from mutualaid.plans.prose.scenes import Scene
from mutualaid.plans.prose.wording import LANGS, Lang, Wording
from mutualaid.plans.prose.writer import Writer
from mutualaid.plans.report.curves import Chart, chart
from mutualaid.plans.report.whatif import WhatIf, what_if, what_if_stays

KINDS = ("medical", "illness", "women", "accident", "other", "combined")
"""Groups of the contents, in this order."""
_CHINESE = re.compile(
    r"([\u3000-\u303f\u3400-\u9fff\uff00-\uffef](?:.*[\u3000-\u303f\u3400-\u9fff\uff00-\uffef])?)", re.DOTALL
)
"""From the first to the last Chinese character of a text."""
_WEB = re.compile(r"https?://[^\s]+")


@dataclass(frozen=True, slots=True)
class IfRow:
    """One row of a what-if table: what is asked, and for each column the sum and a remark."""

    name: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class If:
    """The what-if part of one benefit, ready to be shown."""

    head: tuple[str, ...]
    rows: tuple[IfRow, ...]
    chart: Chart | None
    note: str
    """Of which cases the figures are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One plan of the report: its prose, and what-if parts by section key."""

    prose: Prose
    kind: str
    price: str
    ifs: dict[str, If]


def write_report(library: Loaded, path: Path, on_plan: Callable[[], None] | None = None) -> list[Path]:
    """Write the pages; returns their paths, the Chinese one first. ``on_plan`` is called after each plan of each language.

    Raises OSError when a file can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {lang: path.name if lang == "zh" else f"{path.stem}.{lang}{path.suffix}" for lang in LANGS}
    written = []
    for lang in LANGS:
        other = names["en" if lang == "zh" else "zh"]
        text = report_html(library, lang, other, on_plan)
        file = path.with_name(names[lang])
        file.write_text(text, encoding="utf-8", newline="\n")
        written.append(file)
    return written


def report_html(library: Loaded, lang: Lang, other: str, on_plan: Callable[[], None] | None = None) -> str:
    """One page. ``other``: the file name of the same page in the other language."""
    say = Wording(lang)
    entries = []
    for draft in library.documents.values():
        entries.append(_entry(draft.document, lang, library))
        if on_plan is not None:
            on_plan()
    groups = [(kind, [entry for entry in entries if entry.kind == kind]) for kind in KINDS]
    template = page_environment().get_template("plans.html.j2")
    return template.render(
        say=say,
        lang=lang,
        other=other,
        groups=[(kind, group) for kind, group in groups if group],
        count=len(entries),
        plans=set(library.documents),
    )


def page_environment(*packages: str) -> Environment:
    """Templates of the pages, after those of further packages that show something in the same manner."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name, "templates") for name in (*packages, __name__)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["box"] = lambda block: isinstance(block, Box)
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.tests["points"] = lambda block: isinstance(block, Points)
    environment.filters["anchor"] = anchor
    environment.filters["citations"] = citations
    environment.filters["pieces"] = pieces
    environment.tests["web"] = lambda text: _WEB.fullmatch(text) is not None
    return environment


def anchor(*parts: str) -> str:
    """An id in the page: letters, digits and hyphens."""
    return "-".join(re.sub(r"[^0-9a-z]+", "-", part.lower()).strip("-") or "x" for part in parts)


def citations(cite: str) -> list[tuple[str, str]]:
    """``第八条 [S1][S2]`` -> pieces (text, key of a source or nothing)."""
    return [
        (piece, piece[1:-1] if piece.startswith("[") and piece.endswith("]") else "")
        for piece in re.split(r"(\[[^\[\]]+\])", cite)
        if piece
    ]


def pieces(text: str, lang: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is Chinese on an English page and has to be marked as such."""
    if lang == "zh":
        return [(text, False)]
    return [(piece, i % 2 == 1) for i, piece in enumerate(_CHINESE.split(text, maxsplit=1)) if piece]


def kind_of(document: d.Document) -> str:
    """The group of the contents to which a plan belongs, by what it pays for."""
    if document.combines is not None:
        return "combined"
    benefits = document.benefits
    whens = [benefit.when for benefit in benefits]
    if benefits and all(when is not None and when.accident for when in whens):
        return "accident"
    if benefits and all(when is not None and when.sex == "F" for when in whens):
        return "women"
    if any(way.base is not None for one in benefits for way in one.greater_of or one.lesser_of or [one]):
        return "medical"
    return "illness" if benefits else "other"


def _entry(document: d.Document, lang: Lang, library: Loaded) -> Entry:
    prose = plan_prose(document, lang, library)
    w = Writer(document, lang, {})
    ifs = {}
    for benefit in w.benefits:
        what = what_if(w, benefit, library)
        if what is not None:
            of = asked(w, Scene(document, benefit, library), what)
            ifs[f"benefit:{benefit.benefit}"] = _if(w.say, what, w.name_of(benefit), of, w.say("if.one_event"))
    stays, bill = combinations.told_stays(document, library)
    if stays:
        named = [(combinations.cause_name(w.say, cause), stay) for cause, stay in stays]
        of = w.say("if.base", name=w.say.title(w.say("amount.total")))
        name = w.say("title.combined")
        ifs[combinations.KEY] = _if(w.say, what_if_stays(named, bill), name, of, w.say("if.stays"))
    return Entry(prose, kind_of(document), _price(w), ifs)


def _price(w: Writer) -> str:
    """The contribution in short, for the contents."""
    fees = sorted({price.fee for price in w.document.price})
    if not fees:
        return ""
    if len(fees) == 1:
        return w.say.money(fees[0])
    return w.say("payer.both", a=w.say.figure(fees[0]), b=w.say.money(fees[-1]))


# -- what if ------------------------------------------------------------------------------------------------------------


def _if(say: Wording, what: WhatIf, name: str, of: str, note: str) -> If:
    """``name``: whose payments they are; ``of``: what the rows count."""
    shares = what.kind == "base" and len(what.columns) == 1
    columns = [name or say("if.paid") for name in what.columns]
    head = (of, *(say.title(name) for name in columns), *((say("if.share"),) if shares else ()))
    rows = []
    for i, (x, paid) in enumerate(what.rows):
        cells = [_cell(say, fen, reasons) for fen, reasons in paid]
        cells += [(_share(paid[0][0], x), "")] if shares else []
        rows.append(IfRow(_row_name(say, what, i, x), tuple(cells)))
    return If(head, tuple(rows), chart(what, name, of, say), note)


def asked(w: Writer, scene: Scene, what: WhatIf) -> str:
    """What the rows and the x axis count."""
    if what.kind != "base" or scene.base is None:
        return w.say(f"if.{what.kind}")
    remaining = REMAINING in scene.base.of
    name = w.say.named("amount", "self_paid") if remaining else w.say.of(scene.base.name)
    return w.say("if.base", name=w.say.title(name))


def _row_name(say: Wording, what: WhatIf, index: int, x: int) -> str:
    if what.kind == "base":
        return say.figure(x)
    if what.kind == "case":
        return say.title(what.names[index])
    return say("grade.one", a=x) if what.kind == "grade" else str(x)


def _cell(say: Wording, fen: int, reasons: Iterable[str]) -> tuple[str, str]:
    """The sum, and why it was cut or is nothing."""
    remark = say.join((say(f"reason.{reason}") for reason in reasons), "clauses")
    return (say.figure(fen) if fen else say("if.nothing"), remark)


def _share(fen: int, base: int) -> str:
    """What part of the base is paid, to a tenth of a percent."""
    tenths = (fen * 2000 + base) // (2 * base) if base else 0
    return f"{tenths // 10}.{tenths % 10}%"
