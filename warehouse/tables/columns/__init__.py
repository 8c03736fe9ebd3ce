"""Columns that several tables share, by subject; what all subjects share is in `statement`."""
