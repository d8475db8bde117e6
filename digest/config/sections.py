"""The sections of the config, each read from its table into values."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from digest.config.access import read_access
from digest.config.desks import read_desk
from digest.config.reading import own_voice, read_source
from digest.config.secret_text import read_path, read_secret_place
from digest.config.units import (
    is_private_host,
    parse_callback,
    parse_cron,
    parse_http_url,
    parse_listen,
    parse_quiet,
    parse_size,
    parse_telegram_target,
    parse_time,
    parse_zone,
)
from digest.config.values import KeepConfig, LogConfig, NoticesConfig, PollConfig, TelegramConfig
from digest.config.webhook import SECRET_ADVICE, read_webhook
from digest.delivery.media.template import TemplateError, read_template
from digest.text import LONGEST_NAME, bounded
from digest.values.databases import SERVERS, SQLITE, fault
from digest.values.desks import elsewhere
from digest.values.news import Severity
from digest.values.settings import (
    TIERS,
    Alarms,
    Apprise,
    ChannelSpec,
    DigestSpec,
    Escalate,
    FeedSpec,
    Folder,
    Medium,
    Telegram,
    ViewSpec,
    admin_chat,
    has_own_keys,
    is_admin_chat,
    unknown_channel,
)
from digest.words import read_span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from digest.toml.table import Table

_ALIAS = re.compile(r"@([\w-]+)")
_SEVERITIES = tuple(severity.word for severity in Severity)

_TIER_ADVICE = 'tier is a letter from A (the best) to F, as on the Admiralty scale: write tier = "B"'
_TOKEN_ADVICE = (
    "a token never stands in the config: put it into the environment variable TELEGRAM_BOT_TOKEN, "  # noqa: S105 - advice
    "or into a file of its own that token_file names"
)
ADVICE = {
    "secret": SECRET_ADVICE,
    "token": _TOKEN_ADVICE,
    "bot_token": _TOKEN_ADVICE,
    "telegram_token": _TOKEN_ADVICE,
    "feeds": "write [[feed]] for each feed",
    "channels": "write [[channel]] for each channel",
    "digests": "write [[digest]] for each digest",
    "views": "write [[view]] for each view",
    "desks": "write [[desk]] for each desk",
    "chat": 'write telegram = "@name" or a numeric chat id',
    "chat_id": 'write telegram = "@name" or a numeric chat id',
}
ELSEWHERE = {
    **{field.name: "under [poll]" for field in dataclasses.fields(PollConfig)},
    **{field.name: "under [keep]" for field in dataclasses.fields(KeepConfig)},
    **{field.name: "under [telegram]" for field in dataclasses.fields(TelegramConfig)},
    **dict.fromkeys(("rules", "state", "database", "timezone"), "at the top of the file, before the first heading"),
    **dict.fromkeys(
        ("url", "page", "entry", "full_text", "publisher", "tier", "lang", "auth", "headers", "proxy"), "under [[feed]]"
    ),
    **dict.fromkeys(
        ("quiet", "severity", "thread", "apprise", "file", "webhook", "template", "escalate"), "under [[channel]]"
    ),
    **dict.fromkeys(("still_here", "failing_after"), "under [notices]"),
    **{field.name: "under [dashboard]" for field in dataclasses.fields(Alarms)},
    **dict.fromkeys(("at", "cron"), "under [[digest]]"),
    "desk": "under [[channel]] and [[digest]]",
    **dict.fromkeys(("query", "key"), "under [[view]]"),
    **dict.fromkeys(("endpoint", "translate", "libretranslate"), "under [model]"),
}


def read_folder(table: Table, name: str, base: Path) -> Path:
    """The path of a folder, there or not; without the key it is called like it, beside the config."""
    path = read_path(table, name, base, base / name)
    try:
        if path.is_file():
            table.wrong(name, f"{name} must name a folder, and {path} is a file")
    except OSError as error:  # longer than any name, or in a folder that may not be looked into
        table.wrong(name, f"{name} must name a folder: {error.strerror or error}")
    return path


def read_database(top: Table, state: Path) -> str:
    """The database's URL."""
    url = top.text("database").strip()
    if not url:
        return f"{SQLITE}{state / 'digest.db'}"
    if not url.startswith(SERVERS):
        top.wrong("database", 'this must be empty (SQLite in the state folder) or begin with "postgresql://"')
    elif wrong := fault(url):
        top.wrong("database", wrong)
    return url


