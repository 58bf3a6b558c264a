"""The tools of Claude Code, by the names that rules call them by."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from coffee_maker.domain.rules import Rule, read_pattern

# Those of 2.1.197 and 2.1.329, and older names that they still take.
TOOLS = frozenset(
    {"Bash", "BashOutput", "KillShell", "KillBash", "PowerShell", "Monitor"}
    | {"Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "NotebookRead", "Glob", "Grep", "LS"}
    | {"WebFetch", "WebSearch", "AskUserQuestion", "EnterPlanMode", "ExitPlanMode"}
    | {"Agent", "Task", "TaskCreate", "TaskUpdate", "TaskGet", "TaskList", "TaskOutput", "TaskStop"}
    | {"TodoWrite", "TodoRead", "Skill", "SlashCommand", "ToolSearch", "LSP", "SendMessage"}
    | {"EnterWorktree", "ExitWorktree", "CronCreate", "CronDelete", "CronList", "RemoteTrigger"}
    | {"ListMcpResourcesTool", "ReadMcpResourceTool", "ScheduleWakeup", "Brief", "REPL"}
    | {"PushNotification", "StructuredOutput", "Workflow"}
)
_OF_A_SERVER = re.compile(r"mcp__|\*")  # tools that others add, and patterns that may mean them


def unknown_tools(rules: Sequence[Rule]) -> tuple[str, ...]:
    """A sentence for each rule about a tool that Claude Code does not have, with the nearest one.

    What servers add (`mcp__...`) is not known here, and never told of.
    """
    return tuple(
        f'"{rule.tool}" ({rule.source}) is about no tool of Claude Code'
        + (f": did you mean {near}?" if (near := _nearest(name)) else "")
        for rule in rules
        if rule.tool and not _is_known(name := read_pattern(rule.tool)[0])
    )


def _is_known(name: str) -> bool:
    if _OF_A_SERVER.match(name):
        return True
    return any(fnmatchcase(tool, name) for tool in TOOLS)


def _nearest(name: str) -> str:
    spelt = {tool.lower(): tool for tool in TOOLS}
    return next((spelt[near] for near in get_close_matches(name.lower(), spelt, n=1)), "")
