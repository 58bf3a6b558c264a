"""Desktop notifications, on a real service behind a real message bus of its own."""

import contextlib
import os
import stat
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from coffee_maker.channels.desktop.channel import DesktopChannel
from coffee_maker.channels.login import login_name
from coffee_maker.domain.errors import ChannelError, StoreError
from coffee_maker.domain.message import Button, Receipt, Received, Reply
from coffee_maker.domain.ports import Channel
from coffee_maker.domain.question import Severity
from tests.channels.conformance import (
    CARD,
    ChannelLaws,
    FakeDoor,
    ask,
    digest,
    notice,
    settled,
)
from tests.support import needs
from tests.support.notification_service import NotificationService, private_bus

ADDRESS = "DBUS_SESSION_BUS_ADDRESS"


@pytest.fixture
def bus(tmp_path: Path, clean_environment: Path) -> Iterator[str]:
    with private_bus(tmp_path) as address:
        os.environ[ADDRESS] = address
        yield address


@pytest.fixture
def desk(bus: str) -> Iterator[NotificationService]:
    service = NotificationService(bus)
    yield service
    service.close()


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


@pytest.fixture
def channel(desk: NotificationService, door: FakeDoor) -> Iterator[DesktopChannel]:
    opened = DesktopChannel()
    opened.open(door)
    yield opened
    opened.close()


class TestDesktopLaws(ChannelLaws):
    @pytest.fixture
    def channel(self, desk: NotificationService) -> Channel:
        return DesktopChannel()

    @pytest.fixture
    def unreachable(self, bus: str) -> Channel:
        return DesktopChannel()


def test_a_question_is_shown_with_its_buttons(
    channel: DesktopChannel, desk: NotificationService
) -> None:
    """Title, text and answers are there, and it stays until somebody reacts."""
    channel.send(ask())
    (shown,) = desk.on_screen

    assert ("coffee-maker", "Claude asks: PRIORITY 2") == (shown.app, shown.title)
    assert {"default": "", "0": "Yes", "1": "No"} == shown.actions
    assert shown.body.startswith("PRIORITY 2 · Analytics ☕ für alle\nMay I run ")
    assert "Silence until 14:32 means: no" in shown.body
    assert "coffee-maker inbox answer abc234" in shown.body
    assert (1, 0, "message-new-instant") == (shown.urgency, shown.timeout, shown.sound)


def test_markup_in_a_text_is_text(channel: DesktopChannel, desk: NotificationService) -> None:
    """A service that reads HTML shows what was written, and nothing turns the letters round."""
    channel.send(ask())
    (shown,) = desk.on_screen

    assert "&lt;b&gt;It&lt;/b&gt; is *old* &amp; big" in shown.body
    assert "\u202e" not in shown.body


def test_a_service_without_markup_gets_none(bus: str, door: FakeDoor) -> None:
    """There the signs themselves are shown, not their entities."""
    desk = NotificationService(bus, capabilities=("actions", "body"))
    channel = DesktopChannel()
    try:
        channel.open(door)
        channel.send(ask(card=replace(CARD, own_words=True)))
        (shown,) = desk.on_screen
    finally:
        channel.close()
        desk.close()

    assert "<b>It</b> is *old* & big" in shown.body
    assert "inline-reply" not in shown.actions


def test_a_button_answers(
    channel: DesktopChannel, desk: NotificationService, door: FakeDoor
) -> None:
    """With the value of that button, in the name of whoever is logged in."""
    channel.send(ask())
    desk.press(desk.on_screen[0], "No")
    desk.wait_for(lambda _: door.replies)

    assert [Reply(question="q1", text="no", channel="desktop", who=login_name())] == door.replies
    assert [] == desk.on_screen


def test_words_are_typed_where_the_service_can(
    channel: DesktopChannel, desk: NotificationService, door: FakeDoor
) -> None:
    """Only for a question that takes words."""
    channel.send(ask("q1"))
    channel.send(ask("q2", card=replace(CARD, own_words=True)))
    yes_or_no, words = desk.on_screen
    desk.reply(words, "use the <other> one")
    desk.wait_for(lambda _: door.replies)

    assert "inline-reply" not in yes_or_no.actions
    assert [("q2", "use the <other> one")] == [(r.question, r.text) for r in door.replies]


def test_an_answer_that_is_none_is_asked_for_again(
    channel: DesktopChannel, desk: NotificationService, door: FakeDoor
) -> None:
    """With the reason above the question, and with its buttons."""
    door.receipt = Receipt(received=Received.INVALID, message='"maybe" is neither yes nor no.')
    channel.send(ask(card=replace(CARD, own_words=True)))
    desk.reply(desk.on_screen[0], "maybe")
    desk.wait_for(lambda service: service.on_screen)
    (again,) = desk.on_screen

    assert again.body.startswith('"maybe" is neither yes nor no.\n')
    assert "Yes" in again.actions.values()


