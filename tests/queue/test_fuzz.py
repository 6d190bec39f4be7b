"""Any file of a root may be damaged, missing or something else: the other runs are told of, and go on."""

import contextlib
import gc
import io
import json
import os
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hpq import cli
from hpq.queue.batches import BatchName
from hpq.queue.claimer import Claimer
from hpq.queue.control import cancel, requeue, requeue_stranded
from hpq.queue.life import boot_id, host_name
from hpq.queue.paths import RootPaths
from hpq.queue.pause import read_pause
from hpq.queue.reader import Reader
from hpq.queue.root import create_root, open_root
from hpq.results.overview import overview
from hpq.runner.orphans import adopt_orphans
from hpq.runner.slots import cpu_slots

WRITTEN = Path(__file__).parents[1] / "fixtures" / "roots" / "format-1"
PRESENT = {  # and what is only there while something runs, or was asked for
    ".queue/pause": '{"at": 1.0, "by": "ada", "reason": "a fan"}',
    ".queue/runners/workstation-1": "",
    "lr-004/1/stop": '{"outcome": "stopped", "reason": "x"}',
}
FILES = sorted(
    [str(path.relative_to(WRITTEN)) for path in WRITTEN.rglob("*") if path.is_symlink() or path.is_file()]
    + list(PRESENT)
)
BATCHES = [name for name in FILES if "/batches/" in name]
IDS = [*(f"lr-{number:03d}" for number in range(1, 9)), "other-1x-001"]
Damage = Callable[[Path], object]


@pytest.fixture(autouse=True, scope="module")
def _unsynced() -> Iterator[None]:
    """No power cut is tested here, and syncing the disk takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield
    gc.enable()  # which commands turn off, since they end soon


def flip(place: int, bits: int) -> Damage:
    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        if data:
            data[place % len(data)] ^= bits
        path.write_bytes(data)

    return on_files(damage)


def cut(place: int) -> Damage:
    return on_files(lambda path: path.write_bytes(path.read_bytes()[: place % (path.stat().st_size + 1)]))


def write(data: bytes) -> Damage:
    return on_files(lambda path: path.write_bytes(data))


def on_files(damage: Damage) -> Damage:
    """Let a claim, whose content is its target, become a file."""

    def apply(path: Path) -> None:
        if path.is_symlink():
            target = os.readlink(path)
            path.unlink()
            path.write_text(target)
        damage(path)

    return apply


def delete(path: Path) -> None:
    path.unlink()


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "x").touch()


def become_a_link(target: str) -> Damage:
    def damage(path: Path) -> None:
        path.unlink()
        path.symlink_to(path if target == "itself" else target)

    return damage


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
FIELDS = st.sampled_from(
    ["outcome", "reason", "summary", "loss", "best", "step", "at", "slot", "id", "params"]
)
OBJECTS = st.dictionaries(FIELDS | st.text(max_size=3), JSON, max_size=4).map(
    lambda value: json.dumps(value).encode()
)
DAMAGES: st.SearchStrategy[Damage] = st.one_of(
    st.builds(flip, st.integers(0, 2000), st.integers(1, 255)),
    st.builds(cut, st.integers(0, 2000)),
    st.builds(write, st.binary(max_size=30) | OBJECTS),
    st.just(delete),
    st.just(become_a_folder),
    st.builds(become_a_link, st.sampled_from(["itself", "nowhere", "/", "..", "/dev/null", "cancelled@1.0"])),
)  # fmt: skip


@contextlib.contextmanager
def damaged(folder: Path, name: str, damage: Damage) -> Iterator[RootPaths]:
    """Yield a copy of a root in which one file is damaged."""
    shutil.copytree(WRITTEN, folder, symlinks=True)
    for each, text in PRESENT.items():
        (folder / each).parent.mkdir(exist_ok=True)
        (folder / each).write_text(text)
    damage(folder / name)
    yield RootPaths(folder)
    shutil.rmtree(folder)


def call(*words: str) -> tuple[int, str, str]:
    """Call the command line in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), write_through=True), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
    told = out.buffer
    assert isinstance(told, io.BytesIO)
    return int(ended.value.code or 0), told.getvalue().decode(errors="replace"), err.getvalue()


