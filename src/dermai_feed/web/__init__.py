"""The review page: editors read stories and take decisions in a browser (decision 15).

It writes the decision log and its index in the database, never files: `publish` applies what was
decided. It fetches nothing for anybody. One way through it::

    request ── guard (host, size, time, headers) ── pages (session, origin, token) ── queues: what is shown
                                                                                 └─── acting: what is decided

Starlette, Jinja and uvicorn; the extra `web` brings them.
"""
