"""Chats and programs that take a POST."""
