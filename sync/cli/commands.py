"""The commands and their options; each does its work in a file of its own, loaded only when it is called."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps Zendesk, Jira, GitHub and Notion in one loop.",
)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="LOOPWRIGHT_CONFIG",
        help="The settings file; loopwright.yaml here by default.",
    ),
]
System = Literal["zendesk", "jira", "github", "notion"]
Port = Annotated[
    int,
    typer.Option(
        min=0, max=65531, help="The page's port; the four services take the next ones. 0: any that are free."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object, for scripts.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"loopwright {version('loopwright')}")
        raise typer.Exit


@app.callback()
def root(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="The version, and nothing else."
        ),
    ] = False,
) -> None:
    """Keeps Zendesk, Jira, GitHub and Notion in one loop."""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to write the settings and the first rules.")] = Path(),
) -> None:
    """Write a commented settings file and first rules, asking for what is needed and checking it."""
    from sync.cli import init as command

    command.init(folder)


@app.command()
def run(config: Config = None) -> None:
    """Run the daemon: poll, listen for webhooks, write; Ctrl-C or SIGTERM ends it in order."""
    from sync.cli import running as command

    command.run(config)


@app.command("sync")
def sync_once(
    config: Config = None,
    once: Annotated[bool, typer.Option("--once", help="Until all is quiet, then stop.")] = False,
    json: Json = False,
) -> None:
    """Bring everything up to date once, without listening for webhooks.

    Exits with 1 when a connection could not be read, a write is parked, or it was stopped early.
    """
    if not once:
        raise typer.BadParameter("write --once; to go on for ever, use loopwright run")
    from sync.cli import running as command

    command.once(config, json=json)


@app.command()
def status(
    config: Config = None,
    json: Json = False,
    health: Annotated[
        bool,
        typer.Option("--health", help="Say nothing; exit 1 when no daemon lives or a connection is halted."),
    ] = False,
) -> None:
    """How things stand: what is read, what waits, and what a person should look at."""
    from sync.cli import telling as command

    command.status(config, json=json, health=health)


@app.command()
def why(
    item: Annotated[str, typer.Argument(help="A key such as ZD-7, ENG-12 or acme/app#3, or connection:id.")],
    rule: Annotated[str | None, typer.Argument(help="One rule; all of them by default.")] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Why something happened to an item, or did not."""
    from sync.cli import telling as command

    command.why(config, item, rule, json=json)


