"""The runner: fills its slots with runs that wait, watches them, and ends when nothing waits."""

import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from hpq.errors import HpqError
from hpq.queue import reasons
from hpq.queue.claims import runner_id
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Stop
from hpq.runner.breaker import Breaker
from hpq.runner.gate import Gate
from hpq.runner.hooks import Hooks
from hpq.runner.interrupts import Interrupts, Level
from hpq.runner.job import Limits
from hpq.runner.orphans import adopt_orphans
from hpq.runner.presence import present
from hpq.runner.reporter import Reporter, Voice
from hpq.runner.retries import Retries
from hpq.runner.room import Room
from hpq.runner.rules import Rules
from hpq.runner.slots import Slot
from hpq.runner.starter import Starter
from hpq.runner.supply import Supply
from hpq.runner.training import Training

_TICK_S = 0.2  # limits, requests to stop and Ctrl-C are seen so often; an end is seen at once
_HOOKS_S = 5.0  # for which commands are awaited that still run when the user has interrupted
_HOOKS_TICK_S = 0.02
_ANNOUNCEMENTS = {
    Level.DRAIN: "nothing new is taken, {count} training: they finish; Ctrl-C again asks them to stop",
    Level.STOP: "{count} training: asked to save and stop; Ctrl-C again kills them",
    Level.KILL: "{count} training: killed",
}


