"""One live Claude Code session: terminal, screen, hooks, transcript."""
