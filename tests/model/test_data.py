"""Real input: both layouts, odd files, the cache; and the pictures that hpq draws."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import UnixFileLock
from PIL import Image

from hpq.errors import HpqError
from hpq.model import cache, drawings
from hpq.model.cache import Split, cached
from hpq.model.captions import UNKNOWN, Vocabulary, join, pad, words_of
from hpq.model.data import first_validation, load_data, load_validation, validation_batches
from hpq.model.photographs import PICKLE, decode, list_photographs, read_photograph, read_pickle


def photograph(path: Path, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    ramp = np.linspace(0, 255, size[0] * size[1]).reshape(size[1], size[0]).astype(np.uint8)
    Image.fromarray(ramp).convert(mode).save(path, **options)
    return path


def coco(folder: Path, images: str = "") -> Path:
    for split, count in (("train2014", 3), ("val2014", 2)):
        told: dict = {"images": [], "annotations": []}
        for number in range(count):
            name = f"COCO_{split}_{number:012d}.jpg"
            photograph(folder / images / split / name)
            told["images"].append({"id": number, "file_name": name})
            told["annotations"] += [{"image_id": number, "caption": f"A dog, number {number}\n"}] * 2
        annotations = folder / "annotations" / f"captions_{split}.json"
        annotations.parent.mkdir(exist_ok=True)
        annotations.write_text(json.dumps(told))
    return folder


def course(folder: Path, captions: bytes | None = None) -> Path:
    names = [
        photograph(folder / "inpainting" / split / f"{split}_{n}.jpg")
        for split in ("train2014", "val2014")
        for n in (1, 2)
    ]
    told = {name.stem: ["un café", "a dog"] for name in names}
    (folder / "inpainting" / PICKLE).write_bytes(captions or pickle.dumps(told, protocol=2))
    return folder


@pytest.mark.parametrize("images", ["", "images"])
def test_cocos_own_layout_is_read(tmp_path: Path, images: str) -> None:
    listings = list_photographs(coco(tmp_path, images))
    assert [len(listings[split].files) for split in ("train", "valid")] == [3, 2]
    assert listings["train"].captions[1] == ["A dog, number 1\n"] * 2


def test_the_layout_of_the_course_is_read_from_it_and_from_within(tmp_path: Path) -> None:
    for folder in (course(tmp_path), tmp_path / "inpainting"):
        listings = list_photographs(folder)
        assert len(listings["valid"].files) == 2
        assert listings["train"].captions[0] == ["un café", "a dog"]


# What Python 2 wrote: S is a quoted string, U a short binary one, T a long one.
PICKLES = {
    "protocol 0": b"(dp0\nS'a'\np1\n(lp2\nS'caf\\xc3\\xa9'\np3\naS'caf\\xe9'\np4\nas.",
    "protocol 2": b"\x80\x02}q\x00U\x01aq\x01]q\x02(U\x05caf\xc3\xa9q\x03U\x04caf\xe9q\x04es.",
    "protocol 2, unicode": (
        b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01]q\x02("
        b"X\x05\x00\x00\x00caf\xc3\xa9q\x03X\x05\x00\x00\x00caf\xc3\xa9q\x04es."
    ),
}


@pytest.mark.parametrize("kind", PICKLES)
def test_pickles_of_python_2_are_read_as_utf_8_and_else_as_latin_1(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "captions.pkl"
    path.write_bytes(PICKLES[kind])
    assert read_pickle(path) == {"a": ["café", "café"]}


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps({"a": [Path("x")]}),
        pickle.dumps([1]),
        pickle.dumps({"a": [3]}),
        pickle.dumps({"a": 3}),
        pickle.dumps({"a": "a dog"}),
        b"",
        b"nonsense",
    ],
)
def test_a_pickle_of_anything_else_is_refused_and_runs_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "captions.pkl"
    path.write_bytes(data)
    with pytest.raises(HpqError, match="refused"):
        read_pickle(path)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(16, 16), (40, 30), (9, 50), (17, 16)])
def test_a_photograph_of_any_size_and_mode_is_squared(
    tmp_path: Path, mode: str, size: tuple[int, int]
) -> None:
    pixels = read_photograph(photograph(tmp_path / "a.jpg", size, mode), 16)
    assert (pixels.shape, pixels.dtype) == ((16, 16, 3), np.uint8)


def test_a_photograph_of_the_size_itself_is_left_as_it_is(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.png", (16, 16))
    assert np.array_equal(read_photograph(path, 16), np.asarray(Image.open(path).convert("RGB")))


def test_a_photograph_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    turned = read_photograph(photograph(tmp_path / "a.png", (16, 16), exif=exif), 16)
    assert np.array_equal(turned, read_photograph(photograph(tmp_path / "b.png", (16, 16)), 16)[::-1, ::-1])


def test_broken_files_are_named_counted_and_left_out(tmp_path: Path, options, capsys) -> None:
    folder = coco(tmp_path / "photographs")
    whole = photograph(folder / "train2014" / "whole.jpg", (64, 64)).read_bytes()
    (folder / "train2014" / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "train2014" / "empty.jpg").touch()
    data = load_data(options({"data": str(folder)}), tmp_path / "cache", 0)
    told = capsys.readouterr().err
    for line in ("truncated.jpg", "empty.jpg", "2 of 6 photographs are broken"):
        assert line in told
    assert len(data.training) == 4
    load_data(options({"data": str(folder)}), tmp_path / "cache", 0)
    assert capsys.readouterr().err == told  # a run that finds them decoded tells it too


def test_whatever_a_decoder_raises_makes_a_broken_file(tmp_path: Path, monkeypatch, capsys) -> None:
    listing = list_photographs(coco(tmp_path))["train"]
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)  # twice as many are refused, by an Exception
    photograph(listing.files[1], (20, 20))
    split = decode(listing, 16, lambda: None)
    assert (len(split), len(split.notes)) == (1, 3)
    assert "decompression bomb" in split.notes[0]


def test_photographs_of_which_none_can_be_read_end_the_run(tmp_path: Path) -> None:
    listing = list_photographs(coco(tmp_path))["valid"]
    for file in listing.files:
        file.write_bytes(b"nothing")
    with pytest.raises(HpqError, match="none of the 2 photographs"):
        decode(listing, 16, lambda: None)


def test_words_are_learned_from_training_captions_only(tmp_path: Path, options) -> None:
    folder = coco(tmp_path / "photographs")
    path = folder / "annotations" / "captions_val2014.json"
    path.write_text(path.read_text().replace("dog", "zebra"))
    data = load_data(options({"data": str(folder), "captions.min_count": 3}), tmp_path / "cache", 0)
    dog, zebra = data.training.words[0][1], data.validation.words[0][1]
    assert dog > UNKNOWN
    assert zebra == UNKNOWN


def test_fewer_levels_are_equal_parts_of_all(tmp_path: Path, options) -> None:
    chosen = options({"levels": 5, "batch_size": 8})
    data = load_data(chosen, tmp_path, 0)
    levels = next(validation_batches(data, chosen)).levels.permute(0, 2, 3, 1)
    assert np.array_equal(levels, data.validation.pictures.astype(int) * 5 // 256)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "annotations" / "captions_val2014.json").unlink(), "captions_val2014.json"),
        (
            lambda folder: (folder / "annotations" / "captions_train2014.json").write_text("{}"),
            "no caption file",
        ),
        (lambda folder: (folder / "val2014").rename(folder / "elsewhere"), "val2014"),
        (lambda folder: (folder / "train2014").rename(folder / "elsewhere"), "neither"),
        (lambda folder: [path.unlink() for path in (folder / "val2014").iterdir()], "no .jpg"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, spoil, told: str) -> None:
    folder = coco(tmp_path)
    spoil(folder)
    with pytest.raises(HpqError) as refused:
        list_photographs(folder)
    assert told in str(refused.value)


def test_the_cache_is_made_once_and_a_damaged_one_is_made_again(tmp_path: Path) -> None:
    made = []

    def make() -> Split:
        made.append(1)
        return Split(np.full((2, 4, 4, 3), 7, np.uint8), ["a", "b"])

    assert cached(tmp_path, "key", make).captions == ["a", "b"]
    assert cached(tmp_path, "key", make).pictures[1, 2, 3, 1] == 7
    assert len(made) == 1
    (pictures,) = tmp_path.glob("*/pictures.npy")
    pictures.write_bytes(pictures.read_bytes()[:100])
    assert cached(tmp_path, "key", make).pictures.shape == (2, 4, 4, 3)
    assert len(made) == 2


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    made = Split(np.zeros((1, 2, 2, 3), np.uint8), ["x"])
    cached(tmp_path, "key", lambda: made)
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    for pid in (os.getpid(), 1):  # pids are used again
        (tmp_path / f".{folder.name}.{pid}").mkdir()
    shutil.rmtree(folder)
    assert cached(tmp_path, "key", lambda: made).captions == ["x"]
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_who_waits_for_the_cache_shows_that_it_lives(tmp_path: Path, monkeypatch) -> None:
    made = Split(np.zeros((1, 2, 2, 3), np.uint8), ["x"])
    cached(tmp_path, "key", lambda: made)
    (lock,) = tmp_path.glob("*.lock")
    shutil.rmtree(lock.with_suffix(""))
    monkeypatch.setattr(cache, "_BEAT_EVERY_S", 0.01)
    other = UnixFileLock(lock, fallback_to_soft=False)
    other.acquire()
    beats = []

    def beat() -> None:
        beats.append(1)
        if len(beats) == 3:
            other.release()

    assert cached(tmp_path, "key", lambda: made, beat).captions == ["x"]
    assert len(beats) >= 3


MAKE_ONCE = """
import sys, time
from pathlib import Path
import numpy as np
from hpq.model.cache import Split, cached
def make():
    time.sleep(0.3)
    print("made", flush=True)
    return Split(np.zeros((1, 2, 2, 3), np.uint8), ["x"])
