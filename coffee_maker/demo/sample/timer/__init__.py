"""A tea timer."""
