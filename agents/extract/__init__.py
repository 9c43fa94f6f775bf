"""Finds the words of a page that answer a question."""
