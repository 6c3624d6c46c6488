"""What is shipped for whoever runs Kaiku fits the Kaiku that is shipped."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics  # noqa: F401 -- what it counts is in the registry from then on
from bot.web import api, problems  # noqa: F401
from bot.web.health import _figures
from tests.helpers.town import ROOT, Town

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "kaiku.service"
EXPOSED_AT_MOST = 1.5
"""What `systemd-analyze security` may find; 0 is sealed, 10 is open. Calling platforms takes the network."""

systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def analysed(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@systemd
def test_the_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    installed = tmp_path / "kaiku.service"
    installed.write_text(UNIT.read_text().replace("/opt/kaiku", str(ROOT)))

    done = analysed("verify", installed)

    assert (done.returncode, done.stderr) == (0, "")


@systemd
def test_the_unit_is_sealed_but_for_the_network() -> None:
    done = analysed("security", "--offline=true", f"--threshold={int(EXPOSED_AT_MOST * 10)}", UNIT)

    assert done.returncode == 0, done.stdout


def test_the_unit_gives_more_time_to_stop_than_stopping_takes() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    assert int(seconds) > 10


def container() -> list[tuple[str, str]]:
    """The instructions of the Containerfile, in order."""
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    lines = (line.split(maxsplit=1) for line in text.splitlines() if line.strip() and line[0] != "#")
    return [(word, rest) for word, rest in lines]


def test_the_image_is_of_a_plain_named_base_pinned_to_its_patch() -> None:
    for base in (rest.split()[0] for word, rest in container() if word == "FROM"):
        assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base)


def test_nothing_gets_into_the_image_but_by_its_hash() -> None:
    installs = [rest for word, rest in container() if word == "RUN" and "pip install" in rest]
    assert installs
    assert all("--require-hashes -r requirements.txt" in rest for rest in installs)
    copied = [rest.split()[:-1] for word, rest in container() if word == "COPY" and "--from" not in rest]
    assert sorted(name for names in copied for name in names) == [
        "bot",
        "handlers",
        "requirements.txt",
        "storage",
    ]


def test_the_image_runs_as_nobody_special_and_says_how_it_is() -> None:
    said = dict(container())
    assert said["USER"] == "kaiku"
    assert said["STOPSIGNAL"] == "SIGTERM"
    assert "/healthz" in said["HEALTHCHECK"]
    assert json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]) == ["python", "-m", "bot", "run"]


async def exported(town: Town) -> set[str]:
    """The name of every series that `/metrics` can give out."""
    families: Iterable[Metric] = text_string_to_metric_families((await town.app.read(_figures)).decode())
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {
        f"{family.name}{suffix}"
        for family in (*families, *REGISTRY.collect())
        for suffix in suffixes.get(family.type, [""])
    }


def named(expression: str) -> set[str]:
    """The series that an expression of PromQL names."""
    return set(re.findall(r"\b(?:kaiku|process)_[a-z_]+", expression))


def rules() -> list[dict[str, str]]:
    groups = yaml.safe_load((DEPLOY / "prometheus-rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


async def test_every_series_that_rules_and_dashboard_name_is_exported(town: Town) -> None:
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    expressions += [rule["expr"] for rule in rules()]
    wanted = set().union(*map(named, expressions))

    assert len(wanted) > 10
    assert wanted - await exported(town) == set()


async def test_every_series_of_ours_is_looked_at_by_somebody(town: Town) -> None:
    looked_at = named((DEPLOY / "grafana-dashboard.json").read_text())
    ours = {name for name in await exported(town) if name.startswith("kaiku_")}

    assert {name for name in ours if not name.endswith(("_sum", "_count"))} - looked_at == set()


def test_operations_tell_what_each_alert_asks_for() -> None:
    told = (ROOT / "docs" / "operations.md").read_text()
    assert [rule["alert"] for rule in rules() if rule["alert"] not in told] == []
