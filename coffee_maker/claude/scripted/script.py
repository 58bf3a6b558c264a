'''The file that the scripted agent plays: TOML, or JSON of the same shape.

    trust = true                        # ask at start-up whether the folder is trusted
    model = "claude-sonnet-5"           # the model that answers name; this is the default

    [[tasks]]
    match = "PRIORITY 1"                # a phrase of the session's first message ("" fits all)
    turns = [
      [                                 # what the first message sets off
        "I look around first.",         # plain text is said
        { tokens = { input = 1200, output = 340, cache_read = 9000 } },
        { write = "src/app.py", content = """
    print("hello")
    """ },
        { run = "python -m pytest -q", permission = "ask" },
        { choose = "Which colour?", options = ["Red", { label = "Blue", description = "cold" }] },
        { ask = "I found a key in .env. Should I commit it?" },
      ],
      [ { say = "Then I leave it out." } ],     # what the second message sets off
    ]

One message plays one turn; a resumed session goes on with the next. The steps:

    say = TEXT                                   prints it; the last one is the turn's message
    write = PATH, content = TEXT                 through the tool Write
    append = PATH, content = TEXT                the same, behind what is there
    edit = PATH, old = TEXT, new = TEXT          through the tool Edit
    delete = PATH                                through the tool Bash
    run = COMMAND [description, timeout]         through the tool Bash: `sh -c`, in the folder
    background = COMMAND                         the same, left running when the agent ends
    use = TOOL, input = {...} [result = TEXT]    any other tool; does nothing but asks first
    choose = QUESTION, options = [...] [header, multiple]       AskUserQuestion
    choose = [{ question, options, header, multiple }, ...]     the same with several questions
    ask = TEXT                                   says it and ends the turn
    think = SECONDS                              is busy for so long
    tokens = { input, output, cache_write_5m, cache_write_1h, cache_read, web_searches,
               model, id, repeat, growing, sidechain }
    limit = MESSAGE [dialog = true]              the plan's limit is spent; ends the turn
    error = KIND [message = TEXT]                fails as StopFailure of that kind; ends the turn
    hang = true [stubborn = true]                never does anything again; stubborn: no signal
                                                 but SIGKILL ends it
    crash = EXIT_CODE or "SIGNAL"                ends at once

Steps that change or run something, and `use`, go through the hook PreToolUse; `permission = "ask"`
(the default of `use` only) asks in a dialog and through PermissionRequest as well. What a step was
refused is not done, and the turn goes on. Nothing else is checked: a path may lead anywhere.

`tokens` begins an answer of the model: all that follows, up to the next `tokens`, is part of it and
repeats its figures. `repeat` writes each of its lines so many times, `growing` with a partial
output figure in all but the last one; `id` replaces its message id.
'''

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from coffee_maker.domain.errors import ConfigError

DEFAULT_MODEL = "claude-sonnet-5"
ERROR_KINDS = (
    "authentication_failed",
    "oauth_org_not_allowed",
    "account_on_hold",
    "verification_required",
    "billing_error",
    "rate_limit",
    "overloaded",
    "invalid_request",
    "model_not_found",
    "server_error",
    "unknown",
    "max_output_tokens",
    "cloud_credential_error",
)
_FIGURES = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read", "web_searches")
_TOKENS = {**dict.fromkeys(_FIGURES, int), "model": str, "id": str, "repeat": int}
_SWITCHES = {"growing": bool, "sidechain": bool}

T = TypeVar("T")
Kinds = Mapping[str, type | tuple[type, ...]]
_ASKED: Kinds = {"permission": str}
_STEPS: dict[str, tuple[type | tuple[type, ...], Kinds, tuple[str, ...]]] = {
    # verb: what it holds, what may stand beside it, what must
    "say": (str, {}, ()),
    "write": (str, {"content": str, **_ASKED}, ("content",)),
    "append": (str, {"content": str, **_ASKED}, ("content",)),
    "edit": (str, {"old": str, "new": str, **_ASKED}, ("old", "new")),
    "delete": (str, _ASKED, ()),
    "run": (str, {"description": str, "timeout": (int, float), **_ASKED}, ()),
    "background": (str, {"description": str, **_ASKED}, ()),
    "use": (str, {"input": dict, "result": str, **_ASKED}, ("input",)),
    "choose": ((str, list), {"options": list, "header": str, "multiple": bool}, ()),
    "ask": (str, {}, ()),
    "think": ((int, float), {}, ()),
    "tokens": (dict, {}, ()),
    "limit": (str, {"dialog": bool}, ()),
    "error": (str, {"message": str}, ()),
    "hang": (bool, {"stubborn": bool}, ()),
    "crash": ((int, str), {}, ()),
}
_NAMES = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its verb, what the verb holds, and the rest of its entries."""

    verb: str
    value: object
    rest: Mapping[str, object]

    def text(self, name: str, otherwise: str = "") -> str:
        return str(self.rest.get(name, otherwise))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedTask:
    """What is played for sessions whose first message holds `match`."""

    match: str
    turns: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A whole file, checked."""

    tasks: tuple[ScriptedTask, ...]
    trust: bool = False
    model: str = DEFAULT_MODEL

    def find(self, prompt: str) -> int | None:
        """The number of the first task whose phrase is in this message."""
        return next((n for n, task in enumerate(self.tasks) if task.match in prompt), None)


