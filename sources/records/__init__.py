"""Source records: the one shape that every reader answers with, its keys, series and figures."""
