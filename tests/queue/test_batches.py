"""A batch is all there or not at all."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.errors import HpqError, UsageError
from hpq.queue.batches import BatchName, list_batches, read_batch
from hpq.queue.enqueue import Origin, enqueue, newest_seed, next_number
from hpq.queue.ids import name_from, parse_run_id, run_id
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.root import create_root, open_root

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_a_batch_truncated_at_any_byte_is_no_batch_and_hurts_no_other(put, paths: RootPaths) -> None:
    put(3)
    put(2, "other")
    (name,) = [name for name in list_batches(paths) if name.search == "blog"]
    file = paths.batches / name.text
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert read_batch(paths, name) is None
    reader = Reader(paths)
    assert [run.search for run in reader.read()] == ["other", "other"]
    assert len(reader.problems) == 1
    assert next_number(paths, "blog") == 4


def test_a_changed_byte_is_noticed(put, paths: RootPaths) -> None:
    put(3)
    (name,) = list_batches(paths)
    file = paths.batches / name.text
    data = bytearray(file.read_bytes())
    for index in range(len(data)):
        data[index] ^= 1
        file.write_bytes(data)
        assert read_batch(paths, name) is None
        data[index] ^= 1


@given(draws=st.lists(st.dictionaries(st.text(min_size=1), JSON, max_size=4), min_size=1, max_size=4))
def test_any_parameters_come_back_as_they_were_drawn(tmp_path_factory, draws) -> None:
    paths = create_root(tmp_path_factory.mktemp("root"))
    enqueue(paths, "x", 1, draws, Origin(seed=0, sampler="random", folder=Path.cwd()))
    read = [run.params for run in Reader(paths).read()]
    assert json.dumps(read, sort_keys=True) == json.dumps(draws, sort_keys=True)


def test_what_runs_share_is_stored_once(put, paths: RootPaths) -> None:
    put([{"lr": i, "data": "here", "flag": True, "one": 1} for i in range(5)])
    (name,) = list_batches(paths)
    batch = read_batch(paths, name)
    assert batch is not None
    assert batch.header["shared"] == {"data": "here", "flag": True, "one": 1}
    assert batch.lines[2] == {"lr": 2}


def test_numbers_and_seed_go_on_from_the_last_batch(put, paths: RootPaths) -> None:
    assert put(2) == ["blog-001", "blog-002"]
    assert put(1) == ["blog-003"]
    assert newest_seed(paths, "blog") == 7
    assert newest_seed(paths, "other") is None


@pytest.mark.parametrize("priority", [1000, -1000])
def test_a_priority_out_of_range_is_refused(put, priority: int) -> None:
    with pytest.raises(UsageError, match="--priority"):
        put(1, priority=priority)


def test_a_name_is_parsed_as_it_was_made() -> None:
    name = BatchName.make(-3, 12, "a-b_c", 40)
    assert BatchName.parse(name.text) == name
    assert BatchName.parse("README") is None


def test_a_root_of_a_newer_hpq_is_refused(paths: RootPaths) -> None:
    paths.format.write_text("hpq root, format 2\n")
    for opened in (open_root, create_root):
        with pytest.raises(HpqError, match="newer hpq"):
            opened(paths.folder)


def test_a_damaged_format_is_named(paths: RootPaths) -> None:
    paths.format.write_bytes(b"\xff\xfe")
    with pytest.raises(HpqError, match="damaged"):
        open_root(paths.folder)


def test_reading_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(HpqError, match="there is no folder"):
        open_root(tmp_path / "none")
    with pytest.raises(HpqError, match="nothing was ever queued"):
        open_root(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["a", "My Search (2)", "3d", "../../etc", "é", "x" * 100, "blog-017", ""])
def test_any_text_makes_a_name_whose_ids_are_parsed_back(text: str) -> None:
    name = name_from(text)
    assert parse_run_id(run_id(name, 17)) == (name, 17)
