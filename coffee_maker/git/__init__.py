"""Private clones, commits, pushes and pull requests."""
