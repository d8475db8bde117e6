"""What a database's URL shows, and what it hides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.values.databases import fault, masked, passwords_in, same_place


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////home/ann/digest.db", "/home/ann/digest.db"),
        ("postgresql://host/digest", "postgresql://host/digest"),
        ("postgresql://me@host:5432/digest", "postgresql://me@host:5432/digest"),
        ("postgresql://me:secret@host/digest", "postgresql://me:***@host/digest"),
        ("postgresql://me:se@cr:et@host/digest", "postgresql://me:***@host/digest"),
        ("postgresql://me:se?cret@host/digest", "postgresql://me:***@host/digest"),
        ("postgresql://me:se/cret#1@host/digest", "postgresql://me:***@host/digest"),
        ("postgresql:///digest?host=/run/pg&password=secret", "postgresql:///digest?host=/run/pg&password=***"),
        ("postgresql:///digest?PassWord=secret&user=me", "postgresql:///digest?PassWord=***&user=me"),
        ("postgresql://host/digest?sslpassword=secret@1", "postgresql://host/digest?sslpassword=***"),
        ("secret", "secret"),
    ],
)
def test_what_a_url_shows(url: str, shown: str) -> None:
    """Where it is and who asks, never the password; of a file its path."""
    assert masked(url) == shown


@given(st.text(min_size=8).filter(lambda text: "***" not in text))
def test_no_password_is_shown_whatever_it_holds(password: str) -> None:
    """Nor is it left out of what logs hide."""
    hidden = f"<{password}>"
    url = f"postgresql://me:{hidden}@host/digest"
    assert hidden not in masked(url)
    assert hidden in passwords_in(url)


def test_a_password_is_hidden_as_it_stands_and_as_it_is_meant() -> None:
    """A server's answer may repeat it without its percent signs."""
    assert passwords_in("postgresql://me:a%3Fb@host/digest") == ("a%3Fb", "a?b")
    assert passwords_in("postgresql://me@host/digest?password=x%20y") == ("x%20y", "x y")
    assert passwords_in("postgresql://me@host:5432/digest") == ()
    assert passwords_in("sqlite:////home/ann:b@c/digest.db") == ()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me@host:5432/digest", ""),
        ("postgresql:///digest?host=/run/postgresql", ""),
        ("postgresql+psycopg://host/digest", ""),
        ("mysql://host/digest", "must begin with"),
        ("postgresql://host:port/digest", "host or port cannot be read"),
        ("postgresql://[::1/digest", "host or port cannot be read"),
        ("postgresql://host", "must end with the database's name"),
        ("postgresql://host/", "must end with the database's name"),
    ],
)
def test_what_is_wrong_with_a_url(url: str, words: str) -> None:
    """It is said with what to write instead."""
    assert words in fault(url)
    assert bool(fault(url)) is bool(words)


def test_one_file_by_two_names() -> None:
    """A copy into itself is seen though the path is another."""
    assert same_place("sqlite:////tmp/a/../digest.db", "sqlite:////tmp/digest.db")
    assert not same_place("sqlite:////tmp/digest.db", "postgresql:///digest")
