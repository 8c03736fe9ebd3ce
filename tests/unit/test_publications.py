"""What follows from a release: publications are made once, the current ones are kept, subscribers told."""

import base64
import http.server
import json
import threading

import dagster as dg
import pytest
from released import first, put, second
from standins import Plant
from standins import assets as stand_ins

from assets import publications
from assets.workspace import Workspace
from pipelines import jobs, plan, webhooks
from pipelines import publications as following
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.publications import place

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """A home with two releases; in the newer one a figure is revised and one is new."""
    home = Home(tmp_path_factory.mktemp("publications"))
    put(home, first()), put(home, second())
    return home


def materialised(home: Home, *names: str) -> dict[str, dict]:
    """What the UI shows of each publication, once they were made."""
    wanted = [publications.asset(p) for p in publications.stated() if p.name in names]
    done = dg.materialize(wanted, resources={"workspace": Workspace(home=str(home.root))})
    assert done.success
    made = [e.materialization for e in done.get_asset_materialization_events()]
    return {m.asset_key.path[-1]: {k: v.value for k, v in m.metadata.items()} for m in made}


def test_each_is_made_of_the_current_release_and_shows_where_it_is(home):
    old = home.publications / "2020.01.01.1"
    for name in ("feeds", "exports", "kept"):
        (old / name).mkdir(parents=True)
    shown = materialised(home, "exports", "workbooks", "metadata", "feeds")
    here = home.publications / "2026.11.24.1"
    assert {n: said["folder"] for n, said in shown.items()} == {
        n: str(here / n) for n in ("exports", "workbooks", "metadata", "feeds")
    }
    assert {said["release"] for said in shown.values()} == {"2026.11.24.1"}
    assert (here / "exports" / "csvw").is_dir() and shown["exports"]["bytes"] > 100_000
    assert shown["exports"]["csvw"] == str(here / "exports" / "csvw")
    assert shown["metadata"]["ca"] == str(here / "metadata" / "ca" / "index.html")
    assert shown["feeds"]["feeds"] == 4
    listed = (here / "workbooks" / "fr" / "index.html").read_text("utf-8")
    assert 'href="es-barcelona.xlsx">Barcelona' in listed and "theme-economy.xlsx" in listed
    assert sorted(p.name for p in old.iterdir()) == ["kept"]


def test_only_publications_of_the_current_release_remove_others(home):
    old = home.publications / "2026.11.23.1" / "feeds"
    new = home.publications / "2026.11.24.1" / "feeds"
    for folder in (old, new):
        folder.mkdir(parents=True, exist_ok=True)
    place.only(home, old)
    assert old.is_dir() and new.is_dir()
    place.only(home, new)
    assert not old.parent.exists() and new.is_dir()


def test_a_publication_without_a_release_says_what_to_do(tmp_path):
    assert place.folder(Home(tmp_path), "atlas") is None
    with pytest.raises(dg.Failure, match="There is no release yet"):
        materialised(Home(tmp_path), "feeds")


def test_the_atlas_is_a_part_of_a_build_and_the_others_follow_it(monkeypatch):
    monkeypatch.delenv("OBSERVATORY_PUBLICATIONS", raising=False)
    made = publications.publications()
    assert {a.key.path[-1] for a in made} == {p.name for p in publications.stated()}
    planned = plan.compare(plan.graph(made), {})
    assert set(planned) == {("publication", "atlas")}
    assert {k.path[-1] for k in following.apart(made)} == {
        *("exports", "workbooks", "metadata", "feeds", "briefs")
    }


def test_publications_can_be_chosen(monkeypatch):
    monkeypatch.setenv("OBSERVATORY_PUBLICATIONS", "atlas, feeds")
    assert [a.key.path[-1] for a in publications.publications()] == ["atlas", "feeds"]
    monkeypatch.setenv("OBSERVATORY_PUBLICATIONS", "")
    assert publications.publications() == []


def test_the_button_makes_what_a_rebuild_leaves(monkeypatch):
    monkeypatch.delenv("OBSERVATORY_PUBLICATIONS", raising=False)
    assets = [*stand_ins(Plant()), *publications.publications()]
    defs = dg.Definitions(
        assets=assets, jobs=jobs.jobs(assets), resources={"workspace": Workspace(home="unused")}
    )

    def keys(name: str) -> set[str]:
        layer = defs.resolve_job_def(name).asset_layer
        return {k.path[-1] for k in layer.executable_asset_keys}

    apart = {"exports", "workbooks", "metadata", "feeds", "briefs"}
    assert keys(following.MAKE) == apart
    assert "atlas" in keys(jobs.REBUILD) and not apart & keys(jobs.REBUILD)


