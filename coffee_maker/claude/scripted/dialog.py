"""The scripted agent's dialogs: rows to pick from with keys, drawn as Claude Code draws them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coffee_maker.claude.scripted.terminal import Key


@dataclass(slots=True, kw_only=True)
class Dialog:
    """Rows of which one, or several, can be picked. `at` is the row under the pointer."""

    title: list[str]
    options: list[str]
    numbered: bool = True
    multiple: bool = False
    foot: str = "Esc to cancel"
    at: int = 0
    picked: set[int] = field(default_factory=set)

    def rows(self) -> list[str]:
        rows = [f" {line}" for line in self.title]
        for number, option in enumerate(self.options):
            pointer = "❯" if number == self.at else " "
            box = ("[✔] " if number in self.picked else "[ ] ") if self.multiple else ""
            count = f"{number + 1}. " if self.numbered else ""
            rows.append(f" {pointer} {count}{box}{option}")
        return [*rows, "", f" {self.foot}"]

    def press(self, key: Key) -> list[int] | None:
        """What was picked with this key: rows, an empty list for none of them, None for not yet."""
        match key.name:
            case "up":
                self.at = (self.at - 1) % len(self.options)
            case "down":
                self.at = (self.at + 1) % len(self.options)
            case "escape" | "interrupt":
                return []
            case "enter":
                return sorted(self.picked) if self.multiple and self.picked else [self.at]
            case "text":
                return self._digit(key.text)
        return None

    def _digit(self, text: str) -> list[int] | None:
        if not (self.numbered and text.isdecimal() and 1 <= int(text) <= len(self.options)):
            return None
        self.at = int(text) - 1
        if not self.multiple:
            return [self.at]
        self.picked ^= {self.at}
        return None


def trust_dialog(cwd: str) -> Dialog:
    """The question at start-up; as in 2.1.329, the row that ends the session is preselected."""
    return Dialog(
        title=[
            "Accessing workspace:",
            cwd,
            "Quick safety check: Is this a project you created or one you trust?",
            "The scripted agent'll be able to read, edit, and execute files here.",
            "",
        ],
        options=["No, exit", "Yes, I trust this folder"],
        numbered=False,
        foot="Enter to confirm · Esc to cancel",
    )


def permission_dialog(tool: str, given: Mapping[str, object]) -> Dialog:
    """May this tool be used? The last row is the refusal."""
    subject = str(given.get("command") or given.get("file_path") or given)
    names = {"Bash": "Bash command", "Write": "Create file", "Edit": "Edit file"}
    ask = "Do you want to proceed?"
    if "file_path" in given:
        ask = f"Do you want to make this change to {subject.rpartition('/')[2]}?"
    return Dialog(
        title=[names.get(tool, f"Tool use: {tool}"), *subject.split("\n"), ask],
        options=["Yes", "No"],
    )


def choice_dialog(question: Mapping[str, object]) -> Dialog:
    """One question of AskUserQuestion."""
    options = question["options"]
    labels = [str(option["label"]) for option in options] if isinstance(options, list) else []
    return Dialog(
        title=[f"☐ {question['header']}", *str(question["question"]).split("\n"), ""],
        options=labels,
        multiple=bool(question.get("multiSelect")),
        foot="Enter to select · ↑/↓ to navigate · Esc to cancel",
    )


def limit_dialog() -> Dialog:
    """What 2.1.197 asks when the plan's limit is spent."""
    return Dialog(
        title=["What do you want to do?"],
        options=["Stop and wait for limit to reset", "Upgrade your plan"],
        foot="Enter to confirm · Esc to cancel",
    )
