"""Whose name stands on the daemon's commits: the user's own, as their git would write it."""

import re
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.domain.check import Check
from coffee_maker.domain.errors import CoffeeMakerError, GitError
from coffee_maker.git.checkout import Checkout
from coffee_maker.git.command import Command

CURE = 'git config --global user.name "Your Name"\ngit config --global user.email "you@example.com"'
_PERSON = re.compile(r"(?P<name>[^<>\n]+?)\s*<(?P<email>[^<>\s]+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A name and an e-mail address as they stand on a commit."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    def variables(self) -> dict[str, str]:
        """What makes git write this person as author and committer."""
        return {
            "GIT_AUTHOR_NAME": self.name,
            "GIT_AUTHOR_EMAIL": self.email,
            "GIT_COMMITTER_NAME": self.name,
            "GIT_COMMITTER_EMAIL": self.email,
        }


def parse_identity(text: str) -> Identity | None:
    """The person in "Name <email>", whatever follows it; None where there is none."""
    found = _PERSON.match(text.strip())
    return Identity(name=found["name"], email=found["email"]) if found else None


def read_identity(git: Command) -> Identity:
    """The identity that git uses where this command stands. Raises GitError, with the cure.

    It must have been given: what git would guess from the machine's name is not taken.
    """
    answer = git.run("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    person = parse_identity(answer.text) if answer.ok else None
    if person is None:
        raise GitError("git does not know who you are, and commits need an author", cure=CURE)
    return person


def find_identity(checkout: Path) -> Check:
    """Whether commits can be made in the user's name, for doctor. Never raises."""
    try:
        person = read_identity(Checkout(checkout).git)
    except CoffeeMakerError as error:
        return Check(name="git identity", ok=False, detail=str(error), cure=error.cure)
    return Check(name="git identity", ok=True, detail=str(person))
