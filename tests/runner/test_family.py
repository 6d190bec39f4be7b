"""Everything that a run starts ends with it, wherever it went."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hpq.queue.life import start_ticks, take_lock
from hpq.queue.paths import AttemptPaths
from hpq.runner.family import MARK, Family, mark_of

SEARCH = """
import os, subprocess, time

def sample(s):
    s.choice("way", ["returns", "is deaf"])

def note(run, name, pid=None):
    aside = run.dir / f"{name}.new"
    aside.write_text(str(pid or os.getpid()))
    aside.rename(run.dir / f"{name}.pid")

def leave(run, name, *, session=False, closed=False):
    '''Fork twice, so that the grandchild has another parent, and live on.'''
    if os.fork() == 0:
        if session:
            os.setsid()
        if os.fork() == 0:
            if closed:
                os.closerange(0, 1000)
            note(run, name)
            time.sleep(1000)
        os._exit(0)

def wiped(run):
    '''Leave with neither session, parent nor environment, and keep the lock alone.'''
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            note(run, "wiped")
            os.execve("/bin/sleep", ["sleep", "1000"], {})
        os._exit(0)

def train(run):
    if os.fork() == 0:
        note(run, "worker")
        time.sleep(1000)
    note(run, "program", subprocess.Popen(["sleep", "1000"]).pid)
    note(run, "session", subprocess.Popen(["sleep", "1000"], start_new_session=True).pid)
    leave(run, "orphan")
    leave(run, "daemon", session=True, closed=True)
    wiped(run)
    while len(list(run.dir.glob("*.pid"))) < 6:
        time.sleep(0.01)
    run.log(1, loss=1.0)
    while run.params["way"] == "is deaf":
        time.sleep(0.1)
