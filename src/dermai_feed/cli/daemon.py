"""`daemon`: the main job by itself."""

from __future__ import annotations

import click

from .. import app
from ..daemon import serve as daemon_process
from .terminal import Terminal, command


@click.command()
@click.option("--worker", is_flag=True, help="PostgreSQL: one of several that only collect; the keeper does the rest.")
@click.option("--once", is_flag=True, help="Do what is due now and leave: for timers.")
@command
def daemon(terminal: Terminal, worker: bool, once: bool) -> int:
    """Collect when sources are due, match, publish, close each week's digest, back up, let old records go.

    Runs in the foreground until SIGTERM or SIGINT; a second signal ends it at once. SIGHUP
    reads the configuration anew. With --json the log is one JSON object a line. Exit codes:
    0 asked to stop, 1 ten failures in a row, 3 there is a daemon already.
    """
    config = terminal.config()
    if worker:
        app.check_shared(config)
    return daemon_process.serve(terminal.config_path(), worker=worker, once=once)
