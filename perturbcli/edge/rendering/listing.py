"""The one kind of table on a page: columns without rules, under dim titles."""

from __future__ import annotations

from rich.console import Console, JustifyMethod
from rich.table import Table


def listing(*columns: tuple[str, JustifyMethod], gap: int = 2) -> Table:
    """An empty table of columns (title, justification), with `gap` blanks between them.

    A cell that a narrow terminal has no room for is folded: cut, it would be another number.
    """
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="dim")
    for title, justify in columns:
        table.add_column(title, justify=justify, overflow="fold")
    return table


def fits(table: Table, console: Console) -> bool:
    """Whether the console has room for the table without folding a cell."""
    unbounded = console.options.update(max_width=100_000)
    return console.measure(table, options=unbounded).maximum <= console.width
