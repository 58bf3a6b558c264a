"""The line on which Slack tells us of clicks and messages: Socket Mode, kept up while wanted.

slack_sdk's own reconnecting is switched off: it has no back-off, it keeps what went wrong to its
log, and after a connection that broke without a farewell it reads at full speed from the dead
socket until five pings have failed.
"""

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from coffee_maker.channels.slack.web import SlackWeb, proxy_for
from coffee_maker.domain.errors import ChannelError

_LOOK_SECONDS = 0.2
_PING_SECONDS = 2.0
_PAUSE_SECONDS, _PAUSE_AT_MOST_SECONDS = 0.5, 60.0
_CLOSE_SECONDS = 5.0
_READ_BYTES = 65536

Envelope = Callable[[str, Mapping[str, Any]], None]


class SlackSocket:
    """Calls `deliver(envelope's id, payload)` for whatever arrives, each acknowledged before.

    `before` is called once, ahead of the first connection; it may raise ChannelError as well.
    `deliver` comes from several threads and must be quick.
    """

    def __init__(
        self, web: SlackWeb, token: str, *, before: Callable[[], None], deliver: Envelope
    ) -> None:
        self._web, self._token = web, token
        self._before, self._deliver = before, deliver
        self._stop = threading.Event()
        self._trouble: ChannelError | None = None
        self._thread = threading.Thread(target=self._keep_up, name="slack socket", daemon=True)

    @property
    def trouble(self) -> ChannelError | None:
        """Why nothing can be heard at present; None while it can."""
        return self._trouble

    def open(self) -> None:
        """Connect, in the background."""
        self._thread.start()

    def close(self) -> None:
        """Hang up. Nothing is delivered any more some seconds later."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2 * _CLOSE_SECONDS)

    def _keep_up(self) -> None:
        client = _Client(self._address, self._heard)
        pause, ready = _PAUSE_SECONDS, False
        while not self._stop.wait(_LOOK_SECONDS if self._trouble is None else pause):
            if _is_up(client):
                continue
            try:
                if not ready:
                    self._before()
                    ready = True
                client.connect_to_new_endpoint()
            except ChannelError as error:
                self._trouble = error
                pause = error.retry_after or min(2 * pause, _PAUSE_AT_MOST_SECONDS)
            except (OSError, SlackClientError) as error:
                kind = type(error).__name__
                self._trouble = ChannelError(f"Slack's socket broke: {kind}", transient=True)
                pause = min(2 * pause, _PAUSE_AT_MOST_SECONDS)
            else:
                self._trouble, pause = _not_up(client), _PAUSE_SECONDS
        _hang_up(client)

    def _address(self) -> str:
        said = self._web.call("apps.connections.open", self._token)
        return str(said.get("url", ""))

    def _heard(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        # Unacknowledged, Slack tells it again: to another connection, and it is known by then.
        with suppress(SlackClientError, OSError):
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        self._deliver(str(request.envelope_id), request.payload)


class _Client(SocketModeClient):
    """slack_sdk's, with our way to ask for an address, no log, and no proxy but the right one."""

    def __init__(
        self,
        address: Callable[[], str],
        heard: Callable[[BaseSocketModeClient, SocketModeRequest], None],
    ) -> None:
        silent = logging.getLogger("coffee_maker.slack_sdk")
        silent.setLevel(logging.CRITICAL + 1)  # its lines hold whole messages, and addresses
        self._address = address
        super().__init__(
            app_token="",
            logger=silent,
            web_client=WebClient(logger=silent),
            auto_reconnect_enabled=False,
            ping_interval=_PING_SECONDS,
            receive_buffer_size=_READ_BYTES,
        )
        self.socket_mode_request_listeners.append(heard)

    def issue_new_wss_url(self) -> str:
        if self.closed:
            raise ChannelError("Slack's socket is closed")
        address = self._address()
        self.proxy = proxy_for(address)
        return address


def _is_up(client: SocketModeClient) -> bool:
    session = client.current_session
    if session is not None and session.consecutive_check_state_error_count:
        session.close()
    return client.is_connected()


def _not_up(client: SocketModeClient) -> ChannelError | None:
    """The SDK keeps a failed handshake to itself."""
    if client.is_connected():
        return None
    return ChannelError("Slack's socket cannot be connected", transient=True)


def _hang_up(client: SocketModeClient) -> None:
    """Close it within some seconds, whatever the SDK is waiting for."""
    client.closed = True
    client.message_queue.put(None)  # wakes who waits for the next message
    closing = threading.Thread(target=_close, args=(client,), daemon=True)
    closing.start()
    closing.join(_CLOSE_SECONDS)


def _close(client: SocketModeClient) -> None:
    _wake_reader(client)
    # Whoever is just connecting anew would leave a connection behind that nobody closes.
    with client.connect_operation_lock:
        _wake_reader(client)
        # Right after it connected anew, its closing trips over a socket that is gone already.
        with suppress(AttributeError, OSError, RuntimeError):
            client.close()


def _wake_reader(client: SocketModeClient) -> None:
    """End the reading that holds, for seconds, the lock which closing needs."""
    session = client.current_session
    sock = session.sock if session is not None else None
    if sock is not None:
        client.current_session_state.terminated = True
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
