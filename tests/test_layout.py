"""The tree is the architecture: the links in the root, and what may import what."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINKS = ("queue", "runner", "model", "tui")
ROOMS = ("search", "queue", "runner", "results", "tui")
HEAVY = ("torch", "numpy", "matplotlib", "textual", "rich", "scipy", "filelock", "PIL")


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports, anywhere in it, by full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("name", LINKS)
def test_the_root_links_into_the_package_relatively(name: str) -> None:
    assert os.readlink(ROOT / name) == f"hpq/{name}"


def test_the_queue_is_a_namespace_so_that_the_link_shadows_nothing() -> None:
    assert not (ROOT / "hpq" / "queue" / "__init__.py").exists()


@pytest.mark.parametrize(
    "command",
    [
        [
            "-c",
            "import queue; queue.SimpleQueue; import concurrent.futures.thread, queue; print(queue.__file__)",
        ],
        ["-m", "pytest", "--version"],
        ["-c", "import multiprocessing.pool, logging.handlers, queue; print(queue.__file__)"],
    ],
)
def test_the_standard_library_keeps_its_queue_in_the_root(command: list[str]) -> None:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(ROOT) not in done.stdout


def test_a_spawned_child_in_the_root_finds_the_standard_library(tmp_path: Path) -> None:
    script = tmp_path / "spawns.py"
    script.write_text(
        "import multiprocessing, queue\n"
        "def child(): import queue; queue.SimpleQueue()\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.get_context('spawn').Process(target=child)\n"
        "    process.start(); process.join(); raise SystemExit(process.exitcode)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_one_to_its_right(room: str) -> None:
    to_the_right = ROOMS[ROOMS.index(room) + 1 :]
    for path in modules(ROOT / "hpq" / room):
        wrong = [
            name for name in imports_of(path) for other in to_the_right if name.startswith(f"hpq.{other}")
        ]
        assert not wrong, f"{path} imports {wrong}"


def test_only_training_and_what_uses_a_trained_network_import_the_model() -> None:
    users = {
        path.relative_to(ROOT / "hpq").as_posix()
        for path in modules(ROOT / "hpq")
        if any(name.startswith("hpq.model") for name in imports_of(path)) and "model" not in path.parts
    }
    assert users <= {"runner/child.py", "commands/sample.py", "commands/eval.py"}


def test_results_draw_with_matplotlib_for_the_png_alone_and_never_with_textual() -> None:
    for path in modules(ROOT / "hpq" / "results"):
        names = {name.partition(".")[0] for name in imports_of(path)}
        assert "textual" not in names
        assert "matplotlib" not in names or path.parent.name == "png"


def test_importing_hpq_imports_nothing_heavy() -> None:
    code = f"import sys, hpq, hpq.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_takes_a_name_of_the_standard_library_or_says_nothing() -> None:
    for path in modules(ROOT / "hpq"):
        if path.stem not in ("__init__", "__main__"):
            assert path.stem not in sys.stdlib_module_names, f"{path} shadows the standard library"
        docstring = ast.get_docstring(ast.parse(path.read_text()))
        assert docstring, f"{path} does not say what it is for"
