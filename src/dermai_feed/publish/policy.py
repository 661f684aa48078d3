"""Policies: which accepted stories a rule of the configuration publishes. Pure; none unless somebody wrote one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from ..model import PublishRule, Telling
from . import own

WHO = "rule"  # who decided, in the log


def rule_for(telling: Telling, rules: Iterable[PublishRule]) -> PublishRule | None:
    """The first of `rules` that publishes `telling`: accepted, not rejected, and not led by an imported file."""
    lead = own.lead_work(telling)
    item = telling.items[lead.canonical]
    verdict = telling.verdicts.get(item.id)
    if verdict is None or verdict.decision != "accept" or telling.held or telling.rejected:
        return None
    if item.front_matter is not None:
        return None  # it says itself whether it is published
    return next((rule for rule in rules if _holds(rule, telling, verdict.kind, item.source_id)), None)


def _holds(rule: PublishRule, telling: Telling, kind: str, source: str) -> bool:
    ranking = telling.ranking
    return (
        (rule.quality is None or ranking.quality.total >= rule.quality)
        and (rule.trust is None or ranking.trust.total >= rule.trust)
        and own.count_origins(telling) >= rule.origins
        and (not rule.kinds or kind in rule.kinds)
        and (not rule.sources or source in rule.sources)
    )


def described(rule: PublishRule) -> str:
    """`rule` in words, as it read when it decided: it may be changed later."""
    least = [f"{key} at least {value}" for key, value in asdict(rule).items() if isinstance(value, int)]
    among = [f"{key} {', '.join(value)}" for key, value in asdict(rule).items() if isinstance(value, tuple) and value]
    return f"rule {rule.name}: {'; '.join(least + among)}"
