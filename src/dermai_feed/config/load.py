"""Loading: the files of a configuration, checked as a whole, become one `Config` (C-01).

Every file is read and every rule applied before anything is said, so that an editor sees
all mistakes at once. Nothing is locked, asked or written here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from ..codec import encode
from ..errors import ConfigError
from ..model import EnrichSettings, ParseLimits, Source
from ..rules import MatchWeights, ProviderRules, TriageRules
from ..schedule import Policy
from .catalogue import read_sources
from .findings import Findings
from .operation import operate
from .positions import Place, Yaml, problem, read
from .schemas import fit
from .settings import (
    Settings,
    check_apart,
    check_zone,
    database,
    digest_settings,
    fetch_settings,
    paths,
    publishing,
)  # fmt: skip
from .values import Config, Digest, Files
from .written import VERSION, SettingsFile, SourceBlock, SourcesFile

T = TypeVar("T")


def load(path: Path, environ: Mapping[str, str], *, kinds: Collection[str] = ()) -> Config:
    """The configuration whose settings file is `path`.

    `environ` gives what `${NAME}` stands for; `kinds` are the kinds of source that this
    version can collect from, empty for any.
    Raises: errors.ConfigError with every mistake in every file, each with file, line and key.
    """
    findings = Findings()
    file = _read(path, findings, "`dermai-feed init` writes one")
    written = (_fit(file, SettingsFile, findings) if file and _readable(file, findings) else None) or SettingsFile()
    settings = Settings(file or Yaml(name=str(path), value={}, lines={}), path.parent, environ, findings)
    places = paths(written.files, settings)

    def named(key: str) -> tuple[Path, str]:
        # As written and not as resolved: messages call files as people do.
        shown = path.parent / getattr(written.files, key)
        there = shown if shown.is_file() else places[key]
        return there, f"named in {settings.file.where(('files', key))}"

    catalogue, publishers = named("sources"), named("providers")
    sources = _sources(_read(catalogue[0], findings, catalogue[1]), written, settings, places["corpus"], kinds)
    providers = _rules(*publishers, ProviderRules, findings)
    triage = _rules(*named("triage"), TriageRules, findings)
    matching = _rules(*named("matching"), MatchWeights, findings)
    check_apart(places["corpus"], places["state"], settings)
    check_zone(written.digest.zone, settings)
    url = database(written.store, places["state"], settings)
    fetch = fetch_settings(written.fetch, settings)
    policies = publishing(written.publish, {source.id for source in sources}, settings)
    operation = operate(written, settings)
    if findings.problems or providers is None or triage is None or matching is None:
        raise ConfigError(findings.problems)
    parse = ParseLimits(**written.parse.model_dump())
    policy = Policy(**written.schedule.model_dump(exclude={"interval"}))
    digest = digest_settings(written.digest, path.parent)
    public = (replace(source, headers=(), where="") for source in sources)
    return Config(
        path=path.absolute(),
        files=Files(**{key: places[key] for key in ("sources", "providers", "triage", "matching")}),
        corpus=places["corpus"], state=places["state"], database=url, busy=written.store.busy,
        fetch=fetch, parse=parse, enrich=EnrichSettings(**written.enrich.model_dump()), policy=policy,
        publishing=policies, digest=digest, **operation,
        sources=sources, providers=providers, triage=triage, matching=matching,
        hash=_hash((parse, policy, policies.rules, Digest(zone=digest.zone), providers, triage, matching, *public)),
        warnings=tuple(findings.warnings),
    )  # fmt: skip


def _read(path: Path, findings: Findings, hint: str) -> Yaml | None:
    content = _content(path, findings, hint)
    if content is None:
        return None
    try:
        file = read(str(path), content)
    except ConfigError as wrong:
        findings.add(wrong.problems)
        return None
    findings.add(file.problems)
    return file


def _content(path: Path, findings: Findings, hint: str) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as wrong:
        findings.add([problem(str(path), f"cannot be read: {wrong.strerror}", hint)])
        return None


def _rules(path: Path, hint: str, kind: type[T], findings: Findings) -> T | None:
    content = _content(path, findings, hint)
    if content is None:
        return None
    value = _sound(content, kind)  # type: ignore[arg-type]  # a class is hashable
    return value if value is not None else _checked(str(path), content, kind, findings)


# Rules are long files, and most of what reading a configuration takes: the same bytes are the same rules.
@lru_cache(maxsize=6)
def _sound(content: bytes, kind: type[T]) -> T | None:
    findings = Findings()
    value = _checked("", content, kind, findings)
    return None if findings.problems else value


def _checked(name: str, content: bytes, kind: type[T], findings: Findings) -> T | None:
    try:
        file = read(name, content)
    except ConfigError as wrong:
        findings.add(wrong.problems)
        return None
    findings.add(file.problems)
    value = _fit(file, kind, findings)
    if isinstance(value, ProviderRules):
        _check_domains(value, file, findings)
    return value


def _readable(file: Yaml, findings: Findings) -> bool:
    """Whether the file is of a form that this version knows (C-08)."""
    version = file.value.get("version")
    if not isinstance(version, str) or not version.isdigit() or int(version) <= VERSION:
        return True
    what = f"written for version {version}, this program reads {VERSION}"
    findings.wrong(file, ("version",), what, "upgrade dermai-feed")
    return False


def _fit(file: Yaml | None, kind: type[T], findings: Findings, place: Place = ()) -> T | None:
    if file is None:
        return None
    value, problems = fit(file, kind, place)
    findings.add(problems)
    return value


def _sources(
    file: Yaml | None, written: SettingsFile, settings: Settings, corpus: Path, kinds: Collection[str]
) -> tuple[Source, ...]:
    if file is None or not _readable(file, settings.findings):
        return ()
    blocks: dict[int, SourceBlock] = {}
    listed = file.value.get("sources", [])
    if isinstance(listed, list):  # one by one, so that a bad source hides no mistake in another
        found = {n: _fit(file, SourceBlock, settings.findings, ("sources", n)) for n in range(len(listed))}
        blocks = {n: block for n, block in found.items() if block is not None}
        file = replace(file, value=file.value | {"sources": []})
    _fit(file, SourcesFile, settings.findings)
    return read_sources(
        blocks, file, settings, corpus=corpus, kinds=kinds, interval=written.schedule.interval,
        floor=written.schedule.floor,
    )  # fmt: skip


def _check_domains(rules: ProviderRules, file: Yaml, findings: Findings) -> None:
    """A domain stands once: of two entries the later would win silently."""
    seen: dict[str, str] = {}
    for n, provider in enumerate(rules.providers):
        place = ("providers", n, "domain")
        if provider.domain in seen:
            hint = f"the first is in {seen[provider.domain]}"
            findings.wrong(file, place, f"{provider.domain} a second time", hint)
        seen.setdefault(provider.domain, file.where(place))


def _hash(values: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for value in values:
        digest.update(encode(value).encode() + b"\n")
    return digest.hexdigest()
