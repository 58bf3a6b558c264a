"""Messages on their way to people, with what the channels gave for those that have arrived."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from coffee_maker.domain.events import MessageSent
from coffee_maker.domain.letter import Letter, thread_key
from coffee_maker.domain.message import About, Sent
from coffee_maker.store.codec import decode, encode, moment, storable
from coffee_maker.store.database import Database
from coffee_maker.store.journal import SqlJournal

_CURSOR = "SELECT upto FROM cursors WHERE reader = ?"
_MOVE = """INSERT INTO cursors (reader, upto) VALUES (?, ?)
    ON CONFLICT (reader) DO UPDATE SET upto = excluded.upto"""
_NEWEST = "SELECT COALESCE(MAX(number), 0) FROM letters"
_PUT = """INSERT INTO letters
    (number, id, channel, about, question, severity, due, tries, waiting, letter)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (id, channel) DO NOTHING"""
_DUE = """SELECT letter, due, tries FROM letters
    WHERE channel = ? AND waiting = 1 AND due <= ? ORDER BY severity DESC, number"""
_NEXT_DUE = "SELECT MIN(due) FROM letters WHERE channel = ? AND waiting = 1"
# A letter that is done with may still be sent again while its question is open.
_DONE = """UPDATE letters SET waiting = 0, letter = CASE WHEN about = 'ask' AND EXISTS (
        SELECT 1 FROM questions WHERE questions.id = letters.question AND answer IS NULL
    ) THEN letter END WHERE id = ? AND channel = ? AND waiting = 1"""
_PUT_OFF = """UPDATE letters SET due = ?, tries = tries + 1
    WHERE id = ? AND channel = ? AND waiting = 1"""
_AGAIN = """UPDATE letters SET waiting = 1, tries = 0
    WHERE channel = ? AND waiting = 0 AND letter IS NOT NULL"""
_LET_GO = """UPDATE letters SET letter = NULL
    WHERE question = ? AND waiting = 0 AND letter IS NOT NULL"""
_REFER = """INSERT INTO channel_references (channel, key, reference) VALUES (?, ?, ?)
    ON CONFLICT (channel, key) DO UPDATE SET reference = excluded.reference"""
_REFERENCE = "SELECT reference FROM channel_references WHERE channel = ? AND key = ?"
_FORGET = "DELETE FROM channel_references WHERE channel = ?"


class SqlOutbox:
    """The port `Outbox`; what is sent is journalled in the same transaction."""

    def __init__(self, database: Database, journal: SqlJournal) -> None:
        self._database = database
        self._journal = journal

    def cursor(self, reader: str) -> int:
        """The id of the newest journal entry that this reader has dealt with; 0 at first."""
        found = self._database.rows(_CURSOR, (storable(reader),))
        return int(found[0][0]) if found else 0

    def put(self, letters: Sequence[Letter], *, reader: str = "", upto: int = 0) -> None:
        """Keep these, and in the same transaction note that `reader` has dealt with `upto`.

        A cursor never goes back.
        """
        if not letters and (not reader or self.cursor(reader) >= upto):
            return
        with self._database.writing():
            ((newest,),) = self._database.rows(_NEWEST)
            for number, letter in enumerate(letters, start=newest + 1):
                self._database.change(_PUT, (number, *_columns(letter)))
            if reader and self.cursor(reader) < upto:
                self._database.change(_MOVE, (storable(reader), upto))

    def due(self, channel: str, now: datetime) -> tuple[Letter, ...]:
        """What is to be sent there now: the most severe first, then the oldest."""
        return tuple(
            replace(decode(text, Letter), due=datetime.fromisoformat(due), tries=tries)
            for text, due, tries in self._database.rows(_DUE, (storable(channel), moment(now)))
        )

    def next_due(self, channel: str) -> datetime | None:
        """When the next one there is due; None where nothing waits."""
        ((due,),) = self._database.rows(_NEXT_DUE, (storable(channel),))
        return None if due is None else datetime.fromisoformat(due)

    def sent(self, letters: Sequence[Letter], about: About, sent: Sent) -> None:
        """They are told (as `about`, by one message); its references are kept. Journalled.

        One that was told already is not told again, but its references are the new ones.
        """
        with self._database.writing():
            for letter in letters:
                if self._done(letter):
                    self._journal.write(_told(letter, about), task=letter.task)
            for channel, key, reference in sorted(_references(letters, sent)):
                self._database.change(_REFER, (storable(channel), storable(key), reference))

    def put_off(self, letters: Sequence[Letter], until: datetime) -> None:
        """Try them again then."""
        with self._database.writing():
            for letter in letters:
                self._database.change(_PUT_OFF, (moment(until), *_key(letter)))

    def drop(self, letters: Sequence[Letter]) -> None:
        """They are not to be sent any more."""
        with self._database.writing():
            for letter in letters:
                self._done(letter)

    def again(self, channel: str) -> None:
        """Whatever asks an open question on this channel is to be sent once more: it forgets.

        So its references are gone as well.
        """
        with self._database.writing():
            self._database.change(_AGAIN, (storable(channel),))
            self._database.change(_FORGET, (storable(channel),))

    def reference(self, channel: str, key: str) -> str:
        """What the channel gave for this question or `thread_key(task)`; empty where nothing."""
        found = self._database.rows(_REFERENCE, (storable(channel), storable(key)))
        return str(found[0][0]) if found else ""

    def _done(self, letter: Letter) -> bool:
        """True where it waited until now."""
        return self._database.change(_DONE, _key(letter)) == 1


def let_go(database: Database, question: str) -> None:
    """Forget the letters that asked it, as a part of the transaction that settles it."""
    database.change(_LET_GO, (storable(question),))


def _columns(letter: Letter) -> tuple[object, ...]:
    return (
        *_key(letter),
        letter.about.value,
        storable(letter.question),
        letter.severity.rank,
        moment(letter.due),
        letter.tries,
        encode(letter),
    )


def _key(letter: Letter) -> tuple[str, str]:
    return storable(letter.id), storable(letter.channel)


def _told(letter: Letter, about: About) -> MessageSent:
    return MessageSent(
        message=letter.id, about=about.value, channel=letter.channel, question=letter.question
    )


def _references(letters: Iterable[Letter], sent: Sent) -> set[tuple[str, str, str]]:
    """Channel, key and reference; nothing replaces what is known by what was not told."""
    known = set()
    for letter in letters:
        if letter.question and sent.reference:
            known.add((letter.channel, letter.question, storable(sent.reference)))
        if letter.task and sent.thread:
            known.add((letter.channel, thread_key(letter.task), storable(sent.thread)))
    return known
