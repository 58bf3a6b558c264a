"""The ground floor: facts, pure decisions, ports and errors. Standard library only."""
