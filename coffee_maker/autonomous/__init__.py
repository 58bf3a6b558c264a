"""The straight line from a priority to a pull request, and the loop round it."""
