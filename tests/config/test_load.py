"""The config file, read whole: every key, every kind of mistake."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import (
    Config,
    KeepConfig,
    LogConfig,
    NoticesConfig,
    PollConfig,
    TelegramConfig,
    load_config,
    read_despite,
    starter_files,
    state_folder,
)
from digest.errors import ConfigError, Problem
from digest.values.news import Severity
from digest.values.settings import (
    Alarms,
    Apprise,
    ChannelSpec,
    DeskSpec,
    DigestSpec,
    Escalate,
    FeedSpec,
    Folder,
    ModelSpec,
    QuietHours,
    Telegram,
    ViewSpec,
)

FULL = """\
rules    = "my-rules"
state    = "/var/lib/digest"
database = "postgresql://db/digest"
timezone = "Asia/Seoul"

[poll]
every = "5m"
min   = "1s"
max   = "1h"
timeout = "30s"
concurrency = 8
per_host = 2
max_bytes = "512KB"
private_hosts = true
baseline = 3
max_age = "7d"

[keep]
entries = "30d"
alerts  = "1y"
seen    = "3y"
evidence = "60d"

[[feed]]
url  = "https://example.org/rss.xml"
name = "Example"
tags = ["korea"]
every = "90s"
lang = "en"
publisher = "Example Group"
tier = "B"
full_text = true

[[feed]]
url = "http://127.0.0.1:8000/feed"

[telegram]
token_env  = "MY_TOKEN"
api        = "http://127.0.0.1:8081/"
admins     = [1, 2]
on_unknown = "hold"
give_up    = "2h"
flood      = 5

[[channel]]
name = "desk"
telegram = "@my_channel"
thread = 7
severity = "high"
quiet = "23:00-07:00"
timezone = "Europe/Berlin"

[[channel]]
name = "group"
telegram = -1001234567890

[[channel]]
name = "phone"
apprise = "ntfy://example"

[[channel]]
name = "archive"
file = "out"
format = "jsonl"

[[channel]]
name = "notes"
file = "notes"
template = "{title}\\n{url}"

[notices]
channels = ["phone"]
still_here = "09:00"
failing_after = "3h"

[[digest]]
name = "morning"
at = "07:05"
channels = ["desk"]

[[digest]]
name = "week"
cron = "0 18 * * FRI,sun"
channels = ["desk", "phone"]
"""


def write(folder: Path, text: str) -> Path:
    """A config file with this text."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[tuple[int, int, str]]:
    """What is wrong with a config of this text, as (line, column, message)."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, text))
    return [(problem.line, problem.column, problem.message) for problem in caught.value.problems]


def test_every_key_arrives(tmp_path: Path) -> None:
    """Each key of the file becomes the value it says; paths are relative to the file."""
    config = load_config(write(tmp_path, FULL))
    assert dataclasses.replace(config, warnings=()) == Config(
        path=tmp_path / "config.toml",
        base=tmp_path,
        rules=tmp_path / "my-rules",
        state=Path("/var/lib/digest"),
        database="postgresql://db/digest",
        timezone="Asia/Seoul",
        poll=PollConfig(
            every=timedelta(minutes=5),
            min=timedelta(seconds=1),
            max=timedelta(hours=1),
            timeout=timedelta(seconds=30),
            concurrency=8,
            per_host=2,
            max_bytes=512 * 1024,
            private_hosts=True,
            baseline=3,
            max_age=timedelta(days=7),
        ),
        keep=KeepConfig(timedelta(days=30), timedelta(days=365), timedelta(days=3 * 365), timedelta(days=60)),
        feeds=(
            FeedSpec(
                url="https://example.org/rss.xml",
                name="Example",
                tags=("korea",),
                every=timedelta(seconds=90),
                lang="en",
                publisher="Example Group",
                tier="B",
                full_text=True,
            ),
            FeedSpec(url="http://127.0.0.1:8000/feed"),
        ),
        telegram=TelegramConfig("MY_TOKEN", None, "http://127.0.0.1:8081", (1, 2), "hold", timedelta(hours=2), 5),
        channels=(
            ChannelSpec(
                "desk",
                Telegram("@my_channel", 7),
                severity=Severity.HIGH,
                quiet=QuietHours(23 * 60, 7 * 60),
                timezone="Europe/Berlin",
            ),
            ChannelSpec("group", Telegram("-1001234567890"), timezone="Asia/Seoul"),
            ChannelSpec("phone", Apprise("ntfy://example"), timezone="Asia/Seoul"),
            ChannelSpec("archive", Folder(str(tmp_path / "out"), "jsonl"), timezone="Asia/Seoul"),
            ChannelSpec("notes", Folder(str(tmp_path / "notes")), template="{title}\n{url}", timezone="Asia/Seoul"),
        ),
        digests=(
            DigestSpec("morning", "5 7 * * *", ("desk",), "Asia/Seoul"),
            DigestSpec("week", "0 18 * * fri,sun", ("desk", "phone"), "Asia/Seoul"),
        ),
        notices=NoticesConfig(("phone",), 9 * 60, timedelta(hours=3)),
    )


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    """Nothing is required; the database is SQLite in the state folder beside the file."""
    config = load_config(write(tmp_path, ""))
    assert (config.rules, config.state) == (tmp_path / "rules", tmp_path / "state")
    assert config.database == f"sqlite:///{tmp_path}/state/digest.db"
    assert (config.poll, config.keep, config.telegram) == (PollConfig(), KeepConfig(), TelegramConfig())
    assert config.timezone == "UTC"
    assert config.warnings == ()


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(tmp_path: Path) -> None:
    """Editors write both."""
    path = tmp_path / "config.toml"
    path.write_bytes('\ufefftimezone = "Asia/Seoul"\r\n[poll]\r\nbaseline = 1\r\n'.encode())
    assert load_config(path).poll.baseline == 1


@pytest.mark.parametrize("key", ["state", "rules"])
@pytest.mark.parametrize("name", ["taken", "x" * 300])
def test_a_file_is_no_folder(tmp_path: Path, key: str, name: str) -> None:
    """A folder's path that leads to a file, or can lead nowhere, is wrong before anything is written to it."""
    (tmp_path / "taken").touch()
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, f'{key} = "{name}"\n'))
    [problem] = caught.value.problems
    assert (problem.line, problem.column) == (1, len(key) + 4)
    assert "must name a folder" in problem.message


