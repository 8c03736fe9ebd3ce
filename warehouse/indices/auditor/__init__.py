"""The auditor: every published stage made again from the one before, and each discrepancy explained.

`intervals`: a published figure stands for all numbers that round to it. `columns` and `nodes`: the
ways in which a column or a group of scores may be other than stated, each tried against the figures.
`rows`: units in the wrong place. `thin`: several such ways at once, where only raw values and the
index are published. `ranking`: published ranks. `audit`: all of it, with the effect on ranks.
"""
