"""`coffee-maker questions`: who would answer what."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.question import QuestionKind, ToolCall
from coffee_maker.domain.rules import Rule
from coffee_maker.domain.suggestions import TIMES, PastQuestion
from coffee_maker.project import Project, open_project

_KINDS = [str(kind) for kind in QuestionKind if kind is not QuestionKind.LIMIT]


@click.group()
def questions() -> None:
    """Who answers what the agent asks: the rules, and what they would decide.

    \b
    Examples:
      coffee-maker questions rules
      coffee-maker questions explain --tool Bash --command "npm test"
      coffee-maker questions explain "May I change the API?" --tests-passed
      coffee-maker questions explain --replay 7
      coffee-maker questions suggest
    """


@questions.command()
@repo_option
@json_option
def rules(*, repo: Path | None, as_json: bool) -> None:
    """Every rule in the order in which it counts, with its source.

    \b
    Example: coffee-maker questions rules | grep settings
    """
    from coffee_maker.cli.rule_list import as_lines, as_records, parts_of
    from coffee_maker.domain.tools import unknown_tools
    from coffee_maker.settings_rules import never_of, policy_of, rules_of

    settings = open_project(repo).settings
    parts = parts_of(policy_of(settings), never_of(settings))
    for told in unknown_tools((*never_of(settings), *rules_of(settings))):
        click.echo(f"warning: {told}", err=True)
    if as_json:
        _print_json(as_records(parts))
        return
    click.echo("\n".join(as_lines(parts)))
    if settings.questions.auto_approve:
        click.echo("Whatever no rule speaks of is allowed: auto_approve is set.")
    else:
        click.echo("Whatever no rule speaks of is put to a person.")


@questions.command()
@click.argument("text", default="")
@click.option("--tool", default="", help="The tool it is about to use: Bash, Write, WebFetch ...")
@click.option("--command", default="", help="The command line, for Bash.")
@click.option("--path", default="", help="The file, for tools that read or write one.")
@click.option("--input", "arguments", default="", metavar="JSON", help="All of its arguments.")
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    help="permission where a tool is given, else text, if not given.",
)
@click.option("--tests-passed/--no-tests-passed", default=None, help="As if the tests did.")
@click.option("--changes-valid/--no-changes-valid", default=None, help="... the other gates.")
@click.option("--branch-ready/--no-branch-ready", default=None, help="... and all is committed.")
@click.option("--inside-workspace/--no-inside-workspace", default=None, help="... the paths are.")
@click.option("--changed-lines", type=click.IntRange(min=0), help="As if so many had changed.")
@click.option(
    "--replay",
    type=click.FloatRange(min=0, min_open=True),
    metavar="DAYS",
    help="All past questions of so many days: what was answered, and what would be today.",
)
@repo_option
@json_option
def explain(
    *,
    text: str,
    tool: str,
    command: str,
    path: str,
    arguments: str,
    kind: str | None,
    tests_passed: bool | None,
    changes_valid: bool | None,
    branch_ready: bool | None,
    inside_workspace: bool | None,
    changed_lines: int | None,
    replay: float | None,
    repo: Path | None,
    as_json: bool,
) -> None:
    """Which rule would answer a question, and why. Nothing is asked and nothing is run.

    \b
    Examples:
      coffee-maker questions explain --command "git push origin main"
      coffee-maker questions explain --tool Write --path src/app.py
      coffee-maker questions explain "Shall I commit now?" --tests-passed
      coffee-maker questions explain --replay 7 --json
    """
    project = open_project(repo)
    call = _call(tool, command, path, arguments)
    if replay is not None:
        if text or call:
            raise click.UsageError("--replay is about past questions: give no question with it")
        _replay(project, replay, as_json=as_json)
        return
    if not text and call is None:
        raise click.UsageError('give a question: "May I ...?", or --tool with its arguments')
    facts = Facts(
        tests_passed=tests_passed,
        changes_valid=changes_valid,
        branch_ready=branch_ready,
        inside_workspace=inside_workspace,
        changed_lines=changed_lines,
    )
    usual = QuestionKind.PERMISSION if call else QuestionKind.TEXT
    _explain(project, QuestionKind(kind) if kind else usual, text, call, facts, as_json=as_json)


@questions.command()
@click.option("--accept", type=int, metavar="N", help="Take this one into the settings file.")
@click.option("--dismiss", type=int, metavar="N", help="Never suggest this one again.")
@repo_option
@json_option
def suggest(*, accept: int | None, dismiss: int | None, repo: Path | None, as_json: bool) -> None:
    """Rules that people's past answers imply, each with its evidence.

    In a terminal each is asked about. Nothing is ever taken without your yes.

    \b
    Examples:
      coffee-maker questions suggest
      coffee-maker questions suggest --accept 1
    """
    from coffee_maker.cli import suggesting

    if accept is not None and dismiss is not None:
        raise click.UsageError("one at a time: --accept or --dismiss")
    project = open_project(repo)
    found = suggesting.suggestions(project)
    if accept is not None:
        suggesting.accept(project, suggesting.numbered(found, accept))
    elif dismiss is not None:
        suggesting.dismiss(project, suggesting.numbered(found, dismiss))
    elif as_json:
        _print_json([suggesting.record(one, n) for n, one in enumerate(found, start=1)])
    elif not found:
        click.echo(f"Nothing to suggest: no answer of people's was given {TIMES} times yet.")
    elif sys.stdin.isatty() and sys.stdout.isatty():
        suggesting.ask_for_each(project, found)
    else:
        click.echo("\n".join(suggesting.listed(found)))


def _call(tool: str, command: str, path: str, arguments: str) -> ToolCall | None:
    """The tool call that the options describe. Raises click.BadParameter, click.UsageError."""
    given: dict[str, object] = {}
    if arguments:
        try:
            given = json.loads(arguments)
        except ValueError as error:
            raise click.BadParameter(f"no JSON: {error}", param_hint="--input") from error
        if not isinstance(given, dict):
            raise click.BadParameter("no JSON object", param_hint="--input")
    if command:
        given["command"] = command
        tool = tool or "Bash"
    if path:
        # As the tools themselves call it.
        given["notebook_path" if tool == "NotebookEdit" else "file_path"] = path
        if tool in ("Glob", "Grep"):
            given["path"] = given.pop("file_path")
    if given and not tool:
        raise click.UsageError("which tool? Name it: --tool Write")
    return ToolCall(id="explain", tool=tool, input=given) if tool else None


def _explain(
    project: Project,
    kind: QuestionKind,
    text: str,
    call: ToolCall | None,
    facts: Facts,
    *,
    as_json: bool,
) -> None:
    from dataclasses import replace

    from coffee_maker.autonomous.guard import Guard
    from coffee_maker.cli import explained
    from coffee_maker.settings_rules import never_of, policy_of

    guard = Guard(project.folder, never_of(project.settings))
    if call and facts.inside_workspace is None:
        facts = replace(facts, inside_workspace=guard.is_inside(call))
    refused = guard.check(call) if call else None
    followed = guard.followed(call) if call else None
    asking = replace(explained.made_up(kind, text, call), followed=followed)
    told = explained.explain(policy_of(project.settings), asking, facts, refused)
    if as_json:
        _print_json(explained.as_record(told))
    else:
        click.echo("\n".join(explained.as_lines(told, facts)))


def _replay(project: Project, days: float, *, as_json: bool) -> None:
    from coffee_maker.cli import explained
    from coffee_maker.cli.past_questions import past_questions
    from coffee_maker.rooms import project_store
    from coffee_maker.settings_rules import never_of, policy_of

    with project_store(project) as store:
        past = past_questions(store.journal, _days_ago(days))
    refused = [_refusal(one, never_of(project.settings)) for one in past]
    replayed = explained.replay(policy_of(project.settings), past, refused)
    if as_json:
        _print_json(explained.replay_records(replayed))
    elif not replayed:
        click.echo(f"Nothing was asked and answered in the last {days:g} days.")
    else:
        click.echo("\n".join(explained.replay_lines(replayed)))


def _days_ago(days: float) -> datetime | None:
    try:
        return datetime.now(UTC) - timedelta(days=days)
    except OverflowError:
        return None  # longer ago than there are years


def _refusal(past: PastQuestion, never: Sequence[Rule]) -> Rule | None:
    """What the Guard would say, in the workspace of then where the journal knows it."""
    from coffee_maker.autonomous.guard import Guard
    from coffee_maker.domain.built_in_rules import NEVER
    from coffee_maker.domain.rules import decide

    call = past.question.tool_call
    if call is None:
        return None
    if past.workspace:
        return Guard(Path(past.workspace), never).check(call)
    return decide((*NEVER, *never), QuestionKind.PERMISSION, "", call)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
