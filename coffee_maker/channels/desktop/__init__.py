"""Notifications on this machine's screen."""
