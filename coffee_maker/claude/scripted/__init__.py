"""The scripted agent: a program with the outside of Claude Code that plays a file."""
