"""The daemon as a service of the user's own: systemd on Linux, launchd on macOS."""
