"""How bytes of a format are read: delimited text, workbooks, JSON-stat, SDMX-CSV, UNSD pages.

Nothing here knows which provider serves which dataset.
"""
