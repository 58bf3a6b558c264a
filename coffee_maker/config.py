"""The settings: one class is the reference, the validation and the text that `init` writes.

Read from `coffee_maker.toml` in the project, else from `[tool.coffee_maker]` in its
`pyproject.toml`; the environment is laid on top (`COFFEE_MAKER_GATES__ROUNDS=5` is `rounds` in
`[gates]`). A key that is not known is an error that names the nearest one.
"""

import difflib
import json
import os
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.question import ALLOW, DENY
from coffee_maker.domain.rules import ASK, TOOL_PATTERN

FILE_NAME = "coffee_maker.toml"
PREFIX = "COFFEE_MAKER_"

Seconds = Annotated[float, Meta(gt=0)]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file."""


class AgentSettings(Section, frozen=True, kw_only=True):
    """Who does the work."""

    kind: Annotated[
        Literal["claude", "scripted"],
        Meta(
            description="claude: the real Claude Code. scripted: plays a file (demo, rehearsals)."
        ),
    ] = "claude"
    command: Annotated[str, Meta(description="The program; empty: `claude` on the PATH.")] = ""
    model: Annotated[str, Meta(description="Passed to Claude Code; empty: its own default.")] = ""
    script: Annotated[str, Meta(description="The file that the scripted agent plays.")] = ""
    pass_environment: Annotated[
        tuple[str, ...],
        Meta(
            description="Variables that the agent sees beside the few it always gets, by name. "
            "Name ANTHROPIC_API_KEY only if you want to be billed by it."
        ),
    ] = ()
    ready_seconds: Annotated[Seconds, Meta(description="How long its start may take.")] = 60


class RuleSettings(Section, frozen=True, kw_only=True):
    """One rule: all that is given must match, then `answer` is given."""

    answer: Annotated[str, Meta(description="allow, deny, ask (a person), an option, or a text.")]
    tool: Annotated[str, Meta(description='As in Claude\'s own rules: "Bash(npm test:*)".')] = ""
    text: Annotated[str, Meta(description="A regular expression for the question's text.")] = ""
    kind: Literal["", "permission", "choice", "text"] = ""
    message: Annotated[str, Meta(description="What the agent is told with a denial.")] = ""

    def __post_init__(self) -> None:
        """A rule that cannot be read must not look like one that protects."""
        if not (self.tool or self.text or self.kind):
            raise ValueError("a rule needs a tool, a text or a kind")
        if self.tool:
            _check_tool(self.tool)
        try:
            re.compile(self.text)
        except re.error as error:
            raise ValueError(f"text is no regular expression: {error}") from error
        if self.kind == "permission" or self._asks_to_use_a_tool():
            msgspec.structs.force_setattr(self, "answer", _permission(self.answer))

    def _asks_to_use_a_tool(self) -> bool:
        # This one is a question itself, and answered with one of its options.
        return bool(self.tool) and not self.kind and self.tool != "AskUserQuestion"


def _check_tool(pattern: str) -> None:
    if TOOL_PATTERN.match(pattern) is None:
        raise ValueError(f'"{pattern}" is no tool; write it like "Write" or "Bash(npm test:*)"')


# What a person would write, and what it stands for.
_PERMISSIONS = {ALLOW: ALLOW, DENY: DENY, ASK: ASK, "yes": ALLOW, "no": DENY}


def _permission(answer: str) -> str:
    """Whatever else stood there would count as a denial, and look like something better."""
    word = answer.strip().casefold()
    if word in _PERMISSIONS:
        return _PERMISSIONS[word]
    near = difflib.get_close_matches(word, _PERMISSIONS, n=1)
    hint = f'did you mean "{near[0]}"?' if near else "write allow, deny or ask"
    raise ValueError(f'"{answer}" is no answer to whether a tool may be used; {hint}')


class QuestionSettings(Section, frozen=True, kw_only=True):
    """What may be answered without you."""

    auto_approve: Annotated[
        bool, Meta(description="Answer yes to whatever is not on the never list.")
    ] = False
    deadline_seconds: Annotated[
        Seconds, Meta(description="How long a person has; then the safe default counts.")
    ] = 300
    never: Annotated[
        tuple[str, ...],
        Meta(
            description="Refused always, beside the built-in list (pushes, credentials, writes "
            'outside the workspace): "Bash(terraform apply:*)".'
        ),
    ] = ()
    rules: Annotated[
        tuple[RuleSettings, ...],
        Meta(description="In order; the first that matches answers, but deny outranks allow."),
    ] = ()

    def __post_init__(self) -> None:
        for pattern in self.never:
            _check_tool(pattern)


class GateSettings(Section, frozen=True, kw_only=True):
    """What a change must pass before it becomes a pull request."""

    test_command: Annotated[
        str, Meta(description='Run by sh in a clean checkout; empty: found ("pytest", "npm test").')
    ] = ""
    test_timeout_seconds: Annotated[
        Seconds, Meta(description="Then the tests and all they started are ended.")
    ] = 1800
    rounds: Annotated[
        int,
        Meta(ge=0, description="How often failing gates go back to the agent before it is parked."),
    ] = 3
    pass_environment: Annotated[
        tuple[str, ...], Meta(description="Variables that the tests see beside the usual few.")
    ] = ()
    ignore_secrets_in: Annotated[
        tuple[str, ...],
        Meta(description='Paths in which secrets are known to be none: "tests/data/*".'),
    ] = ()


class GitSettings(Section, frozen=True, kw_only=True):
    """Where the code comes from and goes to."""

    remote: Annotated[str, Meta(description="Without such a remote, this repository itself.")] = (
        "origin"
    )
    base: Annotated[str, Meta(description="Branch to work from; empty: the remote's own.")] = ""
    forge: Annotated[
        Literal["auto", "gh", "local"],
        Meta(description="Where pull requests live. auto: gh for a GitHub remote, else local."),
    ] = "auto"
    create_prs: Annotated[
        bool, Meta(description="false: push the branches, open no pull requests.")
    ] = True


class Settings(Section, frozen=True, kw_only=True):
    """Everything that can be set."""

    roadmap: Annotated[
        str, Meta(description="Path in the project; empty: ROADMAP.md, else docs/ROADMAP.md.")
    ] = ""
    state_dir: Annotated[
        str, Meta(description="Workspaces and the journal; empty: your usual state directory.")
    ] = ""
    store_url: Annotated[
        str, Meta(description="postgresql://…; empty: an SQLite file in the state directory.")
    ] = ""
    watch_seconds: Annotated[
        Seconds, Meta(description="How often the roadmap is looked at when there is no work.")
    ] = 60
    agent: AgentSettings = AgentSettings()
    questions: QuestionSettings = QuestionSettings()
    gates: GateSettings = GateSettings()
    git: GitSettings = GitSettings()


def load_settings(
    project: Path,
    environment: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings of the project in this folder. Raises ConfigError, naming place and cure.

    `overrides` is laid on top of everything: nested tables, as a command line gives them.
    """
    data, source = _read(project)
    for layer, origin in ((_from_environment(environment), "the environment"), (overrides, "")):
        data = _merge(data, layer or {})
        source = f"{source} and {origin}" if layer and origin else source
    return settings_from(data, source)


