"""A daemon that turns a ROADMAP.md into reviewed pull requests."""

__version__ = "0.1.0"