def test_the_state_folder_is_known_whatever_else_is_wrong(tmp_path: Path) -> None:
    """An engine can be found, to be stopped, while its config has mistakes; a file that is no TOML has the default."""
    assert state_folder(write(tmp_path, 'state = "here"\njunk = 1\n')) == tmp_path / "here"
    assert state_folder(write(tmp_path, "[[[")) == tmp_path / "state"


MODEL = '[model]\nendpoint = "http://127.0.0.1:8080/v1/"\n'
FEED = '[[feed]]\nurl = "https://a.example/x"\n'
DESK = '[[channel]]\nname = "desk"\ntelegram = "@some_desk"\n'


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        # unknown keys
        ('timezon = "UTC"', (1, 1), "did you mean “timezone”?"),
        ('every = "5m"', (1, 1), "it belongs under [poll]"),
        ('[poll]\nfoo = "5m"', (2, 1), "the keys here are every, min"),
        ("[feeds]\n", (1, 2), "write [[feed]]"),
        (FEED + 'tag = ["x"]', (3, 1), "did you mean “tags”?"),
        (DESK + 'chat_id = "1"', (4, 1), 'write telegram = "@name"'),
        ('[telegram]\ntoken = "1:x"', (2, 1), "TELEGRAM_BOT_TOKEN"),
        ('bot_token = "1:x"', (1, 1), "never stands in the config"),
        # wrong types
        ("rules = 1", (1, 9), "rules takes text in quotes"),
        ('[poll]\nbaseline = "1"', (2, 12), "baseline takes a whole number"),
        ("[poll]\nbaseline = true", (2, 12), "baseline takes a whole number"),
        ("[poll]\nprivate_hosts = 1", (2, 17), "private_hosts takes true or false"),
        (FEED + 'tags = "x"', (3, 8), "tags takes a list"),
        (FEED + 'tags = ["x", 1]', (3, 14), "tags takes texts in quotes"),
        ('[telegram]\nadmins = ["@me"]', (2, 11), "admins takes whole numbers"),
        ('[feed]\nurl = "https://a.example"', (1, 2), "write [[feed]], in double brackets"),
        ("[[poll]]\n", (1, 3), "write [poll]"),
        ("poll = 1", (1, 1), "write [poll]"),
        ("channel = 1", (1, 1), "write [[channel]]"),
        ('rules = "a\\nb"', (1, 9), "control character"),
        # values
        ('[poll]\nevery = "10 minutes"', (2, 9), "such as 90s, 10m, 2h or 7d"),
        ("[poll]\nevery = 600", (2, 9), "“600” is no duration"),
        ('[poll]\nevery = "0s"', (2, 9), "at least 1s"),
        ('[keep]\nentries = "999y"', (2, 11), "at most 100y"),
        ('[poll]\nmax_bytes = "10"', (2, 13), "“10” is no size"),
        ('[poll]\nmax_bytes = "10B"', (2, 13), "between 1KB and 1GB"),
        ("[poll]\nconcurrency = 0", (2, 15), "from 1 to 1000"),
        ('[poll]\nmin = "2h"\nmax = "1h"', (2, 7), "min is longer than max"),
        ('[poll]\nmin = "1h"\nevery = "5m"', (3, 9), "every lies outside"),
        ('timezone = "Seoul"', (1, 12), "did you mean “Asia/Seoul”?"),
        ('timezone = "../etc"', (1, 12), "there is no time zone"),
        ('timezone = "Asia"', (1, 12), "there is no time zone"),
        ('timezone = ""', (1, 12), "there is no time zone"),
        ('database = "mysql://x"', (1, 12), "postgresql://"),
        ('state = " "', (1, 9), "state is empty"),
        ('[telegram]\non_unknown = "retry"', (2, 14), "resend, hold"),
        ('[telegram]\napi = "localhost"', (2, 7), "no web address"),
        ('[telegram]\ntoken_env = "123:abc"', (2, 13), "not the token"),
        ('[telegram]\ntoken_env = "A"\ntoken_file = "b"', (3, 1), "exclude each other"),
        # the model
        ("[model]\ndaily = 3", (1, 2), "no address: add endpoint"),
        ('[model]\nendpoint = "localhost:8080"', (2, 12), "no web address"),
        (MODEL + 'endpont = "http://a.example"', (3, 1), "did you mean “endpoint”"),
        ('[model]\nlibretranslate = "http://a.example"', (2, 1), 'add translate = "en"'),
        (MODEL + 'translate = "English"', (3, 13), "no code of a language"),
        (MODEL + 'key = "sk-1"', (3, 1), "never stands in the config"),
        (MODEL + 'api_key = "sk-1"', (3, 1), "key_env"),
        (MODEL + 'key_env = "sk-1-2"', (3, 11), "not the key"),
        (MODEL + 'key_env = "A"\nkey_file = "b"', (4, 1), "exclude each other"),
        (MODEL + "daily = 0", (3, 9), "from 1 to 10000"),
        (MODEL + 'timeout = "1h"', (3, 11), "no answer longer than 5m"),
        (MODEL + 'model = "x"', (3, 1), "write name"),
        ('endpoint = "http://a.example"', (1, 1), "belongs under [model]"),
        # feeds
        (FEED + 'tier = "G"', (3, 8), "a letter from A (the best) to F"),
        (FEED + "tier = 2", (3, 8), "a letter from A (the best) to F"),
        ("[[feed]]\n", (1, 3), "no address"),
        ('[[feed]]\nurl = "example.org/rss"', (2, 7), "https://example.org/rss"),
        ('[[feed]]\nurl = "ftp://example.org"', (2, 7), "beginning with https://"),
        ('[[feed]]\nurl = "https://"', (2, 7), "no web address"),
        ('[[feed]]\nurl = "https://[::"', (2, 7), "no web address"),
        ('[[feed]]\nurl = "https://a.example:99999/"', (2, 7), "no web address"),
        ('[[feed]]\nurl = "https://a\\u202eb.example/"', (2, 7), "“https://ab.example/” is no web address"),
        ('[[feed]]\nurl = "https://a.example/\\u001b[31m"', (2, 7), "“https://a.example/” is no web address"),
        ('[[feed]]\nurl = "ftp://me:sesame@a.example/"', (2, 7), "“ftp://a.example/” is no web address"),
        ('[[feed]]\nurl = "me:sesame@a.example/"', (2, 7), "a.example/” is no web address: write"),
        (f'[[feed]]\nurl = "ftp://{"z" * 5000}/"', (2, 7), "…” is no web address: write an address beginning with"),
        ('[[feed]]\nurl = "https://me:ses/ame@a.example/"', (2, 7), "this is no web address: its host or its port"),
        (FEED + FEED, (4, 7), "listed twice, also as feed number 1"),
        (FEED + '[[feed]]\nurl = "https://A.example/x#top"', (4, 7), "listed twice"),
        ('[[feed]]\nurl = "http://localhost/x"', (2, 7), "private_hosts = true"),
        ('[[feed]]\nurl = "http://192.168.1.9/x"', (2, 7), "private_hosts = true"),
        ('[[feed]]\nurl = "http://[::1]/x"', (2, 7), "private_hosts = true"),
        ("[telegram]\nadmins = [42, -1001]", (2, 1), "an admin is a person, whose id is above 0"),
        # channels
        ('[[channel]]\ntelegram = "@some_desk"', (1, 3), "no name"),
        ('[[channel]]\nname = ""\ntelegram = "@some_desk"', (2, 8), "empty name"),
        (DESK + DESK, (5, 8), "already a channel “desk”"),
        (DESK.replace('"desk"', '"admin 7"'), (2, 8), "names an admin's private chat"),
        ('[[channel]]\nname = "desk"', (1, 3), "leads nowhere"),
        (DESK + 'apprise = "ntfy://x"', (4, 1), "telegram is there already: write a second channel for apprise"),
        ('[[channel]]\nname = "x"\napprise = "ntfy"', (3, 11), "no Apprise address"),
        ('[[channel]]\nname = "x"\nwebhook = "ftp://x"', (3, 11), "beginning with https://"),
        ('[[channel]]\nname = "x"\nwebhook = "http://10.0.0.1/"', (3, 11), "private_hosts = true"),
        ('[[channel]]\nname = "x"\nwebhook = "https://x.example/"\nsecret = "whsec_x"', (4, 1), "never stands in"),
        ('[[channel]]\nname = "x"\nwebhook = "https://x.example/"\nsecret_env = "a b"', (4, 14), "no name of an env"),
        ('[[channel]]\nname = "x"\nwebhook = "https://x.example/"\ntemplate = "{title}"', (4, 1), "no template"),
        (DESK + 'secret_env = "X"', (4, 1), "only a webhook channel has a secret"),
        ('[[channel]]\nname = "x"\napprise = "ntfy://x"\nthread = 1', (4, 1), "only a telegram channel"),
        ('[[channel]]\nname = "x"\ntelegram = "my_channel"', (3, 12), "write “@my_channel”"),
        ('[[channel]]\nname = "x"\ntelegram = "https://t.me/my_channel"', (3, 12), "write “@my_channel”"),
        ('[[channel]]\nname = "x"\ntelegram = "my channel"', (3, 12), "digest telegram chats"),
        (DESK + 'template = "{severity} {titel}"', (4, 25), "did you mean {title}?"),
        (DESK + 'template = """\n{title}\n{nothing}"""', (6, 2), "the fields are severity, glyph, title"),
        (DESK + 'template = "{title.__class__}"', (4, 14), "write {title}"),
        (DESK + 'template = "{title!r:>9}"', (4, 14), "write {title}"),
        (DESK + 'template = "{title} }"', (4, 21), "write }} for a brace"),
        (DESK + 'template = "{title\\n}"', (4, 13), "write {{ for a brace"),
        (DESK + 'template = "An alert"', (4, 13), "names no field"),
        (DESK + 'template = "{title}\\u0007"', (4, 12), "control character"),
        ('[[channel]]\nname = "x"\nfile = "x"\nformat = "jsonl"\ntemplate = "{title}"', (5, 1), "keys of its own"),
        (DESK + 'severity = "critical"', (4, 12), "low, normal, high, urgent"),
        (DESK + 'quiet = "23-7"', (4, 9), "no time of day"),
        (DESK + 'quiet = "23:00"', (4, 9), "23:00-07:00"),
        (DESK + 'quiet = "07:00-07:00"', (4, 9), "same time"),
        # digests
        (DESK + '[[digest]]\nname = "m"\nat = "25:00"\nchannels = ["desk"]', (6, 6), "no time of day"),
        (DESK + '[[digest]]\nname = "m"\nchannels = ["desk"]', (4, 3), "no time"),
        (DESK + '[[digest]]\nname = "m"\nat = "7:00"\ncron = "0 7 * * *"\nchannels = ["desk"]', (7, 1), "exclude"),
        (DESK + '[[digest]]\nname = "m"\nat = "7:00"\nchannels = ["dsk"]', (7, 13), "did you mean “desk”?"),
        (DESK + '[[digest]]\nname = "m"\nat = "7:00"\nchannels = []', (7, 12), "no channel"),
        (DESK + '[[digest]]\nname = "m"\nat = "7:00"', (4, 3), "goes nowhere"),
        (DESK + '[[digest]]\nname = "m"\ncron = "0 7 * *"\nchannels = ["desk"]', (6, 8), "five fields"),
        (DESK + '[[digest]]\nname = "m"\ncron = "0 24 * * *"\nchannels = ["desk"]', (6, 8), "“24” is no hour"),
        (DESK + '[[digest]]\nname = "m"\ncron = "0 7 * * 5-1"\nchannels = ["desk"]', (6, 8), "day of the week"),
        (
            DESK + '[[digest]]\nname = "m"\ncron = "0 7 30,31 feb *"\nchannels = ["desk"]',
            (6, 8),
            "no year has a day 30,31 in month feb",
        ),
        (DESK + '[[digest]]\nname = "m"\ncron = "*/0 7 * * *"\nchannels = ["desk"]', (6, 8), "minute"),
        # no TOML at all
        ("[poll]\nevery = 10m", (2, 9), 'put text in quotes: "10m"'),
        ("x = " + "[" * 5000, (1, 1), "nested too deeply"),
        ("x = " + "1" * 5000, (1, 1), "a number too long"),
    ],
)
def test_one_mistake_is_one_problem_at_its_place(tmp_path: Path, text: str, place: tuple[int, int], words: str) -> None:
    """Whatever is wrong is said once, where it stands, with what to write instead."""
    [(line, column, message)] = problems(tmp_path, text)
    assert words in message
    assert "sesame" not in message
    assert (line, column) == place