def read_poll(table: Table) -> PollConfig:
    """``[poll]``."""
    default = PollConfig()
    every = table.parsed("every", default.every, read_span)
    # Whoever only says `every = "5s"` wants just that: a bound that is not set gives way.
    shortest = table.parsed("min", min(default.min, every), read_span)
    longest = table.parsed("max", max(default.max, every, shortest), read_span)
    if shortest > longest:
        table.wrong("min" if table.has("min") else "max", "min is longer than max: make min the shorter one")
    elif not shortest <= every <= longest:
        table.wrong("every" if table.has("every") else "min", "every lies outside min and max: change one of the three")
    poll = PollConfig(
        every=every,
        min=shortest,
        max=longest,
        timeout=table.parsed("timeout", default.timeout, read_span),
        concurrency=table.number("concurrency", default.concurrency, least=1, most=1000),
        per_host=table.number("per_host", default.per_host, least=1, most=1000),
        max_bytes=table.parsed("max_bytes", default.max_bytes, parse_size),
        max_entries=table.number("max_entries", default.max_entries, least=1),
        private_hosts=table.flag("private_hosts", default=default.private_hosts),
        baseline=table.number("baseline", default.baseline, least=0),
        max_age=table.parsed("max_age", default.max_age, read_span),
        websub=table.parsed("websub", default.websub, parse_callback),
        websub_listen=table.parsed("websub_listen", default.websub_listen, parse_listen),
    )
    if poll.websub and is_private_host(poll.websub):
        table.doubtful("websub", "no hub can reach this address: write the one that your reverse proxy has in the web")
    elif poll.websub.startswith("http:"):
        table.doubtful("websub", "this address is not https, so others may read and forge what hubs are asked for")
    table.finish(ADVICE, ELSEWHERE)
    return poll


def read_keep(table: Table) -> KeepConfig:
    """``[keep]``."""
    default = KeepConfig()
    keep = KeepConfig(
        entries=table.parsed("entries", default.entries, read_span),
        alerts=table.parsed("alerts", default.alerts, read_span),
        seen=table.parsed("seen", default.seen, read_span),
        evidence=table.parsed("evidence", default.evidence, read_span),
    )
    if keep.seen < keep.entries:
        name = "seen" if table.has("seen") else "entries"
        table.doubtful(name, "seen is shorter than entries: old entries that a feed still lists come back as new")
    if table.has("evidence") and keep.evidence > max(keep.alerts, keep.entries):
        table.doubtful("evidence", "evidence is longer than alerts: it goes with its alert")
    table.finish(ADVICE, ELSEWHERE)
    return keep


def read_feeds(top: Table, base: Path, *, private_hosts: bool) -> tuple[FeedSpec, ...]:
    """Every ``[[feed]]``, in file order."""
    feeds: list[FeedSpec] = []
    first: dict[str, int] = {}
    for number, table in enumerate(top.tables("feed"), start=1):
        address, reading = read_source(table)
        spec = FeedSpec(
            url=address,
            name=bounded(table.text("name").strip(), LONGEST_NAME),
            tags=table.texts("tags"),
            every=table.parsed("every", None, read_span),
            lang=table.text("lang").strip(),
            publisher=table.text("publisher").strip() or own_voice(reading),
            tier=table.choice("tier", "", ("", *TIERS), _TIER_ADVICE),
            full_text=table.flag("full_text", default=False),
            access=read_access(table, address, base),
            reading=reading,
        )
        table.finish(ADVICE, ELSEWHERE)
        feeds.append(spec)
        if spec.url:
            earlier = first.setdefault(_plain_url(spec.url), number)
            if earlier != number:
                table.wrong(spec.key, f"this feed is listed twice, also as feed number {earlier}: keep one of the two")
            elif not private_hosts and is_private_host(spec.url):
                table.wrong(
                    spec.key, "this address is on a private network: private_hosts = true under [poll] allows that"
                )
    return tuple(feeds)


