"""What a careful reader looks for in the Dockerfile and in the files that go with it."""

from __future__ import annotations

import re

import yaml

from tests.repository.dockerfile import ROOT, Stage, parse

STAGES = parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
BUILD, RUNTIME = STAGES[-2], STAGES[-1]


def ignored(path: str) -> bool:
    """Whether .dockerignore, which lists what is let in, keeps a path out."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    return f"!{path.split('/')[0]}" not in lines


def test_the_base_is_pinned_to_a_python_and_a_release_and_is_the_same_throughout() -> None:
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", STAGES[0].base)
    assert {stage.base for stage in STAGES[1:]} == {STAGES[0].name}


def test_the_image_ends_without_root() -> None:
    [user] = RUNTIME.all("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user.rest), (
        "a number holds where no name can be looked up"
    )
    after = RUNTIME.instructions[RUNTIME.instructions.index(user) :]
    assert not {"RUN", "COPY", "ADD"} & {instruction.keyword for instruction in after}


def test_commands_are_in_exec_form_so_that_signals_arrive() -> None:
    for keyword, words in {"ENTRYPOINT": ["loopwright"], "CMD": ["run"]}.items():
        [instruction] = RUNTIME.all(keyword)
        assert instruction.rest.startswith("[")
        assert instruction.words() == words
    assert [stop.rest for stop in RUNTIME.all("STOPSIGNAL")] == ["SIGTERM"]


def test_there_is_one_volume_that_belongs_to_the_user() -> None:
    [volume], [user], [workdir] = RUNTIME.all("VOLUME"), RUNTIME.all("USER"), RUNTIME.all("WORKDIR")
    assert volume.words() == [workdir.rest] == ["/data"]
    owners = {copy.words()[-1]: copy.flags.get("chown") for copy in RUNTIME.all("COPY")}
    assert owners == {"/opt/loopwright": None, "/data": user.rest}


def test_nothing_is_fetched_but_what_the_locks_name_by_hash() -> None:
    runs = [run.rest for stage in STAGES for run in stage.all("RUN")]
    installs = [run for run in runs if " install " in run]
    assert installs
    for run in installs:
        assert "--require-hashes" in run or "--offline" in run
        assert "--no-deps" in run
    assert not RUNTIME.all("RUN")
    assert not [stage for stage in STAGES if stage.all("ADD")]
    assert not [run for run in runs if re.search(r"\b(curl|wget|git|apt-get|sudo)\b", run)]


def test_no_address_and_no_secret_is_in_it() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "://" not in text
    names = [name for stage in STAGES for name in stage.environment()] + [
        arg.rest for stage in STAGES for arg in stage.all("ARG")
    ]
    assert not [name for name in names if re.search("TOKEN|SECRET|PASSWORD|KEY", name)]


def test_what_is_copied_is_let_in_and_is_there() -> None:
    for copy in BUILD.all("COPY"):
        *sources, _ = copy.words()
        for source in sources:
            assert not ignored(source), source
            assert (ROOT / source).exists(), source
    for path in (".venv", ".git", "tests", "secrets", "loopwright.yaml", "loopwright.sqlite"):
        assert ignored(path)


def test_a_virtual_environment_stays_where_it_was_made() -> None:
    for copy in RUNTIME.all("COPY"):
        source, target = copy.words()
        assert source == target
        assert copy.flags["from"] == BUILD.name


def test_health_is_asked_of_the_daemon() -> None:
    [check] = RUNTIME.all("HEALTHCHECK")
    assert {"interval", "timeout", "start-period", "retries"} <= check.flags.keys()
    assert "/healthz" in check.rest


def test_the_listening_port_is_the_exposed_one() -> None:
    environment = RUNTIME.environment()
    assert [expose.rest for expose in RUNTIME.all("EXPOSE")] == [environment["LOOPWRIGHT_WEBHOOKS__PORT"]]
    assert environment["LOOPWRIGHT_WEBHOOKS__HOST"] == "0.0.0.0"  # noqa: S104 - inside of the container


def test_the_compose_file_runs_it_read_only() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
    service = compose["services"]["loopwright"]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - a folder of the container
    assert service["volumes"] == ["data:/data"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["stop_grace_period"].removesuffix("s")) >= 30
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_linter_sees_what_it_should() -> None:
    [stage] = parse("FROM a AS b\n# no\nRUN --mount=type=x one \\\n    two\nENV A=1 B='2 3'\nCMD [\"x\"]\n")
    assert isinstance(stage, Stage)
    assert (stage.base, stage.name) == ("a", "b")
    assert [i.rest for i in stage.all("RUN")] == ["one two"]
    assert stage.environment() == {"A": "1", "B": "2 3"}
    assert stage.all("CMD")[0].words() == ["x"]
