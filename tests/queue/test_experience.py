from hpq.queue.experience import experience
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.search.tpe import Past

VALUES = {"lr": 0.1}


def told(state: State, best: float | None = None, reason: str = "") -> list[Past]:
    return experience([Run("blog-001", "blog", 1, state, VALUES, loss=9.0, best=best, reason=reason)])


def test_runs_with_a_loss_tell_their_best() -> None:
    for state in (State.FINISHED, State.UNFINISHED):
        assert told(state, 0.5, "stopped by hpq cancel") == [Past(VALUES, 0.5)]


def test_runs_that_train_tell_where_they_are_and_no_loss() -> None:
    assert told(State.RUNNING, 0.5) == told(State.STARTING) == [Past(VALUES, is_live=True)]


def test_a_crash_tells_where_it_happened_unless_it_is_the_fault_of_the_machine() -> None:
    assert told(State.CRASHED, reason="out of memory") == [Past(VALUES)]
    assert told(State.CRASHED, reason="time limit of 3 s") == [Past(VALUES)]
    assert told(State.CRASHED, reason="OSError: [Errno 28] No space left on device") == []


def test_runs_that_wait_or_were_taken_back_tell_nothing() -> None:
    assert told(State.QUEUED) == told(State.CANCELLED, reason="stopped by hpq cancel") == []


def test_a_replicate_tells_nothing_that_its_original_does_not() -> None:
    assert experience([Run("b", "b", 2, State.FINISHED, VALUES, best=0.5, replicates="b-001")]) == []


def test_it_comes_in_the_order_of_the_numbers() -> None:
    runs = [Run("b", "b", number, State.FINISHED, VALUES, best=float(number)) for number in (3, 1, 2)]
    assert [past.loss for past in experience(runs)] == [1.0, 2.0, 3.0]