def _plain_url(url: str) -> str:
    """The same text for addresses that are surely the same."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/", fragment="").geturl()


def read_telegram(table: Table, base: Path) -> TelegramConfig:
    """``[telegram]``."""
    default = TelegramConfig()
    variable, token_file = read_secret_place(table, "token", default.token_env, base)
    admins = table.numbers("admins")
    if any(number <= 0 for number in admins):
        table.wrong("admins", "an admin is a person, whose id is above 0: digest telegram chats shows ids", value=False)
    telegram = TelegramConfig(
        token_env=variable,
        token_file=token_file,
        api=table.parsed("api", default.api, parse_http_url).rstrip("/"),
        admins=admins,
        on_unknown=table.choice("on_unknown", default.on_unknown, ("resend", "hold")),
        give_up=table.parsed("give_up", default.give_up, read_span),
        flood=table.number("flood", default.flood, least=1),
    )
    table.finish(ADVICE, ELSEWHERE)
    return telegram


def read_channels(
    top: Table, timezone: str, base: Path, desks: Sequence[str], *, private_hosts: bool
) -> tuple[ChannelSpec, ...]:
    """Every ``[[channel]]``, in file order.

    Args:
        top: the file.
        timezone: the default of theirs.
        base: what paths are relative to.
        desks: those with a name.
        private_hosts: whether a webhook may be on loopback or a private network.
    """
    channels: list[ChannelSpec] = []
    tables = top.tables("channel")
    for table in tables:
        spec = ChannelSpec(
            name=table.text("name").strip(),
            medium=_medium(table, base, private_hosts=private_hosts),
            template=_template(table),
            severity=Severity[table.choice("severity", "low", _SEVERITIES).upper()],
            quiet=table.parsed("quiet", None, parse_quiet),
            timezone=table.parsed("timezone", timezone, parse_zone),
            escalate=_escalate(table),
            desk=read_desk(table, desks),
        )
        table.finish(ADVICE, ELSEWHERE)
        _name(table, spec.name, [channel.name for channel in channels], "channel")
        if is_admin_chat(spec.name):
            table.wrong("name", f"“{spec.name}” names an admin's private chat with the bot: give this another name")
        if spec.template and has_own_keys(spec.medium):
            table.wrong("template", "JSON has keys of its own, and no template: take this out", value=False)
        channels.append(spec)
    _check_escalations(tables, channels)
    return tuple(channels)


_ESCALATE_ADVICE = 'escalate says after how long, and to which channel: escalate = { after = "10m", to = "phone" }'


def _escalate(table: Table) -> Escalate | None:
    """When its alerts go on to which channel; which there are is not known yet."""
    inner = table.table("escalate", _ESCALATE_ADVICE)
    after, to = inner.parsed("after", None, read_span), inner.text("to").strip()
    inner.finish()
    if not table.has("escalate") or not isinstance(table.raw("escalate"), dict):
        return None
    if missing := [name for name in ("after", "to") if not inner.has(name)]:
        table.wrong("escalate", f"{' and '.join(missing)} is missing: {_ESCALATE_ADVICE}")
    elif isinstance(inner.raw("to"), str) and not to:
        inner.wrong("to", "this names no channel: write the name of one")
    return Escalate(after, to) if after is not None and to else None


def _check_escalations(tables: Sequence[Table], channels: Sequence[ChannelSpec]) -> None:
    """Alerts go on to a channel that is there, and never come back to one that had them."""
    nexts = {each.name: each.escalate.to for each in channels if each.escalate is not None}
    desks = {each.name: each.desk for each in channels}
    told: set[str] = set()
    for table, spec in zip(tables, channels, strict=True):
        if spec.escalate is None:
            continue
        keys, to = (*table.keys, "escalate", "to"), spec.escalate.to
        if to not in desks:
            table.notes.add(keys, unknown_channel(to, [*desks]), value=True)
            continue
        if desks[to] != spec.desk:
            table.notes.add(keys, elsewhere(to, spec.desk, desks[to]), value=True)
        way = [spec.name]
        while way[-1] in nexts and way[-1] not in way[:-1]:
            way.append(nexts[way[-1]])
        if way[-1] == spec.name and not told.intersection(way):
            told.update(way)
            round_trip = " → ".join(way)
            table.notes.add(keys, f"alerts would go round in a circle: {round_trip}; take one escalate out", value=True)


def _template(table: Table) -> str:
    """How alerts read; empty where the file says nothing, or nothing that can be used."""
    text = table.block("template")
    if text.strip():
        try:
            read_template(text)
        except TemplateError as error:
            table.wrong_at("template", error.offset, str(error))
        else:
            return text
    return ""


def _medium(table: Table, base: Path, *, private_hosts: bool) -> Medium:
    """Where a channel leads; where that is not one place, it is noted."""
    chat = table.parsed("telegram", "", parse_telegram_target)
    topic = table.number("thread", 0, least=1, most=2**31) or None
    url = table.text("apprise").strip()
    path = str(read_path(table, "file", base, base)) if table.has("file") else ""
    style = table.choice("format", "markdown", ("markdown", "jsonl"))
    media: dict[str, Medium] = {
        "telegram": Telegram(chat, topic),
        "apprise": Apprise(url),
        "file": Folder(path, style),
        "webhook": read_webhook(table, base, private_hosts=private_hosts),
    }
    kinds = [name for name in media if table.has(name)]
    if len(kinds) > 1:
        first, second = kinds[:2]
        table.wrong(
            second,
            f"a channel leads to one place, and {first} is there already: write a second channel for {second}",
            value=False,
        )
    elif not kinds:
        table.lacks(
            'this channel leads nowhere: add telegram = "@name", apprise = "...", file = "..." or webhook = "https://..."'
        )
    elif isinstance(table.raw("apprise"), str) and "://" not in url:
        table.wrong("apprise", "this is no Apprise address: it begins with a service, as ntfy://topic does")
    elif topic is not None and not table.has("telegram"):
        table.wrong("thread", "only a telegram channel has threads: take this out", value=False)
    elif table.has("format") and not table.has("file"):
        table.wrong("format", "only a file channel has a format: take this out", value=False)
    return media[kinds[0] if kinds else "telegram"]


def _name(table: Table, name: str, taken: Sequence[str], kind: str) -> None:
    if not name:
        if not table.has("name"):
            table.lacks(f'this {kind} has no name: add name = "..."')
        elif isinstance(table.raw("name"), str):
            table.wrong("name", f"this {kind} has an empty name: give it one")
    elif name in taken:
        table.wrong("name", f"there is already a {kind} “{name}” further up: give this one another name")


def read_keys(table: Table) -> Mapping[str, tuple[str, ...]]:
    """``[keys]``: the user's own keys of the dashboard, by the action's name; none for a list without one."""
    keys: dict[str, tuple[str, ...]] = {}
    for name in table.names:
        keys[name] = (table.text(name),) if isinstance(table.raw(name), str) else table.texts(name)
        if any(not key.strip() for key in keys[name]):
            table.wrong(name, 'a key is written as ? shows it: "s", "^s", "PgDn", "F5"; [] takes it away')
    return keys


def read_views(top: Table, timezone: str) -> tuple[ViewSpec, ...]:
    """Every ``[[view]]``, in file order; the dates in their filters are of this zone."""
    views: list[ViewSpec] = []
    for table in top.tables("view"):
        spec = ViewSpec(name=table.text("name").strip(), query=table.text("query"), key=table.text("key").strip())
        table.finish(ADVICE, ELSEWHERE)
        _name(table, spec.name, [view.name for view in views], "view")
        if not spec.query.strip():
            if not table.has("query"):
                table.lacks('this view has no filter: add query = "is:unread severity:high"')
            elif isinstance(table.raw("query"), str):
                table.wrong("query", 'this filter is empty: write one, as in query = "is:unread severity:high"')
        elif wrong := _wrong_in_filter(spec.query, timezone):
            table.notes.warn_in((*table.keys, "query"), *wrong)
        if spec.key and spec.key in [view.key for view in views]:
            table.wrong("key", f"another view has the key {spec.key} already: give this one another, or none")
        views.append(spec)
    return tuple(views)


def _wrong_in_filter(query: str, timezone: str) -> tuple[int, str] | None:
    """Where something is wrong in a filter, and what; which aliases there are, the rule files say."""
    from digest.match import QueryError, read_search
    from digest.match.language.query import Phrase

    try:
        read_search(query, {name: (Phrase(name),) for name in _ALIAS.findall(query)}, zone=ZoneInfo(timezone))
    except QueryError as error:
        return error.offset, str(error)
    return None


def read_dashboard(table: Table) -> Alarms:
    """``[dashboard]``: what an urgent entry does there."""
    alarms = Alarms(bell=table.flag("bell", default=False), notify=table.flag("notify", default=False))
    table.finish(ADVICE, ELSEWHERE)
    return alarms


def read_log(table: Table) -> LogConfig:
    """``[log]``: how the engine's log is written."""
    log = LogConfig(table.choice("format", LogConfig().format, ("text", "json")))
    table.finish(ADVICE, ELSEWHERE)
    return log


