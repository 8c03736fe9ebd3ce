"""How upstreams are asked for what is new, concurrently, and how a download is judged."""
