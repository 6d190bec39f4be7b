"""A search over time."""

from hpq.queue.states import State
from hpq.results.picture.look import Look
from hpq.results.picture.panels import Picture, picture

NOW = 1e9


def progress(runs) -> Picture:
    return picture(runs, look=Look(is_progress=True))


def test_runs_stand_in_the_order_in_which_they_ended(runs) -> None:
    made = runs([{"n": i} for i in range(4)], [State.FINISHED, State.CRASHED])
    ended = [run._replace(ended_at=NOW - run.number) for run in made]
    drawn = progress(ended)
    (panel,) = drawn.panels
    assert (drawn.ids(panel.dots), panel.dots.x.tolist()) == (["x-001", "x-003"], [4, 2])
    assert (drawn.ids(panel.crashes), panel.crashes.x.tolist()) == (["x-002", "x-004"], [3, 1])
    assert drawn.up(panel) is drawn.loss
    assert panel.axis.low < 1 < 4 < panel.axis.high


def test_what_trains_comes_last_and_a_silent_run_where_it_was_heard(runs) -> None:
    states = [State.RUNNING, State.FINISHED, State.UNFINISHED, State.FINISHED]
    times = [(None, NOW), (NOW - 9, NOW - 9), (None, NOW - 5), (NOW - 1, NOW - 1)]
    made = runs([{"n": i} for i in range(4)], states)
    told = [run._replace(ended_at=end, heard_at=heard) for run, (end, heard) in zip(made, times, strict=True)]
    (panel,) = progress(told).panels
    assert panel.dots.x.tolist() == [4, 1, 2, 3]


def test_the_best_so_far_steps_down_and_goes_on_to_the_end(runs) -> None:
    made = runs([{"n": i} for i in range(5)], losses=[3.0, 4.0, 2.0, 2.5, 1.0])
    (panel,) = progress([run._replace(ended_at=NOW + run.number) for run in made]).panels
    assert panel.best.x.tolist() == [1, 2, 3, 4, 5, panel.axis.high]
    assert panel.best.y.tolist() == [3, 3, 2, 2, 1, 1]


def test_it_is_made_anew_when_a_run_ends_with_the_losses_as_they_were(runs) -> None:
    made = runs([{"n": i} for i in range(2)], [State.RUNNING, State.RUNNING])
    before = progress(made)
    columns = before.columns.successor([made[0], made[1]._replace(state=State.FINISHED, ended_at=NOW)])
    after = picture(columns, look=Look(is_progress=True), older=before)
    assert before.panels[0].dots.x.tolist() == [1, 2]
    assert after.panels[0].dots.x.tolist() == [2, 1]


def test_where_all_crashed_there_is_no_best(runs) -> None:
    (panel,) = progress(runs([{"n": 1}, {"n": 2}], [State.CRASHED])).panels
    assert panel.best is None
    assert len(panel.crashes) == 2


def test_runs_need_no_hyperparameters(runs) -> None:
    assert len(progress(runs([{}, {}])).panels[0].dots) == 2


def test_it_has_no_shares_of_crashes_since_what_trains_is_newest_and_has_a_loss(runs) -> None:
    made = runs([{"n": i} for i in range(4)], [State.FINISHED, State.CRASHED])
    assert picture(made).share == 0.5
    assert progress(made).share is None


def test_a_replicate_is_a_dot_and_moves_no_best(runs) -> None:
    made = runs([{"n": 1}] * 3, losses=[2.0, 1.0, 1.5])
    made[1] = made[1]._replace(replicates="x-001")
    (panel,) = progress([run._replace(ended_at=NOW + run.number) for run in made]).panels
    assert panel.dots.x.tolist() == [1, 2, 3]
    assert panel.best.y.tolist() == [2.0, 1.5, 1.5]