def test_all_problems_come_at_once_in_file_order(tmp_path: Path) -> None:
    """Nobody mends a config one error at a time."""
    found = problems(tmp_path, 'timezon = "UTC"\n[poll]\nevery = "x"\n[[feed]]\n[[channel]]\n[[digest]]\n')
    assert [line for line, _, _ in found] == [1, 3, 4, 5, 5, 6, 6, 6]


def test_a_token_in_the_config_is_never_repeated(tmp_path: Path) -> None:
    """The message about a token in the wrong place does not hold the token."""
    found = problems(tmp_path, '[telegram]\ntoken = "12345:secret"\ntoken_env = "12345:secret"\n')
    assert not any("secret" in message for _, _, message in found)


@pytest.mark.parametrize(
    "text",
    [
        '[telegram]\napi = "{}"',
        '[telegram]\non_unknown = "{}"',
        '[telegram]\ngive_up = "{}"',
        '[telegram]\n"{}" = 1',
        '[[channel]]\nname = "{}"\ntelegram = "{}"',
        'timezone = "{}"',
        '[[digest]]\nname = "m"\ncron = "{}"',
    ],
)
def test_a_token_in_whatever_key_is_never_repeated(tmp_path: Path, text: str) -> None:
    """A slip of the clipboard shows it to nobody."""
    found = problems(tmp_path, text.replace("{}", "123456789:AAEabcdefghijklmnopqrstuvwxyz012345"))
    assert found
    assert not any("AAEabc" in message.replace("\n", "") for _, _, message in found)