"""
NAMES = {"worker", "program", "session", "orphan", "daemon", "wiped"}


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def offspring(hpq, run: str) -> dict[str, int]:
    """Return the processes that a run started, by the names that it gave them."""
    return {path.stem: int(path.read_text()) for path in (hpq.root / run / "1").glob("*.pid")}


def assert_all_ended(hpq, run: str) -> None:
    pids = offspring(hpq, run)
    assert pids.keys() == NAMES
    assert {name for name, pid in pids.items() if is_alive(pid)} == set()


@pytest.fixture
def bystander():
    """A process that has nothing to do with any run."""
    process = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def queue(hpq, way: str) -> None:
    hpq.write("many.py", SEARCH)
    hpq("enqueue", "many.py", "-n", "1", "--set", f"way={way}")


def test_after_a_normal_end_nothing_lives_that_the_run_started(hpq, bystander) -> None:
    queue(hpq, "returns")
    hpq("run", "--workers", "1")
    assert_all_ended(hpq, "many-001")
    assert hpq.ls()["many-001"]["state"] == "finished"
    assert bystander.poll() is None


def test_after_a_time_limit_nothing_lives_that_a_deaf_run_started(hpq) -> None:
    queue(hpq, "is deaf")
    hpq("run", "--workers", "1", "--time-limit", "1s", "--grace", "0.1s")
    assert_all_ended(hpq, "many-001")
    assert "killed when it did not stop" in hpq.ls()["many-001"]["reason"]


def test_after_a_cancel_nothing_lives_that_a_deaf_run_started(hpq, wait_until, bystander) -> None:
    queue(hpq, "is deaf")
    runner = hpq.start("run", "--workers", "1", "--grace", "0.1s", stdout=subprocess.DEVNULL)
    wait_until(lambda: hpq.ls()["many-001"]["state"] == "running")
    hpq("cancel", "many-001")
    assert runner.wait(30) == 0
    assert_all_ended(hpq, "many-001")
    assert bystander.poll() is None


def test_what_an_orphan_started_ends_with_it_too(hpq, wait_until) -> None:
    queue(hpq, "is deaf")
    first = hpq.start("run", "--workers", "1", stdout=subprocess.DEVNULL)
    wait_until(lambda: hpq.ls()["many-001"]["state"] == "running")
    first.kill()
    first.wait()
    second = hpq.start("run", "--workers", "1", "--grace", "0.1s", stdout=subprocess.DEVNULL)
    hpq("cancel", "many-001")
    assert second.wait(30) == 0
    assert_all_ended(hpq, "many-001")


def test_a_command_is_marked_too_and_what_it_leaves_ends(hpq) -> None:
    leave = "setsid sh -c 'echo $$ > {dir}/left.pid; exec sleep 1000 > /dev/null' & "
    wait = "while [ ! -s {dir}/left.pid ]; do sleep 0.01; done; "
    log = """echo '{{"step": 1, "loss": 1}}' >> $HPQ_METRICS"""
    hpq.write("shell.py", f"command = {leave + wait + log!r}\ndef sample(s):\n    s.int('n', 1, 9)\n")
    hpq("enqueue", "shell.py", "-n", "1")
    hpq("run", "--workers", "1")
    assert hpq.ls()["shell-001"]["state"] == "finished"
    pids = offspring(hpq, "shell-001")
    assert pids.keys() == {"left"}
    assert not is_alive(pids["left"])


def family(folder: Path, **changes) -> Family:
    attempt = AttemptPaths(folder)
    return Family(
        **{"mark": mark_of(attempt), "lock": attempt.lock, "session": 0, "since_ticks": 0, **changes}
    )


def marked(folder: Path) -> dict[str, str]:
    return {**os.environ, MARK: mark_of(AttemptPaths(folder))}


def test_a_mark_is_found_in_its_own_family_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "1", tmp_path / "10"
    with subprocess.Popen(["sleep", "1000"], env=marked(one)) as process:
        assert family(one).members() == [process.pid]
        assert family(other).members() == []
        assert family(one, since_ticks=start_ticks(process.pid) + 1).members() == []
        assert family(one).end(5)
        assert process.wait() == -signal.SIGKILL


def test_whoever_looks_at_the_lock_is_no_holder_of_it(tmp_path: Path) -> None:
    lock = take_lock(AttemptPaths(tmp_path).lock)
    try:
        code = f"import sys; open({str(tmp_path / 'lock')!r}); print(flush=True); sys.stdin.read()"
        with subprocess.Popen(
            [sys.executable, "-c", code.replace("open(", "file = open(")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as reader:
            reader.stdout.readline()
            assert not family(tmp_path, since_ticks=1)._holders()
    finally:
        os.close(lock)


def test_a_process_that_will_not_die_is_not_waited_for_longer_than_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hpq.runner.family._kill", lambda _: None)  # as one stuck in a driver takes it
    with subprocess.Popen(["sleep", "1000"], env=marked(tmp_path)) as process:
        assert not family(tmp_path).end(0.05)
        process.kill()
    assert family(tmp_path).end(0)


def test_the_lock_of_a_deleted_attempt_is_held_by_nobody(tmp_path: Path) -> None:
    assert family(tmp_path / "gone", since_ticks=1).end(0)


def test_a_run_knows_its_mark(hpq) -> None:
    hpq.write(
        "mark.py",
        "import json, os\nfrom pathlib import Path\n"
        "def sample(s):\n    s.int('n', 1, 9)\n"
        "def train(run):\n"
        "    shown = Path('/proc/self/environ').read_bytes().split(b'\\0')\n"
        f"    told = [each.decode() for each in shown if each.startswith(b'{MARK}=')]\n"
        f"    (run.dir / 'mark').write_text(json.dumps([*told, os.environ['{MARK}']]))\n"
        "    run.log(1, loss=1)\n",
    )
    hpq("enqueue", "mark.py", "-n", "1")
    hpq("run", "--workers", "1")
    mark = mark_of(AttemptPaths(hpq.root / "mark-001" / "1"))
    assert json.loads((hpq.root / "mark-001" / "1" / "mark").read_text()) == [f"{MARK}={mark}", mark]