@pytest.mark.parametrize("received", [Received.LATE, Received.REFUSED, Received.UNKNOWN])
def test_an_answer_that_does_not_count_is_told(
    channel: DesktopChannel, desk: NotificationService, door: FakeDoor, received: Received
) -> None:
    """Once, with nothing to press, and not for ever."""
    door.receipt = Receipt(received=received, message="Ana answered no, via slack.")
    channel.send(ask())
    desk.press(desk.on_screen[0], "Yes")
    desk.wait_for(lambda service: service.on_screen)
    (told,) = desk.on_screen

    assert "Ana answered no, via slack." == told.body
    assert {"default": ""} == told.actions
    assert (0, -1) == (told.urgency, told.timeout)


def test_an_answer_that_cannot_be_kept_is_not_lost_in_silence(desk: NotificationService) -> None:
    """The database refuses: the question comes back, and says so."""

    def refuse(reply: Reply) -> Receipt:
        raise StoreError("the disk is full")

    channel = DesktopChannel()
    channel.open(refuse)
    channel.send(ask())
    desk.press(desk.on_screen[0], "Yes")
    desk.wait_for(lambda service: service.on_screen)
    (again,) = desk.on_screen
    channel.close()

    assert again.body.startswith("It was not kept: the disk is full\n")


def test_what_was_answered_elsewhere_is_withdrawn_and_told(
    channel: DesktopChannel, desk: NotificationService
) -> None:
    """The question goes; a quiet word says how it was settled."""
    asked = ask()
    sent = channel.send(asked)
    channel.send(settled(asked, sent))
    (told,) = desk.on_screen

    assert told.body.startswith("May I run `rm -rf build`?")
    assert told.body.endswith("\nanswered *no* by Ana via inbox")
    assert (0, "") == (told.urgency, told.sound)


def test_what_was_answered_here_is_not_told_again(
    channel: DesktopChannel, desk: NotificationService, door: FakeDoor
) -> None:
    """Nor what somebody clicked away."""
    pressed, dismissed = ask("q1"), ask("q2")
    sent = [channel.send(pressed), channel.send(dismissed)]
    first, second = desk.on_screen
    desk.press(first, "Yes")
    desk.dismiss(second)
    desk.wait_for(lambda _: door.replies)
    channel.send(settled(pressed, sent[0]))
    channel.send(settled(dismissed, sent[1]))

    assert [] == desk.on_screen


def test_a_question_told_again_is_on_the_screen_once(
    channel: DesktopChannel, desk: NotificationService
) -> None:
    """The earlier notification gives way to the new one."""
    channel.send(ask())
    channel.send(ask(card=replace(CARD, text="Still?")))
    (shown,) = desk.on_screen

    assert "Still?" in shown.body


def test_more_answers_than_buttons_are_named(
    channel: DesktopChannel, desk: NotificationService
) -> None:
    """Three are shown; nobody takes them for all."""
    buttons = tuple(Button(label=f"Take {n}", value=str(n)) for n in range(1, 6))
    channel.send(ask(card=replace(CARD, buttons=buttons)))
    (shown,) = desk.on_screen

    assert ["", "Take 1", "Take 2", "Take 3"] == list(shown.actions.values())
    assert "2 more to choose from: coffee-maker inbox show abc234" in shown.body


@pytest.mark.parametrize(
    ("severity", "urgency", "expected"),
    [
        (Severity.ROUTINE, "auto", (1, 0)),
        (Severity.IMPORTANT, "auto", (1, 1)),
        (Severity.CRITICAL, "auto", (2, 2)),
        (Severity.CRITICAL, "low", (0, 0)),
        (Severity.ROUTINE, "critical", (2, 2)),
    ],
)
def test_urgency_follows_severity_unless_set(
    desk: NotificationService,
    door: FakeDoor,
    severity: Severity,
    urgency: str,
    expected: tuple[int, int],
) -> None:
    """Questions and notices; a question is never put away unseen by itself."""
    channel = DesktopChannel(sound=False, urgency=urgency)
    channel.open(door)
    channel.send(ask(card=replace(CARD, severity=severity)))
    told = notice()
    channel.send(replace(told, card=replace(told.card, severity=severity)))
    shown = desk.on_screen
    channel.close()

    assert expected == (shown[0].urgency, shown[1].urgency)
    assert ["", ""] == [one.sound for one in shown]


def test_a_digest_names_the_questions(channel: DesktopChannel, desk: NotificationService) -> None:
    """As many as fit, and how to see all of them."""
    channel.send(digest(8))
    (shown,) = desk.on_screen

    assert "8 messages" == shown.title
    assert "code00  Question 0?\n" in shown.body
    assert shown.body.endswith("… and 2 more\ncoffee-maker inbox list")


