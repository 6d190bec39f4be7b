"""The picture as a file: what is drawn over what, and whatever the names are."""

import math
from pathlib import Path

import pytest
from PIL import Image

from hpq.commands.plot import draw_picture
from hpq.errors import HpqError, UsageError
from hpq.queue.states import State
from hpq.results.picture.panels import picture
from hpq.results.png.colours import COLOURS
from hpq.results.png.file import STYLE, compose, draw

NASTY = ["[/bold]", "é", "$x_1$", "一只狗", "a\nb", "\x1b[31m", "x" * 80, "%s {0}", "_"]


@pytest.fixture
def figure():
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        yield Figure()


@pytest.mark.parametrize("count", [1, 3, 60])
@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_a_picture_is_written_whole_and_the_same_each_time(
    search, tmp_path: Path, count: int, ending: str
) -> None:
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending}"
    for path in (one, other):
        draw(picture(search(count)), path, title="a title")
    assert one.stat().st_size > 3000
    assert one.read_bytes() == other.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [one.name, other.name]


def test_dpi_sets_the_size(search, tmp_path: Path) -> None:
    sizes = []
    for dpi in (50, 100):
        draw(picture(search(20)), tmp_path / "x.png", dpi=dpi)
        with Image.open(tmp_path / "x.png") as image:
            sizes.append(image.size)
    assert sizes[1][0] == pytest.approx(2 * sizes[0][0], abs=2)


@pytest.mark.parametrize("name", NASTY)
def test_any_name_and_value_is_drawn(runs, tmp_path: Path, name: str) -> None:
    made = runs([{name: value} for value in NASTY], [State.FINISHED, State.CRASHED, State.RUNNING])
    draw(picture(made), tmp_path / "x.png", title=name)
    assert (tmp_path / "x.png").exists()


def test_a_dollar_is_a_dollar(runs, tmp_path: Path) -> None:
    draw(picture(runs([{"$x_1$": 1}, {"$x_1$": 2}])), tmp_path / "x.svg")
    assert "$x_1$" in (tmp_path / "x.svg").read_text()


def test_panels_fill_the_grid_and_no_axes_are_left_over(search, figure) -> None:
    drawn = picture(search(60))
    compose(figure, drawn, "")
    assert [axes.get_title() for axes in figure.axes] == [panel.name for panel in drawn.panels]


def test_lines_lie_under_dots_and_a_crowd_is_darker_than_one(runs, figure) -> None:
    params = [{"n": 5}] * 6 + [{"n": 50}, {"n": 30}, {"n": 40}]
    states = [State.CRASHED] * 7 + [State.FINISHED, State.RUNNING]
    compose(figure, picture(runs(params, states)), "")
    (axes,) = figure.axes
    lines = next(artist for artist in axes.collections if "Line" in type(artist).__name__)
    dots = [artist for artist in axes.collections if artist is not lines]
    assert all(artist.get_zorder() > lines.get_zorder() for artist in dots)
    crowd, lone = lines.get_colors()[:, 3]
    assert 0.05 <= lone < crowd < 1


def test_ten_thousand_crashes_are_a_few_hundred_lines_and_none_is_opaque(search, figure) -> None:
    made = [run._replace(state=State.CRASHED, best=None, loss=None) for run in search(50)]
    many = [made[i % 50]._replace(id=f"x-{i}", number=i) for i in range(10_000)]
    compose(figure, picture(many), "")
    for axes in figure.axes:
        (lines,) = (artist for artist in axes.collections if "Line" in type(artist).__name__)
        shades = lines.get_colors()[:, 3]
        assert 1 < len(shades) < 200
        assert shades.max() <= 0.81


def test_a_dot_beyond_what_an_axis_can_show_stands_at_its_edge(runs, figure) -> None:
    losses = [1.7e308, -1.7e308, 1.0]
    drawn = picture(runs([{"x": 1e298 * i} for i in range(3)], losses=losses))
    compose(figure, drawn, "")
    (axes,) = figure.axes
    heights = [point[1] for dots in axes.collections for point in getattr(dots, "get_offsets", list)()]
    assert sorted(heights)[0] == drawn.loss.low
    assert sorted(heights)[-1] == drawn.loss.high


@pytest.mark.parametrize("count", [1, 2, 3, 60])
def test_title_legend_and_names_stay_inside_and_apart(search, figure, count: int) -> None:
    made = [run._replace(drawn={"W" * 80: i, **run.params}) for i, run in enumerate(search(60))]
    drawn = picture(made, params=None if count == 60 else sorted(made[0].params)[:count])
    compose(figure, drawn, "a very long title " * 20)
    figure.canvas.draw()
    everything = figure.bbox
    title = next(text for text in figure.texts if text.get_text().startswith("a very"))
    note = next(text for text in figure.texts if text.get_text().startswith("Strips"))
    boxes = [text.get_window_extent() for text in (title, figure.legends[0], note)]
    boxes += [strip.get_window_extent() for axes in figure.axes for strip in axes.child_axes]
    boxes += [axes.title.get_window_extent() for axes in figure.axes]
    for index, box in enumerate(boxes):
        assert everything.x0 <= box.x0
        assert box.x1 <= everything.x1 + 2
        assert everything.y0 <= box.y0
        assert box.y1 <= everything.y1
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])
    assert "…" in title.get_text()


