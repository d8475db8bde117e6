"""``digest check``: everything a user wrote, with the place of each problem."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.match import FOLD_VERSION, fold_entry, load_rules
from digest.values.news import (
    EntryText,
    FeedUpdate,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    Severity,
)
from tests.fakes.seeding import commit, seed
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cli.conftest import Desk

CHANNEL = '[[channel]]\nname = "desk"\ntelegram = "@some_desk"\n'


def test_all_is_right(desk: Desk) -> None:
    """One line on what was checked; exit code 0; no JSON where there is no problem."""
    done = desk.run("check")
    assert (done.code, done.err) == (0, "")
    assert done.out == "config.toml: 2 feeds, 0 channels; rules: 2 rules; all is right\n"
    quiet = desk.run("check", "--json")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_problems_of_the_config(desk: Desk) -> None:
    """On standard error as ``path:line:col: message``, all at once; exit code 1."""
    desk.write("config.toml", 'timezon = "UTC"\n[poll]\nevery = "5"\n')
    done = desk.run("check")
    assert done.code == 1
    assert [line.split(" ")[0] for line in done.err.splitlines()] == ["config.toml:1:1:", "config.toml:3:9:"]


def test_problems_as_json(desk: Desk) -> None:
    """One object for each, on standard output."""
    desk.write("config.toml", 'timezon = "UTC"\n')
    done = desk.run("check", "--json")
    assert done.code == 1
    assert done.err == ""
    message = "unknown key “timezon”: did you mean “timezone”?"
    assert done.lines == [{"path": "config.toml", "line": 1, "column": 1, "level": "error", "message": message}]


def test_a_config_that_is_not_there_exits_2(empty_desk: Desk) -> None:
    """There is nothing to check."""
    assert empty_desk.run("check").code == 2
    assert empty_desk.run("check", "--config", "gone.toml").code == 2


def test_problems_of_rule_files(desk: Desk) -> None:
    """With the file's path as seen from here, and the place inside the query."""
    desk.write("rules/broken.toml", "[[rule]]\nid = \"x\"\nquery = '''\nsyria AND\nembassy envoy'''\n")
    done = desk.run("check")
    assert done.code == 1
    assert done.err.startswith("rules/broken.toml:5:9: ")


def test_what_lies_in_the_rules_folder_and_is_no_rule_file(desk: Desk) -> None:
    """Told at once and never opened: an error where the name is a rule file's, a warning where it nearly is."""
    rules = os.fsencode(desk.folder / "rules")
    os.mkfifo(rules + b"/pipe.toml")
    shutil.copy(rules + b"/test.toml", rules + b"/caf\xe9.toml")
    desk.write("rules/KOREA.TOML", "")
    desk.write("rules/more/korea.toml", "")
    done = desk.run("check", "--json")
    assert done.code == 1
    assert [(line["path"], line["line"], line["column"], line["level"]) for line in done.lines] == [
        ("rules/caf\\xe9.toml", 1, 1, "error"),
        ("rules/pipe.toml", 1, 1, "error"),
        ("rules/KOREA.TOML", 1, 1, "warning"),
        ("rules/more/korea.toml", 1, 1, "warning"),
    ]
    assert "rules/pipe.toml:1:1: the file cannot be read: it is a named pipe" in desk.run("check").err
    [status] = desk.run("status", "--json").lines
    assert [error["path"] for error in status["rules"]["errors"]] == ["rules/caf\\xe9.toml", "rules/pipe.toml"]
    assert "rules/KOREA.TOML:1:1: warning: not read" in desk.run("status").out


def test_a_file_on_which_digest_itself_fails(desk: Desk) -> None:
    """It is found as a running engine would find it; here Python allows few calls within one another."""
    desk.write("rules/deep.toml", '[[rule]]\nid = "x"\nquery = "' + "(" * 95 + "a" + ")" * 95 + '"\n')
    few = (
        "import sys; from digest.cli.main import main; import digest.match; sys.setrecursionlimit(400); main(['check'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", few], cwd=desk.folder, env=desk.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("rules/deep.toml:1:1: Digest itself failed on this file (RecursionError: ")
    assert "Traceback" not in done.stderr
    assert "rules: 2 rules; 1 error" in done.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[rule]]\nid = "x"\nany = ["snow"]\nmatch = ["rain"]\n', "does not match this example"),
        ('[[rule]]\nid = "x"\nany = ["snow"]\nno_match = ["snow at last"]\n', "matches this example"),
    ],
)
def test_examples_that_fail_are_problems(desk: Desk, text: str, words: str) -> None:
    """Shown with the example, in its file."""
    desk.write("rules/examples.toml", text)
    done = desk.run("check")
    assert done.code == 1
    assert "rules/examples.toml:4:" in done.err
    assert words in done.err


