"""One id for each task, and no id for two."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from coffee_maker.domain.errors import RoadmapError
from coffee_maker.roadmap.headings import read_heading
from coffee_maker.roadmap.outline import Outline
from coffee_maker.roadmap.sections import Section


def identified(
    document: Outline, sections: Sequence[Section], path: str
) -> list[tuple[str, Section]]:
    """Each task with its id: its name in one spelling, or a slug of its title.

    Titles that occur twice ("Tasks" below several headings) get the heading above in front.
    Raises RoadmapError that names both lines where two tasks still share an id.
    """
    slugs = Counter(_slug(section.title) for section in sections if section.name is None)
    result: list[tuple[str, Section]] = []
    lines: dict[object, int] = {}
    for section in sections:
        named = section
        if section.name is None and slugs[_slug(section.title)] > 1:
            named = _with_parent(document, section)
        line = section.heading.line + 1
        own_id = named.name.id if named.name else _slug(named.title) or f"line-{line}"
        first = lines.setdefault(named.name.key if named.name else own_id, line)
        if first != line:
            raise RoadmapError(
                f"{own_id} is there twice, at lines {first} and {line} of {path}",
                cure="give one of the two headings another number or title",
                line=line,
            )
        result.append((own_id, named))
    return result


def _with_parent(document: Outline, section: Section) -> Section:
    if section.heading.parent is None:
        return section
    name, title = read_heading(document.headings[section.heading.parent].text)
    above = name.id if name else title
    return replace(section, title=f"{above}: {section.title}")


def _slug(title: str) -> str:
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")
