"""A plan's prose on the terminal: with headings, tables and colours there, as plain text anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from mutualaid.plans.prose.flowing import Flowing
from mutualaid.plans.prose.model import Block, Box, Point, Prose, Remark, Row, Section, Table
from mutualaid.plans.prose.wording import Wording, language

_STYLE = {"assumed": "yellow", "reading": "cyan", "note": "dim"}
_MOST_COLUMNS = 100


def print_prose(prose: Prose, console: Console | None = None) -> None:
    """Print the plan: rich on a terminal, plain otherwise."""
    console = console or Console(highlight=False)
    if console.is_terminal:
        for part in rich_prose(prose):
            console.print(part, width=min(console.width, _MOST_COLUMNS))
    else:
        console.print(prose_text(prose), end="", markup=False, highlight=False, soft_wrap=True)


# -- plain text ---------------------------------------------------------------------------------------------------------


def prose_text(prose: Prose) -> str:
    """The plan as plain text with headings by ``#`` and points by ``-``; ends with a line break."""
    say = Wording(language(prose.lang))
    lines = [f"# {prose.title} [{prose.badge}]"]
    for section in prose.sections:
        lines += _section_lines(section, 2, say)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _section_lines(section: Section, depth: int, say: Wording) -> list[str]:
    lines = ["", f"{'#' * depth} {section.title}", ""]
    for block in section.blocks:
        lines += _block_lines(block, 0, say)
    for part in section.parts:
        lines += _section_lines(part, depth + 1, say)
    return lines


def _block_lines(block: Block, depth: int, say: Wording) -> list[str]:
    if isinstance(block, Box):
        lines = [] if block.kind == "assumed" else [f"{'  ' * depth}[{block.title}]"]
        return lines + [line for inner in block.blocks for line in _block_lines(inner, depth, say)]
    if isinstance(block, Table):
        return _table_lines(block, depth + 1, say)
    return [line for point in block.points for line in _point_lines(point, depth, say)]


def _point_lines(point: Point, depth: int, say: Wording) -> list[str]:
    lines = [f"{'  ' * depth}- {_sentence(point, say)}"]
    lines += [f"{'  ' * depth}  * {remark.text}" for remark in point.remarks]
    if point.table is not None:
        lines += _table_lines(point.table, depth + 1, say)
    return lines + [line for more in point.more for line in _point_lines(more, depth + 1, say)]


def _sentence(point: Point, say: Wording) -> str:
    text = say("named", name=point.label, text=point.text) if point.label and point.text else point.label or point.text
    return text + _original(point, say) + say.cite(point.cite)


def _original(point: Point, say: Wording) -> str:
    """The Chinese title behind a translated one."""
    return f" {say.quote(point.original)}" if point.original else ""


def _cells(row: Row, say: Wording) -> tuple[str, ...]:
    return (row.cells[0] + say.cite(row.cite), *row.cells[1:])


def _table_lines(table: Table, depth: int, say: Wording) -> list[str]:
    rows = [table.head, *(_cells(row, say) for row in table.rows)]
    widths = [max(cell_len(row[i]) for row in rows) for i in range(len(table.head))]
    indent = "  " * depth
    lines = [indent + table.caption] if table.caption else []
    for row, remarks in zip(rows, [(), *(row.remarks for row in table.rows)], strict=True):
        cells = [_pad(cell, widths[i], right=i in table.figures) for i, cell in enumerate(row)]
        lines.append((indent + "  ".join(cells)).rstrip())
        lines += [f"{indent}  * {remark.text}" for remark in remarks]
    return lines


def _pad(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


# -- on a terminal ------------------------------------------------------------------------------------------------------


def rich_prose(prose: Prose) -> Iterable[RenderableType]:
    """The plan as things that rich prints. Texts are never taken for markup."""
    say = Wording(language(prose.lang))
    title = Text(prose.title, style="bold")
    badge = Text(f" {prose.badge} ", style="black on yellow" if prose.status == "illustrative" else "black on green")
    yield Panel(Flowing(Text.assemble(title, "  ", badge)), box=box.ROUNDED, padding=(0, 1))
    for section in prose.sections:
        yield from _rich_section(section, 0, say)


def _rich_section(section: Section, depth: int, say: Wording) -> Iterable[RenderableType]:
    yield ""
    if depth == 0:
        yield Rule(Text(section.title, style="bold cyan"), align="left", style="cyan")
    else:
        yield Text(f"▍{section.title}", style="bold")
    for block in section.blocks:
        yield from _rich_block(block, 1, say)
    for part in section.parts:
        yield from _rich_section(part, depth + 1, say)


def _rich_block(block: Block, depth: int, say: Wording) -> Iterable[RenderableType]:
    if isinstance(block, Box):
        inner = RichTable.grid()
        for part in block.blocks:
            for item in _rich_block(part, 0, say):
                inner.add_row(item)
        style = "yellow" if block.kind == "assumed" else "dim"
        yield Padding(
            Panel(inner, title=Text(block.title), title_align="left", border_style=style), (0, 0, 0, depth * 2)
        )
    elif isinstance(block, Table):
        yield Padding(_rich_table(block, say), (0, 0, 0, depth * 2))
    else:
        for point in block.points:
            yield from _rich_point(point, depth, say)


def _rich_point(point: Point, depth: int, say: Wording) -> Iterable[RenderableType]:
    text = Text()
    if point.label:
        label = say("named", name=point.label, text="") if point.text else point.label
        text.append(label, style="bold")
    text.append(point.text)
    text.append(_original(point, say) + say.cite(point.cite), style="dim")
    row = RichTable.grid(padding=(0, 1, 0, 0))
    row.add_row(Text("·", style="dim"), Flowing(text))
    for remark in point.remarks:
        row.add_row("", Flowing(_remark(remark)))
    yield Padding(row, (0, 0, 0, depth * 2))
    if point.table is not None:
        yield Padding(_rich_table(point.table, say), (0, 0, 0, depth * 2 + 2))
    for more in point.more:
        yield from _rich_point(more, depth + 1, say)


def _remark(remark: Remark) -> Text:
    return Text(remark.text, style=_STYLE[remark.kind])


def _rich_table(table: Table, say: Wording) -> RichTable:
    shown = RichTable(box=box.SIMPLE_HEAD, title=Text(table.caption) if table.caption else None, title_justify="left")
    for i, head in enumerate(table.head):
        shown.add_column(Text(head), justify="right" if i in table.figures else "left")
    for row in table.rows:
        cells = [Text(cell) for cell in row.cells]
        cells[0].append(say.cite(row.cite), style="dim")
        for remark in row.remarks:
            cells[0].append("\n").append_text(_remark(remark))
        shown.add_row(*(Flowing(cell) for cell in cells))
    return shown
