"""What the demo says at its end."""

from pathlib import Path

from coffee_maker.cli.demo import _told, _where_to_look


def test_made_up_figures_are_called_so(tmp_path: Path) -> None:
    """No reader takes the dollars for their own, or a short command for one that works anywhere."""
    told = "\n".join(_told(["  pull request  coffee-maker review show 1", "  cost  $0.01"]))

    assert "pull request  #1\n" in told
    assert "made up" in told


def test_it_ends_with_what_comes_next(tmp_path: Path) -> None:
    """Every command is whole, and the last line leads to the reader's own project."""
    lines = _where_to_look(tmp_path, tmp_path / "project")

    assert all(str(tmp_path) in line for line in lines[1:-2])
    assert '"On your own repository" in README.md' in lines[-1]
    assert "## On your own repository" in (Path(__file__).parents[2] / "README.md").read_text()