def test_turned_labels_stay_inside(runs, figure) -> None:
    names = [f"{letter * 30}-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    compose(figure, picture(runs([{"a": name, "b": 3 * i} for i, name in enumerate(names)])), "")
    figure.canvas.draw()
    boxes = [label.get_window_extent() for axes in figure.axes for label in axes.get_xticklabels()]
    assert min(box.x0 for box in boxes) >= 0
    assert min(box.y0 for box in boxes) >= 0


def test_long_labels_of_the_loss_stay_inside(runs, figure) -> None:
    losses = [123456.7801 + i / 10_000 for i in range(9)]
    compose(figure, picture(runs([{"a": i} for i in range(9)], losses=losses)), "")
    figure.canvas.draw()
    loss = next(text for text in figure.texts if text.get_text() == "loss")
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert min(box.x0 for box in boxes) >= loss.get_window_extent().x1


def test_the_legend_counts_what_is_drawn(search, figure) -> None:
    drawn = picture(search(60))
    compose(figure, drawn, "title")
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == [f"{state} {count}" for state, count in drawn.counts.items()]


def test_a_strip_stands_above_each_panel_and_the_first_in_a_row_says_the_share_of_all(search, figure) -> None:
    drawn = picture(search(60))
    compose(figure, drawn, "")
    figure.canvas.draw()
    strips = [axes.child_axes[0] for axes in figure.axes]
    for strip, axes in zip(strips, figure.axes, strict=True):
        frame, box = axes.get_window_extent(), strip.get_window_extent()
        assert (box.x0, box.x1) == (pytest.approx(frame.x0), pytest.approx(frame.x1))
        assert frame.y1 < box.y0
    labels = [[label.get_text() for label in strip.get_yticklabels()] for strip in strips]
    told = f"{100 * drawn.share:.0f} %"
    assert labels == [[told] if index % 5 == 0 else [] for index in range(13)]
    assert any(told in text.get_text() for text in figure.texts)


def test_a_hyperparameter_along_which_crashes_bunch_is_marked(search, figure) -> None:
    compose(figure, picture(search(60), bunched=frozenset({"convnet.depth", "of another picture"})), "")
    titles = {axes.get_title(): axes.title.get_color() for axes in figure.axes}
    marked = {name for name in titles if name.endswith(" *")}
    assert marked == {"convnet.depth *"}
    assert titles["convnet.depth *"] == COLOURS[State.CRASHED] != titles["convnet.kind"]
    assert any("Titles with *" in text.get_text() for text in figure.texts)


def test_a_long_name_is_shortened_and_keeps_its_mark(runs, figure) -> None:
    name = "W" * 80
    compose(figure, picture(runs([{name: 1, "b": 1}, {name: 2, "b": 2}]), bunched=frozenset({name})), "")
    assert figure.axes[0].get_title().endswith("W *")
    assert len(figure.axes[0].get_title()) < 40


def test_a_plot_tests_whether_crashes_bunch(runs, tmp_path: Path) -> None:
    states = [State.CRASHED if n % 40 > 30 else State.FINISHED for n in range(80)]
    made = runs([{"n": n % 40, "luck": n * 7919 % 100} for n in range(80)], states)
    draw_picture(made, tmp_path / "x.svg")
    told = (tmp_path / "x.svg").read_text()
    assert "<!-- n * -->" in told
    assert "<!-- luck -->" in told


@pytest.mark.parametrize("state", [State.FINISHED, State.CRASHED])
def test_without_a_share_to_compare_there_is_no_strip(runs, figure, state: State) -> None:
    compose(figure, picture(runs([{"n": 1}, {"n": 2}], [state])), "")
    assert not figure.axes[0].child_axes
    assert not any("Strips" in text.get_text() for text in figure.texts)


def test_labels_of_categories_do_not_overlap(runs, figure) -> None:
    names = ["straight", "straight_residual", "straight_dilated", "abcdefghijklmn", "nmlkjihgfedcba"]
    params = [
        {"kind": names[i % 3], "other": names[i % 2], "n": i, "long": names[i % 2 + 3], "five": names[i % 5]}
        for i in range(12)
    ]
    compose(figure, picture(runs(params)), "")
    figure.canvas.draw()
    for axes in figure.axes:
        labels = [label for label in axes.get_xticklabels() if label.get_text()]
        boxes = [label.get_window_extent() for label in labels]
        is_turned = labels[0].get_rotation() > 0
        assert is_turned == (axes.get_title() == "five")
        assert is_turned or not any(
            a.overlaps(b) for index, a in enumerate(boxes) for b in boxes[index + 1 :]
        )


def simulate(colour: str, matrix: list[list[float]]) -> list[float]:
    """Return a colour as it is seen with a kind of colour blindness, in linear RGB."""
    linear = [(int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]
    return [
        min(1, max(0, sum(weight * part for weight, part in zip(row, linear, strict=True)))) for row in matrix
    ]


# Machado, Oliveira and Fernandes 2009, severity 1.
BLINDNESS = {
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_are_told_apart_by_colour_blind_readers(kind: str) -> None:
    seen = {
        state: simulate(COLOURS[state], BLINDNESS[kind])
        for state in (State.FINISHED, State.UNFINISHED, State.CRASHED)
    }
    for one in seen:
        for other in seen:
            if one != other:
                distance = math.dist(
                    [v ** (1 / 2.2) for v in seen[one]], [v ** (1 / 2.2) for v in seen[other]]
                )
                assert distance > 0.3, (kind, one, other)


@pytest.mark.parametrize(
    ("name", "told"), [("x.gif", "'x.gif'|.png, .svg, .pdf"), ("none/x.png", "no folder")]
)
def test_where_no_picture_can_be_written_it_is_said(runs, tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises((UsageError, HpqError), match=told):
        draw(picture(runs([{"x": 1}])), tmp_path / name)
