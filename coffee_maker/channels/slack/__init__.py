"""Slack: buttons and threads by an app, or links by an incoming webhook."""
