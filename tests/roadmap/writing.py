"""Short ways to write and read roadmaps in these tests."""

from textwrap import dedent

from coffee_maker.domain.roadmap import Priority, Roadmap
from coffee_maker.roadmap.parser import RoadmapParser


def parsed(text: str) -> Roadmap:
    """The roadmap in an indented text."""
    return RoadmapParser().parse(dedent(text), "R.md")


def only(text: str) -> Priority:
    """The single priority of a text."""
    (priority,) = parsed(text).priorities
    return priority


def ids(text: str) -> list[str]:
    return [priority.id for priority in parsed(text).priorities]


def messages(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in parsed(text).problems]
