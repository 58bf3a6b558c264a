"""The transcript that the scripted agent writes: the same lines as Claude Code, made-up figures."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

Line = dict[str, object]
_PLACE = "scripted-place"  # a line of our own; readers of transcripts pass over kinds unknown


class Record:
    """One session's transcript, written line by line."""

    def __init__(self, path: Path, *, session: str, cwd: str, model: str) -> None:
        self.path = path
        self._session = session
        self._cwd = cwd
        self._model = model
        self._parent: str | None = None
        self._figures: Mapping[str, object] = {}
        self._message = ""
        self._told = True

    def begin(self, figures: Mapping[str, object]) -> None:
        """Begin an answer of the model with these figures; those before it are finished."""
        self.finish()
        self._figures = figures
        self._message = str(figures.get("id") or f"msg_{uuid4().hex[:24]}")
        self._told = not figures

    def finish(self) -> None:
        """End an answer; one of which nothing was said leaves an empty line with its figures."""
        if not self._told:
            self.assistant({"type": "text", "text": ""})
        self._message, self._figures, self._told = "", {}, True

    def assistant(self, content: Line) -> None:
        """A block of the answer under way, as often as its figures say."""
        if not self._message:
            self.begin({})
        self._told = True
        times = max(1, int(str(self._figures.get("repeat", 1))))
        for number in range(1, times + 1):
            partial = bool(self._figures.get("growing")) and number < times
            self._write(self._answer(content, partial=partial))

    def _answer(self, content: Line, *, partial: bool) -> Line:
        message: Line = {
            "id": self._message,
            "type": "message",
            "role": "assistant",
            "model": str(self._figures.get("model", self._model)),
            "content": [content],
            "stop_reason": "tool_use" if content["type"] == "tool_use" else "end_turn",
            "stop_sequence": None,
        }
        if self._figures:
            message["usage"] = self._usage(partial=partial)
        request = f"req_{self._message.removeprefix('msg_')}"
        side = bool(self._figures.get("sidechain"))
        return {"type": "assistant", "isSidechain": side, "message": message, "requestId": request}

    def _usage(self, *, partial: bool) -> Line:
        figure = {name: int(str(self._figures.get(name, 0))) for name in _FIGURES}
        return {
            "input_tokens": figure["input"],
            "cache_creation_input_tokens": figure["cache_write_5m"] + figure["cache_write_1h"],
            "cache_read_input_tokens": figure["cache_read"],
            "output_tokens": min(1, figure["output"]) if partial else figure["output"],
            "server_tool_use": {"web_search_requests": figure["web_searches"]},
            "service_tier": "standard",
            "cache_creation": {
                "ephemeral_1h_input_tokens": figure["cache_write_1h"],
                "ephemeral_5m_input_tokens": figure["cache_write_5m"],
            },
            "speed": "standard",
        }

    def user(self, content: str | list[Line], **beside: object) -> None:
        """What a person said, or what a tool returned."""
        message = {"role": "user", "content": content}
        self._write({"type": "user", "isSidechain": False, "message": message, **beside})

    def failure(self, kind: str, text: str) -> None:
        """What the program says in its own name when a request failed."""
        message = {
            "id": str(uuid4()),
            "role": "assistant",
            "model": "<synthetic>",
            "content": [{"type": "text", "text": text}],
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        self._write(
            {"type": "assistant", "message": message, "error": kind, "isApiErrorMessage": True}
        )

    def place(self, task: int | None, turn: int) -> None:
        """Remember where in the script the session is."""
        self._write({"type": _PLACE, "task": task, "turn": turn})

    def _write(self, line: Line) -> None:
        uuid = str(uuid4())
        whole = {
            "parentUuid": self._parent,
            **line,
            "uuid": uuid,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "userType": "external",
            "cwd": self._cwd,
            "sessionId": self._session,
            "version": "scripted",
        }
        self._parent = uuid
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(json.dumps(whole, ensure_ascii=False) + "\n")


_FIGURES = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read", "web_searches")


def last_place(path: Path) -> tuple[int | None, int]:
    """Where in the script an earlier run of the session was: task (None: none) and next turn."""
    task, turn = None, 0
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text) if _PLACE in text else {}
        if line.get("type") == _PLACE:
            task, turn = line["task"], line["turn"]
    return task, turn
