"""Real parts made small: servers, repositories and programs that the tests share."""