assert cached(Path(sys.argv[1]), "key", make).captions == ["x"]
"""


def test_of_processes_that_start_at_once_one_makes_the_cache(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKE_ONCE, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    printed = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 8
    assert sorted(printed) == [*[""] * 7, "made\n"]


def test_words_of_captions() -> None:
    assert words_of("A dog's BALL,\n2 cats") == ["a", "dog's", "ball", ",", "2", "cats"]
    assert words_of("一只狗") == ["一", "只", "狗"]
    assert join(["a  dog\n", "two"]) == "a dog | two"
    vocabulary = Vocabulary(["a a b", "a c"], min_count=2)
    assert vocabulary.encode("a b zebra").tolist() == [2, UNKNOWN, UNKNOWN]
    padded, lengths = pad([np.array([5, 6]), np.array([], dtype=np.int64)])
    assert (padded.tolist(), lengths.tolist()) == ([[5, 6], [0, 0]], [2, 0])


def test_drawings_are_the_same_for_a_seed_and_their_captions_tell_what_is_there() -> None:
    pictures, captions = drawings.draw(40, 32, 5)
    again, _ = drawings.draw(40, 32, 5)
    assert np.array_equal(pictures, again)
    for picture, caption in zip(pictures, captions, strict=True):
        first = caption.split(" and ")[0].split()
        colour = np.array(drawings.COLOURS[first[2]])
        place = (drawings.ROWS.index(first[-2]), drawings.COLUMNS.index(first[-1]))
        row, column = (round((index + 0.5) / 3 * 32) for index in place)
        assert (
            np.abs(picture[row - 1 : row + 2, column - 1 : column + 2].astype(int) - colour).max(-1).min()
            < 24
        )
    assert not any("background" in caption for caption in captions)


def test_drawing_needs_little_memory_beside_the_pictures() -> None:
    tracemalloc.start()
    pictures, _ = drawings.draw(1024, 64, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < pictures.nbytes + 48 * 2**20


def test_shuffled_captions_are_those_of_other_pictures(options, tmp_path: Path) -> None:
    told, shuffled = (
        load_data(options({"captions.shuffled": shuffled}), tmp_path, 1).training.words
        for shuffled in (False, True)
    )
    same = sum(np.array_equal(one, other) for one, other in zip(told, shuffled, strict=True))
    assert same < len(told) / 4
    assert sorted(map(len, told)) == sorted(map(len, shuffled))


@pytest.mark.parametrize("shuffled", [False, True])
def test_validation_pictures_are_loaded_alone_as_a_run_saw_them(options, tmp_path: Path, shuffled) -> None:
    chosen = options({"captions.shuffled": shuffled, "captions.min_count": 1})
    whole = load_data(chosen, tmp_path, 3)
    alone = load_validation(chosen, tmp_path, 3, Vocabulary.of(whole.vocabulary.words))
    assert alone.captions == whole.validation.captions
    assert np.array_equal(alone.pictures, whole.validation.pictures)
    for one, other in zip(alone.words, whole.validation.words, strict=True):
        assert np.array_equal(one, other)
    assert [*map(whole.vocabulary.encode, alone.captions)][3].tolist() == alone.words[3].tolist()


def test_the_first_validation_pictures_have_the_masks_of_validation(options, tmp_path: Path) -> None:
    data = load_data(options(), tmp_path, 0)
    whole = next(validation_batches(data, options({"batch_size": 100})))
    for count in (3, 8, 1000):
        some = first_validation(data.validation, options(), count)
        assert len(some.words) == min(count, 8)
        assert torch.equal(some.mask, whole.mask[:count])
        assert torch.equal(some.levels, whole.levels[:count])
        assert torch.equal(some.lengths, whole.lengths[:count])
