"""What people deploy by: compose files, Kubernetes manifests and workflows say nothing that the image does not know."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[2]


def settings() -> set[str]:
    """Every name that a program or the platform reads."""
    rows = re.findall(r"^CONFIG_ROW\(([A-Z0-9_]+),", (PROJECT / "lib/base/config_keys.h").read_text(), re.M)
    text = (PROJECT / "scripts/platform/settings.sh").read_text()
    own = re.findall(r"\[([A-Z0-9_]+)\]=", text)
    replaced = re.search(r"replaced_keys='([^']*)'", text)[1].split()
    passed_on = re.search(r"passed_on=\(([^)]*)\)", text)[1].split()
    return {*rows, *own, *replaced, *passed_on}


def load(path: str) -> list[dict]:
    return list(yaml.safe_load_all((PROJECT / path).read_text()))


def names(environment) -> list[str]:
    return [e.split("=", 1)[0] for e in environment] if isinstance(environment, list) else list(environment)


class Compose(unittest.TestCase):
    NEEDED = {"POSTGRES_PASSWORD": "p", "JWT_SECRET": "j", "CREDENTIALS_KEY": "c", "EVENTS_PUBLISH_SECRET": "e", "ADMIN_EMAIL": "m",
              "ADMIN_PASSWORD": "a"}

    def compose(self, path: str, **settings: str) -> subprocess.CompletedProcess:
        """What Debian's docker-compose makes of a file. It is older than the file's name for its project."""
        text = re.sub(r"^name: .*", "", (PROJECT / path).read_text(), flags=re.M)
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(text)
            file.flush()
            return subprocess.run(["docker-compose", "--project-directory", PROJECT / "docker", "-f", file.name, "config"],
                                  env={"PATH": os.environ["PATH"], **settings}, capture_output=True, text=True, timeout=60)

    def test_compose_reads_them(self):
        for path in ("docker/compose.yml", "docker/compose.scale.yml"):
            done = self.compose(path, **self.NEEDED)
            self.assertEqual((done.returncode, done.stderr), (0, ""), path)
            self.assertNotIn("$", done.stdout, path)

    def test_what_is_missing_is_named(self):
        for name in self.NEEDED:
            done = self.compose("docker/compose.scale.yml", **{n: v for n, v in self.NEEDED.items() if n != name})
            self.assertEqual((done.returncode, name in done.stderr), (1, True), done.stderr)

    def services(self, path: str) -> dict:
        [file] = load(path)
        for name, service in file["services"].items():
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((PROJECT / "docker" / source).is_dir(), f"{name}: {volume}")
                else:
                    self.assertIn(source, file["volumes"], f"{name}: {volume}")
            for other in service.get("depends_on", {}):
                self.assertIn(other, file["services"], name)
        return file["services"]

    def test_all_in_one(self):
        services = self.services("docker/compose.yml")
        main = services.pop("torrentclou")
        self.assertLessEqual(set(names(main["environment"])), settings())
        apart = re.compile("BIND_ADDRESS|(HTTP|WEB|API)_PORT|TLS_|TORRENT_(LISTEN|DOWNLOAD_PATH)|PROGRAMS|EVENTS_")
        example = re.findall(r"^# ?([A-Z][A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), re.M)
        self.assertEqual({n for n in example if not apart.match(n)} - set(names(main["environment"])), set())
        for name, service in services.items():
            self.assertEqual((service["profiles"], service["network_mode"]), (["observability"], "service:torrentclou"), name)

    def test_the_observers_find_their_files_and_each_other(self):
        services = self.services("docker/compose.yml")
        mounts = {name: dict(reversed(v.split(":")[:2]) for v in services[name]["volumes"]) for name in ("prometheus", "loki", "grafana")}
        for name, file in (("prometheus", "/etc/prometheus/prometheus.yml"), ("loki", "/etc/loki/loki.yml")):
            self.assertTrue(any(argument.endswith(f"config.file={file}") for argument in services[name]["command"]), name)
            folder, _, base = file.rpartition("/")
            self.assertTrue((PROJECT / "docker" / mounts[name][folder] / base).is_file(), file)
        [provisioned] = load("docker/grafana/provisioning/dashboards/dashboards.yml")
        dashboards = mounts["grafana"][provisioned["providers"][0]["options"]["path"]]
        self.assertTrue(list((PROJECT / "docker" / dashboards).glob("*.json")))
        [scrapes], [loki] = load("docker/prometheus/prometheus.yml"), load("docker/loki/loki.yml")
        [sources] = load("docker/grafana/provisioning/datasources/datasources.yml")
        listens = re.search(r"listen-address=0\.0\.0\.0:(\d+)", " ".join(services["prometheus"]["command"]))[1]
        self.assertEqual({s["name"]: s["url"] for s in sources["datasources"]},
                         {"Prometheus": f"http://127.0.0.1:{listens}", "Loki": f"http://127.0.0.1:{loki['server']['http_listen_port']}"})
        self.assertEqual([c["static_configs"][0]["targets"] for c in scrapes["scrape_configs"]], [["127.0.0.1:47200"], [f"127.0.0.1:{listens}"]])
        self.assertTrue(any(port.endswith(f":{listens}") for port in services["torrentclou"]["ports"]))

    def test_in_parts(self):
        services = self.services("docker/compose.scale.yml")
        ours = {name: s for name, s in services.items() if "torrentclou" in s["image"]}
        programs = set()
        for name, service in ours.items():
            self.assertLessEqual(set(service["environment"]), settings(), name)
            programs.add(service["environment"]["PROGRAMS"])
            self.assertTrue(all(d["condition"] == "service_healthy" for d in service["depends_on"].values()), name)
            self.assertEqual(service["stop_grace_period"], "400s")
        self.assertEqual(programs, {"web", "torrent-worker", "s3-worker", "gdrive-worker"})
        for name in set(services) - set(ours):
            self.assertIn("healthcheck", services[name])


class Kubernetes(unittest.TestCase):
    """No validator of Kubernetes' schema is in Debian: what these manifests use of it, member by member."""
    META = {"name": str, "labels?": {"*": str}}
    PROBE = {"exec": {"command": [str]}, "periodSeconds": int, "timeoutSeconds": int, "failureThreshold": int}
    CONTAINER = {
        "name": str, "image": str, "envFrom": [{"configMapRef?": {"name": str}, "secretRef?": {"name": str}}],
        "env": [{"name": str, "value": str}], "ports?": [{"name": str, "containerPort": int, "protocol": str}],
        "startupProbe": PROBE, "livenessProbe": PROBE,
        "resources": {"requests": {"cpu": str, "memory": str}, "limits": {"memory": str}},
        "securityContext": {"readOnlyRootFilesystem": bool, "allowPrivilegeEscalation": bool,
                            "capabilities": {"drop": [str], "add": [str]}},
        "volumeMounts": [{"name": str, "mountPath": str}]}
    POD = {"metadata": {"labels": {"*": str}},
           "spec": {"terminationGracePeriodSeconds": int, "automountServiceAccountToken": bool, "containers": [CONTAINER],
                    "volumes": [{"name": str, "persistentVolumeClaim?": {"claimName": str}, "emptyDir?": {"medium?": str}}]}}
    KINDS = {
        ("v1", "PersistentVolumeClaim"): {"spec": {"accessModes": [str], "resources": {"requests": {"storage": str}}}},
        ("v1", "ConfigMap"): {"data": {"*": str}},
        ("v1", "Secret"): {"type": str, "stringData": {"*": str}},
        ("v1", "Service"): {"spec": {"selector": {"*": str}, "ports": [{"name": str, "port": int, "protocol": str}]}},
        ("apps/v1", "Deployment"): {"spec": {"replicas": int, "strategy": {"type": str}, "selector": {"matchLabels": {"*": str}},
                                             "template": POD}},
    }

    def fits(self, value, shape, where: str) -> None:
        if isinstance(shape, type):
            self.assertIs(type(value), shape, where)
        elif isinstance(shape, list):
            self.assertIs(type(value), list, where)
            for i, item in enumerate(value):
                self.fits(item, shape[0], f"{where}[{i}]")
        elif "*" in shape:
            for name, item in value.items():
                self.fits(item, shape["*"], f"{where}.{name}")
        else:
            self.assertLessEqual(set(value), {name.rstrip("?") for name in shape}, where)
            for name, inner in shape.items():
                if not name.endswith("?") or name[:-1] in value:
                    self.fits(value[name.rstrip("?")], inner, f"{where}.{name}")

    def setUp(self) -> None:
        self.objects = [(f.name, o) for f in sorted((PROJECT / "docker/kubernetes").glob("*.yml")) for o in load(str(f))]

    def of(self, kind: str) -> list[dict]:
        return [o for _, o in self.objects if o["kind"] == kind]

    def test_members(self):
        for name, it in self.objects:
            where = f"{name}: {it['kind']} {it['metadata']['name']}"
            shape = {"apiVersion": str, "kind": str, "metadata": self.META, **self.KINDS[it["apiVersion"], it["kind"]]}
            self.fits(it, shape, where)

    def test_they_find_each_other(self):
        claims = {o["metadata"]["name"] for o in self.of("PersistentVolumeClaim")}
        labels = [o["spec"]["template"]["metadata"]["labels"] for o in self.of("Deployment")]
        given = set(self.of("ConfigMap")[0]["data"]) | set(self.of("Secret")[0]["stringData"])
        self.assertLessEqual(given, settings())
        for it in self.of("Deployment"):
            pod = it["spec"]["template"]["spec"]
            self.assertEqual(it["spec"]["selector"]["matchLabels"], it["spec"]["template"]["metadata"]["labels"])
            self.assertLessEqual({e["name"] for e in pod["containers"][0]["env"]}, settings())
            self.assertEqual({m["name"] for m in pod["containers"][0]["volumeMounts"]}, {v["name"] for v in pod["volumes"]})
            self.assertLessEqual({v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v}, claims)
        for it in self.of("Service"):
            self.assertIn(it["spec"]["selector"], labels)


