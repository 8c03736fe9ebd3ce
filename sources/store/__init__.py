"""Where bytes are kept: snapshots with their sidecars, and the bundled vintage."""
