"""What is for machines or for nobody's language: sitemap, card of social media, the first door."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from warehouse.publications import page
from warehouse.publications.atlas.read import AtlasRelease

CARD = (1200, 630)


def sitemap(paths: Iterable[str], address: str) -> str:
    """All pages of all languages, as the sitemap protocol wants them."""
    lines = [
        f"<url><loc>{escape(address)}{lang}/{escape(path)}</loc></url>"
        for path in paths
        for lang in page.LANGUAGES
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return head + "\n".join(lines) + "\n</urlset>\n"


def door(env, languages: Mapping[str, page.Words], address: str) -> str:
    """The page before a language is chosen."""
    names = {lang: w.site for lang, w in languages.items()}
    return env.get_template("root.html").render(
        names=names,
        policy=page.safe(page.POLICY),
        address=address if address.startswith("https") else "",
    )


def card(release: AtlasRelease) -> bytes:
    """A picture of 1200 x 630 for social media: the metropolises as points of light, as PNG."""
    import numpy as np

    width, height = CARD
    image = np.empty((height, width, 3), np.float32)
    image[:] = (13, 40, 55)
    placed = [m for m in release.metros.values() if m["latitude"] is not None]
    if placed:
        xs, ys = page.world.project(
            [m["longitude"] for m in placed], [m["latitude"] for m in placed]
        )
        k = width * 0.96 / page.world.WIDTH
        sizes = [page.world.radius(m["population"]) * k for m in placed]
        rows, columns = np.mgrid[0:height, 0:width]
        top = (height - page.world.HEIGHT * k) / 2
        for x, y, r in zip(xs, ys, sizes, strict=True):
            cx, cy, reach = width * 0.02 + x * k, top + y * k, int(r) + 2
            a, b = max(0, int(cy) - reach), min(height, int(cy) + reach + 1)
            c, d = max(0, int(cx) - reach), min(width, int(cx) + reach + 1)
            distance = np.hypot(columns[a:b, c:d] - cx, rows[a:b, c:d] - cy)
            light = np.clip(r + 0.5 - distance, 0, 1)[..., None] * 0.8
            image[a:b, c:d] += light * (np.array([242, 176, 94], np.float32) - image[a:b, c:d])
    return _png(np.round(image).astype(np.uint8))


def _png(image) -> bytes:
    """An array of height x width x 3 bytes as PNG."""
    height, width, _ = image.shape
    raw = b"".join(b"\0" + image[y].tobytes() for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(raw, 9))
        + chunk(b"IEND", b"")
    )