def read_digests(
    top: Table, channels: Sequence[ChannelSpec], timezone: str, desks: Sequence[str] = ()
) -> tuple[DigestSpec, ...]:
    """Every ``[[digest]]``, in file order; they may name these channels and desks, and go by this zone."""
    digests: list[DigestSpec] = []
    for table in top.tables("digest"):
        minutes = table.parsed("at", None, parse_time)
        cron = table.parsed("cron", "", parse_cron)
        spec = DigestSpec(
            name=table.text("name").strip(),
            cron=cron if minutes is None else f"{minutes % 60} {minutes // 60} * * *",
            channels=table.texts("channels"),
            timezone=timezone,
            desk=read_desk(table, desks),
        )
        table.finish(ADVICE, ELSEWHERE)
        _name(table, spec.name, [digest.name for digest in digests], "digest")
        if table.has("at") and table.has("cron"):
            table.wrong("cron", "at and cron exclude each other: keep one of the two", value=False)
        elif not table.has("at") and not table.has("cron"):
            table.lacks('this digest has no time: add at = "07:00"')
        _known_channels(table, spec, {channel.name: channel.desk for channel in channels})
        digests.append(spec)
    return tuple(digests)


def read_notices(table: Table, channels: Sequence[ChannelSpec], admins: Sequence[int]) -> NoticesConfig:
    """``[notices]``; they go to some of these channels, or to the private chats of these admins."""
    default, names = NoticesConfig(), [channel.name for channel in channels]
    said = table.texts("channels")
    notices = NoticesConfig(
        channels=said if table.has("channels") else _private_chats(admins, channels),
        still_here=table.parsed("still_here", None, parse_time),
        failing_after=table.parsed("failing_after", default.failing_after, read_span),
    )
    table.finish(ADVICE, ELSEWHERE)
    for index, name in enumerate(notices.channels if table.has("channels") else ()):
        if name not in names:
            table.notes.add((*table.keys, "channels", index), unknown_channel(name, names), value=True)
    return notices


def _private_chats(admins: Sequence[int], channels: Sequence[ChannelSpec]) -> tuple[str, ...]:
    """The names of the admins' private chats, as channels: where the file has one that leads there, it is that one."""
    known = {each.medium.chat: each.name for each in reversed(channels) if isinstance(each.medium, Telegram)}
    return tuple(dict.fromkeys(known.get(str(user), admin_chat(user)) for user in admins))


def _known_channels(table: Table, spec: DigestSpec, known: Mapping[str, str]) -> None:
    """A digest goes to channels that are there, and of its desk; ``known``: their desks by their names."""
    if not table.has("channels"):
        table.lacks('this digest goes nowhere: add channels = ["..."]')
    elif table.raw("channels") == []:
        table.wrong("channels", "this digest goes to no channel: name at least one")
    for index, name in enumerate(spec.channels):
        if name not in known:
            own = [each for each, desk in known.items() if desk == spec.desk]
            table.notes.add((*table.keys, "channels", index), unknown_channel(name, own), value=True)
        elif known[name] != spec.desk:
            wrong = elsewhere(name, spec.desk, known[name])
            table.notes.add((*table.keys, "channels", index), wrong, value=True)
