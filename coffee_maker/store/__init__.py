"""One database: the journal, questions, token records and the local forge's pull requests."""