@app.command()
def adopt(
    file: Annotated[
        Path, typer.Argument(help="CSV: two keys or addresses a line; rule and action if needed.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, say what would be done.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Link pairs of items that belong together already; nothing is created.

    Exits with 1 when one of them cannot be linked.
    """
    from sync.cli import adopt as command

    if not command.adopt(config, file, yes=yes, json=json):
        raise typer.Exit(1)


@app.command()
def unlink(
    one: Annotated[str, typer.Argument(help="A key such as ZD-7, an address, or connection:id.")],
    other: Annotated[str, typer.Argument(help="The item that it is linked with.")],
    config: Config = None,
) -> None:
    """Take the link of two items apart; nothing is deleted, and they are not linked again."""
    from sync.cli import adopt as command

    command.unlink(config, one, other)


@app.command()
def undo(
    what: Annotated[
        str, typer.Argument(help="The number of a write, or a run such as run-3; without, the latest runs.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, say what would be done.")] = False,
    config: Config = None,
) -> None:
    """Take back what was written, as far as the tools allow and nobody has changed it since.

    Exits with 1 when a part of it cannot be taken back.
    """
    from sync.cli import undo as command

    if not command.undo(config, what, yes=yes):
        raise typer.Exit(1)


@app.command()
def retry(
    writes: Annotated[list[int], typer.Argument(help="The numbers that status shows.")],
    config: Config = None,
) -> None:
    """Have parked writes tried again."""
    from sync.cli import telling as command

    command.retry(config, writes)


Rule = Annotated[
    str | None, typer.Option(help="What a cap holds of this rule, in the place of a connection or writes.")
]
EveryRule = Annotated[bool, typer.Option("--every-rule", help="What caps hold of any rule.")]


@app.command()
def skip(
    writes: Annotated[list[int] | None, typer.Argument(help="The numbers that status shows.")] = None,
    rule: Rule = None,
    every_rule: EveryRule = False,
    config: Config = None,
) -> None:
    """Give parked writes up, or those that a cap holds, so that the later ones of their items go on."""
    from sync.cli import telling as command
    from sync.cli.belts import Held

    held = Held.named(rule, every_rule)
    if not writes and not held:
        raise typer.BadParameter("name the writes by the numbers that status shows, or a rule: --rule NAME")
    command.skip(config, writes or [], held)


Connection = Annotated[
    str | None, typer.Argument(help="One connection; all of them by default.", show_default=False)
]


@app.command()
def pause(connection: Connection = None, config: Config = None) -> None:
    """Write nothing any more, to one tool or to any; reading goes on, and nothing is lost."""
    from sync.cli import belts as command

    command.pause(config, connection)


@app.command()
def resume(
    connection: Connection = None,
    rule: Rule = None,
    every_rule: EveryRule = False,
    config: Config = None,
) -> None:
    """Let the writes go on that pause has made wait, or that a cap holds, in their order."""
    from sync.cli import belts as command

    if held := command.Held.named(rule, every_rule):
        command.let_go(config, held)
    else:
        command.resume(config, connection)


@app.command()
def drift(config: Config = None, json: Json = False) -> None:
    """Where the two ends of a link do not agree, and why; what the last sweeps found.

    Exits with 1 when there is any.
    """
    from sync.cli import drift as command

    command.drift(config, json=json)


@app.command()
def sweep(connection: Connection = None, config: Config = None) -> None:
    """Have everything read once more, to find what was missed; the daemon does it once a day by itself."""
    from sync.cli import drift as command

    command.sweep(config, connection)


webhooks = typer.Typer(help="What each connection hears, and having the tools send their webhooks here.")
app.add_typer(webhooks, name="webhooks")


@webhooks.callback(invoke_without_command=True)
def webhooks_list(context: typer.Context, config: Config = None) -> None:
    """What each connection hears, when the last delivery came, and what is missing."""
    if context.invoked_subcommand is None:
        from sync.cli import webhooks as command

        command.show(config)


@webhooks.command("register")
def webhooks_register(
    connection: Connection = None,
    config: Config = None,
    url: Annotated[
        str | None,
        typer.Option(help="The daemon's address as the tools see it; webhooks.public_url by default."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Stay until a first delivery has come in, and say so.")
    ] = False,
) -> None:
    """Have the tools send their webhooks to the daemon; repeating it changes the ones that are there.

    Exits with 1 when a tool could not be told.
    """
    from sync.cli import webhooks as command

    command.register(config, connection, url, wait=wait)


@app.command()
def doctor(config: Config = None, json: Json = False) -> None:
    """Check everything that can be checked: settings, rules, database, each credential.

    Exits with 1 when anything is bad.
    """
    from sync.cli import doctor as command

    command.doctor(config, json=json)


@app.command()
def sandbox(
    port: Port = 8700,
    load: Annotated[
        Path | None,
        typer.Option(
            help="Bug reports to put in, one JSON object a line.", exists=True, dir_okay=False, readable=True
        ),
    ] = None,
    load_into: Annotated[System, typer.Option(help="The service that --load fills.")] = "zendesk",
    limits: Annotated[bool, typer.Option(help="Enforce the vendors' rate limits.")] = True,
    empty: Annotated[bool, typer.Option("--empty", help="Without the made-up company's items.")] = False,
    data_center: Annotated[
        bool, typer.Option("--data-center", help="A Jira Data Center in the place of Jira Cloud.")
    ] = False,
) -> None:
    """Run the four services on this machine, with a page to watch them."""
    from sync.cli import sandbox as command

    command.sandbox(
        port=port, load=load, load_into=load_into, limits=limits, empty=empty, data_center=data_center
    )


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Play the story without the page, check it, and stop.")
    ] = False,
    port: Port = 8700,
) -> None:
    """Watch the loop at work: a sandbox, a daemon, and a story that unfolds by itself.

    With --once it exits with 1 when anything did not arrive.
    """
    from sync.cli import demo as command

    command.demo(once=once, port=port)
