"""Questions and events as cards: what people see, and all that leaves the machine.

`redact` replaces every secret in a text. It sees a text whole, before anything is cut off it,
because half a secret is not recognised.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo

from coffee_maker.domain.answers import VOICES, typed_for
from coffee_maker.domain.events import (
    ChannelFailed,
    ChannelRecovered,
    DaemonStopped,
    Entry,
    Event,
    ReplyTurnedAway,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskUnchanged,
)
from coffee_maker.domain.foreign_text import cut
from coffee_maker.domain.message import Button, Card, Received
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    PARK,
    Answer,
    AnsweredBy,
    Question,
    QuestionKind,
    Severity,
)
from coffee_maker.domain.rules import subject
from coffee_maker.domain.visible import one_line, visible

TEXT_LIMIT = 3_000  # characters, as all that follow
DIFF_LIMIT = 4_000
OPTION_LIMIT = 200
LINE_LIMIT = 400
_BUTTONS = 20  # a question with more options than that is answered by number
_FILES = 5
# Longer texts are not looked through for secrets to their end: what is shown is far before that.
_LOOKED_THROUGH = 40_000
_LONGEST_WORD = 2_000

Redact = Callable[[str], str]

_HEADINGS = {
    QuestionKind.PERMISSION: "Claude asks for permission",
    QuestionKind.CHOICE: "Claude asks for a choice",
    QuestionKind.TEXT: "Claude asks",
    QuestionKind.LIMIT: "Claude has reached a limit",
    QuestionKind.UNREADABLE: "Claude shows a screen that nobody recognises",
}
_SAID = {ALLOW: "yes", DENY: "no"}
_PLACES = {"file_path": "Path", "notebook_path": "Path", "path": "Path", "url": "Address"}


def compose_card(question: Question, redact: Redact, *, zone: tzinfo | None = None) -> Card:
    """A question as people see it; `zone` is where they are, by default where this machine is."""
    parked = "Parked: " if question.parked else ""
    return Card(
        heading=f"{parked}{_HEADINGS[question.kind]}",
        text=_asked(question, redact),
        task=_line(question.task, redact),
        title=_line(question.context.get("title", ""), redact),
        code=question.code,
        details=tuple((name, _line(value, redact)) for name, value in _details(question) if value),
        diff=_text(question.diff, DIFF_LIMIT, redact),
        buttons=_buttons(question, redact),
        own_words=question.kind is not QuestionKind.PERMISSION,
        severity=question.severity,
        silence=_silence(question, redact, zone),
        deadline=question.deadline,
    )


def outcome(answer: Answer, redact: Redact) -> str:
    """How a question was settled, on one line: `answered "no" by Ana via slack`."""
    if answer.by is AnsweredBy.NOBODY:
        return "withdrawn: the session that asked has ended"
    who = answer.who or VOICES[answer.by]
    rule = f" ({answer.rule})" if answer.rule else ""
    way = f" via {answer.channel}" if answer.channel else ""
    value = _SAID.get(answer.value, answer.value)
    if not value:  # at the agent's own terminal, where it is not seen what was chosen
        return one_line(redact(f"answered by {who}{way}"), LINE_LIMIT)
    said = f' ("{_line(answer.message, redact, OPTION_LIMIT)}")' if _is_persons(answer) else ""
    shown = _line(value, redact, OPTION_LIMIT)
    return f'answered "{shown}"{said} by {_line(f"{who}{rule}{way}", redact, OPTION_LIMIT)}'


def notice_card(entry: Entry, redact: Redact) -> Card | None:
    """What a person should hear of though nothing is asked; None for all other events."""
    told = _told(entry.event)
    if told is None:
        return None
    heading, text, severity = told
    task = _line(entry.task, redact)
    return Card(
        heading=f"{heading}: {task}" if task else heading,
        text=_text(text, TEXT_LIMIT, redact),
        task=task,
        severity=severity,
    )


def _asked(question: Question, redact: Redact) -> str:
    text = _text(_whole(question), TEXT_LIMIT, redact)
    options = question.options[:_BUTTONS]
    if not options or question.kind is QuestionKind.PERMISSION:
        return text
    lines = [text, ""]
    for number, option in enumerate(options, start=1):
        label = _line(option.label, redact, OPTION_LIMIT)
        meaning = _line(option.description, redact, OPTION_LIMIT)
        lines.append(f"{number} {label}" + (f": {meaning}" if meaning else ""))
    if len(question.options) > len(options):
        lines.append(f"… {len(question.options) - len(options)} more options")
    if question.multiple:
        lines += ["", 'Several may be chosen: answer with their numbers, as in "1, 3".']
    return "\n".join(lines)


def _whole(question: Question) -> str:
    """The question's text; nobody may be asked to allow a command of which they see the half."""
    call = question.tool_call
    if call is None or question.kind is not QuestionKind.PERMISSION:
        return question.text
    about = subject(call)
    # One of the details shows it whole, if it is not long.
    told = about in question.text or (len(about) <= LINE_LIMIT and "\n" not in about)
    parts = [question.text] if told else [question.text, about]
    if call.tool.startswith("mcp__"):  # nobody here knows which of its arguments counts
        parts += [f"{name}: {value}" for name, value in call.input.items() if value != about]
    return "\n\n".join(parts)


