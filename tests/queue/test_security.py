"""What another user, or a file from elsewhere, can and cannot do to a root and to who reads it."""

import glob
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hpq import cli
from hpq.errors import HpqError, UsageError
from hpq.queue.batches import BatchName
from hpq.queue.claimer import Claimer
from hpq.queue.control import cancel, requeue
from hpq.queue.ids import check_name, name_from
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome
from hpq.queue.root import create_root
from hpq.queue.states import State
from hpq.queue.trust import check_owner

STRANGER = 12345
PACKAGE = Path(cli.__file__).parent
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can act as another user")
SEARCH = """
def sample(s):
    s.float("lr", 1e-3, 1e-1)

def train(run):
    run.log(0, loss=run.params["lr"])
"""
SECRET = "hunter2-correct-horse"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def give_away(folder: Path) -> None:
    for parent, folders, files in os.walk(folder):
        for name in [parent, *(os.path.join(parent, each) for each in (*folders, *files))]:
            os.lchown(name, STRANGER, STRANGER)


def add_batch(paths: RootPaths, name: BatchName, *objects: object) -> Path:
    body = b"".join(json.dumps(each).encode() + b"\n" for each in objects)
    batch = paths.batches / name.text
    batch.write_bytes(body + b"#%d %08x\n" % (len(objects), zlib.crc32(body)))
    return batch


