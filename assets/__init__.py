"""The graph: how each table is made from others.

Belongs here: thin Dagster assets made by factories from the catalog around functions of the rooms
above, the registry build, the release asset. Does not belong here: schedules, paths, credentials,
numerics.
"""
