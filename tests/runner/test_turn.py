import fcntl

from hpq.queue.life import is_locked, take_lock
from hpq.runner.turn import turn


def test_a_turn_ends_when_its_holder_is_done(tmp_path) -> None:
    path = tmp_path / "turns" / "blog"
    with turn(path):
        assert is_locked(path)
    assert not is_locked(path)


def test_who_waits_gets_it_next(tmp_path, monkeypatch) -> None:
    path = tmp_path / "blog"
    descriptor = take_lock(path)
    assert descriptor is not None
    monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(descriptor, fcntl.LOCK_UN))
    with turn(path):
        assert is_locked(path)


def test_who_waited_too_long_goes_on_without_it(tmp_path) -> None:
    path = tmp_path / "blog"
    assert take_lock(path) is not None
    with turn(path, patience_s=0.05):
        assert is_locked(path)
    assert is_locked(path)