def test_a_rule_for_a_channel_that_is_not_there(desk: Desk) -> None:
    """Its alerts would go nowhere; the name itself is pointed at."""
    first = '[[rule]]\nid = "w"\nany = ["rain"]\n'
    desk.write("rules/lost.toml", first + '[[rule]]\nid = "x"\nany = ["snow"]\nchannels = ["desk", "desc"]\n')
    desk.append("config.toml", CHANNEL)
    done = desk.run("check", TELEGRAM_BOT_TOKEN="12345:made-up")
    assert done.code == 1
    assert "rules/lost.toml:7:21: " in done.err
    assert "there is no channel “desc”: did you mean “desk”?" in done.err


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("rules/other.toml", "[[rule]]\nany = 3\n"),
        ("rules/other.toml", "[[rule]"),
        ("rules/lost.toml", '[[rule]]\nid = "x"\nany = ["*"]\nchannels = ["desc"]\n'),
        ("rules/lost.toml", '[[rule]]\nid = "x"\nany = ["@gone"]\nchannels = ["desc"]\n'),
        ("config.toml", f'timezon = "UTC"\n{CHANNEL}'),
    ],
)
def test_an_error_elsewhere_hides_no_unknown_channel(desk: Desk, path: str, text: str) -> None:
    """All that can be said is said at once: of a file that does not load, and under a config with mistakes, too."""
    desk.append("config.toml", CHANNEL)
    desk.write("rules/lost.toml", '[[rule]]\nid = "x"\nany = ["snow"]\nchannels = ["desc"]\n')
    desk.write(path, text)
    done = desk.run("check", TELEGRAM_BOT_TOKEN="12345:made-up")
    assert (done.code, done.err.count("there is no channel “desc”: did you mean “desk”?")) == (1, 1)
    assert f"{path}:" in done.err
    assert "rules/lost.toml:4:13: rule “x”: there is no channel" in done.err


def test_under_a_config_whose_channels_cannot_be_read_none_is_unknown(desk: Desk) -> None:
    """Nobody knows which there are; what is wrong with the rules themselves is said."""
    desk.write("config.toml", '[channel]\nname = "desk"\n')
    desk.write("rules/lost.toml", '[[rule]]\nid = "x"\nany = ["*"]\nchannels = ["desk"]\n')
    done = desk.run("check")
    assert done.code == 1
    assert [line.split(" ")[0] for line in done.err.splitlines()] == ["config.toml:1:2:", "rules/lost.toml:3:9:"]


def test_without_a_rule_nothing_alerts(desk: Desk) -> None:
    """An empty folder, or one whose last file was deleted, is a warning with what to do, in `status` as well."""
    words = "there is no rule, so nothing alerts: write one into this folder; digest init has some to begin with"
    (desk.folder / "rules/test.toml").unlink()
    for _ in range(2):
        done = desk.run("check")
        assert (done.code, done.err) == (0, f"rules:1:1: warning: {words}\n")
        assert done.out.endswith("0 rules; 1 warning\n")
        assert f"rules     0: {words}" in desk.run("status").out
        desk.write("rules/alias.toml", "# nothing yet\n")


def test_a_rule_that_is_too_low_for_all_its_channels(desk: Desk) -> None:
    """It is live and tells nobody; one of two channels that takes it is enough."""
    text = '[[rule]]\nid = "x"\nany = ["snow"]\nchannels = ["desk"]\n'
    desk.write("rules/low.toml", text)
    desk.append("config.toml", CHANNEL + 'severity = "high"\n[[channel]]\nname = "log"\nfile = "log"\n')
    done = desk.run("check", TELEGRAM_BOT_TOKEN="12345:made-up")
    assert done.code == 0
    assert "rules/low.toml:4:12: warning: rule “x” tells nobody: its severity is normal, and each of its" in done.err
    desk.write("rules/low.toml", text.replace('["desk"]', '["desk", "log"]'))
    assert "tells nobody" not in desk.run("check", TELEGRAM_BOT_TOKEN="12345:made-up").err


