"""What is made from a finished release and depends on nothing else: pages, exports, feeds.

Belongs here: `model.py`, which reads a release folder; one sub-room per publication, each a function
from a release folder to a folder of files; and `page/`, the look that pages share. Does not belong
here: the making of figures, the network, Dagster. A published release is only read.
"""