def load_script(path: Path) -> Script:
    """Read and check a script. Raises ConfigError, which names the place that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ConfigError(
            f"the script {path} cannot be read: {error.strerror}", cure="check the path"
        ) from error
    except ValueError as error:
        raise ConfigError(f"the script {path} is not {path.suffix[1:]}: {error}") from error
    try:
        return read_script(content)
    except ConfigError as error:
        raise ConfigError(f"the script {path}: {error}", cure=error.cure) from error


def read_script(content: object) -> Script:
    """Check a script's content. Raises ConfigError, which names the place that is wrong."""
    table = _table(content, "the file", {"tasks": list, "trust": bool, "model": str}, ("tasks",))
    return Script(
        tasks=tuple(_each(table["tasks"], "tasks", _task)),
        trust=bool(table.get("trust", False)),
        model=str(table.get("model", DEFAULT_MODEL)),
    )


def _task(content: object, place: str) -> ScriptedTask:
    table = _table(content, place, {"match": str, "turns": list}, ("match", "turns"))
    turns = _each(table["turns"], f"{place}.turns", _turn)
    return ScriptedTask(match=str(table["match"]), turns=tuple(turns))


def _turn(content: object, place: str) -> tuple[Step, ...]:
    return tuple(_each(content, place, _step))


def _step(content: object, place: str) -> Step:
    if isinstance(content, str):
        return Step(verb="say", value=content, rest={})
    table = _any_table(content, place)
    verbs = [name for name in table if name in _STEPS]
    if len(verbs) != 1:
        found = " and ".join(verbs) or ", ".join(table) or "nothing"
        raise ConfigError(
            f"{place} must hold exactly one kind of step, but holds {found}",
            cure=f"the kinds are {', '.join(_STEPS)}",
        )
    verb = verbs[0]
    holds, beside, needed = _STEPS[verb]
    _table(content, place, {verb: holds, **beside}, needed)
    rest = {name: value for name, value in table.items() if name != verb}
    value = table[verb]
    if verb == "choose":
        value, rest = _questions(value, rest, place), {}
    _check(verb, value, rest, place)
    return Step(verb=verb, value=value, rest=rest)


def _check(verb: str, value: object, rest: Mapping[str, object], place: str) -> None:
    if verb == "tokens":
        _table(value, f"{place}.tokens", {**_TOKENS, **_SWITCHES}, ())
    if verb == "error" and value not in ERROR_KINDS:
        raise ConfigError(
            f"{place}.error is {value!r}, which is no kind of failure",
            cure=f"the kinds are {', '.join(ERROR_KINDS)}",
        )
    if rest.get("permission", "ask") not in {"ask", "none"}:
        raise ConfigError(f"{place}.permission must be 'ask' or 'none'")


def _questions(value: object, rest: Mapping[str, object], place: str) -> list[dict[str, object]]:
    if isinstance(value, str):
        return [_question({"question": value, **rest}, place)]
    if rest:
        raise ConfigError(f"{place}: with a list of questions, {next(iter(rest))} belongs in it")
    return _each(value, f"{place}.choose", _question)


def _question(content: object, place: str) -> dict[str, object]:
    kinds: Kinds = {"question": str, "options": list, "header": str, "multiple": bool}
    table = _table(content, place, kinds, ("question", "options"))
    return {
        "question": table["question"],
        "header": table.get("header", "Choice"),
        "options": _each(table["options"], f"{place}.options", _option),
        "multiSelect": table.get("multiple", False),
    }


def _option(content: object, place: str) -> dict[str, object]:
    if isinstance(content, str):
        return {"label": content, "description": ""}
    table = _table(content, place, {"label": str, "description": str}, ("label",))
    return {"label": table["label"], "description": table.get("description", "")}


def _each(content: object, place: str, read: Callable[[object, str], T]) -> list[T]:
    if not isinstance(content, list):
        raise ConfigError(f"{place} must be a list")
    return [read(each, f"{place}[{number}]") for number, each in enumerate(content, start=1)]


def _any_table(content: object, place: str) -> dict[str, object]:
    if not isinstance(content, dict):
        raise ConfigError(f"{place} must be a table")
    return content


def _table(content: object, place: str, kinds: Kinds, needed: tuple[str, ...]) -> dict[str, object]:
    table = _any_table(content, place)
    for name, value in table.items():
        if name not in kinds:
            raise ConfigError(
                f"{place} has an unknown key {name!r}", cure=f"known here: {', '.join(kinds)}"
            )
        if not _fits(value, kinds[name]):
            raise ConfigError(f"{place}.{name} must be {_spoken(kinds[name])}")
    for name in needed:
        if name not in table:
            raise ConfigError(f"{place} needs {name!r}")
    return table


def _fits(value: object, kind: type | tuple[type, ...]) -> bool:
    # a bool is an int to Python, but `think = true` is a mistake
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _spoken(kind: type | tuple[type, ...]) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(_NAMES.get(each, "a number") for each in kinds)
