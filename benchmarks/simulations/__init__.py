"""How often our statistics are wrong, by simulation; each module writes its page of the docs."""
