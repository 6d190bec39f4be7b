"""Random numbers that are a function of seed, run and name alone, on every machine."""

from hashlib import blake2b


def uniform(seed: int, number: int, name: str, index: int = 0) -> float:
    """Return a number in [0, 1) with 53 random bits."""
    digest = blake2b(f"{seed}\0{number}\0{name}\0{index}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def run_seed(seed: int, number: int) -> int:
    """Return the seed that a run trains with, in [0, 2**31): no hyperparameter can have an empty name."""
    return int(uniform(seed, number, "") * 2**31)
