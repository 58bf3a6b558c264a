"""`coffee-maker interactions`, on a journal as a day leaves it."""

import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from coffee_maker.cli.interactions import gather, interactions
from coffee_maker.project import open_project
from coffee_maker.store.store import Store
from tests.support.asked import BEGAN, RULE, a_day, question
from tests.support.clocks import SteppedClock

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def utc(clean_environment: Path) -> Iterator[None]:
    """The time zone in which times are shown here."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    del os.environ["TZ"]
    time.tzset()


@pytest.fixture
def repo(tmp_path: Path, utc: None) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "ROADMAP.md").write_text("# Roadmap\n")
    return folder


@pytest.fixture
def asked(repo: Path) -> Path:
    clock = SteppedClock(BEGAN)
    with Store(open_project(repo).store_location, clock) as store:
        a_day(store, clock)
    return repo


def run(repo: Path, *arguments: str) -> str:
    done = CliRunner().invoke(interactions, ["--repo", str(repo), *arguments])
    assert 0 == done.exit_code, done.output
    return done.output


def as_json(repo: Path, *arguments: str) -> Any:
    return json.loads(run(repo, "--json", *arguments))


def test_every_exchange_is_a_line_and_the_sums_follow(asked: Path) -> None:
    """When, which task, what was answered, by whom on which way, after how long, and what."""
    assert (GOLDEN / "interactions.txt").read_text(encoding="utf-8") == run(asked)


def test_the_sums_alone(asked: Path) -> None:
    """Without the table."""
    told = run(asked, "--metrics")

    assert told.startswith("Asked 7; open 1; parked at some time 1\n")
    assert run(asked).endswith(told)


def test_json_holds_every_exchange_whole(asked: Path) -> None:
    """For programs: ids, channels, replies that did not count, and the answer's method."""
    found = as_json(asked)
    key = found["interactions"][1]

    assert ["terminal", "slack"] == key["told"]
    assert "user via slack" == key["answer"]["method"]
    assert "invalid" == key["turned_away"][0]["received"]
    assert (90.0, False) == (key["waited_seconds"], key["delivered"])
    assert None is found["interactions"][-1]["answer"]
    assert {"person": 3, "rule": 1, "deadline": 1, "nobody": 1} == found["metrics"]["answered_by"]
    assert ["metrics"] == list(as_json(asked, "--metrics"))


def test_one_task_alone(asked: Path) -> None:
    """Named as people name it."""
    assert {"PRIORITY 2"} == {one["task"] for one in as_json(asked, "--task", "2")["interactions"]}


def test_the_last_days_alone(repo: Path) -> None:
    """Counted back from now, to the second."""
    clock = SteppedClock(BEGAN)
    with Store(open_project(repo).store_location, clock) as store:
        store.questions.put(question("old", clock), RULE)
        clock.sleep(86_400)
        store.questions.put(question("new", clock), RULE)
        found = gather(store, None, 1, clock.now() + timedelta(seconds=1))

    assert ["new"] == [one.question.id for one in found]


def test_nothing_asked_says_so(repo: Path, asked: Path) -> None:
    """In words that fit what was looked for."""
    assert "leave out --days" in run(asked, "--days", "1")
    assert 0 == as_json(asked, "--days", "1")["metrics"]["asked"]


def test_a_new_project_says_what_will_be_here(repo: Path) -> None:
    """No table of nothing."""
    assert run(repo).startswith("Claude has asked nothing yet")
    assert [] == as_json(repo)["interactions"]


def test_nothing_in_a_question_acts_on_the_terminal(repo: Path) -> None:
    """Escape sequences are shown, not obeyed."""
    clock = SteppedClock(BEGAN)
    with Store(open_project(repo).store_location, clock) as store:
        store.questions.put(question("odd", clock, text="\x1b[2Jgone\u202e"), RULE)

    assert "\x1b" not in run(repo)
    assert "\\x1b[2Jgone\\u202e" in run(repo)
