"""One module per export format; a name that begins with `_` is shared by several."""
