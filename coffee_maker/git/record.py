"""What is remembered of a workspace, outside of it, where no agent can change it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.domain.change import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceRecord:
    """A folder with the workspace's facts and the index that its clone began with."""

    folder: Path

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def read(self) -> Workspace | None:
        """The workspace as it was made, None where it was not, or not to the end."""
        try:
            facts = json.loads((self.folder / "workspace.json").read_text("utf-8"))
            return Workspace(**{**facts, "path": Path(facts["path"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, workspace: Workspace, index: Path) -> None:
        """Remember it; a reader sees the old record or the new one, never half of one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # With its time: git doubts entries as young as their index, and has reason to.
        shutil.copy2(index, self.index)
        facts = {
            "task": workspace.task,
            "path": str(workspace.path),
            "branch": workspace.branch,
            "target": workspace.target,
            "base_commit": workspace.base_commit,
        }
        fresh = self.folder / "workspace.json.new"
        fresh.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
        fresh.replace(self.folder / "workspace.json")

    def forget(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
