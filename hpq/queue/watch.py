"""An attempt that is judged again and again, until its verdict is final."""

from hpq.queue.claims import Claim
from hpq.queue.evidence import Verdict, judge, sum_up
from hpq.queue.listing import Clock, Hint, Sign, sign
from hpq.queue.paths import AttemptPaths
from hpq.queue.records import Summary


class Watch:
    """Judges one claimed attempt as often as asked, and reads little where nothing can have changed.

    A living attempt is judged anew each time. One that is gone without a result changes only if a runner
    writes its result late, or a program that outlived the lock goes on logging: the folder's mtime tells
    of the one and the metrics' size of the other.
    """

    __slots__ = ("_claim", "_clock", "_hint", "_metrics", "_paths", "_signed", "_verdict")

    def __init__(self, paths: AttemptPaths, claim: Claim, clock: Clock) -> None:
        self._paths = paths
        self._claim = claim
        self._clock = clock
        self._verdict: Verdict | None = None  # the last one, unless the attempt lived
        self._hint: Hint | None = None
        self._signed = ("", "")
        self._metrics: tuple[Sign, Summary] = None, Summary()

    @property
    def is_final(self) -> bool:
        return self._verdict is not None and self._verdict.is_final

    def look(self) -> bool:
        """Return whether the verdict may be another one by now; the next judgement then reads anew."""
        known = self._verdict
        if known is not None and (known.is_final or not self._is_touched()):
            return False
        self._verdict = None
        return True

    def judge(self) -> Verdict:
        """Return what became of the attempt."""
        known = self._verdict
        if known is not None and not self.look():
            return known
        verdict = judge(self._paths, self._claim, self._sum_up)
        self._verdict = verdict if verdict.is_final or verdict.is_gone else None
        return verdict

    def _is_touched(self) -> bool:
        if self._hint is None:
            self._hint = Hint(self._clock)
            self._signed = str(self._paths.folder), str(self._paths.metrics)
        folder, metrics = self._signed
        there = sign(folder)
        return self._hint.is_stale((there, there and sign(metrics)))

    def _sum_up(self) -> Summary:
        """Return what the metrics add up to; a long file is read once unless it grows."""
        now = sign(str(self._paths.metrics))
        if now is None or now != self._metrics[0]:
            self._metrics = now, sum_up(self._paths.metrics)
        return self._metrics[1]