def sensor(home: Home, name: str) -> dg.SensorDefinition:
    made = [publications.asset(p) for p in publications.stated()]
    listed = following.sensors(home, following.jobs(made))
    return next(s for s in listed if s.name == name)


def test_publications_are_asked_for_once_per_release(tmp_path):
    home = Home(tmp_path)
    look = sensor(home, "publications_after_release")
    with dg.DagsterInstance.ephemeral() as instance:

        def seen(cursor: str | None) -> tuple[list[str | None], str | None]:
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            found = look.evaluate_tick(context)
            return [r.run_key for r in found.run_requests or []], found.cursor

        assert seen(None) == ([], None)
        put(home, first())
        asked, cursor = seen(None)
        assert asked == ["2026.11.23.1-1"]
        assert seen(cursor) == ([], cursor)
        put(home, second())
        asked, cursor = seen(cursor)
        assert asked == ["2026.11.24.1-2"]
        from warehouse import release

        release.rollback(home)
        assert seen(cursor)[0] == ["2026.11.23.1-3"]


class Receiver(http.server.BaseHTTPRequestHandler):
    got: list[dict] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """No words on stderr."""


@pytest.fixture
def receiver(monkeypatch):
    Receiver.got.clear()
    monkeypatch.setenv("OBSERVATORY_WEBHOOK_HOSTS", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        thread.join()


def test_subscribers_are_told_by_a_run_once_the_feeds_are_there(
    home, receiver, tmp_path, monkeypatch
):
    look = sensor(home, "tell_subscribers_of_release")
    workspace = {"workspace": Workspace(home=str(home.root))}
    listed = tmp_path / "subscribers.yaml"
    with dg.DagsterInstance.ephemeral() as instance:

        def asked() -> list[str | None]:
            found = look.evaluate_tick(dg.build_sensor_context(instance=instance))
            return [r.run_key for r in found.run_requests or []]

        assert asked() == []  # nobody is named
        monkeypatch.setenv("OBSERVATORY_SUBSCRIBERS", str(listed))
        listed.write_text(f"- {{url: '{receiver}', secret: {SECRET}}}\n")
        materialised(home, "feeds")
        (key,) = asked()
        assert key and key.startswith("2026.11.24.1 ")
        assert following.telling.execute_in_process(resources=workspace).success
        assert asked() == []
        assert following.telling.execute_in_process(resources=workspace).success
    (told,) = Receiver.got
    assert told["data"]["release"] == "2026.11.24.1"
    assert told["data"]["figures"] == {"new": 1, "revised": 1}


def test_a_wrong_file_of_subscribers_fails_the_run_with_its_sentence(home, tmp_path, monkeypatch):
    listed = tmp_path / "subscribers.yaml"
    listed.write_text("- url: https://x.org\n")
    monkeypatch.setenv("OBSERVATORY_SUBSCRIBERS", str(listed))
    materialised(home, "feeds")
    with dg.DagsterInstance.ephemeral() as instance:
        look = sensor(home, "tell_subscribers_of_release")
        assert look.evaluate_tick(dg.build_sensor_context(instance=instance)).run_requests
    with pytest.raises(dg.Failure, match="it needs a url and a secret"):
        following.telling.execute_in_process(
            resources={"workspace": Workspace(home=str(home.root))}
        )
    monkeypatch.delenv("OBSERVATORY_SUBSCRIBERS")
    with pytest.raises(WarehouseError, match="Set OBSERVATORY_SUBSCRIBERS"):
        webhooks.tell_of_current(home)


def test_the_command_keeps_only_what_is_current(home, monkeypatch):
    from click.testing import CliRunner

    from pipelines.cli import observatory

    monkeypatch.setenv("OBSERVATORY_HOME", str(home.root))
    old = home.publications / "2026.11.23.1" / "exports"
    old.mkdir(parents=True)
    done = CliRunner().invoke(observatory, ["export", "csl", "--release", "2026.11.23.1"])
    assert done.exit_code == 0 and (old / "csl").is_dir()  # asked for, so it is left alone
    done = CliRunner().invoke(observatory, ["export", "csl"])
    assert done.exit_code == 0 and not old.exists()
    assert (home.publications / "2026.11.24.1" / "exports" / "csl").is_dir()
