"""`observatory atlas`: the pages that an official reads, from a finished release."""

from __future__ import annotations

from pathlib import Path

import click

from warehouse.home import Home


@click.command()
@click.argument("release", required=False)
@click.option(
    "-o", "folder", type=click.Path(path_type=Path), help="The folder to write; replaced."
)
@click.option("--serve", is_flag=True, help="Show the site in a browser; Ctrl-C ends it.")
@click.option("--port", default=8022, show_default=True, help="Port to serve it on.")
@click.option(
    "--address", help="Where the site will be served, such as https://example.org/atlas/."
)
@click.option("--contact", help="To whom readers write when something is wrong.")
def atlas(
    release: str | None,
    folder: Path | None,
    serve: bool,
    port: int,
    address: str | None,
    contact: str | None,
) -> None:
    """Make the atlas: static pages in four languages from RELEASE (the current one).

    RELEASE is a name or a folder. The pages go to publications/<release>/atlas of the home, or to
    the folder of -o, which must be new, empty or an atlas. Any web server can serve it; nothing on
    it asks another host. With --serve, an atlas that is there is shown as it is.
    """
    from dataclasses import replace

    from warehouse.publications import atlas as atlases
    from warehouse.publications import place

    home = Home.from_environment()
    source = _release(home, release)
    target = folder or home.publications / source.resolve().name / "atlas"
    if not (serve and (target / atlases.MARK).is_file()):
        options = atlases.Options.from_environment()
        if address:
            options = replace(options, address=f"{address.rstrip('/')}/")
        if contact:
            options = replace(options, contact=contact)
        target.parent.mkdir(parents=True, exist_ok=True)
        made = atlases.build(source, target, options)
        place.only(home, target)
        click.echo(
            f"{made.pages:,} pages in {made.files:,} files, {made.bytes / 1e6:,.0f} MB: {target}"
        )
    if serve:
        _serve(target, port)
    else:
        click.echo("To look at it: observatory atlas --serve")


def _release(home: Home, name: str | None) -> Path:
    from warehouse import release as releases

    if name and (Path(name) / "observatory.duckdb").is_file():
        return Path(name)
    return releases.named(home, name or "current")


def _serve(folder: Path, port: int) -> None:
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of each request."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(folder)))
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used ({error.strerror}); choose another with --port."
        ) from None
    click.echo(f"The atlas is at http://127.0.0.1:{server.server_port}/; Ctrl-C ends it.")
    try:
        server.serve_forever()
    finally:
        server.server_close()