@pytest.mark.parametrize(
    ("keys", "config", "told"),
    [
        ('deliver = "every 2h"', "", []),
        ('severity = "urgent"\ndeliver = "now"', "", []),
        ('severity = "urgent"\ndeliver = "every 2h"', "", ["5:11: warning: rule “x” is urgent, and its alerts wait"]),
        (
            'deliver = "digest"',
            "",
            ["4:11: warning: rule “x” leaves its alerts to digests, and the config has no"],
        ),
        ('deliver = "digest"', '[[digest]]\nname = "d"\nat = "07:00"\nchannels = ["log"]\n', []),
        (
            'sources = 2\nsources_tier = "C"',
            "",
            ["5:16: warning: rule “x” never alerts: no feed has tier C or"],
        ),
        ('sources = 2\nsources_tier = "F"', "", []),
        ('sources = 2\nsources_tier = "C"', '[[feed]]\nurl = "https://example.com/"\ntier = "B"\n', []),
    ],
)
def test_a_rule_that_waits_in_vain(desk: Desk, keys: str, config: str, told: list[str]) -> None:
    """What a rule says of how it tells is held against its severity, and against the feeds and digests there are."""
    desk.write("rules/wait.toml", f'[[rule]]\nid = "x"\nany = ["snow"]\n{keys}\n')
    desk.append("config.toml", f'[[channel]]\nname = "log"\nfile = "log"\n{config}')
    done = desk.run("check")
    lines = [line for line in done.err.splitlines() if "wait.toml" in line]
    assert (done.code, len(lines)) == (0, len(told)), done.err
    assert all(line.startswith(f"rules/wait.toml:{words}") for line, words in zip(lines, told, strict=True))


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('[notices]\nchannels = []\n[[view]]\nname = "x"\nquery = "a is:xyz"\n', "5:15", "there is no is:xyz"),
    ],
)
def test_what_is_not_applied_is_a_warning(desk: Desk, text: str, place: str, words: str) -> None:
    """Never silence about a key or a saved filter that has no effect; but it is no error."""
    desk.write("config.toml", text)
    done = desk.run("check", TELEGRAM_BOT_TOKEN="12345:made-up")
    assert done.code == 0
    assert done.err.startswith(f"config.toml:{place}: warning: ")
    assert words in done.err
    assert "1 warning" in done.out


@pytest.mark.parametrize(
    ("channel", "place", "words"),
    [
        ('apprise = "nfty://s3cret@host"', "3:11", "did you mean ntfy://?"),
        ('apprise = "gotify://host-s3cret"', "3:11", "cannot read this Gotify address: see https://"),
        ('apprise = "https://host/s3cret"', "3:11", "knows no service by this web address"),
        ('apprise = "file://s3cret"', "3:11", "has no service of this kind"),
        ('file = "config.toml"', "3:8", "config.toml is no folder"),
        ('file = "config.toml/s3cret/x"', "3:8", "config.toml is no folder"),
        ('file = "out"\ntemplate = "{titel}"', "4:14", "did you mean {title}?"),
    ],
)
def test_a_channel_that_leads_nowhere_is_an_error(desk: Desk, channel: str, place: str, words: str) -> None:
    """Said at its place, without the address, which may hold a password."""
    desk.write("config.toml", f'[[channel]]\nname = "x"\n{channel}\n')
    done = desk.run("check")
    assert done.code == 1
    assert done.err.startswith(f"config.toml:{place}: ")
    assert words in done.err
    assert "s3cret" not in done.err + done.out


def test_channels_that_can_be_used_are_no_problem(desk: Desk) -> None:
    """No token is asked for where no Telegram channel waits for one, and no folder is made."""
    files = '[[channel]]\nname = "a"\nfile = "out/alerts"\n[[channel]]\nname = "b"\nfile = "."\nformat = "jsonl"\n'
    last = '[[channel]]\nname = "c"\napprise = "json://user:pass@127.0.0.1:9/x"\n[notices]\nchannels = ["a"]\n'
    desk.write("config.toml", files + last)
    done = desk.run("check", "--online")
    assert (done.code, "all is right" in done.out) == (0, True)
    assert not (desk.folder / "out").exists()


