"""The steps of the Dockerfile, one by one in a plain folder: the same commands, locks and entry point.

Where the image has ``/opt`` and ``/data`` this has folders of the same names in a root of its own, and where
the image changes the user this does so too, if it may.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.repository.dockerfile import ROOT, Instruction, Stage, parse

BUILD, RUNTIME = parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))[-2:]
SECONDS = 60
SETTINGS = """\
connections:
  github: {system: github, base_url: "http://127.0.0.1:9", token: nobody, repositories: [acme/app]}
rules: []
"""


@dataclass(frozen=True, slots=True)
class Image:
    """What the Dockerfile's steps have made below ``root``."""

    root: Path

    def inside(self, path: str) -> str:
        """The path below our root, if the image has the folder that it starts with; else the path itself."""
        own = self.root / path.lstrip("/")
        return str(own) if path.startswith("/") and self._top(path).exists() else path

    def _top(self, path: str) -> Path:
        return self.root / Path(path).parts[1]

    def environment(self) -> dict[str, str]:
        """What the image sets, and nothing of ours."""
        values = RUNTIME.environment()
        return {name: ":".join(map(self.inside, value.split(":"))) for name, value in values.items()}

    def start(self, command: list[str], **more: str) -> subprocess.Popen[str]:
        """A command in the working folder of the image, as its user if we may change users."""
        environment = self.environment() | more
        program = shutil.which(command[0], path=environment["PATH"])
        assert program, f"{command[0]} is not in the image"
        [workdir] = RUNTIME.all("WORKDIR")
        return subprocess.Popen(
            [*as_user(), program, *command[1:]],
            cwd=self.inside(workdir.rest),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, **more: str) -> tuple[int, str]:
        """The exit code and what was printed."""
        with self.start(list(command), **more) as process:
            output, _ = process.communicate(timeout=SECONDS)
            return process.returncode, output


def as_user() -> list[str]:
    """Becomes the image's user, who may read the Python of whoever runs the tests, and write nowhere."""
    if os.geteuid() or not shutil.which("setpriv"):
        return []
    [user] = RUNTIME.all("USER")
    uid, gid = user.rest.split(":")
    read = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *read, "--"]


@contextmanager
def built() -> Iterator[Image]:
    # Not a folder of pytest's: they are closed to other users.
    root = Path(tempfile.mkdtemp(prefix="loopwright-image-"))
    root.chmod(0o755)
    try:
        _build(root)
        yield Image(root)
    finally:
        shutil.rmtree(root)


def _build(root: Path) -> None:
    workdir = root
    environment = os.environ | {
        name: str(root / value.lstrip("/")) if value.startswith("/") else value
        for name, value in BUILD.environment().items()
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment.pop("PYTHONPATH", None)
    for step in BUILD.instructions:
        if step.keyword == "WORKDIR":
            workdir = root / step.rest.lstrip("/")
            workdir.mkdir(parents=True)
        elif step.keyword == "COPY":
            _copy(step, workdir)
        elif step.keyword == "RUN":
            done = subprocess.run(
                ["/bin/sh", "-c", step.rest], cwd=workdir, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{step.rest}\n{done.stdout}{done.stderr}"
    _runtime(RUNTIME, root)


def _copy(step: Instruction, workdir: Path) -> None:
    *sources, target = step.words()
    for source in sources:
        there = workdir / target / (source if target.endswith("/") else "")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, there)


def _runtime(stage: Stage, root: Path) -> None:
    """What the second stage takes over from the first, and nothing else."""
    taken = [root / copy.words()[0].lstrip("/") for copy in stage.all("COPY")]
    for path in root.rglob("*"):
        if path in (root / "build", root / "opt/tools"):
            shutil.rmtree(path)
    for copy, path in zip(stage.all("COPY"), taken, strict=True):
        assert path.is_dir()
        if "chown" in copy.flags and os.geteuid() == 0:
            uid, gid = copy.flags["chown"].split(":")
            os.chown(path, int(uid), int(gid))


@pytest.mark.slow
def test_the_steps_make_an_image_that_does_its_work() -> None:
    """One test, because it is the steps that take the time."""
    with built() as image:
        the_entry_point_works_for_another_user(image)
        it_holds_the_connectors_and_nothing_for_development(image)
        without_settings_it_says_what_to_do(image)
        the_daemon_is_healthy_writes_only_to_its_volume_and_ends_on_sigterm(image)


def the_entry_point_works_for_another_user(image: Image) -> None:
    [entry] = RUNTIME.all("ENTRYPOINT")
    code, said = image.run(*entry.words(), "--version")
    assert (code, said.split()[0]) == (0, "loopwright")


def it_holds_the_connectors_and_nothing_for_development(image: Image) -> None:
    code, said = image.run(
        "python",
        "-c",
        "from connectors.registry import connector_type, systems; print(*filter(connector_type, systems()))",
    )
    assert (code, said.split()) == (0, ["github", "jira", "memory", "notion", "zendesk"])
    for name in ("pytest", "mypy", "hatchling", "pip", "tests"):
        code, said = image.run("python", "-c", f"import {name}")
        assert code == 1
        assert f"No module named '{name}'" in said


def without_settings_it_says_what_to_do(image: Image) -> None:
    code, said = image.run("loopwright", "run")
    assert code == 2
    assert f"{image.inside('/data')}/loopwright.yaml: there is no such file" in said


def the_daemon_is_healthy_writes_only_to_its_volume_and_ends_on_sigterm(image: Image) -> None:
    data = Path(image.inside("/data"))
    (data / "loopwright.yaml").write_text(SETTINGS, encoding="utf-8")
    before = _files(image.root) - _files(data)
    port = {"LOOPWRIGHT_WEBHOOKS__PORT": str(_free_port()), "LOOPWRIGHT_WEBHOOKS__HOST": "127.0.0.1"}
    [entry], [command], [check] = RUNTIME.all("ENTRYPOINT"), RUNTIME.all("CMD"), RUNTIME.all("HEALTHCHECK")
    probe = Instruction("CMD", {}, check.rest.removeprefix("CMD ")).words()
    assert image.run(*probe, **port)[0] == 1, "healthy before it runs"
    with image.start([*entry.words(), *command.words()], **port) as daemon:
        try:
            deadline = time.monotonic() + SECONDS
            while image.run(*probe, **port)[0] != 0:
                assert daemon.poll() is None, daemon.communicate()[0]
                assert time.monotonic() < deadline, "never healthy"
            [stop] = RUNTIME.all("STOPSIGNAL")
            daemon.send_signal(signal.Signals[stop.rest])
            said, _ = daemon.communicate(timeout=SECONDS)
        finally:
            daemon.kill()
    assert daemon.returncode == 0, said
    assert (data / "loopwright.sqlite").exists()
    assert _files(image.root) - _files(data) == before


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
