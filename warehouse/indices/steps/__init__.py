"""Composite indices: the steps of the OECD/JRC handbook, how sure a rank is, and an auditor.

Pure functions over numpy arrays: rows are units, columns indicators, NaN is missing. A step takes
a matrix and the statements of its columns, so that any column can be tried under any indicator's
rules; the auditor is built on that.
"""