def test_a_click_opens_the_page(
    channel: DesktopChannel, desk: NotificationService, tmp_path: Path
) -> None:
    """By the desktop's own opener, and only what is a page."""
    opened = tmp_path / "opened"
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(opener.stat().st_mode | stat.S_IXUSR)
    os.environ.update(PATH=f"{opener.parent}:{os.environ['PATH']}", DISPLAY=":9")

    channel.send(ask("q1", link="file:///etc/passwd"))
    desk.press(desk.on_screen[0], "default")
    channel.send(ask("q2", link="http://127.0.0.1:8642/q/abc?t=1&u=2"))
    desk.press(desk.on_screen[0], "default")
    desk.wait_for(lambda _: opened.exists() and opened.read_text().endswith("\n"))

    assert "http://127.0.0.1:8642/q/abc?t=1&u=2\n" == opened.read_text()


def test_a_click_without_a_browser_does_no_harm(
    channel: DesktopChannel, desk: NotificationService, door: FakeDoor
) -> None:
    """The next question is asked as ever."""
    channel.send(ask("q1", link="http://127.0.0.1:1/"))
    desk.press(desk.on_screen[0], "default")
    channel.send(ask("q2"))
    desk.press(desk.on_screen[0], "Yes")
    desk.wait_for(lambda _: door.replies)

    assert ["q2"] == [reply.question for reply in door.replies]


def test_closing_takes_down_what_nobody_hears_any_more(
    channel: DesktopChannel, desk: NotificationService
) -> None:
    """A button of a daemon that has ended would do nothing."""
    channel.send(ask("q1"))
    channel.send(notice())
    channel.close()

    assert ["Delivered: PRIORITY 2"] == [one.title for one in desk.on_screen]


def test_a_service_that_comes_back_is_found_again(bus: str, door: FakeDoor) -> None:
    """In between every message fails, as something that may pass."""
    desk = NotificationService(bus)
    channel = DesktopChannel()
    try:
        channel.open(door)
        channel.send(ask("q1"))
        desk.close()
        with pytest.raises(ChannelError) as raised:
            channel.send(ask("q2"))
        desk = NotificationService(bus)
        channel.send(ask("q2"))
        shown = desk.on_screen
    finally:
        channel.close()
        desk.close()

    assert raised.value.transient
    assert 1 == len(shown)


def test_without_a_desktop_it_says_so_and_starts_none(clean_environment: Path) -> None:
    """On a server reached by ssh there is no message bus, and none is launched."""
    begun = time.monotonic()

    with pytest.raises(ChannelError) as raised:
        DesktopChannel().open(FakeDoor())
    assert "there is no desktop session here" in str(raised.value)
    assert "[channels.desktop]" in raised.value.cure
    assert not raised.value.transient
    assert time.monotonic() - begun < 2
    assert [] == _buses()


def test_a_session_without_a_service_says_what_to_start(bus: str) -> None:
    """It may still come, with the desktop."""
    with pytest.raises(ChannelError) as raised:
        DesktopChannel().open(FakeDoor())

    assert "no notification service" in str(raised.value)
    assert "dunst" in raised.value.cure
    assert raised.value.transient


def test_a_dead_session_is_an_error(tmp_path: Path, clean_environment: Path) -> None:
    """The address of a bus that has ended."""
    os.environ[ADDRESS] = f"unix:path={tmp_path}/gone"

    with pytest.raises(ChannelError) as raised:
        DesktopChannel().open(FakeDoor())
    assert raised.value.transient


def test_the_usual_address_is_found_where_none_is_set(
    tmp_path: Path, desk: NotificationService, door: FakeDoor
) -> None:
    """A daemon started outside the session, by the same user on the same machine."""
    del os.environ[ADDRESS]
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path)  # where the fixture's bus listens at `bus`
    channel = DesktopChannel()
    channel.open(door)
    channel.send(ask())
    channel.close()

    assert 1 == len(desk.received)


def test_plyer_shows_where_desktop_notifier_cannot(bus: str, door: FakeDoor) -> None:
    """A service that does not describe itself: the text arrives, with a way to answer."""
    needs.program("notify-send", "install libnotify-bin")
    desk = NotificationService(bus, introspectable=False)
    channel = DesktopChannel()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            channel.open(door)
            asked = ask(card=replace(CARD, heading="--help", text="--version <b>"))
            sent = channel.send(asked)
            channel.send(settled(asked, sent))
        first, second = desk.received
    finally:
        channel.close()
        desk.close()

    assert " --help" == first.title
    assert "--version &lt;b&gt;" in first.body
    assert "coffee-maker inbox answer abc234" in first.body
    assert {} == first.actions
    assert second.body.endswith("\nanswered *no* by Ana via inbox")


def test_without_notify_send_the_error_names_it(bus: str, tmp_path: Path) -> None:
    """plyer alone would have reported success."""
    desk = NotificationService(bus, introspectable=False)
    os.environ["PATH"] = str(tmp_path)
    try:
        with pytest.raises(ChannelError) as raised:
            DesktopChannel().open(FakeDoor())
    finally:
        desk.close()

    assert "notify-send" in raised.value.cure


def _buses() -> list[int]:
    """Message buses that were started in this test's own home."""
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error):
            is_bus = process.info["name"] in {"dbus-daemon", "dbus-launch", "dbus-broker"}
            if is_bus and process.environ().get("HOME") == os.environ["HOME"]:
                found.append(process.pid)
    return found
