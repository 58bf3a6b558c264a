"""A roadmap's text: read into priorities, and edited without touching any other byte."""