def test_a_webhook_without_a_secret_is_a_warning(desk: Desk) -> None:
    """It stands at the address, says how one is made, and shows neither the address nor what was found."""
    hook = '[[channel]]\nname = "hook"\nwebhook = "https://x.example/k3y"\n[notices]\nchannels = ["hook"]\n'
    desk.write("config.toml", hook)
    for secret, words in (("", "is not set"), ("hunter2", "is no secret of a webhook"), ("whsec_aGk=", "is no secret")):
        done = desk.run("check", DIGEST_WEBHOOK_SECRET=secret)
        assert (done.code, "config.toml:3:11: warning: " in done.err, words in done.err) == (0, True, True)
        assert 'make one: echo "whsec_$(openssl rand -base64 32)"' in done.err
        assert not any(secret in done.err for secret in ("k3y", "hunter2", "aGk"))


def test_a_missing_token_is_a_warning(desk: Desk) -> None:
    """Where a Telegram channel waits for it, or an admin."""
    for text in (CHANNEL, "[telegram]\nadmins = [7]\n"):
        desk.write("config.toml", text)
        done = desk.run("check")
        assert done.code == 0
        assert "TELEGRAM_BOT_TOKEN is not set" in done.err


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (CHANNEL, "1:1", "nobody is told when a feed fails or a rule file breaks: write admins under [telegram]"),
        (f'{CHANNEL}[notices]\nfailing_after = "2h"\n', "4:2", "nobody is told when a feed fails"),
        ("", "1:1", "nobody is told when a feed fails"),
        ('[notices]\nchannels = []\nstill_here = "09:00"\n', "3:14", "this goes to nobody"),
        (f"[telegram]\nadmins = [7]\n{CHANNEL}", "", ""),
        (f'{CHANNEL}[notices]\nchannels = ["desk"]\n', "", ""),
        (f"{CHANNEL}[notices]\nchannels = []\n", "", ""),
    ],
)
def test_notices_that_go_to_nobody_are_a_warning(desk: Desk, text: str, place: str, words: str) -> None:
    """They never go to a readers' channel by themselves; that nobody is to be told is the user's own word."""
    desk.write("config.toml", text)
    done = desk.run("check", TELEGRAM_BOT_TOKEN="12345:made-up")
    assert done.code == 0
    assert done.err.startswith(f"config.toml:{place}: warning: {words}" if words else "")
    assert len(done.err.splitlines()) == bool(words)


def test_a_missing_rules_folder_is_a_problem(desk: Desk) -> None:
    """Without rules nothing ever alerts."""
    desk.write("config.toml", 'rules = "gone"\n')
    done = desk.run("check")
    assert done.code == 1
    assert "gone" in done.err


def test_hostile_names_leave_no_control_byte(desk: Desk) -> None:
    """What a file holds is shown without what a terminal would obey."""
    desk.write("config.toml", '"\\u001b]0;owned\\u0007" = 1\n"\\u009b" = 2\n')
    done = desk.run("check")
    assert done.code == 1
    assert all(character.isprintable() or character == "\n" for character in done.err)


# --- lint --------------------------------------------------------------------------------------------------------

DOUBTFUL = '[alias]\nspare = ["Homs"]\n[[rule]]\nid = "x"\nany = ["Zurich", "Zürich", "sta*", "Syrian"]\n'


def test_doubtful_rules_are_warnings(desk: Desk) -> None:
    """Each at its place, with what to do; nothing fails by them, and no store is needed."""
    desk.write("rules/doubtful.toml", DOUBTFUL)
    done = desk.run("check")
    alias, zurich = done.err.splitlines()
    assert done.code == 0
    assert alias.startswith("rules/doubtful.toml:2:1: warning: no rule uses the alias @spare")
    assert zurich.startswith("rules/doubtful.toml:5:19: warning: “Zürich” is needless")
    assert done.out.endswith("; 2 warnings\n")
    shapes = desk.run("check", "--json").lines
    assert [(shape["line"], shape["column"], shape["level"]) for shape in shapes] == [
        (2, 1, "warning"),
        (5, 19, "warning"),
    ]


