"""One module or package per provider: how to ask it, and how to read what it serves.

`sources.read` finds them by this folder: a module with `HOSTS`, `request` and `read`.
"""
