"""A terminal or a pipe that goes away silences a runner, and does not end it."""

import errno

import pytest

from hpq.runner.reporter import Voice


class Told:
    """Remembers what it was told; fails at words that it cannot write any more."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def note(self, text: str) -> None:
        if text == "gone":
            raise OSError(errno.EIO, "Input/output error")
        self.told.append(text)

    def tick(self, trainings: list) -> None:
        self.told.append(trainings)

    started = tick

    def ended(self, training: object, verdict: object) -> None:
        self.told.append((training, verdict))


def test_everything_is_passed_on_until_the_terminal_is_gone() -> None:
    told = Told()
    voice = Voice(told)
    voice.note("one")
    voice.started("training")
    voice.ended("training", "verdict")
    voice.tick([])
    assert told.told == ["one", "training", ("training", "verdict"), []]
    voice.note("gone")
    voice.note("two")
    voice.tick([])
    assert len(told.told) == 4


def test_an_error_of_the_reporters_own_is_not_hidden() -> None:
    broken = Told()
    broken.note = lambda text: text.no_such_method()
    with pytest.raises(AttributeError):
        Voice(broken).note("one")
