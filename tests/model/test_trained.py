"""What a run left is loaded whole and without its data, or refused in one sentence."""

from pathlib import Path

import pytest
import torch

from hpq.errors import HpqError
from hpq.model.captions import UNKNOWN, Vocabulary
from hpq.model.data import load_data, validation_batches
from hpq.model.train import train, validate
from hpq.model.trained import choose_device, load_trained

CPU = torch.device("cpu")


@pytest.fixture
def trained(run):
    """A run that was trained for a few steps."""
    run = run({"steps": 5, "captions.min_count": 1})
    train(run)
    return run


def test_a_trained_network_has_the_loss_that_its_run_reported(trained) -> None:
    loaded = load_trained(trained.params, trained.dir, CPU)
    assert loaded.loss == min(trained.losses)
    assert loaded.step == next(step for step, told in trained.logged if told.get("loss") == loaded.loss)
    assert not loaded.network.training
    data = load_data(loaded.options, trained.cache, trained.seed)
    assert validate(loaded.network, data, loaded.options, CPU, lambda: None)["loss"] == loaded.loss


def test_words_have_the_ids_that_they_were_learned_with(trained) -> None:
    loaded = load_trained(trained.params, trained.dir, CPU)
    data = load_data(loaded.options, trained.cache, trained.seed)
    assert loaded.vocabulary.ids == data.vocabulary.ids
    assert len(loaded.vocabulary) == len(data.vocabulary) > UNKNOWN + 1
    batch = next(validation_batches(data, loaded.options))
    assert loaded.network.logits(batch).isfinite().all()


def test_a_vocabulary_is_made_again_from_its_words() -> None:
    learned = Vocabulary(["b a", "c c"], min_count=1)
    again = Vocabulary.of(learned.words)
    assert again.ids == learned.ids
    assert again.encode("a c d").tolist() == learned.encode("a c d").tolist()
    assert len(Vocabulary.of([])) == UNKNOWN + 1


def test_the_checkpoint_holds_the_words_too(trained) -> None:
    assert (
        torch.load(trained.checkpoint, weights_only=True)["words"]
        == Vocabulary.of(torch.load(trained.dir / "best.pt", weights_only=True)["words"]).words
    )


def change(path: Path, **changes) -> None:
    state = torch.load(path, weights_only=True) | changes
    torch.save({key: value for key, value in state.items() if value is not None}, path)


def test_an_older_file_without_words_says_what_to_do(trained) -> None:
    change(trained.dir / "best.pt", words=None)
    with pytest.raises(HpqError, match=r"older hpq.*no words.*--fresh"):
        load_trained(trained.params, trained.dir, CPU)


@pytest.mark.parametrize(
    "changes",
    [{"words": ["a", 3]}, {"words": "ab"}, {"step": "5"}, {"loss": None}, {"network": [1]}],
    ids=str,
)
def test_a_file_with_odd_parts_is_refused(trained, changes) -> None:
    change(trained.dir / "best.pt", **changes)
    with pytest.raises(HpqError, match=r"is damaged|was not left by the bundled model"):
        load_trained(trained.params, trained.dir, CPU)


@pytest.mark.parametrize("changes", [{"network": {}}, {"network": {"head_bias": 3}}, {"words": ["a"]}])
def test_a_file_of_another_network_is_refused(trained, changes) -> None:
    change(trained.dir / "best.pt", **changes)
    with pytest.raises(HpqError, match="does not fit"):
        load_trained(trained.params, trained.dir, CPU)


@pytest.mark.parametrize("data", [b"", b"nonsense", b"PK\x03\x04", b"\x80\x02c__builtin__\neval\n."])
def test_a_damaged_file_is_refused(trained, data: bytes) -> None:
    (trained.dir / "best.pt").write_bytes(data)
    with pytest.raises(HpqError, match=r"is damaged .*--fresh"):
        load_trained(trained.params, trained.dir, CPU)


def test_a_torn_file_is_refused(trained) -> None:
    path = trained.dir / "best.pt"
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.99):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(HpqError, match="is damaged"):
            load_trained(trained.params, trained.dir, CPU)


def test_a_run_that_was_not_validated_yet_says_so(tmp_path: Path) -> None:
    with pytest.raises(HpqError, match="first validation"):
        load_trained({}, tmp_path, CPU)


def test_a_run_of_other_training_code_is_named_so(tmp_path: Path) -> None:
    with pytest.raises(HpqError, match=r"not of a run of the bundled model.*'lr'"):
        load_trained({"lr": 0.1}, tmp_path, CPU)


def test_a_device_is_chosen_by_what_there_is(monkeypatch) -> None:
    for is_there, chosen in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda is_there=is_there: is_there)
        assert choose_device(None) == torch.device(chosen)
        assert choose_device("cpu") == CPU
    with pytest.raises(HpqError, match="no GPU that torch can use"):
        choose_device("cuda")
