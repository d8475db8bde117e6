"""The files to run Digest as a service: what can be seen of them without the programs that they are for."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml

from digest.answers.metrics import DESCRIBED
from digest.cli.deploy import FILES, deployed
from digest.cli.main import digest
from digest.values.messages import DeliveryState
from digest.values.states import FeedHealth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Desk

UNITS = sorted(name for name in deployed() if name.endswith((".service", ".timer")))
LABELS = {"health": set(FeedHealth), "state": {*DeliveryState, "ok", "broken"}, "job": {"digest", "$job"}}


def text_of(name: str) -> str:
    """A file."""
    return (FILES / name).read_text(encoding="utf-8")


def test_every_file_is_listed_and_printed(desk: Desk) -> None:
    """As it is, so that it can be piped to its place; one that is not there is answered with those that are."""
    assert {path.name for path in FILES.iterdir()} - {"README.md", "__pycache__"} == set(deployed())
    assert [line.split()[0] for line in desk.run("deploy").out.splitlines()] == list(deployed())
    for name in deployed():
        assert desk.run("deploy", name).out == text_of(name)
    wrong = desk.run("deploy", "../cli/deploy.py")
    assert (wrong.code, wrong.out) == (1, "")
    assert "there are: digest.service" in wrong.err


def typed(text: str) -> Iterator[list[str]]:
    """The calls of Digest in a file."""
    for line in re.findall(r"/opt/digest/bin/digest (.+)$|exec digest (.+?) >", text, re.MULTILINE):
        yield shlex.split("".join(line).replace("%i", "poller"))


def test_every_call_can_be_typed() -> None:
    """The commands and options are there."""
    calls = [call for name in deployed() for call in typed(text_of(name))]
    assert len(calls) == 5
    for call in calls:
        command: click.Command | None = digest
        while isinstance(command, click.Group):
            command = command.get_command(click.Context(command), call.pop(0))
        assert command is not None
        command.make_context("x", call, resilient_parsing=False)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    """Not a word of complaint, but that the command is not where a service has it."""
    for each in UNITS:
        shutil.copy(FILES / each, tmp_path / each)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "/opt/digest/bin/digest" not in line]
    assert [line for line in said if any(unit in line for unit in UNITS)] == []


def test_no_unit_prints_what_opens_the_dashboard() -> None:
    """A journal and a container's log are read by more people than the token's file."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text_of("digest-serve.service"))
    assert unit["Service"]["StandardOutput"] == "null"
    assert unit["Service"]["StandardError"].startswith("append:/var/lib/digest/")
    assert ">/dev/null 2>>" in text_of("compose.yaml")


def expressions() -> list[str]:
    """All that Prometheus is asked."""
    groups = yaml.safe_load(text_of("alerts.yml"))["groups"]
    board = json.loads(text_of("grafana.json"))
    asked = [rule["expr"] for group in groups for rule in group["rules"]]
    return asked + [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_every_expression_asks_for_what_there_is() -> None:
    """Names and labels, and brackets that close; ``up`` alone is Prometheus' own."""
    for expression in expressions():
        names = set(re.findall(r"\b(?:digest_\w+|up)\b", expression))
        assert names <= {*DESCRIBED, "up"}, expression
        assert names, expression
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', expression):
            assert set(value.split("|")) <= LABELS[label], expression
        for opened, closed in ("()", "[]", "{}"):
            assert expression.count(opened) == expression.count(closed), expression
    counters = [name for name in DESCRIBED if name.endswith("_total")]
    assert all(re.search(rf"(rate|increase)\({name}", " ".join(expressions())) for name in counters)


def test_every_metric_is_looked_at() -> None:
    """On the dashboard or by an alert; only the version and the start are for whoever asks."""
    asked = " ".join(expressions())
    unasked = {name for name in DESCRIBED if name not in asked}
    assert unasked == {"digest_build_info", "digest_engine_start_time_seconds"}


def test_alerts_say_what_to_do() -> None:
    """Each has a summary, a way on, and how urgent it is; its commands are Digest's or systemd's."""
    for group in yaml.safe_load(text_of("alerts.yml"))["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"critical", "warning"}
            assert rule["annotations"]["summary"].endswith(".")
            assert rule["annotations"]["description"]


def test_the_compose_file() -> None:
    """One engine; the database and the dashboard on this machine's own address alone; no secret in it."""
    made: dict[str, Any] = yaml.safe_load(text_of("compose.yaml"))
    services = made["services"]
    assert [name for name, service in services.items() if service.get("command") == ["run"]] == ["engine"]
    assert services["db"]["ports"] == ["127.0.0.1:5432:5432"]
    for name in ("engine", "serve"):
        assert "ports" not in services[name]
        assert services[name]["cap_drop"] == ["ALL"]
    secrets = [value for service in services.values() for key, value in service["environment"].items() if "PASS" in key]
    assert all(value.startswith("${DB_PASSWORD:?") for value in secrets)


def test_the_image_runs_as_nobody_special() -> None:
    """Every line begins with an instruction that there is; the last user is not root."""
    text = re.sub(r"^#.*\n", "", text_of("Dockerfile"), flags=re.MULTILINE)
    lines = [line.split()[0] for line in text.splitlines() if line]
    known = {"FROM", "ARG", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
    assert set(lines) <= known
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE)[-1] == "digest"