@dataclass(slots=True)
class Runner:
    """Trains what waits in a root, one run in each slot at a time."""

    paths: RootPaths
    slots: list[Slot]
    reporter: Reporter
    limits: Limits = field(default_factory=Limits)
    rules: Rules = field(default_factory=Rules)
    interrupts: Interrupts = field(default_factory=Interrupts)
    ended: int = 0  # attempts that it saw end
    problem: str = ""  # why it stopped taking runs, if it did
    _busy: list[Training] = field(default_factory=list)
    _is_held_back: bool = False  # something waits: for room on a GPU, or for the end of a pause
    _announced: Level = Level.NONE
    _voice: Voice = field(init=False)
    _reader: Reader = field(init=False)
    _supply: Supply = field(init=False)
    _starter: Starter = field(init=False)
    _room: Room = field(init=False)
    _gate: Gate = field(init=False)
    _hooks: Hooks = field(init=False)
    _breaker: Breaker = field(init=False)
    _retries: Retries = field(init=False)
    _id: str = field(default_factory=runner_id)

    def __post_init__(self) -> None:
        self._voice = Voice(self.reporter)
        self._reader = Reader(self.paths)
        self._supply = Supply(self.paths, self._reader, self._id)
        self._starter = Starter(self.paths, self._id, self.limits, len(self.slots))
        self._room = Room(self.rules.free_bytes)
        self._gate = Gate(self.paths)
        self._hooks = Hooks(self.paths, self.rules.on_run_end, self.rules.on_end)
        self._breaker = Breaker(self.slots, self.rules.give_up_after)
        self._retries = Retries(self.paths, self._reader, self.rules.retries)

    def run(self) -> None:
        """Train until nothing waits or the user interrupts. Raises HpqError when it can take no more."""
        with present(self.paths, self._id):
            self._adopt()
            while True:
                self._announce()
                self._look_after()
                if self._is_taking:
                    self._fill()
                if self._is_done:
                    break
                self._voice.tick(self._busy)
                self._wait()
            self._see_hooks_out()
        if problem := self.problem or self._supply.problem:
            raise HpqError(problem)

    @property
    def _is_taking(self) -> bool:
        """Whether it takes new runs."""
        return self.interrupts.level is Level.NONE and not self.problem

    @property
    def _is_done(self) -> bool:
        """Whether it has nothing to do now, and nothing will come."""
        may_take_later = self._is_taking and (self.rules.watch or self._is_held_back)
        return not self._busy and not may_take_later

    def _adopt(self) -> None:
        """Count the slots as taken in which attempts of dead runners train on."""
        self._busy = adopt_orphans(self.paths, self._reader, self.slots)
        for training in self._busy:
            self._voice.note(
                f"{training.id} still trains for a runner that died, so {training.slot.name} is taken"
            )

    def _announce(self) -> None:
        """Tell what the last Ctrl-C did, and what the next one does."""
        if self._announced is not self.interrupts.level:
            self._announced = self.interrupts.level
            self._voice.note(_ANNOUNCEMENTS[self._announced].format(count=len(self._busy)))

    def _look_after(self) -> None:
        """See to every training, and settle those that ended."""
        for training in list(self._busy):
            self._pass_on(self.interrupts.level, training)
            training.watch(self.rules.grace_s, self.rules.log_bytes)
            if not training.is_alive:
                self._busy.remove(training)
                self._settle(training)
        for text in (*self._retries.queue(), *self._hooks.look()):
            self._voice.note(text)

    def _pass_on(self, level: Level, training: Training) -> None:
        if level >= Level.STOP:
            training.ask(Stop(Outcome.STOPPED, f"{reasons.STOPPED} with its runner"))
        if level is Level.KILL:
            training.kill()

    def _settle(self, training: Training) -> None:
        """Draw the consequences of an attempt's end."""
        self.ended += 1
        try:
            verdict = training.settle()
        except OSError as error:  # of the machine, such as no descriptor left; the other runs go on
            self._voice.note(f"{training.id} ended, and what it left cannot be read: {error}")
            return
        self._voice.ended(training, verdict)
        self._hooks.run_ended(training, verdict)
        self._retries.hear(training, verdict)
        if text := self._breaker.hear(training, verdict):
            self._voice.note(text)
        self.problem = self.problem or self._breaker.problem

    def _see_hooks_out(self) -> None:
        """Wait for commands of the user; once he interrupted, not for long."""
        self._wait_for_hooks()
        if self._is_taking:
            self._hooks.all_ended()
            self._wait_for_hooks()
        self._hooks.end()

    def _wait_for_hooks(self) -> None:
        began_s, is_told = time.monotonic(), False
        while True:
            for text in self._hooks.look():
                self._voice.note(text)
            for_s = time.monotonic() - began_s
            is_late = for_s > _HOOKS_S and self.interrupts.level is not Level.NONE
            if not self._hooks.count or is_late or self.interrupts.level is Level.KILL:
                return
            if for_s > _HOOKS_S and not is_told:
                is_told = True
                self._voice.note(f"{self._hooks.count} commands of --on-run-end or --on-end run still")
            time.sleep(_HOOKS_TICK_S)

    def _fill(self) -> None:
        """Start runs that wait, unless the root is paused."""
        if text := self._gate.look():
            self._voice.note(text)
        if self._gate.is_closed:
            self._is_held_back = bool(self._busy) or not self._supply.is_empty()
        else:
            self._is_held_back = self._start_runs()
        if self.rules.watch and (text := self._supply.news()):  # without it, this is how the runner ends
            self._voice.note(text)

    def _start_runs(self) -> bool:
        """Start runs in free slots until nothing waits; return whether some wait for room on a GPU."""
        held = []
        for slot in self._free_slots():
            if not self._room.has(slot, self._busy):
                held.append(slot)
            elif not self._start_next(slot):
                return False
        if not held or self._supply.is_empty():
            return False
        for text in self._room.explain(held):
            self._voice.note(text)
        return True

    def _free_slots(self) -> list[Slot]:
        taken = {training.slot.name for training in self._busy}
        return [slot for slot in self.slots if slot.name not in taken and not self._breaker.is_out(slot)]

    def _start_next(self, slot: Slot) -> bool:
        """Start the next run in a slot; return whether there was one that could be taken."""
        try:
            task = self._supply.take(is_last_look=not self._busy and not self.rules.watch)
            if task is None:
                return False
            training = self._starter.start(slot, task)
        except (OSError, HpqError) as error:
            self.problem = f"no further run can be taken: {error}"
            return False
        self._busy.append(training)
        self._voice.started(training)
        return True

    def _wait(self) -> None:
        processes = [training.process for training in self._busy]
        # The sentinel of a process whose fork server was killed is ready for ever: its lock tells its end.
        sentinels = [p.sentinel for p in processes if p is not None and p.exitcode is None]
        if sentinels:
            wait(sentinels, _TICK_S)
        else:
            time.sleep(_TICK_S)