def settings_from(data: Mapping[str, Any], source: str) -> Settings:
    """Settings out of plain tables. Raises ConfigError that names `source`."""
    for path, key, known in _unknown_keys(data, Settings, ""):
        near = _nearest(key, known)
        hint = f"did you mean {near}?" if near else f"known here: {', '.join(known)}"
        raise ConfigError(f'unknown setting "{path}{key}" in {source}', cure=hint)
    try:
        return msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        raise ConfigError(
            f"{place.rstrip('`') or 'settings'}: {what} (in {source})",
            cure="`coffee-maker config --sample` prints every setting with its meaning",
        ) from error


def settings_file(project: Path) -> Path | None:
    """The file in which this project's settings are written, or None where there is none."""
    own, shared = project / FILE_NAME, project / "pyproject.toml"
    if own.exists():
        return own
    has_table = shared.exists() and "coffee_maker" in _parse(shared).get("tool", {})
    return shared if has_table else None


def template() -> str:
    """A settings file in which every setting stands as a comment with its meaning and default."""
    lines = [
        "# Settings of coffee_maker. Every line is the default: take the # away to change it.",
        "# What it does with them is shown by: coffee-maker run --dry-run",
        "",
    ]
    lines += _describe(Settings)
    for name, section in _sections(Settings):
        lines += ["", f"# {(section.__doc__ or '').strip()}", f"[{name}]", *_describe(section)]
    lines += [
        "",
        "# [[questions.rules]]",
        '# tool = "Bash(npm run lint:*)"',
        '# answer = "allow"',
    ]
    return "\n".join(lines) + "\n"


