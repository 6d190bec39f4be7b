"""A table of very many runs: how soon it is there and how fast it scrolls, beside Textual's own table."""

import asyncio
import time
from statistics import median

from costs import Stopwatch, tell
from roots import draws, ended_run
from screens import SIZE, ansi, painted, running
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from hpq.results.columns import Columns
from hpq.tui.cells import TableColumn, table_columns
from hpq.tui.view import View
from hpq.tui.widgets.runs_table import RunsTable

RUNS, DRAWS = 100_000, 10_000  # many runs draw the same, which no table can know
ROUNDS, PAGES = 9, 25
MOUNT_BUDGET_MS, PAGE_BUDGET_MS = 100.0, 10.0


class Ours(App[None]):
    def compose(self) -> ComposeResult:
        yield RunsTable()


class Theirs(App[None]):
    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")


async def ours(columns: Columns) -> tuple[list[float], list[float], list[float]]:
    """Return what mounting, the rows of a page, and a page on the screen cost."""
    mount, lines, page = Stopwatch(), Stopwatch(), Stopwatch()
    now, rows = time.time(), View().rows(columns)
    async with running(Ours()) as app:
        table = app.query_one(RunsTable)
        for _ in range(ROUNDS):
            table.show(Columns(), rows[:0], (), frozenset(), ("best", False), None, now)
            await painted(app)
            with mount:
                shown = table_columns(columns)
                table.show(columns, rows, shown, frozenset(), ("best", False), int(rows[0]), now)
                await painted(app)
        for number in range(PAGES, 0, -1):
            with lines:
                table.scroll_to(y=number * SIZE[1], animate=False, immediate=True)
                ansi(app)
        await painted(app)
        for _ in range(PAGES + 1):
            with page:
                table.action_page(1)
                await painted(app)
    return mount.times_ms, lines.times_ms, page.times_ms[1:]  # the first only moves the cursor


async def theirs(shown: list[TableColumn], cells: list[list[str]]) -> tuple[list[float], list[float]]:
    """Return the same of a DataTable, which gets its cells ready made."""
    mount, page = Stopwatch(), Stopwatch()
    async with running(Theirs()) as app:
        table = app.query_one(DataTable)
        with mount:
            for column in shown:
                table.add_column(column.head, width=column.width)
            table.add_rows(cells)
            await painted(app)
        for _ in range(PAGES + 1):
            with page:
                table.action_page_down()
                await painted(app)
    return mount.times_ms, page.times_ms[1:]


def measure() -> None:
    drawn = draws(DRAWS)
    columns = Columns([ended_run(number, drawn[number % DRAWS]) for number in range(1, RUNS + 1)])
    mounts, lines, pages = asyncio.run(ours(columns))
    shown, now = table_columns(columns), time.time()
    cells = [[column.cell(run, now) for column in shown] for run in columns.runs]
    their_mounts, their_pages = asyncio.run(theirs(shown, cells))
    tell(f"a table of {RUNS:,} runs until its first rows", mounts, MOUNT_BUDGET_MS)
    tell("  with Textual's DataTable", their_mounts, note=_ratio(their_mounts, mounts))
    tell("the lines of another page", lines, PAGE_BUDGET_MS)
    tell("  with what Textual takes to put them on the screen", pages)
    tell("  with Textual's DataTable", their_pages, note=_ratio(their_pages, pages))


def _ratio(theirs: list[float], ours: list[float]) -> str:
    return f"{median(theirs) / median(ours):.1f} times as much"
