"""The loss against its steps."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from hpq.results.history import Series
from hpq.tui.palette import DARK
from hpq.tui.widgets.curve import Curve


class CurveApp(App[None]):
    drawn = ""  # what was on the screen at the end

    def __init__(self) -> None:
        super().__init__()
        self.curve = Curve()

    def compose(self) -> ComposeResult:
        yield self.curve

    def text(self) -> str:
        return "\n".join(self.curve.render_line(y).text for y in range(self.curve.size.height))


def series(values: Sequence[float], first: int = 0) -> Series:
    array = np.array(values, float)
    steps = np.arange(first, first + len(array)).astype(float)
    fit = np.isfinite(array)
    if not fit.any():
        return Series(steps, array, None, None, len(array))
    low, high = (int(steps[fit][place]) for place in (array[fit].argmin(), array[fit].argmax()))
    lowest, highest = (float(array[fit].min()), float(low)), (float(array[fit].max()), float(high))
    return Series(steps, array, lowest, highest, int((~fit).sum()))


def shown(
    drive: Callable[..., None], attempts: Sequence[Series], size: tuple[int, int] = (40, 12)
) -> CurveApp:
    app = CurveApp()

    async def steps(pilot: Pilot[None]) -> None:
        app.curve.show(attempts, DARK.finished)
        await pilot.pause()
        app.drawn = app.text()
        assert all(app.curve.render_line(y).cell_length == size[0] for y in range(size[1]))

    drive(app, steps, size)
    return app


def text_of(drive: Callable[..., None], attempts: Sequence[Series], size: tuple[int, int] = (40, 12)) -> str:
    return shown(drive, attempts, size).drawn


def test_losses_fall_from_the_left_to_the_right(drive: Callable[..., None]) -> None:
    lines = text_of(drive, [series(np.geomspace(4, 0.4, 1000).tolist())]).splitlines()
    assert "best 0.4 at step 999" in lines[0]
    assert "⠀" < max(lines[1]) <= "⣿"
    assert [label for line in lines if (label := line.partition("┤")[0].strip()) and "┤" in line][
        ::-1
    ] == sorted(
        [label for line in lines if (label := line.partition("┤")[0].strip()) and "┤" in line], key=float
    )
    assert lines[-1].split()[:2] == ["0", "200"]


def test_no_loss_is_said_in_words(drive: Callable[..., None]) -> None:
    assert "no loss was logged yet" in text_of(drive, [])


def test_losses_of_nan_alone_are_counted(drive: Callable[..., None]) -> None:
    assert "none of 3 finite" in text_of(drive, [series([np.nan, np.inf, np.nan])])


def test_losses_that_are_not_finite_are_told_beside_the_others(drive: Callable[..., None]) -> None:
    assert "1 not of 3 finite" not in text_of(drive, [series([1.0, np.nan, 0.5])])
    assert "1 of 3 not finite" in text_of(drive, [series([1.0, np.nan, 0.5])], (80, 12))


def test_earlier_attempts_are_drawn_behind_the_newest(drive: Callable[..., None]) -> None:
    app = shown(drive, [series([4.0, 3.0, 2.0]), series([2.0, 1.0], first=2)], (80, 12))
    assert "1 earlier attempt in grey" in app.drawn
    colours = {
        segment.style.color.name
        for line in app.curve._lines
        for segment in line
        if segment.style and segment.style.color and any("⠀" < char <= "⣿" for char in segment.text)
    }
    assert colours == {DARK.finished, DARK.axis}


@pytest.mark.parametrize(
    "values", [[1.0], [-1.0, 2.0], [0.0, 0.0], [1e-300, 1e300], [1e308, -1e308], [5.0] * 1000]
)
@pytest.mark.parametrize("size", [(10, 4), (40, 12), (300, 100), (3, 2), (1, 1)])
def test_any_losses_fit_any_size(
    drive: Callable[..., None], values: list[float], size: tuple[int, int]
) -> None:
    text_of(drive, [series(values)], size)
