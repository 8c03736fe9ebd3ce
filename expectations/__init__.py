"""What must hold: rules derived from `warehouse/tables` and the catalog, and their judgement.

Belongs here: rules as plain data, their SQL, and the one adapter to Great Expectations
(`gx.py`), which also makes the Data Docs. Does not belong here: how tables are made.
"""
