"""The one HTTP door: a page on which questions are answered."""
