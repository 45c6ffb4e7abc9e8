"""What customers go through: touchpoints in their order, and what is known about each."""