def lost_with(name: str) -> set[str]:
    """Return the runs that are in a batch, and may be lost with it."""
    if name not in BATCHES or "requeue" in name:
        return set()
    return {run for run in IDS if run.startswith("other") == ("other" in name)}


@given(name=st.sampled_from(FILES), damage=DAMAGES)
def test_readers_tell_of_the_other_runs(tmp_path_factory, name: str, damage: Damage) -> None:
    with damaged(tmp_path_factory.mktemp("roots") / "runs", name, damage) as paths:
        reader = Reader(paths)
        runs = reader.read()
        assert reader.read() == runs
        missing = {*IDS} - {run.id for run in runs}
        assert missing <= lost_with(name)
        assert bool(reader.problems) or not missing or not (paths.folder / name).exists()
        for run in runs:
            reader.attempts(run)
            reader.header(run)
            json.dumps(run.params)
        overview(runs)
        read_pause(paths)
        requeue_stranded(paths, reader)
        requeue(paths, list(runs), fresh=True)
        claimer = Claimer(paths, "me")
        taken = set()
        while task := claimer.claim():
            os.close(task.lock_descriptor)
            taken.add(task.id)
        assert taken >= {
            run.id for run in Reader(paths).read() if str(run.state) == "queued" and not run.is_stranded
        }
        cancel(paths, list(Reader(paths).read()))


@given(name=st.sampled_from(FILES), damage=DAMAGES)
@settings(max_examples=40)
@example(name=".queue/format", damage=write(b"hpq root, format 2\n"))
@example(name=".queue/format", damage=write(b"\xff"))
@example(name=".queue/format", damage=become_a_folder)
@example(name="lr-001/1/log.txt", damage=become_a_folder)
@example(name="lr-001/1/log.txt", damage=write(b"\xff\x00\x1b[2J"))
def test_commands_tell_in_a_sentence_what_is_wrong(tmp_path_factory, name: str, damage: Damage) -> None:
    with damaged(tmp_path_factory.mktemp("roots") / "runs", name, damage) as paths:
        for words in (["ls"], ["ls", "--json"], ["status"], ["status", "--json"], *see_all(paths)):
            code, out, err = call(words[0], "--root", str(paths.folder), *words[1:])
            assert code in (0, 1, 2)
            assert code == 0 or (out, err[:5]) == ("", "hpq: ")
            assert all(line.startswith("hpq: ") for line in err.splitlines())
            if "--json" in words and code == 0:
                json.loads(out)


def see_all(paths: RootPaths) -> Iterator[list[str]]:
    for run in ("lr-001", "lr-002", "lr-004", "other-1x-001"):
        yield from (["show", run], ["show", run, "--json"], ["logs", run], ["logs", run, "-n", "3"])


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff", b'{"outcome": "returned", "summary": {"best": 1e308}}']
)
def test_what_is_damaged_is_drawn_too(tmp_path: Path, data: bytes) -> None:
    with damaged(tmp_path / "runs", "lr-001/1/result.json", write(data)) as paths:
        code, _, err = call("plot", "--root", str(paths.folder), "lr", "-o", str(tmp_path / "p.png"))
        assert (code, err) == (0, "")


