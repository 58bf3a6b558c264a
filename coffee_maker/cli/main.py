"""The command `coffee-maker`: which commands there are, and how an error is told."""

import sys
from typing import Any

import click

from coffee_maker import __version__, plugins
from coffee_maker.cli.cure import cure_lines
from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.visible import visible

# Name: where the command lives, and its line in the list. A command's module is only imported
# when it is asked for, so that `--help` and short commands start at once.
COMMANDS = {
    "init": ("init:init", "Write a settings file, and a sample roadmap if there is none."),
    "doctor": ("doctor:doctor", "Check everything that a run needs, and say what to mend."),
    "run": ("run:run", "Work through the roadmap."),
    "pause": ("pausing:pause", "Begin no new task, until `resume`."),
    "resume": ("pausing:resume", "Begin new tasks again."),
    "stop": ("pausing:stop", "End the daemon; the next start goes on."),
    "inbox": ("inbox:inbox", "What waits for your answer: list, show, answer, watch."),
    "channels": ("channels:channels", "The ways to reach you: list them, test them."),
    "status": ("status:status", "What is done, under way and waiting."),
    "attach": ("attach:attach", "Watch the agent's terminal live, or take over its keyboard."),
    "replay": ("replay:replay", "Play what the agent's terminal showed."),
    "review": ("review:review", "Pull requests kept here: list, show, diff, merge, reject."),
    "skip": ("undo:skip", "Put a task aside."),
    "retry": ("undo:retry", "Give a task another turn."),
    "rollback": ("undo:rollback", "Take back all that was made for a task; asks first."),
    "roadmap": ("roadmap:roadmap", "Read the roadmap: show, next, check."),
    "web": ("web:web", "Answer questions in a browser."),
    "questions": ("questions:questions", "Who would answer what: rules, explain, suggest."),
    "tokens": ("tokens:tokens", "What each task used and cost."),
    "interactions": (
        "interactions:interactions",
        "Every question, its answer, and how long it took.",
    ),
    "service": ("service:service", "Run it in the background: install, status, uninstall."),
    "events": ("events:events", "Everything that happened, in order."),
    "audit": ("audit:audit", "Trust the history: verify its chain, export it for others."),
    "backup": ("backup:backup", "Copy the journal while the daemon runs, and check the copy."),
    "config": ("config:config", "The settings that you changed, or a sample with all of them."),
    "demo": ("demo:demo", "See the whole line work on a sample project."),
    "work": ("work:work", ""),
}
HIDDEN = frozenset({"work"})


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports them when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order in which a person meets them."""
        return [name for name in COMMANDS if name not in HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = plugins.load(f"coffee_maker.cli.{COMMANDS[cmd_name][0]}")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command, or an error that names the nearest one. Raises click.UsageError."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {visible(args[0])!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="coffee-maker")
def cli() -> None:
    """Turn a ROADMAP.md into reviewed pull requests.

    \b
    In your own repository:
      coffee-maker init          settings, and a sample roadmap
      coffee-maker doctor        is everything there?
      coffee-maker run --once    deliver the next priority
    """


def main(
    arguments: list[str] | None = None,
    *,
    command: click.Command = cli,
    program: str = "coffee-maker",
) -> Any:
    """Run the command line; errors raised on purpose become two lines and exit code 2.

    `program` is how a person calls the command, for its usage line.
    """
    try:
        return command(args=arguments, prog_name=program, standalone_mode=True)
    except CoffeeMakerError as error:
        click.echo(f"error: {visible(str(error))}", err=True)
        if error.cure:
            click.echo("\n".join(cure_lines(error.cure, indent=2)), err=True)
        sys.exit(2)
    except BrokenPipeError:  # `coffee-maker events | head`
        sys.stderr.close()
        sys.exit(1)
