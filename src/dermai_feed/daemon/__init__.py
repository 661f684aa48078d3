"""The daemon: the main job by itself, for years (`dermai-feed daemon`).

::

    plan       what is due now: a function of what the store knows and the time
    keeper     carries it out: polls, matches, publishes, closes weeks, backs up
    serve      the ticks of APScheduler, signals, reloading, the watchdog
    watch      metrics and alerts, after each tick
    endpoint   /metrics and /healthz
    supervisor what systemd is told

Due times are columns of the store; nothing is remembered in between that a crash could lose.
"""
