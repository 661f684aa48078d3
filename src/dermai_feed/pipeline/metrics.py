"""Metrics: the figures of `status` as Prometheus reads them (promise 8: the same numbers everywhere)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from .status import Status


def metrics(status: Status, *, failures: int = 0, skipped: int = 0) -> str:
    """`status` in Prometheus' text format.

    `failures`: ticks in a row that failed; `skipped`: ticks that came while another was at
    work. Both are the daemon's own, 0 where none runs.
    """
    registry = CollectorRegistry()
    registry.register(_Families(status, failures, skipped))
    return generate_latest(registry).decode()


class _Families:
    def __init__(self, status: Status, failures: int, skipped: int) -> None:
        self._status, self._failures, self._skipped = status, failures, skipped

    def collect(self) -> Iterator[Metric]:
        status = self._status
        yield _labelled("build_info", "Version and configuration.", ("version", "config"), {
            (status.version, status.config): 1.0,
        })  # fmt: skip
        yield _labelled("items", "Items by decision.", ("decision",), _by(status.items))
        yield _single("works", "Works in the corpus.", status.works)
        yield _single("stories", "Stories in the corpus.", status.stories)
        yield _labelled("queue", "What waits for a step.", ("step",), _by(status.queues))
        yield _labelled("sources", "Sources by health.", ("health",), _by(status.health))
        asked = [line for line in status.sources if line.enabled]
        yield _labelled("source_failures", "Failures in a row.", ("source",), {
            (line.id,): float(line.failures) for line in asked
        })  # fmt: skip
        for name, what, moments in (
            ("source_last_success", "When a source last answered.", {line.id: line.last_success for line in asked}),
            ("source_next_check", "When a source is asked next.", {line.id: line.next_check for line in asked}),
        ):
            yield _labelled(f"{name}_timestamp_seconds", what, ("source",), {
                (id_,): moment.timestamp() for id_, moment in moments.items() if moment
            })  # fmt: skip
        if status.runs and (last := status.runs[0]).report:
            yield _single("last_run_timestamp_seconds", "When the last run started.", last.started.timestamp())
            yield _single("last_run_exit_code", "Its exit code.", last.report.exit_code)
            yield _single("last_run_requests", "Requests it made.", sum(s.requests for s in last.report.sources))
            yield _single("last_run_new_items", "New items it found.", sum(s.new for s in last.report.sources))
        for name, what, moment in (
            ("heartbeat", "When the daemon last looked.", status.heartbeat),
            ("backup", "When the database was last copied.", status.backed_up),
            ("digest_next", "When the next digest is due.", status.next_digest),
        ):
            yield from _moment(name, what, moment)
        yield _single("digest_degraded", "1 when the last digest rests on too little.", int(bool(status.degraded)))
        yield _single("alerts", "Alerts that stand.", len(status.alerts))
        yield _single("disk_free_bytes", "Free where the corpus lies.", status.disk_free)
        yield _single("store_bytes", "Size of the database.", status.store_bytes)
        yield _single("tick_failures", "Ticks in a row that failed.", self._failures)
        skipped = CounterMetricFamily("dermai_ticks_skipped", "Ticks that came while another was at work.")
        skipped.add_metric([], self._skipped)
        yield skipped


def _single(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"dermai_{name}", what, value=value)


def _moment(name: str, what: str, moment: datetime | None) -> Iterator[Metric]:
    if moment is not None:
        yield _single(f"{name}_timestamp_seconds", what, moment.timestamp())


def _labelled(name: str, what: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(f"dermai_{name}", what, labels=labels)
    for key, value in values.items():
        family.add_metric(list(key), value)
    return family


def _by(values: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    return {(name,): float(value) for name, value in values.items()}
