"""Real roadmaps that nobody tuned, where they are at hand; they are not part of this project.

They are looked for in the folder that COFFEE_MAKER_SEEDS names, else beside the checkout.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.domain.roadmap import Status
from coffee_maker.roadmap.file import read_text
from coffee_maker.roadmap.parser import RoadmapParser
from coffee_maker.roadmap.tracker import ProgressTracker

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "seeds"
_FOLDER = Path(os.environ.get("COFFEE_MAKER_SEEDS", _BESIDE))
SEEDS: list[Any] = sorted(_FOLDER.glob("*_*.txt")) or [
    pytest.param(
        Path("none"),
        marks=pytest.mark.skip(reason="no roadmaps of others are at hand: name their folder"),
    )
]

# What a reader finds in those that we know: id, title, status, boxes, dependencies.
_KNOWN = {
    "000": [
        ("ml-powered-auto-mode", "ML-Powered Auto Mode", "in progress", 7, ()),
        ("pypi-package", "PyPI Package", "planned", 8, ()),
        ("docker-image", "Docker Image", "planned", 8, ()),
    ],
    "001": [
        ("docker-containerization", "Docker Containerization", "planned", 4, ()),
        ("mobile-web-features", "Mobile & Web Features", "planned", 4, ()),
    ],
    "002": [
        ("Phase 1", "Stabilization (Current - 2 weeks)", "planned", 8, ()),
        ("Phase 2", "Data Management (Weeks 3-4)", "planned", 9, ()),
        ("Phase 3", "Analytics & Insights (Weeks 5-6)", "planned", 9, ()),
        ("Phase 4", "Extensibility (Weeks 7-8)", "planned", 9, ()),
    ],
    "003": [
        ("Phase 1", "Research & Feasibility (Week 1)", "planned", 5, ()),
        ("Phase 2", "Core Integration Development (Week 2)", "planned", 5, ()),
        ("Phase 3", "Learning System Development (Week 3)", "planned", 5, ()),
        ("Phase 4", "User Interface & Commands (Week 4)", "planned", 5, ()),
    ],
    "004": [
        ("PRIORITY 1", "Analytics & Observability", "planned", 0, ()),
        ("PRIORITY 2", "Basic Autonomous Development Daemon", "planned", 7, ()),
        ("PRIORITY 3", "Streamlit Analytics Dashboard", "planned", 7, ("1",)),
        ("PRIORITY 3.5", "Streamlit Error Monitoring Dashboard", "planned", 11, ("1",)),
        ("PRIORITY 4", "Streamlit Agent Interaction UI", "planned", 8, ("2",)),
        ("PRIORITY 5", "Professional Documentation", "planned", 6, ()),
        ("PRIORITY 6", "Innovative Projects", "planned", 0, ("3", "4")),
        (
            "PRIORITY 7",
            "Optional Final Refactoring",
            "optional",
            4,
            ("1", "2", "3", "3.5", "4", "5", "6"),
        ),
    ],
}


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem[:3])
def test_a_real_roadmap_is_read_as_a_person_reads_it(path: Path) -> None:
    """Its tasks and nothing else, whole and in order."""
    roadmap = RoadmapParser().read(path)

    assert _KNOWN.get(path.stem[:3]) in (
        None,
        [
            (
                priority.id,
                priority.title,
                str(priority.status),
                len(priority.deliverables),
                tuple(needed.split(" ")[-1] for needed in priority.depends_on),
            )
            for priority in roadmap.priorities
        ],
    )


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem[:3])
def test_a_real_roadmap_can_be_ticked_off_to_the_end(path: Path) -> None:
    """Every box and every status can be set, and only those lines change."""
    text = read_text(path)
    tracker = ProgressTracker()
    for priority in RoadmapParser().parse(text).priorities:
        text = tracker.tick(text, priority, [box.text for box in priority.deliverables])
        text = tracker.set_status(text, priority, Status.DONE)
    finished = RoadmapParser().parse(text)
    before, after = read_text(path).split("\n"), text.split("\n")

    assert {Status.DONE} == {priority.status for priority in finished.priorities}
    assert all(box.done for priority in finished.priorities for box in priority.deliverables)
    # These have boxes or a status line everywhere, so no line has to be put in.
    assert len(before) == len(after)
    changed = {n for n, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new}
    assert changed <= {
        line
        for priority in finished.priorities
        for line in (priority.status_line, *(box.line for box in priority.deliverables))
    }
