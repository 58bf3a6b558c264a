"""Email: questions out by SMTP, replies in by IMAP."""
