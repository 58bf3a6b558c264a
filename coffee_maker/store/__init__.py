"""One database: journal, questions, outbox, token records and the local forge's pull requests."""
