"""The atlas: what an elected official reads, as a static site made from a release.

`site.build(release, folder)` writes it; `read` is the only module that opens the release, each other
module prepares one kind of page, `templates/` are their words' places and `words.yaml` the words.
Stories are in `catalog/stories/`. The atlas of a release can be made again at any time: it needs the
release's folder and nothing else, and two of them are equal byte for byte.
"""

from warehouse.publications.atlas.site import MARK, Made, Options, build

__all__ = ["MARK", "Made", "Options", "build"]
