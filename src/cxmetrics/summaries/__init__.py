"""Answers → mergeable sufficient statistics."""
