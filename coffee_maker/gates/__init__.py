"""Checks on a change before it may become a pull request."""
