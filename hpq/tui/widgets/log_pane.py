"""A log below its heading, and words where nothing was printed."""

from textual.containers import Vertical

from hpq.queue.runs import Run
from hpq.queue.states import LIVE, State
from hpq.results.plain import plain
from hpq.tui.widgets.log_view import LogView
from hpq.tui.widgets.said import Said

_WORDS_WIDTH = 24  # of what is searched for
_BEFORE = {
    State.QUEUED: "it waits: nothing was printed yet",
    State.CANCELLED: "it was taken back before anything was printed",
    State.STARTING: "it starts: nothing was printed yet",
}


class LogPane(Vertical):
    """What a run printed."""

    def __init__(self) -> None:
        self.heading = Said("log-title", classes="title")
        self._none = Said("log-none")
        self.log_view = LogView()
        super().__init__(self.heading, self._none, self.log_view, id="log-pane")

    def tell(self, run: Run, words: str, *, is_deleted: bool = False) -> None:
        """Say how much of a run's log there is, and how often the words that are searched for stand in it."""
        heading = " " + " · ".join(self._told(run, words))
        self.heading.say(heading, heading)
        none = "" if self.log_view.line_count else self._no_lines(run, is_deleted)
        self._none.say(none, none, none)
        self._none.display = bool(none)

    def _told(self, run: Run, words: str) -> list[str]:
        view = self.log_view
        told = [f"log of attempt {run.attempt}" if run.attempt > 1 else "log"]
        if view.line_count:
            lines = f"{view.line_count:,} line" + ("s" if view.line_count != 1 else "")
            told.append(lines if view.is_whole else f"the last {lines}")
        if view.is_searching:
            found = f"{view.match_place:,} of {view.match_count:,}" if view.match_count else "nothing"
            told.append(f"{found} for “{plain(words, _WORDS_WIDTH)}”")
        if view.is_following and run.state in LIVE:
            told.append("follows")
        if not view.is_folding:
            told.append("not folded")
        return told

    def _no_lines(self, run: Run, is_deleted: bool) -> str:
        if is_deleted:
            return "its log is gone: the folder was deleted"
        if run.state is State.STARTING or (run.state in _BEFORE and not run.attempt):
            return _BEFORE[run.state]
        if not self.log_view.is_there:
            return "its log is gone: the folder was deleted, or is elsewhere"
        return "nothing was printed yet" if run.state in LIVE else "nothing was printed"
