"""The options of the bundled model: the post's hyperparameters and what it left fixed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from hpq.errors import HpqError
from hpq.model.losses import LOSSES


@dataclass(frozen=True, slots=True)
class Options:
    """All options; an underscore stands for the dot in a hyperparameter's name where the post has one."""

    batch_size: int = 16
    optimize_given: bool = False  # the loss covers given values too
    convnet_kind: str = "straight"
    convnet_depth: int = 128  # channels
    convnet_profundity: int = 8  # layers
    convnet_radius: int = 3  # kernel size
    convnet_input: str = "embedding"
    convnet_embedding: int = 16  # numbers that stand for a channel's level
    convnet_fill: str = "none"  # what an embedding sees where a value is asked
    convnet_skip: bool = False  # the last layer sees the embedding too
    merger_kind: str = "attention"
    merger_depth: int = 16  # channels of the caption's feature map
    merger_layers: tuple[int, ...] = (0,)  # after which layers the caption is merged in, counted from 0
    merger_rank: int = 8  # of the feature map over space; 0 for a dense one
    reader_bidir: bool = False
    reader_normalize: bool = False
    reader_radius: int = 8  # kernel size over words
    reader_size: int = 128  # hidden units
    reader_forget_bias: float = 1.0
    reader_embedding: int = 64  # numbers that stand for a word
    captions_min_count: int = 5  # rarer words are unknown
    captions_shuffled: bool = False  # a control: every picture gets another's caption
    data: str = "drawings"  # or a folder of photographs
    size: int = 64  # pixels a side
    levels: int = 256
    flip: bool = False  # training pictures are mirrored at random
    examples: int = 0  # training pictures; 0 for all
    validation_examples: int = 0  # 0 for all, up to 512
    validation_every: int = 100  # steps
    steps: int = 100_000
    loss: str = "emd2"
    precision: str = "auto"
    masker_kind: str = "contiguish"
    masker_radius: int = 8
    masker_shared: bool = False  # one mask for all three colour channels
    average: float = 0.0  # what a running mean of the weights keeps at each step; 0 for none
    lr_init: float = 1e-3
    lr_decay: float = 0.1
    lr_patience: int = 1000  # steps
    lr_floor: float = 1e-6

    @property
    def pictures(self) -> tuple[str, int, int]:
        """What tells which pictures a run learns from: runs that share it can be compared."""
        return self.data, self.size, self.examples

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "Options":
        """Return options from hyperparameters by dotted name. Raises HpqError for what makes no sense."""
        known = {option_name(field.name): field for field in fields(cls)}
        values = {}
        for name, value in params.items():
            if name not in known:
                raise HpqError(f"the model has no option {name!r}; it has {', '.join(known)}")
            values[known[name].name] = _typed(name, known[name].default, value)
        options = cls(**values)
        _check(options)
        return options


def option_name(field: str) -> str:
    """Return the dotted name of an option: merger.rank for merger_rank."""
    group, _, rest = field.partition("_")
    groups = ("convnet", "merger", "reader", "captions", "validation", "masker", "lr")
    return f"{group}.{rest}" if group in groups and rest else field


def _typed(name: str, default: Any, value: Any) -> Any:
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(type(item) is int for item in value):
            return tuple(value)
    elif isinstance(default, float):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif type(value) is type(default):
        return value
    raise HpqError(f"the option {name!r} is like {default!r}, so it cannot be {value!r}")


_CHOICES = {
    "convnet_kind": ("straight", "straight_residual", "straight_dilated"),
    "convnet_input": ("embedding", "onehot"),
    "convnet_fill": ("none", "harmonic"),
    "merger_kind": ("attention", "conv"),
    "loss": LOSSES,
    "precision": ("auto", "float32", "bf16"),
    "masker_kind": ("contiguish", "orderless", "square", "centre"),
}
_MINIMA = {
    **dict.fromkeys(("batch_size", "convnet_depth", "convnet_profundity", "convnet_radius", "steps"), 1),
    **dict.fromkeys(("convnet_embedding", "merger_depth", "reader_radius", "reader_size"), 1),
    **dict.fromkeys(("reader_embedding", "captions_min_count", "validation_every", "lr_patience"), 1),
    **dict.fromkeys(("merger_rank", "examples", "validation_examples", "masker_radius"), 0),
    "size": 8,
    "levels": 2,
}


def _check(options: Options) -> None:
    for field, choices in _CHOICES.items():
        if getattr(options, field) not in choices:
            value = getattr(options, field)
            raise HpqError(f"the option {option_name(field)!r} is one of {', '.join(choices)}, not {value!r}")
    for field, least in _MINIMA.items():
        if getattr(options, field) < least:
            raise HpqError(
                f"the option {option_name(field)!r} is at least {least}, not {getattr(options, field)}"
            )
    if options.levels > 256:
        raise HpqError(f"the option 'levels' is at most 256, as pictures have them, not {options.levels}")
    if not all(0 <= layer < options.convnet_profundity for layer in options.merger_layers):
        raise HpqError(
            f"the option 'merger.layers' counts layers from 0 to {options.convnet_profundity - 1}, "
            f"not {list(options.merger_layers)}"
        )
    for field, without in (("convnet_fill", "none"), ("convnet_skip", False)):
        value = getattr(options, field)
        if value != without and options.convnet_input != "embedding":
            raise HpqError(
                f"the option {option_name(field)!r} is about embeddings, so with 'convnet.input' "
                f"{options.convnet_input!r} it cannot be {value!r}"
            )
    if not 0 <= options.average < 1:
        raise HpqError(f"the option 'average' is at least 0 and below 1, not {options.average}")
    if not (options.lr_init > 0 and 0 < options.lr_decay < 1 and options.lr_floor >= 0):
        raise HpqError(
            f"'lr.init' is above 0, 'lr.decay' between 0 and 1, and 'lr.floor' not below 0: "
            f"not {options.lr_init}, {options.lr_decay}, {options.lr_floor}"
        )