class Workflows(unittest.TestCase):
    def test_when_the_image_is_built(self):
        [flow] = load(".github/workflows/image.yml")
        when = flow[True]  # YAML 1.1 reads `on` so
        self.assertEqual(when, {"push": {"branches": ["main"]}, "repository_dispatch": {"types": ["build-combined"]},
                                "workflow_dispatch": None})
        self.assertEqual(flow["concurrency"], {"group": "build-combined", "cancel-in-progress": True})

    def test_nothing_is_pushed_before_it_has_started(self):
        [flow] = load(".github/workflows/image.yml")
        steps = [s.get("name", s.get("uses")) for s in flow["jobs"]["image"]["steps"]]
        for earlier, later in zip(("Build", "Start, answer, stop", "Known holes"), ("Start, answer, stop", "Known holes", "Push and sign")):
            self.assertLess(steps.index(earlier), steps.index(later))

    def test_every_script_that_a_step_calls_exists(self):
        for file in (PROJECT / ".github/workflows").glob("*.yml"):
            text = re.sub(r"uses: .*", "", file.read_text())
            for script in re.findall(r"(?<![\w/.])((?:scripts|docker|\.ci)/[\w./-]+)", text):
                self.assertTrue((PROJECT / script).exists(), f"{file.name}: {script}")
