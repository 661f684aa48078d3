"""What deploy/ holds is checked as far as this machine can; a checker that is missing is named."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from croniter import croniter

from dermai_feed import cron
from dermai_feed.cli import main

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])


def checker(name: str) -> str:
    """The path of a program, or a skip that names it."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def settings(path: Path) -> dict[str, str]:
    """Key -> value of a unit file."""
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", path.read_text(encoding="utf-8")))


def commands() -> list[str]:
    """Every line of deploy/ that starts the program."""
    found = [settings(path)["ExecStart"] for path in UNITS if path.suffix == ".service"]
    found += [line.split(None, 5)[5] for line in crontab()]
    workflow = yaml.safe_load((DEPLOY / "github" / "collect.yml").read_text(encoding="utf-8"))
    found += [s["run"] for s in workflow["jobs"]["collect"]["steps"] if s.get("run", "").startswith("dermai-feed")]
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for words in re.findall(r"CMD (\[.*\])", container):
        listed = yaml.safe_load(words)
        found.append(shlex.join(listed if listed[0] == "dermai-feed" else ["dermai-feed", *listed]))
    return found


def crontab() -> list[str]:
    """The lines of the crontab that run something."""
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#") and not re.match(r"\w+=", line)]


def test_units_are_good_by_systemds_own_word(tmp_path: Path) -> None:
    """systemd-analyze verify, on copies whose program and user exist here."""
    analyze = checker("systemd-analyze")
    for path in UNITS:
        text = re.sub(r"/srv/dermai-feed/\.venv/bin/dermai-feed", "/bin/true", path.read_text(encoding="utf-8"))
        (tmp_path / path.name).write_text(re.sub(r"(?m)^(User|Group)=.*$", r"\1=root", text), encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", *(str(tmp_path / path.name) for path in UNITS)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    said = [line for line in (done.stdout + done.stderr).splitlines() if str(tmp_path) in line or "dermai" in line]
    version = subprocess.run([analyze, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.findall(r"systemd (\d+)", version)[0]) < 253:  # Type=notify-reload came with 253
        said = [line for line in said if "notify-reload" not in line and "Failed to parse service type" not in line]
    assert said == []


def test_a_timers_calendar_is_one() -> None:
    """systemd-analyze calendar."""
    analyze = checker("systemd-analyze")
    calendar = settings(DEPLOY / "dermai-feed.timer")["OnCalendar"]
    subprocess.run([analyze, "calendar", calendar], capture_output=True, check=True)


def test_the_crontab_line_is_read_by_a_parser() -> None:
    """Its five fields by our reader of crontab(5) and by croniter; no percent sign, cron's line break."""
    (line,) = crontab()
    cron.parse(" ".join(line.split()[:5]))
    assert croniter.is_valid(" ".join(line.split()[:5]))
    assert "%" not in line


def test_the_crontab_is_taken_by_crontab_itself() -> None:
    """`crontab -T`, where that is known."""
    program = checker("crontab")
    done = subprocess.run([program, "-T", str(DEPLOY / "crontab")], capture_output=True, text=True, check=False)
    if "invalid option" in done.stderr or "unrecognized" in done.stderr:
        pytest.skip("this crontab has no -T")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", commands())
def test_every_command_in_deploy_is_one_that_the_program_knows(line: str) -> None:
    """Its options are those of --help."""
    _, *words = shlex.split(line)
    command = next(word for word in words if not word.startswith("-"))
    text = CliRunner().invoke(main, [command, "--help"], env={"COLUMNS": "200"}).stdout
    for word in words:
        assert not word.startswith("--") or word in text, word


def test_the_workflow_is_good_by_actionlint() -> None:
    """Where it is installed; the schedule is a cron expression in any case."""
    workflow = yaml.safe_load((DEPLOY / "github" / "collect.yml").read_text(encoding="utf-8"))
    cron.parse(workflow[True]["schedule"][0]["cron"])  # YAML 1.1 reads `on` as true
    subprocess.run([checker("actionlint"), str(DEPLOY / "github" / "collect.yml")], check=True)


def test_the_container_copies_what_the_build_needs() -> None:
    """Every path that the recipe copies exists, and every file that the wheel takes in is copied."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    root = DEPLOY.parent
    copied = {word for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", text) for word in line.split()[:-1]}
    assert all((root / word).exists() for word in copied)
    taken = re.findall(r'(?m)^"(\w+)" = "dermai_feed/_shipped', (root / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"src", "pyproject.toml", *taken} <= copied


def test_the_container_recipe_is_good_by_hadolint() -> None:
    """Syntax of the recipe, and of the shell in it; nothing is built."""
    done = subprocess.run(
        [checker("hadolint"), "--no-color", str(DEPLOY / "Containerfile")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_watchdog_leaves_time_for_the_longest_silence() -> None:
    """A signal of life comes after every source; one fetch may take its deadline and its parsing, several times."""
    unit = settings(DEPLOY / "dermai-feed.service")
    assert unit["WatchdogSec"] == "15min"
    assert unit["Type"].startswith("notify")
    assert int(unit["TimeoutStopSec"]) > 10
    assert "2" in unit["RestartPreventExitStatus"].split()
