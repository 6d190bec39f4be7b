"""Which runs a user means: ids, ranges such as `blog-3..9`, names of searches, states."""

import re
from collections.abc import Iterable, Sequence

from hpq.errors import UsageError
from hpq.queue.ids import parse_run_id
from hpq.queue.runs import Run
from hpq.queue.states import State

_RANGE = re.compile(r"(.+-[0-9]+)\.\.([0-9]+)")


def select(runs: Sequence[Run], words: Iterable[str], states: Iterable[str] = ()) -> list[Run]:
    """Return the runs that any of the words names and that are in one of the states; all without words.

    Raises UsageError for a word that names no run.
    """
    wanted = {State(state) for state in states}
    words = list(words)
    if not words and not wanted:
        return list(runs)
    chosen = {run.id for word in words for run in _named(runs, word)} if words else {run.id for run in runs}
    return [run for run in runs if run.id in chosen and (not wanted or run.state in wanted)]


def _named(runs: Sequence[Run], word: str) -> list[Run]:
    span = _RANGE.fullmatch(word)
    first = parse_run_id(span[1] if span else word)
    if first is not None:
        search, low = first
        high = int(span[2]) if span else low
        if high < low:
            raise UsageError(f"the range {word!r} runs backwards; write {search}-{high}..{low}")
        found = [run for run in runs if run.search == search and low <= run.number <= high]
    else:
        found = [run for run in runs if run.search == word]
    if not found:
        raise UsageError(_unknown(runs, word))
    return found


def _unknown(runs: Sequence[Run], word: str) -> str:
    searches = sorted({run.search for run in runs})
    if not searches:
        return f"there is no run {word!r}: nothing is queued"
    import difflib  # only when something is wrong

    close = difflib.get_close_matches(word, [*searches, *(run.id for run in runs)], 1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"there is no run or search {word!r}; {hint}the searches are {', '.join(searches)}"