def snapshot(folder: Path) -> dict[str, float]:
    return {str(path): path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


# Whose root it is.


def test_a_new_root_is_its_owners_alone(tmp_path: Path) -> None:
    paths = create_root(tmp_path / "deep" / "runs")
    assert (mode(paths.folder), mode(paths.queue)) == (0o700, 0o700)


def test_a_shared_root_is_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        paths = create_root(tmp_path / "runs", is_shared=True)
    finally:
        os.umask(before)
    assert (mode(paths.folder), mode(paths.queue)) == (0o750, 0o750)


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    folder.chmod(0o755)
    paths = create_root(folder)
    paths.queue.chmod(0o750)
    create_root(folder)
    assert (mode(folder), mode(paths.queue)) == (0o755, 0o750)


def test_ones_own_root_is_trusted(put, paths: RootPaths) -> None:
    put(2)
    check_owner(paths)


@needs_root
@pytest.mark.parametrize("part", [".", ".queue", ".queue/batches", ".queue/sources", "a batch"])
def test_what_another_user_owns_is_not_trusted(put, paths: RootPaths, part: str) -> None:
    put(1)
    path = next(paths.batches.iterdir()) if part == "a batch" else paths.folder / part
    os.chown(path, STRANGER, STRANGER)
    with pytest.raises(HpqError, match=r"belongs to user 12345 and not to you.*--trust"):
        check_owner(paths)


@needs_root
def test_a_strangers_root_is_read_and_not_run_unless_trusted(hpq, wait_until) -> None:
    hpq.write("s.py", SEARCH)
    hpq("enqueue", "s.py", "-n", 2, "--shared")
    give_away(hpq.root)
    said = hpq("run", "--workers", 1, code=1)
    assert said.startswith("hpq: ")
    assert said.count("\n") == 1
    assert "belongs to user 12345" in said
    assert {run["state"] for run in hpq.ls().values()} == {"queued"}
    hpq("run", "--workers", 1, "--trust")
    assert {run["state"] for run in hpq.ls().values()} == {"finished"}


@needs_root
def test_a_stranger_reads_a_shared_root_and_changes_nothing(module_stranger) -> None:
    root, read = module_stranger
    before = snapshot(root)
    for words in (
        ["ls"],
        ["ls", "--json"],
        ["status"],
        ["show", "s-001"],
        ["show", "s-002"],
        ["logs", "s-001"],
    ):
        code, out, err = read(*words)
        assert (code, err) == (0, ""), f"{words}: {out}{err}"
    code, _, err = read("cancel", "s-002")
    assert (code, err.startswith("hpq: "), "Traceback" in err) == (1, True, False)
    assert snapshot(root) == before


@needs_root
def test_a_stranger_sees_nothing_of_a_private_root(module_stranger) -> None:
    root, read = module_stranger
    (root / ".queue").chmod(0o700)
    code, out, err = read("ls")
    (root / ".queue").chmod(0o755)
    assert (code, out) == (1, "")
    assert err.startswith("hpq: ")
    assert "Traceback" not in err


# The interpreter may lie where no stranger can read, so all is imported before the process becomes one.
AS_A_STRANGER = f"""
import importlib, os, pkgutil, sys
import filelock, rich.cells, rich.console, rich.markup, rich.table, rich.text
import hpq.cli, hpq.commands, hpq.results
for package in (hpq.commands, hpq.results):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
os.setgroups([])
os.setgid({STRANGER})
os.setuid({STRANGER})
hpq.cli.main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def module_stranger() -> Iterator[Any]:
    """Return a root with a run that finished and one that waits, and how a stranger calls hpq on it."""
    with tempfile.TemporaryDirectory() as name:  # pytest's folders are closed to other users
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "s.py").write_text(SEARCH)

        def call(*command: str) -> tuple[int, str, str]:
            done = subprocess.run(
                [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=100
            )
            return done.returncode, done.stdout, done.stderr

        queue = ["enqueue", "s.py", "-n", "1"]
        for words in ([*queue, "--shared"], ["run", "--workers", "1"], queue):
            code, out, err = call("-m", "hpq", *words)
            assert code == 0, out + err
        root = folder / "runs"
        yield root, lambda *words: call("-c", AS_A_STRANGER, words[0], "--root", str(root), *words[1:])


# What is executed.


def test_a_source_that_was_changed_is_not_executed(hpq) -> None:
    hpq.write("s.py", SEARCH)
    hpq("enqueue", "s.py", "-n", 1)
    (source,) = (hpq.root / ".queue" / "sources").iterdir()
    source.write_text(SEARCH + f"\nopen({str(hpq.folder / 'executed')!r}, 'w')\n")
    hpq("run", "--workers", 1)
    run = hpq.ls()["s-001"]
    assert run["state"] == "crashed"
    assert "is not the search file that was queued" in run["reason"]
    assert not (hpq.folder / "executed").exists()


@pytest.mark.parametrize("call", ["torch.load(", "np.load(", "pickle.load", "yaml.", "exec(", "eval("])
def test_what_is_read_from_a_root_is_data(call: str) -> None:
    """No line could execute what a file holds, but the one for search files."""
    harmless = ("weights_only=True", "mmap_mode", "model.eval()", ".eval()")
    found = {
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in path.read_text().splitlines()
        if call in line and not any(word in line for word in harmless)
    }
    assert found <= {PACKAGE / "search" / "file.py"}


# What becomes a path.

OUTSIDE = [
    "../../outside",
    "/outside",
    "..",
    ".",
    "a/b",
    "a\0b",
    "x" * 5000,
    "blog-001/../../outside-001",
]


@pytest.mark.parametrize("word", OUTSIDE)
def test_no_name_in_a_file_leads_out_of_the_root(put, life, paths: RootPaths, tmp_path, word: str) -> None:
    put(1)
    header = {"search": word, "first": 1, "seed": 7, "folder": word, "file": word, "source": word}
    add_batch(paths, BatchName.make(0, 1, "odd", 1), header, {"lr": 0.5})
    asked = {"id": f"{word}-001", "attempt": 2, "fresh": False}
    add_batch(paths, BatchName.make(0, 2), {}, asked, {**asked, "id": word})
    outside = {name for name in os.listdir(tmp_path) if name != "runs"}
    claimer = Claimer(paths, "me")
    taken = []
    while task := claimer.claim():
        os.close(task.lock_descriptor)
        taken.append(task.id)
    assert taken == ["blog-001", "odd-001"]
    assert {run.id for run in Reader(paths).read()} == {"blog-001", "odd-001"}
    assert {name for name in os.listdir(tmp_path) if name != "runs"} == outside
    assert set(os.listdir(paths.folder)) == {".queue", "blog-001", "odd-001"}


@pytest.mark.parametrize("text", ["../blog", "blog/../x", "/blog", "b\0", "é", "-", "x" * 65, ""])
def test_a_search_cannot_be_called_what_would_be_a_path(text: str) -> None:
    with pytest.raises(UsageError):
        check_name(text)
    assert check_name(name_from(text))


def test_the_folder_of_a_run_that_is_a_link_is_not_written_through(put, life, paths, tmp_path) -> None:
    put(2)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    os.symlink(elsewhere, paths.folder / "blog-001")
    assert life.claim().id == "blog-002"
    assert life.claimer.claim() is None
    assert not list(elsewhere.iterdir())
    assert life.read()["blog-001"].state is State.QUEUED
    os.unlink(paths.folder / "blog-001")
    assert life.claim().id == "blog-001"


def test_a_run_that_was_moved_away_and_linked_is_read(put, life, paths, tmp_path) -> None:
    """As somebody does whose disk is full."""
    put(1)
    task = life.begin(life.claim())
    life.beat(task, 1.0)
    life.end(task, Outcome.RETURNED, 1.0)
    shutil.move(paths.folder / "blog-001", tmp_path / "archive")
    os.symlink(tmp_path / "archive", paths.folder / "blog-001")
    assert life.read()["blog-001"].state is State.FINISHED
    requeue(paths, [life.read()["blog-001"]])
    assert life.claimer.claim() is None
    assert cancel(paths, [life.read()["blog-001"]]) == (["blog-001"], [])
    assert not (tmp_path / "archive" / "2").exists()


# What is recorded, and who can connect.


def test_the_environment_is_recorded_nowhere(hpq) -> None:
    hpq.environment["API_TOKEN"] = SECRET
    hpq.write("s.py", SEARCH)
    hpq.write("c.py", 'def sample(s):\n    s.float("lr", 0.1, 1.0)\n\ncommand = "exit 3 # {lr}"\n')
    hpq("enqueue", "s.py", "-n", 1)
    hpq("enqueue", "c.py", "-n", 1)
    hpq("run", "--workers", 2)
    assert {run["state"] for run in hpq.ls().values()} == {"finished", "crashed"}
    files = [path for path in hpq.root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 10
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    links = [os.readlink(path) for path in hpq.root.rglob("*") if path.is_symlink()]
    assert not any(SECRET in link for link in links)


TRAIN_LONG = """
def sample(s):
    s.float("lr", 1e-3, 1e-1)

def train(run):
    import time
    run.log(0, loss=1.0)
    while not run.should_stop:
        time.sleep(0.01)
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for TMPDIR, whose path leaves room for a socket's."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


def test_a_path_that_is_too_long_for_a_socket_is_told_of(hpq) -> None:
    temporary = hpq.folder / ("x" * 100)
    temporary.mkdir()
    hpq.environment["TMPDIR"] = str(temporary)
    hpq.write("s.py", TRAIN_LONG)
    hpq("enqueue", "s.py", "-n", 1)
    assert "set TMPDIR to less than" in hpq("run", "--workers", 1, code=1)
    assert hpq.ls()["s-001"]["state"] == "queued"


def test_the_fork_servers_socket_is_in_a_folder_of_its_owners(hpq, temporary, wait_until) -> None:
    hpq.environment["TMPDIR"] = str(temporary)
    hpq.write("s.py", TRAIN_LONG)
    hpq("enqueue", "s.py", "-n", 1)
    runner = hpq.start("run", "--workers", 1, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: hpq.ls()["s-001"]["state"] == "running")
    sockets = [Path(name) for name in glob.glob(f"{temporary}/**/*", recursive=True)]
    folders = {path.parent for path in sockets if path.is_socket()}
    assert folders
    assert {mode(folder) for folder in folders} == {0o700}
    hpq("cancel", "s-001")
    assert runner.wait(60) == 0