def test_a_problem_reads_as_path_line_column_message(tmp_path: Path) -> None:
    """The text of the error is what editors and terminals link to."""
    path = write(tmp_path, 'timezon = "UTC"')
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == f"{path}:1:1: unknown key “timezon”: did you mean “timezone”?"


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [(b"a = 1\n# caf\xe9\n", (2, 6), "UTF-8"), (None, (1, 1), "digest init")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, place: tuple[int, int], words: str) -> None:
    """Not there, or not text: said like any other problem."""
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    [problem] = caught.value.problems
    assert (problem.line, problem.column) == place
    assert words in problem.message


def test_a_doubtful_value_is_a_warning(tmp_path: Path) -> None:
    """What may stand but is hardly meant does not refuse the file."""
    [warning] = load_config(write(tmp_path, '[keep]\nseen = "1d"\n')).warnings
    assert (warning.level, warning.line, warning.column) == ("warning", 2, 8)
    assert "come back as new" in warning.message


def test_evidence_that_outlives_its_alerts_is_a_warning(tmp_path: Path) -> None:
    """It is kept for as long as its alert, not longer; by itself it is two years."""
    config = load_config(write(tmp_path, '[keep]\nalerts = "1y"\nevidence = "3y"\n'))
    assert [(one.line, one.message) for one in config.warnings] == [
        (3, "evidence is longer than alerts: it goes with its alert")
    ]
    assert config.keep.evidence == timedelta(days=3 * 365)
    assert load_config(write(tmp_path, '[keep]\nalerts = "1y"\n')).keep.evidence == timedelta(days=730)