def test_what_stored_entries_show_is_warned_of(desk: Desk) -> None:
    """Common words that a wildcard reaches, forms that no term finds, and rules that fire far above the others."""
    desk.write("rules/doubtful.toml", DOUBTFUL)
    fill(desk, ["The state of Syrians"] * 240)
    done = desk.run("check")
    assert done.code == 0
    assert [line.partition(" warning: ")[0] for line in done.err.splitlines()] == [
        "rules/doubtful.toml:2:1:",
        "rules/doubtful.toml:5:19:",
        "rules/doubtful.toml:5:29:",
        "rules/doubtful.toml:5:37:",
        "rules/test.toml:1:1:",
    ]
    assert "“sta*” reaches very common words: “state” (100%), by share of the newest 240 entries" in done.err
    assert "“Syrians” seen 240 times in the newest 240 entries, and not found: write Syrian*" in done.err
    assert "rule “embassies” fires 34 times a day, the others 0.3" in done.err


def test_a_rule_that_has_long_been_silent_is_warned_of(desk: Desk) -> None:
    """Where its file and the entries are old enough to tell; a disabled one is let be."""
    fill(desk, ["Snow"], ago=timedelta(days=40), match=False)
    done = desk.run("check")
    assert done.code == 0
    (line,) = done.err.splitlines()
    assert line.startswith("rules/test.toml:1:1: warning: rule “embassies” has not fired for 40 days")


@pytest.mark.sqlite
def test_check_says_when_the_stored_entries_could_not_be_looked_at(desk: Desk) -> None:
    """What lint left out is told with its reason; the rules are checked all the same."""
    desk.write("state/digest.db", "this is no database, and longer than its head would be " * 20)
    done = desk.run("check")
    assert done.code == 0
    assert "config.toml:1:1: warning: the rules were not compared with the stored entries: " in done.err
    assert "is not a database" in done.err
    assert "2 rules; 1 warning" in done.out


def fill(desk: Desk, titles: Sequence[str], *, ago: timedelta = timedelta(hours=1), match: bool = True) -> None:
    """Make the desk's store: its rules live and entries with these titles come so long ago, matched by `embassies`.

    The rule `x`, where there is one, has matched twice.
    """
    now = datetime.now(UTC) - ago
    config = load_config(desk.folder / "config.toml")
    config.state.mkdir()
    loaded = load_rules({path.name: path.read_text(encoding="utf-8") for path in config.rules.glob("*.toml")})
    judged = JudgedMatch(Match("embassies", Severity.HIGH, ()), Outcome.ALERT)
    rare = JudgedMatch(Match("x", Severity.HIGH, ()), Outcome.ALERT)
    made = [new_entry(number, title) for number, title in enumerate(titles)]
    if match:
        made = [seed(each, (judged, rare) if at < 2 else (judged,)) for at, each in enumerate(made)]
    with new_store(config.database) as store:
        store.polls.sync_feeds(config.feeds, default_every=config.poll.every, now=now)
        store.rules.save_loaded(loaded, now)
        update = FeedUpdate(1, now, ok=True, next_due=now, interval=timedelta(hours=1), failures=0)
        commit(store, [PollResult(update, tuple(made))], now)


def new_entry(number: int, title: str) -> NewEntry:
    """An entry as it comes."""
    text = EntryText(title=title, source="Example News")
    return NewEntry(
        identity=Identity(*(f"{kind}{number}".encode().ljust(16) for kind in "klt")),
        url=f"https://example.org/{number}",
        text=text,
        published=None,
        folded=fold_entry(text),
        fold_version=FOLD_VERSION,
        baseline=False,
    )


def test_a_model_that_no_digest_asks(desk: Desk) -> None:
    """It does nothing then, which nobody would notice."""
    desk.append("config.toml", '[model]\nendpoint = "http://127.0.0.1:8080/v1"\n')
    done = desk.run("check")
    assert done.code == 0
    assert "warning: nothing asks this model, for there is no digest: add [[digest]], or leave this out" in done.err
    desk.append("config.toml", CHANNEL + '[[digest]]\nname = "morning"\nat = "07:00"\nchannels = ["desk"]\n')
    assert "nothing asks this model" not in desk.run("check", TELEGRAM_BOT_TOKEN="12345:made-up").err
