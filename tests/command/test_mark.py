"""The command ``symlstm mark``."""

import sys

import pytest

from symlstm.command import cli

EXERCISE = """
[cell]
units = 1
activation = "linear"
recurrent_activation = "linear"
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
inputs = [1, 1]
[exercise]
blanks = {names = ["c", "h"]}
vary = {inputs = [1, 3]}
"""
RIGHT = "[answers]\nc_1 = 1\nh_1 = 1\nc_2 = 6\nh_2 = 12\n"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Mark files of answers; return the exit code, output and errors."""
    (tmp_path / "mine.derivation.toml").write_text(EXERCISE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run_(*answers, options=()):
        names = [f"{k}.toml" for k in range(len(answers))]
        for name, text in zip(names, answers, strict=True):
            (tmp_path / name).write_text(text, encoding="utf-8")
        arguments = ["symlstm", "mark", "mine.derivation.toml", *names, *options]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return caught.value.code or 0, captured.out, captured.err

    return run_


def test_answers_that_are_all_right_exit_with_0(run):
    code, out, err = run(f'student = "Ada"\n{RIGHT}')
    assert (code, err) == (0, "")
    assert out.startswith("Ada\n")
    assert out.endswith("4 right\n")


def test_a_slip_and_what_carries_on_stand_in_a_table(run):
    code, out, _ = run('[answers]\nc_1 = "3/2"\nh_1 = 1.5\nc_2 = "six"\nk_1 = 0')
    assert code == 1
    assert [line.split() for line in out.splitlines()[2:6]] == [
        ["c_1", "3/2", "1", "slip"],
        ["h_1", "1.5", "1", "carried", "on"],
        ["c_2", "six", "6", "no", "number,", "give", "one", "number"],
        ["h_2", "12", "missing"],
    ]
    assert "unknown, known: z_i, i, " in out
    assert out.endswith(
        "0 right, 1 carried on, 1 slip, 1 missing, 1 not a number, 1 of an unknown name\n"
    )


def test_several_files_have_a_row_each(run):
    comma = RIGHT.replace("c_2 = 6", 'c_2 = "1,5"')
    _, out, _ = run(f"student = 4711\n{comma}")
    assert "4711" in out
    assert "with a point for its" in out
    code, out, _ = run(RIGHT, f'student = "B"\n{RIGHT.replace("c_2 = 6", "c_2 = 5")}')
    assert code == 1
    rows = [line.split() for line in out.splitlines()[-2:]]
    assert rows == [["0.toml", "4", "0", "0", "0", "0"], ["1.toml", "B", "3", "0", "1", "0", "0"]]


def test_a_copy_is_drawn_again_from_its_seed(run):
    from symlstm import load
    from symlstm.exercises import variation

    copy = variation(load("mine.derivation.toml"), seed=7, copy=3)
    values = {f"{n}_{t}": copy.trace[t][n] for t in (1, 2) for n in ("c", "h")}
    assert values["h_2"] != 12
    answers = "[answers]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
    assert run(f"seed = 7\ncopy = 3\n{answers}")[0] == 0
    assert run(answers, options=("--seed", "7", "--copy", "3"))[0] == 0
    assert run(f"copy = 3\n{answers}", options=("--seed", "7"))[0] == 0
    assert run(answers)[0] == 1


@pytest.mark.parametrize(
    ("answers", "options", "said"),
    [
        ("", (), "0.toml: [answers] is missing; give a table of answers by name"),
        ("answers = 3", (), "0.toml: [answers] is 3; make it a table"),
        ("[answers]\nh_1 = 1/2", (), 'line 2 has 1/2; quote it ("1/2")'),
        ("[answer]\nh_1 = 1", (), "has no key 'answer'; did you mean 'answers'?"),
        (f"student = 1.5\n{RIGHT}", (), "student is 1.5; give text"),
        (f"copy = 0\n{RIGHT}", (), "copy is 0; give a whole number, 1 or more"),
        (f"copy = 2\n{RIGHT}", (), "copy is given, and seed is not; give the seed"),
        (f"seed = 2\n{RIGHT}", ("--seed", "3"), "seed is 2, and --seed is 3; leave one of them"),
        (f"{RIGHT}gradients = 2", (), "gradients is 2; make it a table of answers"),
    ],
)
def test_what_is_no_file_of_answers_exits_with_2(run, answers, options, said):
    code, _, err = run(answers, options=options)
    assert code == 2
    assert said in err
    assert err.startswith("symlstm: ")
    assert err.count("\n") == 1


def test_a_file_that_is_none_leaves_the_others_marked(run):
    code, out, err = run(RIGHT, "nonsense")
    assert code == 2
    assert "4 right" in out
    assert "1.toml" in err


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("[answers]\ngradients = 3", "1.toml: gradients is 3; make it a table"),
        ("seed = 1\ncopy = 2000\n[answers]", "1.toml: copy is 2,000; give 1,000 or less"),
        ("answers = 3", "symlstm: 1.toml: [answers] is 3; make it a table"),
    ],
)
def test_what_is_wrong_with_a_file_names_it_once(run, wrong, message):
    code, _, err = run(RIGHT, wrong)
    assert code == 2
    assert message in err
    assert err.count("1.toml") == 1