def test_a_bound_that_is_not_set_gives_way(tmp_path: Path) -> None:
    """Who only asks for a short interval gets it."""
    assert load_config(write(tmp_path, '[poll]\nevery = "1s"\n')).poll.min == timedelta(seconds=1)
    assert load_config(write(tmp_path, '[poll]\nevery = "2d"\n')).poll.max == timedelta(days=2)


@given(st.text(alphabet="[]{}=\"'\n#., abcdefilnrtuxy_0159", max_size=80))
def test_no_text_makes_it_fall(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Any file is either a config or a list of problems inside it."""
    path = write(tmp_path_factory.getbasetemp(), text)
    found: tuple[Problem, ...] = ()
    try:
        found = load_config(path).warnings
    except ConfigError as error:
        found = error.problems
    assert all(problem.line >= 1 and problem.column >= 1 and problem.message for problem in found)


# --- the example -------------------------------------------------------------------------------------------------


def uncommented(text: str) -> str:
    """The example with every optional key switched on, but for those that exclude another one."""
    text = re.sub(r"(?m)^# (?=\[\[|\w+ *= )", "", text)
    return re.sub(r"(?m)^(token|key|secret)_env.*\n", "", text)


def test_the_example_loads_as_it_is() -> None:
    """The config of a new user has no problem and at least 20 feeds in several languages."""
    config = load_config(starter_files().config)
    assert config.warnings == ()
    assert len(config.feeds) >= 20
    assert {"en", "ko", "ja", "zh", "ru", "ar", "fr", "de", "es"} <= {feed.lang for feed in config.feeds}
    assert all(feed.name and feed.lang and feed.tags for feed in config.feeds)


def test_the_example_loads_with_everything_switched_on(tmp_path: Path) -> None:
    """What stands behind a # is right, too."""
    config = load_config(write(tmp_path, uncommented(starter_files().config.read_text(encoding="utf-8"))))
    assert [channel.name for channel in config.channels] == ["desk", "phone", "archive", "desk-api", "korea"]
    assert [digest.name for digest in config.digests] == ["morning", "week"]


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    """A commented key shows what holds without it."""
    config = load_config(write(tmp_path, uncommented(starter_files().config.read_text(encoding="utf-8"))))
    assert config.poll == PollConfig()
    assert config.keep == KeepConfig()
    telegram = dataclasses.replace(config.telegram, token_file=None, admins=(), token_env="TELEGRAM_BOT_TOKEN")
    assert telegram == TelegramConfig()


def test_own_keys_are_read(tmp_path: Path) -> None:
    """One key or several; none takes the keys away; what is no key is told at its place."""
    config = load_config(write(tmp_path, '[keys]\nstar = "f"\nbrowse = ["o", "^o"]\ntheme = []\n'))
    assert config.keys == {"star": ("f",), "browse": ("o", "^o"), "theme": ()}
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, '[keys]\nstar = " "\nbrowse = 7\n'))
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(2, 8), (3, 10)]


