"""``[[desk]]``: what is read of it, and every mistake with its place and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

KOREA = '[[desk]]\nname = "korea"\n'
CHANNELS = """\
[[channel]]
name = "all"
telegram = "@all_news"
[[channel]]
name = "seoul"
telegram = "@seoul_news"
desk = "korea"
"""


def write(folder: Path, text: str) -> Path:
    """A config file that says so."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_desk_all_is_of_the_one_that_has_no_name(tmp_path: Path) -> None:
    """So it was before there were desks; and it may be named ``main``."""
    config = load_config(write(tmp_path, '[[channel]]\nname = "all"\ntelegram = "@all_news"\ndesk = "main"\n'))
    assert config.desks == ()
    assert config.rule_folders == {"": tmp_path / "rules"}
    assert config.desks_of_channels == {"all": ""}


def test_a_desk_has_a_folder_admins_channels_and_digests(tmp_path: Path) -> None:
    """The folder is called by it where it is not named."""
    more = '[[desk]]\nname = "syria"\nrules = "elsewhere/syria"\nadmins = [42, 43]\n'
    digest = '[[digest]]\nname = "morning"\nat = "07:00"\nchannels = ["seoul"]\ndesk = "korea"\n'
    config = load_config(write(tmp_path, KOREA + more + CHANNELS + digest))
    assert config.rule_folders == {
        "": tmp_path / "rules",
        "korea": tmp_path / "rules-korea",
        "syria": tmp_path / "elsewhere/syria",
    }
    assert [desk.admins for desk in config.desks] == [(), (42, 43)]
    assert config.desks_of_channels == {"all": "", "seoul": "korea"}
    assert config.digests[0].desk == "korea"


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("[[desk]]\nadmins = [1]\n", (1, 3), 'this desk has no name: add name = "korea"'),
        ('[[desk]]\nname = ""\n', (2, 8), "this desk has an empty name: give it one"),
        ('[[desk]]\nname = "North Korea"\n', (2, 8), "a desk is named with letters, digits, -, _ and . only"),
        ('[[desk]]\nname = "main"\n', (2, 8), "main is the desk without a [[desk]]: give this one another name"),
        (KOREA + '[[desk]]\nname = "Korea"\nrules = "x"\n', (4, 8), "there is already a desk “Korea” further up"),
        (KOREA + "owners = [42]\n", (3, 1), "unknown key “owners”: write admins = [123456789]"),
        (KOREA + "admins = [-5]\n", (3, 1), "an admin is a person, whose id is above 0"),
        (KOREA + 'rules = "rules"\n', (3, 9), "this is the rules folder of the desk main: give each desk one"),
        (KOREA + 'rules = "rules/korea"\n', (3, 9), "the rules folder of the desk main lie in one another"),
        (KOREA + '[[desk]]\nname = "asia"\nrules = "./rules-korea"\n', (5, 9), "the rules folder of the desk korea"),
        (KOREA + 'rules = "config.toml"\n', (3, 9), "rules must name a folder, and "),
        (KOREA + f'rules = "{"x" * 300}"\n', (3, 9), "rules must name a folder: "),
        ('[[channel]]\nname = "a"\ntelegram = "@abcde"\ndesk = "x"\n', (4, 8), "there is no desk “x”: add a [[desk]]"),
        (KOREA + CHANNELS.replace('"korea"', '"koera"'), (9, 8), "there is no desk “koera”: did you mean “korea”?"),
        (KOREA + 'desk = "x"\n', (3, 1), "unknown key “desk”"),
        (
            KOREA + CHANNELS + '[[digest]]\nname = "d"\nat = "07:00"\nchannels = ["all"]\ndesk = "japan"\n',
            (14, 8),
            "there is no desk “japan”: the config has korea",
        ),
        (
            KOREA + CHANNELS + '[[digest]]\nname = "d"\nat = "07:00"\nchannels = ["all", "seoul"]\n',
            (13, 20),
            "the channel “seoul” is of the desk korea, and this is of main: name one of its own",
        ),
        (
            KOREA + CHANNELS + 'escalate = { after = "10m", to = "all" }\n',
            (10, 34),
            "the channel “all” is of the desk main, and this is of korea: name one of its own",
        ),
        ('desks = ["korea"]\n', (1, 1), "unknown key “desks”: write [[desk]] for each desk"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, text: str, place: tuple[int, int], told: str) -> None:
    """With what to write instead; nothing else is told of it."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    problem, *_ = (each for each in caught.value.problems if each.level == "error")
    assert (problem.line, problem.column) == place, str(problem)
    assert told in problem.message


def test_a_folder_that_another_takes_no_notice_of_may_lie_in_it(tmp_path: Path) -> None:
    """What is hidden is no rule file of the other desk."""
    config = load_config(write(tmp_path, KOREA + 'rules = "rules/.korea"\n'))
    assert config.rule_folders["korea"] == tmp_path / "rules/.korea"


def test_a_folder_is_one_behind_all_links(tmp_path: Path) -> None:
    """So two desks share none by another name; a link that leads to itself is for whoever reads it to tell."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules-korea").symlink_to("rules")
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, KOREA))
    assert "2:8: this is the rules folder of the desk main" in str(caught.value)
    (tmp_path / "rules-korea").unlink()
    (tmp_path / "rules-korea").symlink_to("rules-korea")
    assert load_config(write(tmp_path, KOREA)).rule_folders["korea"] == tmp_path / "rules-korea"
