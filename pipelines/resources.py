"""Settings of a run that come from the environment."""

import os


def live_by_default() -> bool:
    """Whether refreshes ask upstreams: yes, unless OBSERVATORY_OFFLINE is set."""
    return os.environ.get("OBSERVATORY_OFFLINE", "").lower() not in ("1", "true", "yes")
