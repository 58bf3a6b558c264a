"""`coffee-maker run --dry-run`: what would be done."""

import json
from pathlib import Path
from typing import Any

import click

from coffee_maker.autonomous.plan import Plan
from coffee_maker.domain.visible import one_line
from coffee_maker.git.branch_name import branch_name
from coffee_maker.project import Project, open_project
from coffee_maker.wiring import planner


def tell_plan(
    repo: Path | None, overrides: dict[str, Any], task: str, *, as_json: bool = False
) -> None:
    """Print the next task and how it would be worked on; nothing is started or written."""
    project = open_project(repo, overrides)
    plan = planner(project).look(task)
    if as_json:
        click.echo(json.dumps(_facts(project, plan), ensure_ascii=False, indent=2))
        return
    for notice in plan.notices:
        click.echo(f"note: {one_line(notice, 500)}")
    if plan.next is None:
        click.echo(f"Nothing to do now in {project.roadmap}.")
    else:
        facts = _facts(project, plan)
        click.echo(f"Next: {plan.next.id}: {one_line(plan.next.title)}")
        for name in ("branch", "builds on", "agent", "tests", "questions", "pull request"):
            click.echo(f"  {name + ':':<14}{facts[name]}")
        for item in plan.next.deliverables:
            click.echo(f"  [{'x' if item.done else ' '}] {one_line(item.text)}")
    for priority, reason in plan.waiting:
        click.echo(f"Later: {priority.id}: {one_line(priority.title)} ({one_line(reason)})")


def _facts(project: Project, plan: Plan) -> dict[str, Any]:
    settings = project.settings
    chosen = plan.next
    questions = (
        "auto-approved, but for the never list"
        if settings.questions.auto_approve
        else ("by rules, else yours to answer")
    )
    return {
        "next": chosen.id if chosen else None,
        "title": chosen.title if chosen else None,
        "branch": branch_name(chosen) if chosen else None,
        "builds on": plan.target,
        "agent": f"{settings.agent.kind} {settings.agent.model or '(its own default model)'}",
        "tests": settings.gates.test_command or "found in the checkout",
        "questions": questions,
        "pull request": settings.git.forge if settings.git.create_prs else "none",
        "waiting": [{"id": p.id, "reason": reason} for p, reason in plan.waiting],
        "notices": list(plan.notices),
    }
