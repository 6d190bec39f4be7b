"""The command line as users call it: rightly, wrongly, and into closed pipes."""

import json
import os
import subprocess
import sys

import pytest

from hpq.cli import COMMANDS

SEARCH = """
def sample(s):
    s.float("lr", 1e-3, 1.0, log=True)
    s.choice("name", ["a", "[/bold]", "\\x1b[31mred"])
def train(run):
    if run.params["lr"] < 0.01:
        raise ValueError("[/red] too small")
    for step in range(3):
        run.log(step, loss=run.params["lr"] / (step + 1))
"""


@pytest.fixture(scope="module")
def ended(module_hpq):
    """A root in which twelve runs ended in several states."""
    module_hpq.write("odd.py", SEARCH)
    module_hpq("enqueue", "odd.py", "-n", "12")
    module_hpq("run", "--workers", "2")
    return module_hpq


def test_a_run_s_folder_tells_what_was_drawn_and_from_what(ended) -> None:
    run = ended.ls()["odd-001"]
    told = json.loads((ended.root / "odd-001" / "params.json").read_text())
    assert (told["id"], told["number"], told["params"]) == ("odd-001", 1, run["params"])
    assert told["file"] == str(ended.folder / "odd.py")
    assert "shared" not in told


WRONG = [
    (["enqueu"], 2, ["enqueu", "enqueue"]),
    (["ls", "--stat", "x"], 2, ["--stat", "`hpq ls --help`"]),
    (["--verbose"], 2, ["--verbose", "`hpq --help`"]),
    (["ls", "odd-9..3"], 2, ["backwards", "odd-3..9"]),
    (["ls", "odd-099"], 2, ["odd-099", "odd"]),
    (["ls", "od"], 2, ["'od'", "odd"]),
    (["ls", "--state", "dead"], 2, ["dead", "crashed"]),
    (["ls", "--sort", "lrr"], 2, ["--sort lrr: no such column", "lr?", "state", "best", "name"]),
    (["ls", "--where", "lrr>1"], 2, ["'lrr'", "'lr'", "name"]),
    (["ls", "--where", "state:dead"], 2, ["dead", "crashed"]),
    (["ls", "--state", "queued", "--where", "lr > 1"], 2, ["without blanks"]),
    (["cancel", "--where", " "], 2, ["which runs", "--where"]),
    (["show"], 2, ["RUN"]),
    (["logs", "odd"], 2, ["names 12 runs"]),
    (["cancel"], 2, ["which runs", "--state"]),
    (["requeue"], 2, ["which runs", "--state"]),
    (["enqueue", "none.py"], 1, ["none.py"]),
    (["enqueue", "odd.py", "-n", "0"], 2, ["-n", "0"]),
    (["enqueue", "odd.py", "-n", "many"], 2, ["-n", "a whole number, not 'many'"]),
    (["enqueue", "odd.py", "--points", "5"], 2, ["--points", "--sampler grid"]),
    (["enqueue", "odd.py", "--root", "odd.py"], 1, ["'odd.py' is a file", "--root"]),
    (["enqueue", "odd.py", "--set", "lrr=1"], 2, ["lrr", "'lr'"]),
    (["enqueue", "odd.py", "--set", "lr"], 2, ["name=value", "'lr'"]),
    (["enqueue", "odd.py", "--set", "lr=high"], 2, ["lr", "high"]),
    (["enqueue", "odd.py", "--name", "../x"], 2, ["../x"]),
    (["enqueue", "odd.py", "--name", "odd-3"], 2, ["odd-3"]),
    (["enqueue", "odd.py", "--priority", "5000"], 2, ["5000"]),
    (["requeue", "odd", "--fresh", "--priority", "5000"], 2, ["5000", "999"]),
    (["enqueue", "--set", "data=/nowhere"], 2, ["/nowhere"]),
    (["enqueue", "odd.py", "--sampler", "genetic"], 2, ["genetic", "random"]),
    (["enqueue", "--sampler", "grid"], 2, ["20,000", "--set"]),
    (["run", "--workers", "0"], 2, ["--workers", "0"]),
    (["run", "--workers", "1", "--time-limit", "soon"], 2, ["soon"]),
    (["run", "--workers", "1", "--memory", "lots"], 2, ["lots"]),
    (["run", "--gpus", "0", "--workers", "1"], 2, ["exclude"]),
    (["plot", "-o", "x.gif"], 2, [".gif", "png"]),
    (["plot", "--params", "lrr"], 2, ["lrr", "lr"]),
    (["completion", "fish"], 2, ["fish", "bash"]),
]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    WRONG,
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_a_wrong_call_gets_one_sentence(ended, words, code, told) -> None:
    err = ended(*words, code=code)
    assert err.startswith("hpq: ")
    assert len(err.strip().splitlines()) == 1, err
    for word in told:
        assert word in err, err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(hpq, command) -> None:
    assert command in hpq(command, "--help")


def test_reading_where_nothing_is_says_what_to_do(hpq) -> None:
    for words in (["ls"], ["status"], ["plot"], ["run", "--workers", "1"], ["cancel", "x"], ["logs", "x-1"]):
        assert "hpq enqueue" in hpq(*words, code=1)
    assert os.listdir(hpq.folder) == []


