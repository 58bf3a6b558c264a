"""Ways to reach a person: the terminal, and a folder for each kind of the others."""
