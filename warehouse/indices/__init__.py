"""Composite indices: specification and data in, stages, ranges, audit and report out."""
