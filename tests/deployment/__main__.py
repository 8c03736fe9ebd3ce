"""`make check-deploy`: chart, Compose file and image of `deploy`, by the libraries of their own makers.

Helm's library checks, refuses bad values and renders; every manifest is validated strictly against the
schemas of two versions of Kubernetes; the Compose file against its specification. Then what we ask of each
pod and container ourselves, and planted faults, which must be refused. Runs in an environment of its own.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import compose_spec
import helm_python
import kubernetes_validate
import pydantic
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
CHART = str(DEPLOY / "chart")
VERSIONS = ("1.30", "1.36")
VALUES = {
    "image": {"name": "registry.example.org/observatory@sha256:" + "0" * 64},
    "home": "s3://observatory/home",
    "logsBucket": "observatory-logs",
    "database": {"host": "postgres.example.org"},
}
ASKED = {
    "runs as jobs": VALUES,
    "steps on workers": VALUES | {"workers": {"replicas": 2}},
    "a store of one's own": VALUES | {"s3": {"endpoint": "https://s3.example.org"}},
}
BAD = {
    "no image": {**VALUES, "image": {"name": ""}},
    "a home that is a folder": {**VALUES, "home": "/data"},
    "a misspelt value": {**VALUES, "wokers": {"replicas": 2}},
    "a port that is text": {**VALUES, "database": {"host": "x", "port": "many"}},
    "minus one worker": {**VALUES, "workers": {"replicas": -1}},
}


class Wrong(Exception):
    """What is wrong, in a sentence."""


REFUSALS = (
    Wrong,
    helm_python.HelmError,
    kubernetes_validate.ValidationError,
    pydantic.ValidationError,
)


def rendered(values: dict) -> list[dict]:
    """The manifests of the chart with these values."""
    with helm_python.Chart.load(CHART) as chart:
        made = chart.render(values, name="observatory", namespace="data")
    return [m for text in made.values() for m in yaml.safe_load_all(text) if m]


def validated(manifests: list[dict]) -> None:
    """Raise where a manifest does not fit the strict schema of either version of Kubernetes."""
    for version in VERSIONS:
        for manifest in manifests:
            kubernetes_validate.validate(manifest, version, strict=True)


def pods(manifests: list[dict]) -> Iterator[tuple[str, dict]]:
    """Name and specification of every pod that a manifest makes."""
    for manifest in manifests:
        if manifest["kind"] in ("Deployment", "StatefulSet", "Job", "DaemonSet"):
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def restricted(manifests: list[dict], probed: bool = True) -> None:
    """Raise where a pod would not pass the profile `restricted`, or has no bounds, or nobody probes it."""
    for name, pod in pods(manifests):
        context = pod.get("securityContext", {})
        _must(context.get("runAsNonRoot") is True, f"{name} may run as root")
        _must(context.get("seccompProfile", {}).get("type") == "RuntimeDefault", f"{name}: seccomp")
        _must(not any(pod.get(k) for k in ("hostNetwork", "hostPID", "hostIPC")), f"{name}: host")
        for volume in pod.get("volumes", ()):
            _must("hostPath" not in volume, f"{name} mounts a path of its host")
        for container in pod["containers"]:
            of = f"{name}, container {container['name']}"
            closed = container.get("securityContext", {})
            _must(closed.get("allowPrivilegeEscalation") is False, f"{of} may become more")
            _must(closed.get("readOnlyRootFilesystem") is True, f"{of} may write its root")
            _must(closed.get("capabilities", {}).get("drop") == ["ALL"], f"{of}: capabilities")
            bounds = container.get("resources", {})
            _must("memory" in bounds.get("limits", {}), f"{of} has no limit of memory")
            _must("cpu" in bounds.get("requests", {}), f"{of} asks for no processor")
        alive = any("livenessProbe" in c for c in pod["containers"])
        _must(alive or not probed, f"{name} is not probed")


def by_reference(manifests: list[dict]) -> None:
    """Raise where a manifest holds a secret, or a database, instead of naming one."""
    for manifest in manifests:
        kind = manifest["kind"]
        _must(kind not in ("Secret", "StatefulSet", "PersistentVolumeClaim"), f"{kind} is made")
        for name, value in (manifest.get("data") or {}).items():
            _must(not re.search("PASSWORD|SECRET_ACCESS|BROKER$|WEBHOOK", name), f"{name}: {value}")


def closed(manifests: list[dict]) -> None:
    """Raise where a pod is reached by more than it needs."""
    policies = [m["spec"] for m in manifests if m["kind"] == "NetworkPolicy"]
    everything = [p for p in policies if p["podSelector"] == {}]
    _must(bool(everything) and "ingress" not in everything[0], "pods are reached by default")
    for name, sources in (("web", {"proxy"}), ("code", {"web", "daemon"})):
        labelled = [
            p
            for p in policies
            if p["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/component") == name
        ]
        found = {
            f["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
            for p in labelled
            for rule in p["ingress"]
            for f in rule["from"]
        }
        _must(found == sources, f"{name} is reached from {found}")
    services = [m for m in manifests if m["kind"] == "Service"]
    outside = [s["metadata"]["name"] for s in services if s["spec"].get("type", "") != ""]
    _must(outside == ["observatory-proxy"], f"{outside} are reached from outside")


def composed() -> dict:
    """The Compose file."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def compose(said: dict) -> None:
    """Raise where the Compose file does not fit its specification, or opens more than it must."""
    compose_spec.models.ComposeSpecification.model_validate(said)
    for name, service in said["services"].items():
        _must("ports" not in service or name == "proxy", f"{name} is reached from outside")
        _must("no-new-privileges:true" in service["security_opt"], f"{name} may become more")
        _must(not service.get("privileged"), f"{name} is privileged")
        if service["image"].startswith("${OBSERVATORY_IMAGE"):
            _must(service["user"] != "0" and service["read_only"] is True, f"{name} is open")
            _must(service["cap_drop"] == ["ALL"], f"{name}: capabilities")
        for variable, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|SECRET|S3_KEY|ACCESS_KEY", variable):
                _must(bool(re.search(r"\$\{\w+:\?\}", value)), f"{name}: {variable} is written out")
    _must(said["networks"]["inside"]["internal"] is True, "the inner network leads outside")


