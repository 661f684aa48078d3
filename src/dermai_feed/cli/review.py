"""`review`: the page on which editors decide."""

from __future__ import annotations

import click

from .. import app
from ..errors import UsageError
from .decide import AS, who_decides
from .terminal import Terminal, command


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8710, show_default=True, help="0: any that is free.")
@click.option("--listen", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Another needs a password.")
@click.option("--host", "names", multiple=True, metavar="NAME", help="A further name that browsers call it by.")
@click.option("--hash-password", is_flag=True, help="Ask for a password and print what to configure; nothing else.")
@AS
@command
def review(
    terminal: Terminal, port: int, listen: str, names: tuple[str, ...], hash_password: bool, who: str | None
) -> int:
    """Serve the review page: what is held, unsure pairs, clashes, the digest of the week, sources, the log.

    Only this machine reaches it. For another --listen address set DERMAI_REVIEW_PASSWORD_HASH.
    Decisions go into the log; the next run carries them out. Runs until SIGINT or SIGTERM.
    """
    try:
        from ..web import serve, sessions
    except ImportError as error:
        raise UsageError(f"{error}; pip install 'dermai-feed[web]'") from error
    if hash_password:
        typed = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        click.echo(sessions.hashed(typed))
        return 0
    password = serve.password_of()
    serve.check(listen, password)
    name = who_decides(who)
    config = terminal.config()
    with serve.bound(listen, port) as place, app.assemble(config, stopping=app.Stopping()) as parts:
        shown = f"[{listen}]" if ":" in listen else listen
        terminal.say(f"review page at http://{shown}:{place.getsockname()[1]}/ for {name}; Ctrl+C ends it")
        serve.server(parts, place, who=name, names=names, password=password).run(sockets=[place])
    return 0
