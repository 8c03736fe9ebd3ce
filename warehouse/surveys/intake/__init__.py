"""Surveys at rest and on their way: form and template out, answers in, persons kept apart.

Answers of institutions are in `$OBSERVATORY_HOME/survey`, what identifies a person in
`$OBSERVATORY_HOME/protected`; neither is published as it is.
"""
