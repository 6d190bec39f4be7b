"""A folder is listed again only when its names can have changed."""

import os
from pathlib import Path

import pytest

from hpq.queue.claimed import Claimed
from hpq.queue.claims import make_claim
from hpq.queue.listing import Hint, Listing, sign


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_sign_is_believed_once_a_reading_lies_behind_its_tick(clock: Clock) -> None:
    hint = Hint(clock)
    asked = []
    for clock.now_s in (0.0, 1.0, 1.9, 2.1, 2.2, 30.0, 32.2, 32.3):
        asked.append(hint.is_stale((1, 2)))
    assert asked == [True, True, True, True, False, False, True, False]


def test_another_sign_is_never_believed_at_once(clock: Clock) -> None:
    hint = Hint(clock)
    for clock.now_s in (0.0, 3.0, 6.0):
        hint.is_stale((1, 2))
    assert hint.is_stale((1, 3))
    assert hint.is_stale((1, 3))
    assert hint.is_stale(None)
    assert hint.is_stale(None)


def test_a_folder_that_is_missing_has_no_names_until_it_is_there(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "a 0"
    listing = Listing(folder, clock)
    assert listing.look() == set()
    clock.now_s = 3
    assert listing.look() == set()
    clock.now_s = 6
    assert listing.look() is None
    folder.mkdir()
    (folder / "é").touch()
    assert listing.look() == {"é"}


def test_a_folder_that_cannot_be_listed_is_tried_again(tmp_path: Path, clock: Clock, monkeypatch) -> None:
    listing = Listing(tmp_path, clock)
    listing.look()
    clock.now_s = 3

    def refuse(folder: str) -> list[str]:
        raise PermissionError(folder)

    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", refuse)
        with pytest.raises(PermissionError):
            listing.look()
    clock.now_s = 6
    assert listing.look() == set()


def test_a_file_that_grows_or_is_replaced_has_another_sign(tmp_path: Path) -> None:
    file, other = tmp_path / "file", tmp_path / "other"
    assert sign(str(file)) is None
    file.write_text("a")
    other.write_text("b")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    before = sign(str(file))
    os.replace(other, file)
    assert sign(str(file)) != before


def test_claims_that_come_and_go_name_their_runs(tmp_path: Path, clock: Clock) -> None:
    claimed = Claimed(tmp_path, clock)
    assert claimed.look() == set()
    for name in ("1.1", "2.1", "2.2", "README", "3.x"):
        make_claim(tmp_path / name, "me")
    assert claimed.look() == {1, 2}
    assert (claimed.newest(1), claimed.newest(2), claimed.newest(3)) == (1, 2, 1)
    assert claimed.look() == set()
    (tmp_path / "2.2").unlink()
    (tmp_path / "1.1").unlink()
    assert claimed.look() == {1, 2}
    assert claimed.newest(2) == 1
    assert claimed.read(1, 1) is None
    claim = claimed.read(2, 1)
    assert claim is not None
    assert claim.owner == "me"
