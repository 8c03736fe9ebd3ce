"""A server of one release for assistants, by the Model Context Protocol: read-only, within limits.

`answers.py` asks the release, `server.py` offers the answers as tools. What belongs elsewhere: any
judgement of what compares (the release's own macro `comparable` decides).
"""
