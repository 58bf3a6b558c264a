"""A sample project, its roadmap, and what the scripted agent plays on it."""