@given(
    start=st.fixed_dictionaries(
        {},
        optional={
            "pid": JSON | st.just(2**40),
            "ticks": JSON,
            "runner": st.sampled_from(["..", "../../x", "/", "a\0b", "", "x" * 300]) | JSON,
            "slot": st.sampled_from(["cpu0", "gpu0", "cpu9", "", "[/bold]"]) | JSON,
            "device": st.sampled_from(["cpu", "cuda", "tpu"]) | JSON,
            "at": JSON,
            "time_limit_s": JSON,
            "monotonic_s": JSON,
        },
    )
)
def test_an_orphan_with_an_odd_start_takes_a_slot_or_none(tmp_path_factory, start: dict[str, Any]) -> None:
    paths = create_root(tmp_path_factory.mktemp("roots") / "runs")
    add_batch(paths, BatchName.make(0, 1, "blog", 1), {"seed": 7}, {})
    task = Claimer(paths, "me").claim()
    assert task is not None
    sound = {
        "host": host_name(),
        "boot": boot_id(),
        "pid": 2**22,
        "ticks": 1,
        "runner": "gone",
        "slot": "cpu0",
    }
    more = {"device": "cpu", "at": 1000.0, "stale_after_s": 600.0}
    task.paths.start.write_text(json.dumps({**sound, **more, **start}))
    try:
        adopted = adopt_orphans(paths, Reader(paths), cpu_slots(2))
        assert len(adopted) <= 1
        for training in adopted:
            assert training.is_alive
            training.watch(grace_s=100)
    finally:
        os.close(task.lock_descriptor)


@given(name=st.text(max_size=8) | st.sampled_from(["..", "x" * 255, "-", "a b"]), data=st.binary(max_size=8))
def test_odd_files_beside_the_others_are_ignored(tmp_path_factory, name: str, data: bytes) -> None:
    with damaged(tmp_path_factory.mktemp("roots") / "runs", FILES[-1], lambda _: None) as paths:
        before = Reader(paths).read()
        for folder in (
            paths.folder,
            paths.queue,
            paths.batches,
            paths.claims,
            paths.claims / "lr",
            paths.sources,
        ):
            with contextlib.suppress(OSError, ValueError):  # there can be no such file
                (folder / name).touch(exist_ok=False)
                (folder / name).write_bytes(data)
        assert [run.id for run in Reader(paths).read()] == [run.id for run in before]
        claimer = Claimer(open_root(paths.folder), "me")
        while task := claimer.claim():
            os.close(task.lock_descriptor)


def add_batch(paths: RootPaths, name: BatchName, *objects: object) -> None:
    body = b"".join(json.dumps(each).encode() + b"\n" for each in objects)
    (paths.batches / name.text).write_bytes(body + b"#%d %08x\n" % (len(objects), zlib.crc32(body)))


ODD_HEADERS: list[dict[str, Any]] = [
    {"seed": None},
    {"seed": "7"},
    {"seed": [1]},
    {"seed": 10**30},
    {"folder": None},
    {"folder": "/nowhere"},
    {"folder": "a\0b"},
    {"source": "../../../s"},
    {"source": 5},
    {"source": "0" * 16},
    {"file": None},
    {"file": 7},
    {"replicates": 7},
    {"replicates": [7]},
    {"replicates": ["sound-001", "nobody-001"]},
]


def test_runs_with_odd_headers_end_and_the_others_finish(hpq) -> None:
    hpq.write(
        "s.py", "def sample(s):\n    s.float('x', 0.1, 1.0)\ndef train(run):\n    run.log(0, loss=1.0)\n"
    )
    hpq("enqueue", "s.py", "-n", 1, "--name", "sound", "--priority", -5)
    paths = open_root(hpq.root)
    (name,) = os.listdir(paths.batches)
    header = json.loads((paths.batches / name).read_text().splitlines()[0])
    for number, odd in enumerate(ODD_HEADERS):
        without = {field: value for field, value in header.items() if field not in odd}
        add_batch(paths, BatchName.make(0, 1, f"odd{number}x", 1), {**header, **odd}, {"x": 0.5})
        add_batch(paths, BatchName.make(0, 1, f"less{number}x", 1), without, {"x": 0.5})
    hpq("run", "--workers", 2, "--give-up-after", 0)
    runs = hpq.ls()
    assert runs["sound-001"]["state"] == "finished"
    waiting = {run["id"]: run["why"] for run in runs.values() if run["state"] not in ("crashed", "finished")}
    assert waiting == {}
