"""The picture as a file, coloured by a hyperparameter, as planes and over time."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from PIL import Image

from hpq.queue.states import State
from hpq.results.picture.look import Look
from hpq.results.picture.panels import picture
from hpq.results.png.colours import ABSENT, COLOURS, GROUPS, colours_of, scale
from hpq.results.png.file import STYLE, compose, draw

LOOKS = {
    "number": Look(colour_by="convnet.depth"),
    "words": Look(colour_by="merger.kind"),
    "lacking": Look(colour_by="merger.depth"),
    "plane": Look(pairs=(("convnet.depth", "convnet.profundity"),)),
    "planes": Look(pairs=(("merger.kind", "optimize_given"), ("merger.depth", "convnet.kind"))),
    "progress": Look(is_progress=True),
    "coloured progress": Look(is_progress=True, colour_by="convnet.kind"),
}
NASTY = ["[/bold]", "é", "$x_1$", "a\nb", "\x1b[31m", "x" * 80, "%s {0}", "_", "y" * 80]


@pytest.fixture
def figure():
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        yield Figure()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_a_picture_is_written_and_the_same_each_time(search, tmp_path: Path, look: Look, ending: str) -> None:
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending}"
    for path in (one, other):
        draw(picture(search(40), look=look), path)
    assert one.stat().st_size > 3000
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_legend_key_names_and_labels_stay_inside_and_apart(search, figure, look: Look) -> None:
    compose(figure, picture(search(60), look=look), "a title")
    figure.canvas.draw()
    heads = [text.get_window_extent() for text in figure.texts]
    heads += [legend.get_window_extent() for legend in figure.legends]
    heads += [axes.get_tightbbox() for axes in figure.axes]
    for index, box in enumerate(heads):
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1 + 2
        assert figure.bbox.y0 <= box.y0
        assert box.y1 <= figure.bbox.y1
        others = [other for other in heads[index + 1 :] if box.overlaps(other)]
        assert not others, (index, box, others)


@pytest.mark.parametrize("pair", [("word", "other"), ("other", "word"), ("n", "word")])
def test_any_name_and_value_is_drawn(runs, tmp_path: Path, pair: tuple[str, str]) -> None:
    states = [State.FINISHED, State.CRASHED, State.RUNNING, State.UNFINISHED]
    made = runs([{"word": word, "other": word * 2, "n": i} for i, word in enumerate(NASTY)], states)
    draw(picture(made, look=Look(pairs=(pair,))), tmp_path / "plane.png")
    draw(picture(made, look=Look(colour_by=pair[0])), tmp_path / "coloured.png")
    for name in ("plane", "coloured"):
        with Image.open(tmp_path / f"{name}.png") as image:
            assert image.width < 3000


def test_forms_tell_the_states_where_colours_tell_something_else(runs, figure) -> None:
    states = [State.FINISHED, State.UNFINISHED, State.RUNNING]
    compose(figure, picture(runs([{"n": i} for i in range(3)], states), look=Look(colour_by="n")), "")
    (axes, _) = figure.axes
    finished, outline, half, ring = (dots for dots in axes.collections if isinstance(dots, PathCollection))
    assert len(finished.get_facecolors()) == 1
    assert to_rgb(outline.get_facecolors()[0]) == (1, 1, 1)
    halves, whole = (dots.get_paths()[0].get_extents().width for dots in (half, outline))
    assert halves == pytest.approx(whole / 2)
    assert not len(ring.get_facecolors())
    assert {tuple(dots.get_offsets()[0]) for dots in (outline, half)} == {(1.0, 2.0)}


def test_a_plane_has_red_crosses_and_no_lines(runs, figure) -> None:
    made = runs([{"a": 20 * i, "b": 30 * i} for i in range(4)], [State.FINISHED, State.CRASHED])
    compose(figure, picture(made, look=Look(pairs=(("a", "b"),))), "")
    axes = figure.axes[0]
    assert not any("Line" in type(artist).__name__ for artist in axes.collections)
    crosses = max(axes.collections, key=lambda artist: artist.get_zorder())
    assert crosses.get_offsets().tolist() == [[20, 30], [60, 90]]
    assert to_rgb(crosses.get_edgecolors()[0]) == to_rgb(COLOURS[State.CRASHED])
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("a", "b", "")


def test_progress_draws_the_best_as_steps_and_the_legend_names_it(runs, figure) -> None:
    compose(figure, picture(runs([{"n": i} for i in range(4)]), look=Look(is_progress=True)), "")
    (axes,) = figure.axes
    (line,) = axes.get_lines()
    assert line.get_drawstyle() == "steps-post"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["finished 4", "best so far"]


def test_the_key_tells_groups_and_counts_the_runs_without_one(runs, figure) -> None:
    made = runs([{"n": i, **({"kind": "ab"[i % 2]} if i < 6 else {})} for i in range(9)])
    drawn = picture(made, look=Look(colour_by="kind"))
    compose(figure, drawn, "")
    key = figure.legends[1]
    assert [text.get_text() for text in key.get_texts()] == ["a", "b", "without 3"]
    shown = [to_rgb(handle.get_markerfacecolor()) for handle in key.legend_handles]
    assert shown == [to_rgb(colour) for colour in (*GROUPS[:2], ABSENT)]
    assert (colours_of(drawn.shades, np.array([0, 1, 8]))[:, :3] == np.array(shown)).all()


def test_the_key_of_numbers_is_labelled_where_they_are(runs, figure) -> None:
    made = runs([{"lr": 10.0**-power} for power in range(1, 12)])
    compose(figure, picture(made, look=Look(colour_by="lr")), "")
    labels = [label.get_text() for label in figure.axes[-1].get_xticklabels()]
    places = figure.axes[-1].get_xticks()
    assert {"1e-10", "1e-5"} & set(labels)
    assert sorted(map(float, labels)) == [float(label) for label in labels]
    assert all(0 <= place <= 1 for place in places)


def test_the_scale_is_darkest_at_its_low_end_and_keeps_away_from_red_and_white() -> None:
    colours = scale()(np.linspace(0, 1, 50))[:, :3]
    lightness = (colours**2.2) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()
    for other in (to_rgb(COLOURS[State.CRASHED]), (1.0, 1.0, 1.0)):
        assert min(math.dist(colour, other) for colour in colours) > 0.4


def test_of_many_words_up_some_are_labelled_and_the_labels_do_not_touch(runs, figure) -> None:
    words = [f"{letter * 9}-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    made = runs([{"word": word, "n": 3 * i} for i, word in enumerate(words)])
    compose(figure, picture(made, look=Look(pairs=(("n", "word"),))), "")
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert 5 < len(boxes) <= 12
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))


def test_groups_with_long_names_take_lines_and_leave_no_gap(runs, figure) -> None:
    words = [f"{letter * 20}" for letter in "abcdefgh"]
    drawn = picture(
        runs([{"word": word, "n": i} for i, word in enumerate(words)]), look=Look(colour_by="word")
    )
    compose(figure, drawn, "")
    figure.canvas.draw()
    key, panel = figure.legends[1].get_window_extent(), figure.axes[0].title.get_window_extent()
    assert key.height > 2 * figure.legends[0].get_window_extent().height
    assert 0 < key.y0 - panel.y1 < 0.4 * figure.dpi