def image(text: str) -> None:
    """Raise where the image runs as root, is not built from the lock, or says nothing of its health."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    _must(users[-1:] == ["10001:10001"], "the image runs as root")
    _must("--require-hashes" in text and "requirements-scale.lock" in text, "not from the lock")
    _must(any(line.startswith("HEALTHCHECK") for line in lines), "nothing tells its health")
    _must("requirements-dev" not in text and "COPY . " not in text, "more is copied than is used")


def refused(what: str, do: Callable[[], object]) -> None:
    """Raise where something is done that must be refused."""
    try:
        do()
    except REFUSALS as error:
        print(f"  refused: {what} ({' '.join(str(error).split())[:90]})")
        return
    raise Wrong(f"{what} was not refused")


def planted() -> None:
    """Faults that every check must find."""
    good = rendered(VALUES)

    def spoiled(change: Callable[[dict], object]) -> list[dict]:
        made = copy.deepcopy(good)
        change(next(m for m in made if m["kind"] == "Deployment"))
        return made

    def container(m: dict) -> dict:
        return m["spec"]["template"]["spec"]["containers"][0]

    for what, values in BAD.items():
        refused(what, lambda v=values: _with_schema(v))
    refused(
        "a misspelt field",
        lambda: validated(spoiled(lambda m: container(m).update(livenesProbe={}))),
    )
    refused("a wrong type", lambda: validated(spoiled(lambda m: m["spec"].update(replicas="many"))))
    refused(
        "a root that may be written",
        lambda: restricted(
            spoiled(lambda m: container(m)["securityContext"].pop("readOnlyRootFilesystem"))
        ),
    )
    refused(
        "a pod that anybody reaches",
        lambda: closed([m for m in good if "Network" not in m["kind"]]),
    )
    open_port = composed()
    open_port["services"]["database"]["ports"] = ["5432:5432"]
    refused("a database that is reached from outside", lambda: compose(open_port))
    condition = composed()
    condition["services"]["web"]["depends_on"] = {"code": {"condition": "is_there"}}
    refused("a condition that does not exist", lambda: compose(condition))
    refused("an image that runs as root", lambda: image("FROM x\nCOPY . .\n"))


def _with_schema(values: dict) -> None:
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(chart.merge_values(values))


def _must(true: bool, sentence: str) -> None:
    if not true:
        raise Wrong(sentence)


def main() -> None:
    """All checks; the first fault ends them."""
    found = helm_python.lint(CHART, values=VALUES)
    print(f"Helm {helm_python.helm_sdk_version()}: {found}")
    templates = [p for p in Path(CHART, "templates").iterdir() if p.is_file()]
    _must(len(templates) <= 10, f"{len(templates)} templates")
    for name, values in ASKED.items():
        _with_schema(values)
        manifests = rendered(values)
        validated(manifests)
        for check in (restricted, by_reference, closed):
            check(manifests)
        kinds = sorted({m["kind"] for m in manifests})
        print(
            f"chart, {name}: {len(manifests)} manifests ({', '.join(kinds)}), strict on {VERSIONS}"
        )
    # What the run launcher posts for a run, kept by tests/scale/test_kubernetes.py.
    job = json.loads(Path(__file__).with_name("job.json").read_text(encoding="utf-8"))
    validated([job])
    restricted([job], probed=False)
    print("the Job of a run: strict, and closed as all pods are")
    compose(composed())
    print(f"compose.yaml: {len(composed()['services'])} services")
    image((DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    print("Dockerfile: not root, from the lock, tells its health")
    planted()


if __name__ == "__main__":
    try:
        main()
    except Wrong as error:
        sys.exit(f"wrong: {error}")