def test_the_root_may_be_named_before_the_command(ended, hpq) -> None:
    assert json.loads(hpq("--root", ended.root, "ls", "--json")) == list(ended.ls().values())
    assert "'ls'" in hpq("--root", "ls", "status", code=1)


def test_ls_tells_programs_all_of_a_run(ended) -> None:
    runs = ended.ls()
    assert list(runs) == [f"odd-{number:03d}" for number in range(1, 13)]
    wanted = {"id", "search", "state", "params", "loss", "best", "step", "attempt", "reason"}
    assert all(wanted <= run.keys() for run in runs.values())
    assert {run["state"] for run in runs.values()} == {"finished", "crashed"}


def test_runs_are_chosen_by_id_range_search_and_state(ended) -> None:
    def ids(*words: str) -> list[str]:
        return [run["id"] for run in json.loads(ended("ls", "--json", *words))]

    assert ids("odd-003..5", "odd-9") == ["odd-003", "odd-004", "odd-005", "odd-009"]
    assert len(ids("odd")) == 12
    crashed = ids("--state", "crashed")
    assert 0 < len(crashed) < 12
    assert sorted(crashed + ids("--state", "finished")) == ids()


def test_runs_are_chosen_by_a_filter(ended) -> None:
    def chosen(*words: str) -> list[dict]:
        return json.loads(ended("ls", "--json", *words))

    runs = chosen()
    crashed = chosen("--where", "state:crashed")
    assert crashed == [run for run in runs if run["state"] == "crashed"]
    assert chosen("--where=-state:crashed lr>=0.01") == [run for run in runs if run not in crashed]
    assert chosen("odd-1..6", "--where", "lr<0.1") == [run for run in runs[:6] if run["params"]["lr"] < 0.1]
    assert chosen("--state", "finished", "--where", "state:crashed", "--sort", "lr") == []
    assert chosen("--where", "") == runs
    assert "no such column" not in ended("ls", "--where", "nowhere", "--sort", "lr")


def test_runs_are_sorted_by_any_column_and_those_without_a_value_are_last(ended) -> None:
    def ids(*words: str) -> list[str]:
        return [run["id"] for run in json.loads(ended("ls", "--json", *words))]

    runs = ended.ls()
    by_rate = sorted(runs, key=lambda run: runs[run]["params"]["lr"])
    assert ids("--sort", "lr") == by_rate
    assert ids("--sort", "lr", "--reverse") == by_rate[::-1]
    assert ids("--reverse") == [*runs][::-1]
    scored = sorted((run for run in runs if runs[run]["best"] is not None), key=lambda run: runs[run]["best"])
    assert 0 < len(scored) < len(runs)
    assert ids("--sort", "best")[: len(scored)] == scored
    assert ids("--sort", "best", "--reverse")[: len(scored)] == scored[::-1]


def test_a_filter_says_what_is_cancelled_and_queued_again(hpq) -> None:
    hpq.write("odd.py", SEARCH)
    hpq("enqueue", "odd.py", "-n", "6")
    runs = hpq.ls()
    low = [run for run in runs if runs[run]["params"]["lr"] < 0.03]
    assert 0 < len(low) < 6
    assert json.loads(hpq("cancel", "--where", "lr<0.03", "--json"))["cancelled"] == low
    assert json.loads(hpq("requeue", "--where", "state:cancelled", "--json"))["queued"] == low


def test_tables_show_data_as_it_is_and_send_no_codes_to_the_terminal(ended) -> None:
    printed = ended("ls") + ended("show", "odd-001") + ended("status")
    assert "\x1b" not in printed
    assert "[/bold]" in printed


def test_status_counts(ended) -> None:
    told = json.loads(ended("status", "--json"))
    assert sum(told["counts"].values()) == 12
    assert told["best_run"].startswith("odd-")


def test_show_tells_why_a_run_crashed(ended) -> None:
    crashed = next(run for run in ended.ls().values() if run["state"] == "crashed")
    shown = ended("show", crashed["id"])
    assert "ValueError: [/red] too small" in shown
    told = json.loads(ended("show", crashed["id"], "--json"))
    assert told["attempts"][0]["reason"] == "ValueError: [/red] too small"
    assert told["seed"] == 0


def test_a_dry_run_prints_draws_and_queues_nothing(hpq) -> None:
    hpq.write("odd.py", SEARCH)
    assert "lr" in hpq("enqueue", "odd.py", "-n", "3", "--dry-run")
    assert len(json.loads(hpq("enqueue", "odd.py", "-n", "3", "--dry-run", "--json"))) == 3
    assert not hpq.root.exists()


def test_a_file_without_training_code_may_draw_only_what_the_bundled_model_has(hpq) -> None:
    hpq.write("mine.py", "def sample(s):\n    s.int('convnet.depth', 8, 9)\n    s.float('lr', 0, 1)\n")
    told = hpq("enqueue", "mine.py", code=1)
    assert "neither train(run) nor command" in told
    assert "'lr'" in told
    hpq.write("mine.py", "def sample(s):\n    s.int('convnet.depth', 8, 9)\n")
    assert "2 queued" in hpq("enqueue", "mine.py", "-n", "2")


