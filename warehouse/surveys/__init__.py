"""Surveys of member cities and desk research: from exports and forms to governance facts.

Sub-rooms: `exports` (what survey tools write), `intake` (what becomes of a file), `governance`
(facts and models), `secrecy` (what must not be told).
"""