@pytest.mark.parametrize(
    "kind",
    [
        *(Config, PollConfig, KeepConfig, TelegramConfig, FeedSpec, ChannelSpec, DigestSpec, NoticesConfig, ModelSpec),
        *(ViewSpec, Alarms, LogConfig, DeskSpec),
    ],
    ids=lambda kind: kind.__name__,
)
def test_the_example_documents_every_key(kind: type) -> None:
    """No key of the config is missing from the file that explains them."""
    text = starter_files().config.read_text(encoding="utf-8")
    made_up = {"path", "base", "warnings", "poll", "keep", "telegram", "model"}
    made_up |= {"feeds", "channels", "digests", "notices", "keys", "views", "dashboard", "log", "desks"}
    media = ("telegram", "thread", "apprise", "file", "format", "webhook", "secret_env", "secret_file")
    written: dict[str, tuple[str, ...]] = {"medium": media}
    written |= {"reading": ("page", "entry", "title", "link", "date", "summary", "telegram")}
    written |= {"key": ("key_env",)} if kind is ModelSpec else {}
    written |= {"access": ("auth", "headers", "proxy")} if kind is FeedSpec else {}
    for field in dataclasses.fields(kind):
        if kind is Config and field.name in made_up:
            continue
        for key in written.get(field.name, (field.name,)):
            if key == "asks_model":  # so it is where there is a [model]
                continue
            assert re.search(rf"(?m)^#? ?{key} *= ", text), key
    assert re.search(r"(?m)^# at +=", text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{desk}", {}),
        ("{admins}{desk}", {"admin 7": "7", "admin 8": "8"}),
        ('{admins}{desk}[[channel]]\nname = "me"\ntelegram = "8"\n', {"admin 7": "7", "me": "8"}),
        ('{admins}{desk}[notices]\nchannels = ["desk"]\n', {"desk": "@some_desk"}),
        ("{admins}{desk}[notices]\nchannels = []\n", {}),
    ],
)
def test_who_is_told_of_what_is_wrong(tmp_path: Path, text: str, told: dict[str, str]) -> None:
    """The channels that are named, else each admin in private once, never a readers' channel by itself."""
    path = tmp_path / "config.toml"
    desk = '[[channel]]\nname = "desk"\ntelegram = "@some_desk"\n'
    path.write_text(text.format(desk=desk, admins="[telegram]\nadmins = [7, 8, 7]\n"), encoding="utf-8")
    config = load_config(path)
    told_there = {one.name: one.medium for one in config.every_channel if one.name in config.notices.channels}
    assert told_there == {name: Telegram(chat) for name, chat in told.items()}
    assert not any(one.name.startswith("admin") for one in config.channels)
    private = [one.name for one in config.every_channel if one not in config.channels]
    assert private == [name for name in told if name.startswith("admin")]


