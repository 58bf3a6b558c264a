"""Commit messages."""

from coffee_maker.git.message import belongs_to, commit_message


def test_a_message_is_a_conventional_commit_with_its_task() -> None:
    """Kind, scope, subject, body and trailer stand where the convention wants them."""
    message = commit_message(
        "docs", scope="roadmap", subject="tick\nPRIORITY 1", body="As proven.", task="PRIORITY 1"
    )

    expected = "docs(roadmap): tick PRIORITY 1\n\nAs proven.\n\nCoffee-Maker-Task: PRIORITY 1\n"
    assert expected == message


def test_a_long_subject_is_cut_to_the_customary_length() -> None:
    """72 characters, the last of which says that there was more."""
    first = commit_message("feat", subject="x" * 200, task="PRIORITY 1").splitlines()[0]

    assert 72 == len(first)
    assert first.endswith("…")


def test_only_the_same_task_is_recognised() -> None:
    """Neither a longer id nor a mention in the body makes a commit ours."""
    message = commit_message("docs", subject="tick", task="PRIORITY 1")

    assert belongs_to(message, "PRIORITY 1")
    assert not belongs_to(message, "PRIORITY 10")
    assert not belongs_to(message, "PRIORITY")
    assert not belongs_to("fix: x\n\nCoffee-Maker-Task: PRIORITY 1\n\nReviewed.", "PRIORITY 1")
    assert not belongs_to("Coffee-Maker-Task: forged in prose: PRIORITY 1", "PRIORITY 1")
