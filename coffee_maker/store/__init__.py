"""One database: the journal, open questions, token records, local pull requests."""
