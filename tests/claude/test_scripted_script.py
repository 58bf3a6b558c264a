"""Reading scripts: what is written well, and what a person is told about what is not."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from coffee_maker.claude.scripted import script as scripted_script
from coffee_maker.claude.scripted.script import (
    Script,
    ScriptedTask,
    Step,
    load_script,
    read_script,
)
from coffee_maker.domain.errors import ConfigError

TOML = """
trust = true
[[tasks]]
match = "PRIORITY 1"
turns = [
  [
    "Hello.",
    { write = "a.py", content = "x" },
    { choose = "Which?", options = ["Red", { label = "Blue", description = "cold" }] },
  ],
  [{ say = "Bye." }],
]
"""
CONTENT = {
    "trust": True,
    "tasks": [
        {
            "match": "PRIORITY 1",
            "turns": [
                [
                    "Hello.",
                    {"write": "a.py", "content": "x"},
                    {
                        "choose": [
                            {
                                "question": "Which?",
                                "options": ["Red", {"label": "Blue", "description": "cold"}],
                            }
                        ]
                    },
                ],
                [{"say": "Bye."}],
            ],
        }
    ],
}
EXPECTED = Script(
    trust=True,
    tasks=(
        ScriptedTask(
            match="PRIORITY 1",
            turns=(
                (
                    Step(verb="say", value="Hello.", rest={}),
                    Step(verb="write", value="a.py", rest={"content": "x"}),
                    Step(
                        verb="choose",
                        value=[
                            {
                                "question": "Which?",
                                "header": "Choice",
                                "options": [
                                    {"label": "Red", "description": ""},
                                    {"label": "Blue", "description": "cold"},
                                ],
                                "multiSelect": False,
                            }
                        ],
                        rest={},
                    ),
                ),
                (Step(verb="say", value="Bye.", rest={}),),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    ("name", "text"), [("s.toml", TOML), ("s.json", json.dumps(CONTENT))], ids=["toml", "json"]
)
def test_both_formats_and_both_ways_to_ask_mean_the_same(
    name: str, text: str, tmp_path: Path
) -> None:
    """People may write TOML, programs JSON; a single question needs no list."""
    (tmp_path / name).write_text(text)

    assert load_script(tmp_path / name) == EXPECTED


def test_the_example_in_the_documentation_is_a_script(tmp_path: Path) -> None:
    """What people copy works."""
    text = str(scripted_script.__doc__)
    example = text[text.index("trust = true") : text.index("One message plays one turn")]
    (tmp_path / "s.toml").write_text(dedent("    " + example))

    turns = load_script(tmp_path / "s.toml").tasks[0].turns
    assert [step.verb for step in turns[0]] == ["say", "tokens", "write", "run", "choose", "ask"]


def test_the_first_task_whose_phrase_is_in_the_prompt_is_played() -> None:
    """Tasks are tried in order; none is an answer too."""
    script = read_script({"tasks": [{"match": m, "turns": []} for m in ("one", "two")]})

    assert [0, 1, None] == [script.find("one two"), script.find("say two"), script.find("three")]


def step(**entries: object) -> dict[str, object]:
    return {"tasks": [{"match": "", "turns": [[], ["first", entries]]}]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"task": []}, "the file has an unknown key 'task'"),
        ({}, "the file needs 'tasks'"),
        ({"tasks": {}}, "tasks must be a list"),
        ({"tasks": [{"match": "x"}]}, r"tasks\[1\] needs 'turns'"),
        ({"tasks": [{"match": 1, "turns": []}]}, r"tasks\[1\].match must be text"),
        ({"tasks": [{"match": "", "turns": ["say"]}]}, r"turns\[1\] must be a list"),
        (step(), r"tasks\[1\].turns\[2\]\[2\] must hold exactly one kind of step.*nothing"),
        (step(sya="x"), "must hold exactly one kind of step, but holds sya"),
        (step(say="x", run="y"), "holds say and run"),
        (step(run="x", tiemout=1), r"turns\[2\]\[2\] has an unknown key 'tiemout'"),
        (step(write="x"), "needs 'content'"),
        (step(think=True), "think must be a whole number or a number"),
        (step(tokens={"inptu": 1}), r"turns\[2\]\[2\].tokens has an unknown key 'inptu'"),
        (step(error="tired"), "error is 'tired', which is no kind of failure"),
        (step(run="x", permission="maybe"), "permission must be 'ask' or 'none'"),
        (step(choose="Which?"), "needs 'options'"),
        (step(choose="Which?", options=[1]), r"options\[1\] must be a table"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content: object, message: str) -> None:
    """A person finds the step without counting brackets."""
    with pytest.raises(ConfigError, match=message):
        read_script(content)


@pytest.mark.parametrize("text", ["tasks = [", "\x00"])
def test_a_file_that_is_no_toml_is_named(text: str, tmp_path: Path) -> None:
    """The message holds the path and what the parser said."""
    path = tmp_path / "s.toml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=r"s\.toml is not toml"):
        load_script(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """As any other setting that points nowhere."""
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_script(tmp_path / "none.toml")
