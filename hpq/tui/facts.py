"""What is told of one run in words and tables; data is never read as markup."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hpq.queue.evidence import Verdict
from hpq.queue.records import LOSS
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.compare import ABSENT, Difference, Line
from hpq.results.plain import number_text, plain, value_text
from hpq.results.text import GLYPHS, duration_text, origin_text
from hpq.runner.gpus import GpuUse
from hpq.tui.details import Details
from hpq.tui.palette import Palette
from hpq.units import format_duration, format_size

_NEIGHBOURS_FROM = 58  # columns of the terminal, from which there is room for the neighbours' values
_VALUE_WIDTH = 400  # of the run's own value, in several lines
_OTHER_WIDTH = 16
_PARAMS = "hyperparameter"
_REASON_WIDTH = 400


def heading(run: Run, place: str, palette: Palette) -> Text:
    """Return two lines: how the run stands, and where and why."""
    told = [f"best {number_text(run.best)}"] if run.best is not None else []
    told += [f"last {number_text(run.loss)}"] if run.loss is not None else []
    told += [f"step {run.step:,}"] if run.step is not None else []
    told += [duration_text(run)] if run.started_at is not None else []
    aside = [place] if place else []
    aside += [f"attempt {run.attempt}"] if run.attempt else []
    aside += [plain(run.slot, 20)] if run.slot else []
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f" {plain(run.id, 40)}", f"bold {palette.foreground}")
    text.append(f"  {GLYPHS[run.state]} {run.state}", f"bold {palette.state(run.state)}")
    text.append("  " + " · ".join(told), palette.foreground)
    text.append("\n " + " · ".join(aside), palette.muted)
    if run.reason:
        colour = palette.state(run.state) if run.state is State.CRASHED else palette.foreground
        text.append(" · " if aside else "", palette.muted)
        text.append(plain(run.reason, _REASON_WIDTH), colour)
    return text


def params(lines: Sequence[Line], neighbours: Sequence[str], width: int, palette: Palette) -> RenderableType:
    """Return the hyperparameters, and beside them those of the neighbours where there is room."""
    if not lines:
        return Text("no hyperparameters", palette.muted)
    neighbours = neighbours if width >= _NEIGHBOURS_FROM else ()
    table = _table(palette, _PARAMS, "value", *neighbours)
    longest = max(10, width // (3 if neighbours else 2))
    is_told = False
    for line in lines:
        if line.difference is Difference.NOWHERE and not is_told:
            is_told = True
            table.add_row(Text("the same in all runs:", palette.muted))
        colour = {
            Difference.FROM_BOTH: f"bold {palette.accent}",
            Difference.FROM_ONE: palette.accent,
            Difference.ELSEWHERE: palette.foreground,
        }.get(line.difference, palette.muted)
        cells = [
            Text(plain(line.name, longest), palette.muted if colour == palette.muted else palette.foreground)
        ]
        cells.append(_value(line.value, _VALUE_WIDTH, colour, palette))
        cells += [
            _value(other, _OTHER_WIDTH, palette.muted, palette) for other in line.others[: len(neighbours)]
        ]
        table.add_row(*cells)
    return table


def _value(value: object, width: int, colour: str, palette: Palette) -> Text:
    return Text("–", palette.muted) if value is ABSENT else Text(value_text(value, width), colour)


def _extreme(extreme: tuple[float, float] | None) -> tuple[str, str]:
    return ("", "") if extreme is None else (number_text(extreme[0]), f"{extreme[1]:,.0f}")


def _attempts(attempts: Sequence[tuple[int, Verdict]], palette: Palette) -> Table:
    table = _table(palette, "attempt", "state", "best", "step", "slot", "why")
    for attempt, verdict in attempts:
        summary = verdict.summary
        table.add_row(
            str(attempt),
            Text(f"{GLYPHS[verdict.state]} {verdict.state}", palette.state(verdict.state)),
            "" if summary.best is None else number_text(summary.best),
            "" if summary.step is None else f"{summary.step:,}",
            Text(plain(verdict.slot, 12)),
            Text(plain(verdict.reason, _REASON_WIDTH), palette.muted),
        )
    return table


def use(details: Details, gpu: GpuUse | None, palette: Palette) -> Text:
    """Return a line each on the CPU, the memory and the GPU of a run that lives."""
    lines = []
    if details.use is not None:
        share, total = details.use.cpu_share, details.use.total
        processes = f"{total.processes} process" + ("es" if total.processes != 1 else "")
        lines.append(
            "cpu   " + (f"{100 * share:.0f} %, " if share is not None else "") + format_duration(total.cpu_s)
        )
        lines.append(f"ram   {format_size(total.memory_bytes)}, {processes}")
    if gpu is not None:
        busy = "" if gpu.utilization is None else f"{gpu.utilization:.0f} %, "
        memory = f"{format_size(gpu.memory_used_bytes)} of {format_size(gpu.memory_bytes)}"
        lines.append(f"gpu{gpu.index}".ljust(6) + busy + memory)
    return Text(
        "\n".join(["", *lines] if lines else []), palette.foreground, no_wrap=True, overflow="ellipsis"
    )


def metrics(details: Details, palette: Palette) -> Text | Table:
    """Return all metrics but the loss, with their extremes and at which steps these were."""
    others = {name: series for name, series in details.metrics.items() if name != LOSS and len(series)}
    if not others:
        return Text()
    table = _table(palette, "\nmetric", "last", "lowest", "step", "highest", "step")
    for name, series in sorted(others.items()):
        extremes = [text for extreme in (series.lowest, series.highest) for text in _extreme(extreme)]
        table.add_row(Text(plain(name, 24)), number_text(float(series.values[-1])), *extremes)
    return table


def past(run: Run, details: Details, palette: Palette) -> RenderableType:
    """Return what became of each attempt, and what the run was drawn from."""
    parts: list[RenderableType] = []
    if not details.has_folder and run.attempt:
        parts += [Text(), Text("its folder was deleted: what it logged is gone", palette.unfinished)]
    if details.attempts:
        parts += [Text(), _attempts(details.attempts, palette)]
    if details.origin:
        parts += [Text(), Text(origin_text(dict(details.origin)), palette.muted)]
    return Group(*parts)


def _table(palette: Palette, *heads: str) -> Table:
    """Return a table without frames, in which the last column and values take more lines where they must."""
    table = Table(
        box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=palette.muted, style=palette.foreground
    )
    for index, head in enumerate(heads):
        folds = index == 1 if heads[0] == _PARAMS else index == len(heads) - 1
        table.add_column(Text(head), no_wrap=not folds, overflow="fold" if folds else "ellipsis")
    return table
