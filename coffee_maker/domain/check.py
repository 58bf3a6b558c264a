"""What `doctor` finds out, one line each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be right before work begins; `cure` says what to do where it is not."""

    name: str
    ok: bool
    detail: str
    cure: str = ""