def test_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is off unless it has an address; its key comes from where the table says, and no printing shows it."""
    monkeypatch.setenv("MODEL_KEY", " sk-secret\n")
    assert load_config(write(tmp_path, "")).model is load_config(write(tmp_path, "[model]")).model is None
    local = load_config(write(tmp_path, MODEL)).model
    assert local == ModelSpec("http://127.0.0.1:8080/v1")
    (tmp_path / "key").write_text("sk-of-file\n")
    other = load_config(write(tmp_path, f'{MODEL}key_file = "key"')).model
    assert other is not None
    assert (other.key, other.key_file) == ("sk-of-file", str(tmp_path / "key"))
    text = f'{MODEL}name = "m"\nkey_env = "MODEL_KEY"\ntranslate = "pt-BR"\ndaily = 3\ntimeout = "5s"\n'
    whole = load_config(write(tmp_path, text + 'libretranslate = "http://127.0.0.1:5000/"\n'))
    assert whole.model == ModelSpec(
        endpoint="http://127.0.0.1:8080/v1",
        name="m",
        key_env="MODEL_KEY",
        key="sk-secret",
        translate="pt-BR",
        libretranslate="http://127.0.0.1:5000",
        daily=3,
        timeout=timedelta(seconds=5),
    )
    assert "sk-secret" not in repr(whole)


def test_views_are_read(tmp_path: Path) -> None:
    """In the order of the file; which aliases there are is the rule files' affair."""
    text = '[[view]]\nname = "unread high"\nquery = "is:unread severity:high"\nkey = "v"\n'
    text += "[[view]]\nname = 'dprk'\nquery = '@dprk -football'\n"
    config = load_config(write(tmp_path, text))
    assert config.views == (
        ViewSpec("unread high", "is:unread severity:high", "v"),
        ViewSpec("dprk", "@dprk -football"),
    )
    assert config.warnings == ()


@pytest.mark.parametrize(
    ("query", "column", "message"),
    [
        ("embassy is:xyz", 21, "there is no is:xyz: write is:unread"),
        ("  (embassy OR envoy", 12, "this ( is never closed"),
        ("a OR b c", 17, "OR and AND stand side by side"),
    ],
)
def test_a_wrong_filter_of_a_view_is_a_warning(tmp_path: Path, query: str, column: int, message: str) -> None:
    """At its column; the rest of the config is used, and the view is there to be put right on the screen."""
    config = load_config(write(tmp_path, f'[[view]]\nname = "x"\nquery = "{query}"\n'))
    (warning,) = config.warnings
    assert (warning.line, warning.column, warning.level) == (3, column, "warning")
    assert warning.message.startswith(message)
    assert [view.query for view in config.views] == [query]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[view]]\nquery = "embassy"', "this view has no name"),
        ('[[view]]\nname = "x"', "this view has no filter"),
        ('[[view]]\nname = "x"\nquery = " "', "this filter is empty"),
        ('[[view]]\nname = "x"\nquery = "a"\nkeys = "v"', "unknown key “keys”: did you mean “key”?"),
        ('[[view]]\nname = "x"\nquery = "a"\n[[view]]\nname = "x"\nquery = "b"', "there is already a view “x”"),
        (
            '[[view]]\nname = "x"\nquery = "a"\nkey = "v"\n[[view]]\nname = "y"\nquery = "b"\nkey = "v"',
            "another view has the key v already",
        ),
        ('[view]\nname = "x"', "there can be several of these: write [[view]]"),
    ],
)
def test_what_no_view_can_be_made_of_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    """With what to write."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    assert [problem.message for problem in caught.value.problems if problem.message.startswith(message)]


CHAIN = """\
[[channel]]
name = "desk"
telegram = "@some_desk"
{desk}
[[channel]]
name = "phone"
file = "phone"
{phone}
"""


def test_where_urgent_alerts_go_on(tmp_path: Path) -> None:
    """From channel to channel, in whatever order they stand."""
    text = CHAIN.format(desk="", phone='escalate = { after = "90s", to = "desk" }')
    desk, phone = load_config(write(tmp_path, text)).channels
    assert (desk.escalate, phone.escalate) == (None, Escalate(timedelta(seconds=90), "desk"))


@pytest.mark.parametrize(
    ("escalate", "line", "column", "message"),
    [
        ('{ after = "10m", to = "phne" }', 4, 34, "there is no channel “phne”: did you mean “phone”?"),
        ('{ after = "10m", to = "desk" }', 4, 34, "alerts would go round in a circle: desk → desk"),
        ('{ after = "10m", to = "" }', 4, 34, "this names no channel"),
        ('{ after = "10m" }', 4, 12, "to is missing: escalate says after how long"),
        ('{ to = "phone" }', 4, 12, "after is missing"),
        ('{ after = "soon", to = "phone" }', 4, 22, "“soon” is no duration"),
        ('{ after = "10m", to = "phone", too = 1 }', 4, 43, "unknown key “too”: did you mean “to”?"),
        ('"10m"', 4, 1, "escalate says after how long, and to which channel"),
    ],
)
def test_what_leads_nowhere_is_an_error(tmp_path: Path, escalate: str, line: int, column: int, message: str) -> None:
    """With its place, and what to write instead."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, CHAIN.format(desk=f"escalate = {escalate}", phone="")))
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (line, column)
    assert problem.message.startswith(message)


