"""The command `coffee-maker`: which commands there are, and how an error is told."""

import sys
from typing import Any

import click

from coffee_maker import __version__, plugins
from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.visible import visible

# Name: where the command lives, and its line in the list. A command's module is only imported
# when it is asked for, so that `--help` and short commands start at once.
COMMANDS = {
    "init": ("init:init", "Write a settings file, and a sample roadmap if there is none."),
    "doctor": ("doctor:doctor", "Check everything that a run needs, and say what to mend."),
    "run": ("run:run", "Work through the roadmap."),
    "status": ("status:status", "What is done, under way and waiting."),
    "review": ("review:review", "Pull requests kept here: list, show, diff, merge, reject."),
    "roadmap": ("roadmap:roadmap", "Read the roadmap: show, next, check."),
    "tokens": ("tokens:tokens", "What each task used and cost."),
    "events": ("events:events", "Everything that happened, in order."),
    "config": ("config:config", "Every setting, its meaning and its value."),
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


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; errors raised on purpose become two lines and exit code 2."""
    try:
        return cli(args=arguments, standalone_mode=True)
    except CoffeeMakerError as error:
        click.echo(f"error: {visible(str(error))}", err=True)
        if error.cure:
            click.echo(f"  what to do: {visible(error.cure)}", err=True)
        sys.exit(2)
    except BrokenPipeError:  # `coffee-maker events | head`
        sys.stderr.close()
        sys.exit(1)
