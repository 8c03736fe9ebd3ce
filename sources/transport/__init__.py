"""How bytes travel: the only user of `requests`, its manners with hosts, and what a request is.

Nothing here knows a provider or a format.
"""
