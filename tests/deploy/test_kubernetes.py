"""The Kubernetes base is valid, drains before it is killed, can tell alive from able, and assumes no single machine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from draining import drained_seconds_max
from kubernetes_validate.utils import ValidationError, latest_version, validate
from telemetry import ROOT

from services.calendar.app import ACKNOWLEDGE_SECONDS_MAX
from services.notifications.settings import Settings as NotificationsSettings
from services.ontzorgen.settings import Settings as OntzorgenSettings
from shared.service_names import SERVICES
from shared.settings import ServiceSettings

BASE = ROOT / "deploy" / "k8s" / "base"
SECRETS = ROOT / "deploy" / "k8s" / "secrets.example.yaml"
FILES = sorted(path for path in BASE.glob("*.yaml") if path.name != "kustomization.yaml")
Document = dict[str, Any]


def documents(*places: Path) -> list[Document]:
    return [document for path in places for document in yaml.safe_load_all(path.read_text("utf-8"))]


ALL = documents(*FILES)
WORKLOADS = [document for document in ALL if document["kind"] in {"Deployment", "Job"}]
DEPLOYMENTS = [document for document in WORKLOADS if document["kind"] == "Deployment"]
OF_SERVICES = [document for document in DEPLOYMENTS if document["metadata"]["name"] in SERVICES]


def label(document: Document) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def pod(workload: Document) -> Document:
    spec: Document = workload["spec"]["template"]["spec"]
    return spec


def container(workload: Document) -> Document:
    (only,) = pod(workload)["containers"]
    container_found: Document = only
    return container_found


def named(kind: str) -> dict[str, Document]:
    return {document["metadata"]["name"]: document for document in ALL if document["kind"] == kind}


@pytest.mark.parametrize("document", [*ALL, *documents(SECRETS)], ids=label)
def test_it_is_valid_by_kubernetes_own_schema(document: Document) -> None:
    validate(document, latest_version(), strict=True)


def test_a_field_that_does_not_exist_is_found() -> None:
    with pytest.raises(ValidationError):
        validate(
            OF_SERVICES[0] | {"spec": OF_SERVICES[0]["spec"] | {"replica": 2}},
            latest_version(),
            strict=True,
        )


def test_the_kustomization_takes_every_file_and_pins_the_image() -> None:
    kustomization = yaml.safe_load((BASE / "kustomization.yaml").read_text("utf-8"))
    assert sorted(kustomization["resources"]) == [path.name for path in FILES]
    assert {image["name"] for image in kustomization["images"]} == {
        container(resource)["image"] for resource in WORKLOADS
    }
    assert all(image["newTag"] not in {"", "latest"} for image in kustomization["images"])


def test_kustomize_makes_of_it_what_kubernetes_takes() -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed: the base is checked file by file, as it stands.")
    output = subprocess.run([kubectl, "kustomize", BASE], capture_output=True, text=True, check=True).stdout
    built = list(yaml.safe_load_all(output))
    assert len(built) == len(ALL)
    for document in built:
        validate(document, latest_version(), strict=True)
        assert document["metadata"].get("namespace", "meedoen") == "meedoen"
    tagged = {container(document)["image"] for document in built if document["kind"] in {"Deployment", "Job"}}
    assert all(image.startswith("meedoen:") for image in tagged)


def test_ontzorgen_has_room_for_two_of_the_largest_files_of_the_bank() -> None:
    (room,) = [
        resource["emptyDir"]
        for resource in pod(named("Deployment")["ontzorgen"])["volumes"]
        if resource["name"] == "tmp"
    ]
    assert "medium" not in room, "on disk, not in the memory of the pod"
    largest_bytes = OntzorgenSettings.model_fields["bank_file_bytes_max"].default
    assert int(room["sizeLimit"].removesuffix("Mi")) * 1024 * 1024 > 2 * largest_bytes


@pytest.mark.parametrize("service", SERVICES)
def test_policy_files_of_ones_own_are_mounted_where_the_settings_say_and_may_be_absent(service: str) -> None:
    deployment = named("Deployment")[service]
    (mount,) = [mount for mount in container(deployment)["volumeMounts"] if mount["name"] == "policies"]
    folder = named("ConfigMap")["meedoen"]["data"]["POLICIES_FOLDER"]
    assert (mount["mountPath"], mount["readOnly"]) == (f"{folder}/{service}", True)
    (volume,) = [volume for volume in pod(deployment)["volumes"] if volume["name"] == "policies"]
    assert volume["configMap"] == {"name": f"meedoen-policies-{service}", "optional": True}


@pytest.mark.parametrize("resource", [*DEPLOYMENTS, named("Job")["topics"]], ids=lambda one: one["metadata"]["name"])
def test_each_process_on_kafka_has_the_certificate_of_its_own_user_where_the_settings_say(resource: Document) -> None:
    user = "operator" if resource["kind"] == "Job" else resource["metadata"]["name"]
    (volume,) = [volume for volume in pod(resource)["volumes"] if volume["name"] == "kafka"]
    sources = [source["secret"]["name"] for source in volume["projected"]["sources"]]
    assert sources == ["meedoen-kafka-ca", f"meedoen-{user}-kafka"]
    settings = named("ConfigMap")["meedoen"]["data"]
    given = {name for document in documents(SECRETS) if document["metadata"]["name"] in sources
             for name in document["stringData"]}  # fmt: skip
    asked = {Path(settings[name]).name for name in settings if name.startswith("KAFKA_SSL_")}
    assert asked == given
    (mount,) = [mount for mount in container(resource)["volumeMounts"] if mount["name"] == "kafka"]
    assert {str(Path(settings[name]).parent) for name in settings if name.startswith("KAFKA_SSL_")} == {
        mount["mountPath"]
    }


def test_every_service_has_all_that_a_service_needs() -> None:
    for service in SERVICES:
        for kind in ("Deployment", "Service", "PodDisruptionBudget"):
            assert service in named(kind), f"{service} has no {kind}"
        for kind in ("ConfigMap", "ServiceAccount"):
            assert f"meedoen-{service}" in named(kind), f"{service} has no {kind}"
        assert container(named("Job")[f"migrate-{service}"])["args"] == ["migrate", service]
        assert container(named("Deployment")[service])["args"] == ["serve", service]
    assert "HorizontalPodAutoscaler" not in {document["kind"] for document in ALL}


@pytest.mark.parametrize("service", SERVICES[1:3])
def test_services_differ_in_names_and_room_alone(service: str) -> None:
    first = (BASE / f"{SERVICES[0]}.yaml").read_text("utf-8")
    this = (BASE / f"{service}.yaml").read_text("utf-8")
    this = re.sub(r"( +# Files of the bank.*\n)( +emptyDir: \{ sizeLimit: )\d+Mi", r"\g<2>64Mi", this)
    assert this == first.replace(SERVICES[0], service).replace(SERVICES[0].capitalize(), service.capitalize())


class TestDraining:
    def test_the_grace_period_is_longer_than_everything_that_drains(self) -> None:
        drain_seconds = float(named("ConfigMap")["meedoen"]["data"]["SHUTDOWN_DRAIN_SECONDS_MAX"])
        assert drain_seconds == ServiceSettings.model_fields["shutdown_drain_seconds_max"].default
        for resource in OF_SERVICES:
            pause_seconds = container(resource)["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert pod(resource)["terminationGracePeriodSeconds"] > pause_seconds + drained_seconds_max()

    def test_the_calendar_may_finish_telling_a_day(self) -> None:
        assert pod(named("Deployment")["calendar"])["terminationGracePeriodSeconds"] > ACKNOWLEDGE_SECONDS_MAX

    def test_one_process_at_a_time_goes(self) -> None:
        for resource in OF_SERVICES:
            assert resource["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
            assert named("PodDisruptionBudget")[resource["metadata"]["name"]]["spec"]["maxUnavailable"] == 1


class TestProbes:
    @pytest.mark.parametrize("resource", OF_SERVICES, ids=label)
    def test_alive_and_able_are_asked_apart(self, resource: Document) -> None:
        probes = container(resource)
        assert probes["livenessProbe"]["httpGet"]["path"] == "/health/live"
        assert probes["startupProbe"]["httpGet"]["path"] == "/health/live"
        assert probes["readinessProbe"]["httpGet"]["path"] == "/health/ready"

    @pytest.mark.parametrize("resource", OF_SERVICES, ids=label)
    def test_a_lost_dependency_takes_it_out_of_service_within_ten_seconds(self, resource: Document) -> None:
        ready = container(resource)["readinessProbe"]
        assert ready["periodSeconds"] * ready["failureThreshold"] <= 5
        assert ready["timeoutSeconds"] <= ready["periodSeconds"]

    @pytest.mark.parametrize("resource", OF_SERVICES, ids=label)
    def test_prometheus_is_told_where_to_ask(self, resource: Document) -> None:
        annotations = resource["spec"]["template"]["metadata"]["annotations"]
        (port,) = container(resource)["ports"]
        assert annotations == {"prometheus.io/scrape": "true", "prometheus.io/port": str(port["containerPort"])}


@pytest.mark.parametrize("resource", WORKLOADS, ids=label)
class TestEveryPod:
    def test_it_has_no_more_rights_than_it_needs(self, resource: Document) -> None:
        spec, only = pod(resource), container(resource)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert only["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert spec["automountServiceAccountToken"] is False
        assert named("ServiceAccount")[spec["serviceAccountName"]]["automountServiceAccountToken"] is False

    def test_it_is_bounded(self, resource: Document) -> None:
        resources = container(resource)["resources"]
        assert resources["limits"].keys() == resources["requests"].keys() == {"cpu", "memory"}

    def test_it_assumes_no_machine(self, resource: Document) -> None:
        spec, only = pod(resource), container(resource)
        assert not spec.keys() & {"hostNetwork", "hostPID", "hostIPC", "nodeName", "nodeSelector"}
        assert all("hostPort" not in port for port in only.get("ports", []))
        kinds = {next(iter(volume.keys() - {"name"})) for volume in spec["volumes"]}
        assert kinds <= {"emptyDir", "persistentVolumeClaim", "configMap", "projected"}

    def test_what_it_asks_for_is_there(self, resource: Document) -> None:
        secrets = {document["metadata"]["name"] for document in documents(SECRETS)}
        for source in container(resource)["envFrom"]:
            if "configMapRef" in source:
                assert source["configMapRef"]["name"] in named("ConfigMap")
            else:
                assert source["secretRef"]["name"] in secrets
        projected = [volume["projected"]["sources"] for volume in pod(resource)["volumes"] if "projected" in volume]
        assert {source["secret"]["name"] for sources in projected for source in sources} <= secrets
        mounted = {mount["name"] for mount in container(resource)["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod(resource)["volumes"]}

    def test_it_is_reached_by_a_network_policy(self, resource: Document) -> None:
        labels = resource["spec"]["template"]["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "meedoen"
        assert labels["meedoen.example/role"] in {"service", "job", "calendar"}


def test_several_processes_share_volumes_only_where_several_machines_may_mount_them() -> None:
    claims = named("PersistentVolumeClaim")
    for resource in DEPLOYMENTS:
        for volume in pod(resource)["volumes"]:
            if "persistentVolumeClaim" in volume:
                claim = claims[volume["persistentVolumeClaim"]["claimName"]]
                assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert all(resource["spec"]["replicas"] >= 2 for resource in OF_SERVICES)


def test_nothing_goes_in_or_out_unless_it_is_named() -> None:
    policy = named("NetworkPolicy")["nothing-unless-named"]["spec"]
    assert policy == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_every_setting_of_the_config_is_one_that_the_code_knows_and_no_secret_stands_there() -> None:
    known_settings = {name.upper() for name in NotificationsSettings.model_fields}
    for config in named("ConfigMap").values():
        assert config["data"].keys() <= known_settings
        assert not any(word in name for name in config["data"] for word in ("PASSWORD", "SECRET", "DATABASE_URL"))
        assert all(isinstance(value, str) for value in config["data"].values())