def test_a_grid_says_its_size_and_a_large_one_wants_a_yes(hpq) -> None:
    hpq.write("grid.py", "def sample(s):\n    for i in range(11): s.bool(f'b{i}')\ncommand = 'true'\n")
    assert "the grid has 2,048 runs" in hpq("enqueue", "grid.py", "--sampler", "grid", "--dry-run")
    assert "--yes" in hpq("enqueue", "grid.py", "--sampler", "grid", code=2)
    assert "2048 queued" in hpq("enqueue", "grid.py", "--sampler", "grid", "--yes")


def test_a_grid_says_what_random_draws_would_try_besides(hpq) -> None:
    hpq.write(
        "grid.py",
        "def sample(s):\n    for n in 'abcde': s.float(n, 0, 1)\n    s.bool('f')\ncommand = 'true'\n",
    )
    told = hpq("enqueue", "grid.py", "--sampler", "grid", "--dry-run").splitlines()[0]
    assert told == (
        "the grid has 486 runs, spent on 6 hyperparameters with 2 to 3 values each; "
        "random draws would try up to 486 values of a, b, c and 2 more"
    )
    told = hpq("enqueue", "grid.py", "--sampler", "grid", *(f"--set={n}=0" for n in "bcde"), "--dry-run")
    assert told.splitlines()[0].endswith("up to 6 values of a")
    told = hpq("enqueue", "grid.py", "--sampler", "grid", *(f"--set={n}=0" for n in "abcde"), "--dry-run")
    assert told.splitlines()[0] == "the grid has 2 runs"
    assert "takes the first" not in told
    told = hpq("enqueue", "grid.py", "--sampler", "grid", "-n", "9", "--dry-run").splitlines()[1]
    assert told == "-n 9 takes the first of them, in which some hyperparameters hardly change"


def test_numbers_and_draws_go_on_within_a_search(hpq) -> None:
    hpq.write("odd.py", SEARCH)
    hpq("enqueue", "odd.py", "-n", "2", "--seed", "5")
    hpq("enqueue", "odd.py", "-n", "2")
    hpq("enqueue", "odd.py", "-n", "4", "--seed", "5", "--name", "whole")
    runs = list(hpq.ls().values())
    assert [run["params"] for run in runs[:4]] == [run["params"] for run in runs[4:]]


def test_editing_a_search_file_changes_nothing_that_is_queued(hpq) -> None:
    hpq.write("odd.py", SEARCH)
    hpq("enqueue", "odd.py", "-n", "1", "--set", "lr=0.5")
    hpq.write("odd.py", "raise SystemExit('edited')")
    hpq("run", "--workers", "1")
    assert hpq.ls()["odd-001"]["state"] == "finished"


def test_a_reader_that_has_seen_enough_is_no_error(ended) -> None:
    pipe = subprocess.Popen(
        [sys.executable, "-m", "hpq", "ls", "--json"],
        cwd=ended.folder,
        env=ended.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pipe.stdout.close()
    assert pipe.stderr.read() == b""
    assert pipe.wait(30) in (0, 141)
    pipe.stderr.close()


def test_enqueue_imports_nothing_heavy(hpq) -> None:
    code = (
        "import sys\nfrom hpq.cli import main\n"
        "try: main(['enqueue', '-n', '50'])\n"
        "except SystemExit as ended: assert not ended.code\n"
        "heavy = ('torch', 'numpy', 'matplotlib', 'textual', 'scipy', 'rich', 'PIL')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=hpq.folder,
        env=hpq.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.splitlines() == ["50 queued: blog-001 to blog-050", "[]"]


def test_choosing_runs_without_a_filter_imports_no_numpy(hpq) -> None:
    hpq("enqueue", "-n", "2")
    code = (
        "import sys\nfrom hpq.cli import main\n"
        "try: main(['cancel', 'blog-1', '--state', 'queued'])\n"
        "except SystemExit as ended: assert not ended.code\n"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=hpq.folder, env=hpq.environment, check=True)


def test_completion_is_a_script(hpq) -> None:
    for shell in ("bash", "zsh"):
        assert "--time-limit" in hpq("completion", shell)


def test_the_commit_of_a_search_is_recorded(hpq) -> None:
    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(
            command, cwd=hpq.folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    hpq.write("odd.py", SEARCH)
    git("init", "-q")
    git("add", "odd.py")
    git("commit", "-qm", "x")
    hpq("enqueue", "odd.py", "-n", "1")
    hpq.write("odd.py", SEARCH + "# changed\n")
    hpq("enqueue", "odd.py", "-n", "1")
    told = [json.loads(hpq("show", run, "--json")) for run in ("odd-001", "odd-002")]
    assert [(run["commit"], run["dirty"]) for run in told] == [
        (git("rev-parse", "HEAD"), dirty) for dirty in (False, True)
    ]