def _details(question: Question) -> Iterator[tuple[str, str]]:
    facts, call = question.facts, question.tool_call
    yield "Branch", facts.branch or question.context.get("branch", "")
    if call is not None and question.kind is QuestionKind.PERMISSION:
        place = next((name for name in _PLACES if name in call.input), "")
        yield "Tool", call.tool
        yield _PLACES.get(place, "Command" if "command" in call.input else "About"), subject(call)
        purpose = call.input.get("description")
        yield "Claude says it is for", purpose if isinstance(purpose, str) else ""
    yield "Files modified", _files(facts.files_modified)
    yield "Tests", {True: "pass", False: "fail", None: ""}[facts.tests_passed]
    for name, value in question.context.items():
        if name not in ("title", "branch"):
            yield name.capitalize(), value


def _files(files: tuple[str, ...]) -> str:
    more = f" and {len(files) - _FILES} more" if len(files) > _FILES else ""
    return ", ".join(files[:_FILES]) + more


def _buttons(question: Question, redact: Redact) -> tuple[Button, ...]:
    if question.kind is QuestionKind.PERMISSION:
        return (Button(label="Yes", value="yes"), Button(label="No", value="no"))
    buttons = []
    for number, option in enumerate(question.options[:_BUTTONS]):
        label = _line(option.label, redact, OPTION_LIMIT)
        # What is not shown as it is must not travel as a button's value either.
        typed = typed_for(question, number) if label == option.label else ""
        value = typed or _by_number(question, number)
        if value:
            buttons.append(Button(label=label or str(number + 1), value=value))
    return tuple(buttons)


def _by_number(question: Question, number: int) -> str:
    """The option's number, unless that is another option's label."""
    typed, label = str(number + 1), question.options[number].label
    taken = any(o.label.strip() == typed for o in question.options if o.label != label)
    return "" if taken else typed


def _silence(question: Question, redact: Redact, zone: tzinfo | None) -> str:
    until, asked = question.deadline.astimezone(zone), question.asked_at.astimezone(zone)
    when = f"{until:%H:%M}" if until.date() == asked.date() else _with_date(until)
    return f"Silence until {when} means: {_meaning(question, redact)}"


def _with_date(until: datetime) -> str:
    return f"{until:%H:%M} on {until:%a} {until.day} {until:%b}"


def _meaning(question: Question, redact: Redact) -> str:
    if question.safe_default == PARK:
        return "the task is parked"
    return _line(_SAID.get(question.safe_default, question.safe_default), redact, OPTION_LIMIT)


def _told(event: Event) -> tuple[str, str, Severity] | None:
    """Heading, text and weight."""
    match event:
        case TaskDelivered():
            return "Delivered", event.pull_request or f"branch {event.branch}", Severity.ROUTINE
        case TaskParked(questions=()):  # else its questions have told it already
            text = f"{event.reason}\n\nWhat to do: {event.cure}"
            return "Parked", text, Severity.IMPORTANT
        case TaskFailed() if event.stops_the_line or not event.transient:
            text = f"{event.message}\n\nWhat to do: {event.cure}" if event.cure else event.message
            return "Failed", text, Severity.IMPORTANT
        case TaskUnchanged():
            text = f"Claude ended without changing anything. It said:\n\n{event.text}"
            return "Unchanged", text, Severity.IMPORTANT
        case _:
            return _of_the_daemon(event)


def _of_the_daemon(event: Event) -> tuple[str, str, Severity] | None:
    match event:
        case ChannelFailed():
            text = f"{event.error}\n\nWhat is to be told there is kept, and tried again."
            text += f" What to do: {event.cure}" if event.cure else ""
            return f"{event.channel} cannot be reached", text, Severity.IMPORTANT
        case ChannelRecovered():
            text = "What was to be told there meanwhile, and still matters, is told now."
            return f"{event.channel} is back", text, Severity.ROUTINE
        case ReplyTurnedAway(received=Received.REFUSED):
            text = f"{event.who} tried to answer via {event.channel}: {event.reason}"
            return "Somebody who may not answer has tried to", text, Severity.IMPORTANT
        case DaemonStopped():
            return "The daemon has stopped", event.reason, Severity.ROUTINE
        case _:
            return None


def _is_persons(answer: Answer) -> bool:
    return bool(answer.message) and answer.by is AnsweredBy.PERSON


def _text(text: str, limit: int, redact: Redact) -> str:
    return cut(redact(visible(_beginning(text))), limit)


def _line(text: str, redact: Redact, limit: int = LINE_LIMIT) -> str:
    return one_line(redact(_beginning(text)), limit)


def _beginning(text: str) -> str:
    """What is looked through, without the word at its end: half a secret is not recognised."""
    if len(text) <= _LOOKED_THROUGH:
        return text
    begun = text[:_LOOKED_THROUGH]
    word = max(begun.rfind(" "), begun.rfind("\n"), _LOOKED_THROUGH - _LONGEST_WORD)
    return f"{begun[:word]} …"