def changed(settings: Settings) -> Iterator[str]:
    """A line `section.key = value` for every setting that has not its default value."""
    sections = [("", settings, Settings()), *_pairs(settings)]
    for prefix, section, default in sections:
        for name in section.__struct_fields__:
            value = getattr(section, name)
            if not isinstance(value, Section) and value != getattr(default, name):
                yield f"{prefix}{name} = {_toml(value)}"


def find_roadmap(project: Path, settings: Settings) -> str:
    """The roadmap's path in the project: as set, else the first usual place that exists."""
    if settings.roadmap:
        return settings.roadmap
    usual = ("ROADMAP.md", "docs/ROADMAP.md")
    return next((path for path in usual if (project / path).exists()), usual[0])


def _read(project: Path) -> tuple[dict[str, Any], str]:
    file = settings_file(project)
    if file is None:
        return {}, "the defaults"
    if file.name == FILE_NAME:
        return _parse(file), FILE_NAME
    return dict(_parse(file)["tool"]["coffee_maker"]), "pyproject.toml [tool.coffee_maker]"


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", cure="mend that line") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or name.removeprefix(PREFIX) in _OWN_VARIABLES:
            continue
        *sections, key = name.removeprefix(PREFIX).lower().split("__")
        table = tables
        for section in sections:
            table = table.setdefault(section, {})
        table[key] = _value(value)
    return tables


# Set by this program for its own children, and no settings.
_OWN_VARIABLES = frozenset({"SESSION", "SEEDS", "TEST_RUN"})


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(known, value)
        else:
            merged[key] = value
    return merged


def _unknown_keys(
    data: Mapping[str, Any], section: type[Section], path: str
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    known = dict(_sections(section))
    names = section.__struct_fields__
    for key, value in data.items():
        if key not in names:
            yield path, key, names
        elif key in known and isinstance(value, Mapping):
            yield from _unknown_keys(value, known[key], f"{path}{key}.")
        elif key == "rules" and isinstance(value, list):
            for number, rule in enumerate(value):
                if isinstance(rule, Mapping):
                    yield from _unknown_keys(rule, RuleSettings, f"{path}{key}[{number}].")


def _nearest(key: str, known: Sequence[str]) -> str:
    """The settings that may have been meant: misspelt, or of another table, or both."""
    places: dict[str, list[str]] = {}
    tables: list[tuple[str, type[Section]]] = [("", Settings), *_sections(Settings)]
    for table, section in tables:
        for name in section.__struct_fields__:
            places.setdefault(name, []).append(f"{table}.{name}".removeprefix("."))
    here = difflib.get_close_matches(key, known, n=1)
    if here and key not in places:
        return f'"{here[0]}"'
    elsewhere = difflib.get_close_matches(key, places, n=1)
    return " or ".join(f'"{place}"' for name in elsewhere for place in places[name])


def _sections(section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    for field in msgspec.structs.fields(section):
        if isinstance(field.type, type) and issubclass(field.type, Section):
            yield field.name, field.type


def _pairs(settings: Settings) -> Iterator[tuple[str, Section, Section]]:
    for name, section in _sections(Settings):
        yield f"{name}.", getattr(settings, name), section()


def _describe(section: type[Section]) -> Iterator[str]:
    nested = dict(_sections(section))
    for field in msgspec.structs.fields(section):
        if field.name in nested or field.name == "rules":
            continue
        yield from textwrap.wrap(
            _meaning(field.type), 96, initial_indent="# ", subsequent_indent="# "
        )
        yield f"#{field.name} = {_toml(field.default)}"


def _meaning(annotation: Any) -> str:
    parts = [_meaning(part) for part in get_args(annotation) if get_origin(part) is Annotated]
    found = [p.description for p in get_args(annotation) if isinstance(p, Meta) and p.description]
    return " ".join([*found, *parts])


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    if isinstance(value, Section):
        given = [n for n in value.__struct_fields__ if getattr(value, n)]
        return "{ " + ", ".join(f"{n} = {_toml(getattr(value, n))}" for n in given) + " }"
    # A JSON string is a TOML basic string as well.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else f"{value:g}"
