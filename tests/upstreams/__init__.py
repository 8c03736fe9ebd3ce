"""The upstreams, played by one server on this machine; see `server`."""
