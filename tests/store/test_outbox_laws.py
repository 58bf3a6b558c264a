"""Laws of the outbox: whatever is done in whatever order, it is what a simple model says."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coffee_maker.domain.events import MessageSent
from coffee_maker.domain.letter import Letter
from coffee_maker.domain.message import About, Sent
from coffee_maker.domain.question import Severity
from coffee_maker.store.store import Store
from tests.store.made import ASKED_AT, YES, letter, question

CHANNELS = ("slack", "email")
ORDER = (Severity.CRITICAL, Severity.ROUTINE)
DOES = (*("put", "sent", "put off") * 3, "drop", "again", "answer")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done to the letter of a number, on a channel, with a value of its own."""

    does: str
    number: int
    channel: str
    about: About
    value: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(DOES),
        st.integers(0, len(ORDER) - 1),
        st.sampled_from(CHANNELS),
        st.sampled_from((About.ASK, About.ASK, About.SETTLED)),
        st.integers(0, 2),
    ),
    min_size=30,
    max_size=60,
)


@dataclass(slots=True)
class Model:
    """What an outbox is, in memory."""

    waiting: list[Letter] = field(default_factory=list)
    done: list[Letter] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    references: dict[tuple[str, str], str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    cursor: int = 0

    def take(self, step: Step, one: Letter) -> None:
        known = next((other for other in self.waiting if _name(other) == _name(one)), None)
        match step.does:
            case "put":
                self.cursor = max(self.cursor, step.value)
                if _name(one) not in self.order:
                    self.order.append(_name(one))
                    self.waiting.append(one)
            case "sent":
                self.references[one.channel, one.question] = str(step.value)
                if known:
                    self.told.append(_name(one))
                    self._finish(known)
            case "drop" if known:
                self._finish(known)
            case "put off" if known:
                later = replace(known, due=_moment(step.value), tries=known.tries + 1)
                self.waiting[self.waiting.index(known)] = later
            case "answer":
                self.settled.add(one.question)
            case "again":
                self._forget(one.channel)
            case _:
                pass

    def due(self, channel: str, now: datetime) -> list[Letter]:
        found = [one for one in self.waiting if one.channel == channel and one.due <= now]
        return sorted(
            found, key=lambda one: (ORDER.index(one.severity), self.order.index(_name(one)))
        )

    def _finish(self, known: Letter) -> None:
        self.waiting.remove(known)
        self.done.append(known)

    def _forget(self, channel: str) -> None:
        for one in [one for one in self.done if one.channel == channel]:
            if one.about is About.ASK and one.question not in self.settled:
                self.done.remove(one)
                self.waiting.append(replace(one, tries=0))
        self.references = {key: ref for key, ref in self.references.items() if key[0] != channel}


def take(store: Store, step: Step, one: Letter) -> None:
    """Do the same to the real outbox."""
    match step.does:
        case "put":
            store.outbox.put([one], reader=one.task, upto=step.value)
        case "sent":
            store.outbox.sent([one], About.ASK, Sent(reference=str(step.value)))
        case "drop":
            store.outbox.drop([one])
        case "put off":
            store.outbox.put_off([one], _moment(step.value))
        case "answer":
            store.questions.answer(one.question, YES)
        case _:
            store.outbox.again(one.channel)


def made(begin: int, step: Step) -> Letter:
    """The letter that a step is about; two runs share none, nor a channel."""
    return replace(
        letter(
            f"{begin}:{step.number}",
            about=step.about,
            channel=f"{begin}:{step.channel}",
            severity=ORDER[step.number],
        ),
        due=_moment(step.value),
        task=f"T{begin}",
    )


def _name(one: Letter) -> str:
    return f"{one.id} on {one.channel}"


def _moment(value: int) -> datetime:
    return ASKED_AT + timedelta(minutes=value)


@given(steps=STEPS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_done_in_whatever_order(store: Store, steps: list[Step]) -> None:
    """What is due, when, what it refers to, and what was told agree with a simple model."""
    begin = store.journal.last()
    for number in range(len(ORDER)):
        store.questions.put(question(f"{begin}:{number}"))
    model = Model()
    for step in steps:
        one = made(begin, step)
        model.take(step, one)
        take(store, step, one)
        assert model.due(one.channel, _moment(1)) == list(store.outbox.due(one.channel, _moment(1)))
    for channel in (f"{begin}:{name}" for name in CHANNELS):
        _agree(model, store, channel, [f"{begin}:{number}" for number in range(len(ORDER))])
    sent = [entry.event for entry in store.journal.read(after=begin, kinds=(MessageSent.kind,))]

    assert model.cursor == store.outbox.cursor(f"T{begin}")
    assert model.told == [f"{e.message} on {e.channel}" for e in sent if isinstance(e, MessageSent)]
    assert _kept(model) == _kept_texts(store, f"{begin}:%")
    assert store.journal.verify() is None


def _agree(model: Model, store: Store, channel: str, questions: list[str]) -> None:
    """Everything that a channel can see."""
    for now in map(_moment, range(3)):
        assert model.due(channel, now) == list(store.outbox.due(channel, now))
    dues = [one.due for one in model.waiting if one.channel == channel]
    assert min(dues, default=None) == store.outbox.next_due(channel)
    for id_ in questions:
        known = model.references.get((channel, id_), "")
        assert known == store.outbox.reference(channel, id_)


def _kept(model: Model) -> int:
    """How many texts may still be sent."""
    asking = [one for one in model.done if one.about is About.ASK]
    return len(model.waiting) + sum(one.question not in model.settled for one in asking)


def _kept_texts(store: Store, channels: str) -> int:
    sql = "SELECT COUNT(letter) FROM letters WHERE channel LIKE ?"
    return int(store._database.rows(sql, (channels,))[0][0])
