"""What differs between groups and periods, with significance."""