def test_a_circle_is_told_once(tmp_path: Path) -> None:
    """At the first channel of it, with the way round; one that only leads into it is none of it."""
    to_phone, to_boss = (f'escalate = {{ after = "1m", to = "{name}" }}' for name in ("phone", "boss"))
    boss = f'[[channel]]\nname = "boss"\nfile = "boss"\n{to_phone}\n'
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, CHAIN.format(desk=to_phone, phone=to_boss) + boss))
    (problem,) = caught.value.problems
    assert (problem.line, problem.message.partition(";")[0]) == (
        8,
        "alerts would go round in a circle: phone → boss → phone",
    )


def test_digests_ask_the_model_where_there_is_one(tmp_path: Path) -> None:
    """They wait for it then."""
    digest = '[[digest]]\nname = "morning"\nat = "07:00"\nchannels = ["desk"]\n'
    channel = '[[channel]]\nname = "desk"\ntelegram = "@some_desk"\n'
    for model, asks in (("", False), ("[model]\n", False), (MODEL, True)):
        (spec,) = load_config(write(tmp_path, channel + digest + model)).digests
        assert spec.asks_model is asks


@pytest.mark.parametrize(
    ("broken", "feeds", "line"),
    [
        ('[[feed]]\nurl = "https://a.example/"\n[[feed]\nurl = "x"\n', 1, 4),
        ('[[feed]]\nurl = "https://a.example/"\nevery = "soon"\n', 1, 4),
        ("[channel\n", 0, 2),
        ('[[feed]]\nurl = "https://a.example/"\nname = """\nno end\n', 1, 4),
    ],
)
def test_what_stands_before_a_mistake_is_known_all_the_same(tmp_path: Path, broken: str, feeds: int, line: int) -> None:
    """The engine that goes on by what the file said before is found by its state folder, and can be asked and ended."""
    path = tmp_path / "config.toml"
    path.write_text(f'state = "elsewhere"\n{broken}')
    config, problems = read_despite(path)
    assert config.state == state_folder(path) == tmp_path / "elsewhere"
    assert len(config.feeds) == feeds
    assert problems[0].line == line


@pytest.mark.parametrize(
    ("line", "level", "words"),
    [
        ('websub = "https://desk.example/hubs/"', "", ""),
        ('websub = ""', "", ""),
        ('websub = "http://desk.example/hubs"', "warning", "is not https"),
        ('websub = "https://127.0.0.1/hubs"', "warning", "no hub can reach this address"),
        ('websub = "http://localhost:8430"', "warning", "no hub can reach this address"),
        ('websub = "https://[fd00::1]/"', "warning", "no hub can reach this address"),
        ('websub = "desk.example"', "error", "write https://desk.example"),
        ('websub = "https://desk.example/?a=1"', "error", "without a login, ? or #"),
        ('websub = "https://me:pw@desk.example/"', "error", "without a login, ? or #"),
        ('websub_listen = "[::1]:8430"', "", ""),
        *(
            (f'websub_listen = "{odd}"', "error", "such as 127.0.0.1:8430")
            for odd in ("8430", "localhost:8430", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "::1:8430x", "")
        ),
    ],
)
def test_where_hubs_are_to_reach_the_engine(tmp_path: Path, line: str, level: str, words: str) -> None:
    """An address that none can reach is doubtful, one that cannot be is a mistake; each says what to write."""
    path = write(tmp_path, f"[poll]\n{line}\n")
    try:
        found = load_config(path).warnings
    except ConfigError as error:
        found = error.problems
    assert [(one.line, one.level) for one in found] == ([(2, level)] if level else [])
    assert all(words in one.message for one in found)
