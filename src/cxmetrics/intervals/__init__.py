"""Interval, and the interval methods built on the engine."""
