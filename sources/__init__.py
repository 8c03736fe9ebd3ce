"""The world outside: one module per provider, and the store that keeps what they served.

Belongs here: how to ask a provider, how to tell an answer from an error, how to read each format
it serves into source records in the provider's own codes; HTTP, downloading, snapshots, the
bundled vintage. Does not belong here: metros, harmonising, Dagster.
"""
