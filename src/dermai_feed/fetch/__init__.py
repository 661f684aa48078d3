"""The network: nothing else in this program opens a socket (F-06).

`Fetcher` is the one gate out. It is cut by noun, from the outside in::

    client        the fetch: redirects, what may be sent where, what counts as an answer
    exchange      one request and its answer on one connection of its own
    connect       the socket: look-up, address check, dialling, every wait under one deadline
    deadline      the time limit of a fetch, and the wish to stop
    pace          who may connect now: gap and number at once per host
    urls          which addresses may be asked for at all
    addresses     which of the machines behind them are public
    headers       what is sent and what is kept of what comes back
    inflate       bodies, plain or gzip, never larger than allowed
    complaint     the words of a server that says no
    retry_after   when the server wants to be asked again
    failures      every way to fail, and every foreign exception translated
"""

from .client import Fetcher

__all__ = ["Fetcher"]
