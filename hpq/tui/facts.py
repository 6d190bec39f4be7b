"""What is told of one run in words and tables; data is never read as markup."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from hpq.queue.evidence import Verdict
from hpq.queue.records import LOSS
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.compare import ABSENT, Difference, Line
from hpq.results.plain import number_text, plain, value_text
from hpq.results.text import ATTEMPT_HEADS, GLYPHS, attempt_texts, origin_text, standing
from hpq.runner.gpus import GpuUse
from hpq.tui.details import Details
from hpq.tui.palette import Palette
from hpq.tui.table import Column, fitting, table
from hpq.units import format_duration, format_size

_NEIGHBOURS_FROM = 58  # columns of the terminal, from which there is room for the neighbours' values
_VALUE_WIDTH = 400  # of the run's own value, in several lines
_OTHER_WIDTH = 16
_ID_WIDTHS = 16, 40  # of a run's id, where there is little room and where there is much
_NAME_WIDTH = 24  # of a metric
_LEAST_NAME = 6  # of a hyperparameter or a metric, so that it can be told from others
_LEAST_VALUE = 10  # of a text, from which it is worth folding it
_LEAST_WHY = 20
_REASON_WIDTH = 400
_DELETED = "its folder was deleted: what it logged is gone"


def newest(run: Run, details: Details) -> Run:
    """Return a run with what its metrics say, where they are newer than the heartbeat that it is known by."""
    losses = details.metrics.get(LOSS)
    is_same = bool(details.attempts) and details.attempts[-1][0] == run.attempt
    if not is_same or losses is None or losses.lowest is None:
        return run
    step = int(max(series.steps[-1] for series in details.metrics.values() if len(series)))
    if run.step is not None and step < run.step:
        return run
    return run._replace(best=losses.lowest[0], loss=losses.last_finite, step=step)


def heading(run: Run, details: Details, place: str, is_deleted: bool, width: int, palette: Palette) -> Text:
    """Return two lines that fit a width: how the run stands, and why and where."""
    reason = _DELETED if is_deleted else plain(run.reason, _REASON_WIDTH)
    state = f"  {GLYPHS[run.state]} {run.state}"
    told = "  " + " · ".join(standing(newest(run, details)))
    least, most = _ID_WIDTHS
    name = plain(run.id, max(least, min(most, width - 1 - len(state) - len(told))))
    first = Text.assemble(
        (f" {name}", f"bold {palette.foreground}"),
        (state, f"bold {palette.state(run.state)}"),
        (told, palette.foreground),
    )
    aside = [place] if place else []
    aside += [f"attempt {run.attempt}"] if run.attempt else []
    aside += [plain(run.slot, 20)] if run.slot else []
    second = Text(" ", palette.muted)
    if reason:
        colour = palette.state(run.state) if run.state is State.CRASHED else palette.foreground
        second.append(reason, colour)
        second.append(" · " if aside else "")
    second.append(" · ".join(aside))
    for line in (first, second):
        line.truncate(width, overflow="ellipsis")
    return Text("\n").join((first, second))


def trouble(words: str, palette: Palette) -> Text:
    """Return why the details are old."""
    return Text(plain(words, _REASON_WIDTH) + "\n", palette.crashed)


def params(lines: Sequence[Line], neighbours: Sequence[str], width: int, palette: Palette) -> RenderableType:
    """Return the hyperparameters, and beside them those of the neighbours where there is room."""
    if not lines:
        return Text("no hyperparameters", palette.muted)
    neighbours = neighbours if width >= _NEIGHBOURS_FROM else ()
    names: list[Text] = []
    values: list[Text] = []
    others: list[list[Text]] = [[] for _ in neighbours]
    is_told = False
    for line in lines:
        if line.difference is Difference.NOWHERE and not is_told:
            is_told = True
            names.append(Text("same in all runs:", palette.muted))
            for cells in (values, *others):
                cells.append(Text())
        colour = _colour(line.difference, palette)
        is_muted = colour == palette.muted
        names.append(Text(plain(line.name), palette.muted if is_muted else palette.foreground))
        values.append(_value(line.value, _VALUE_WIDTH, colour, palette))
        for cells, other in zip(others, line.others, strict=False):
            cells.append(_value(other, _OTHER_WIDTH, palette.muted, palette))
    numbers = [len(value_text(line.value)) for line in lines if isinstance(line.value, int | float)]
    columns = [
        Column("hyperparameter", names, least=_LEAST_NAME),
        Column("value", values, least=max([_LEAST_VALUE, *numbers]), folds=True),
    ]
    columns += [
        Column(name, cells, leaves=1 + index)
        for index, (name, cells) in enumerate(zip(neighbours, others, strict=True))
    ]
    return table(columns, width, palette)


def _colour(difference: Difference, palette: Palette) -> str:
    return {
        Difference.FROM_BOTH: f"bold {palette.accent}",
        Difference.FROM_ONE: palette.accent,
        Difference.ELSEWHERE: palette.foreground,
    }.get(difference, palette.muted)


def _value(value: object, width: int, colour: str, palette: Palette) -> Text:
    return Text("–", palette.muted) if value is ABSENT else Text(value_text(value, width), colour)


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


def metrics(details: Details, width: int, palette: Palette) -> RenderableType:
    """Return all metrics but the loss, with their extremes and at which steps these were."""
    found = sorted(details.metrics.items())
    others = [(name, series) for name, series in found if name != LOSS and len(series)]
    if not others:
        return Text()
    lowest = [_extreme(series.lowest) for _, series in others]
    highest = [_extreme(series.highest) for _, series in others]
    columns = [
        Column("metric", [Text(plain(name, _NAME_WIDTH)) for name, _ in others], least=_LEAST_NAME),
        Column("last", [Text(number_text(float(series.values[-1]))) for _, series in others]),
        Column("lowest", [value for value, _ in lowest], leaves=1),
        Column("step", [step for _, step in lowest], leaves=3),
        Column("highest", [value for value, _ in highest], leaves=2),
        Column("step", [step for _, step in highest], leaves=3),
    ]
    return Group(Text(), table(columns, width, palette))


def _extreme(extreme: tuple[float, float] | None) -> tuple[Text, Text]:
    if extreme is None:
        return Text(), Text()
    return Text(number_text(extreme[0])), Text(f"{extreme[1]:,.0f}")


def past(run: Run, details: Details, is_deleted: bool, width: int, palette: Palette) -> RenderableType:
    """Return what became of each attempt, where its samples are, and what the run was drawn from."""
    parts: list[RenderableType] = []
    if is_deleted:
        parts += [Text(), Text(_DELETED, palette.unfinished)]
    if details.attempts:
        parts += [Text(), *_attempts(details.attempts, width, palette)]
    if details.samples:
        parts += [Text(), Text(f"samples  {plain(str(details.samples))}", palette.foreground)]
    if details.origin:
        parts += [Text(), Text(origin_text(dict(details.origin), run.replicates), palette.muted)]
    return Group(*parts)


def _attempts(attempts: Sequence[tuple[int, Verdict]], width: int, palette: Palette) -> list[RenderableType]:
    """Return the attempts, and below them why they ended, where that has no room beside."""
    texts = [attempt_texts(attempt, verdict) for attempt, verdict in attempts]
    cells = [[Text(text) for text in column] for column in zip(*texts, strict=True)]
    cells[1] = [
        Text(each.plain, palette.state(verdict.state))
        for each, (_, verdict) in zip(cells[1], attempts, strict=True)
    ]
    cells[4] = [Text(plain(each.plain, 12)) for each in cells[4]]
    cells[5] = [Text(plain(each.plain, _REASON_WIDTH), palette.muted) for each in cells[5]]
    leaves = {"best": 1, "step": 2, "slot": 3, "why": 4}
    columns = [
        Column(
            head,
            column,
            least=_LEAST_WHY if head == "why" else None,
            folds=head == "why",
            leaves=leaves.get(head, 0),
        )
        for head, column in zip(ATTEMPT_HEADS, cells, strict=True)
    ]
    parts: list[RenderableType] = [table(columns, width, palette)]
    if all(column is not columns[-1] for column, _ in fitting(columns, width)):
        whys = zip(texts, cells[5], strict=True)
        parts += [Text.assemble((f"{text[0]}  ", palette.muted), why) for text, why in whys if why.plain]
    return parts
