"""Summaries → estimates, one module per metric."""
