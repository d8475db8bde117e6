"""The rules that an answer is given by: as the files say, as an engine has loaded them, or as a query is typed."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from typing import TYPE_CHECKING

from digest.errors import ConfigError, Problem, UsageError
from digest.rulebook.folders import RuleFolders
from digest.values.desks import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from digest.config import Config
    from digest.match import LoadedRules, RuleSet, Search
    from digest.match.language.query import Query
    from digest.rulebook.drafts import Texts
    from digest.rulebook.folder import RuleFolder
    from digest.store.store import Store
    from digest.values.states import LiveRule

    Aliases = Callable[[], Mapping[str, tuple[Query, ...]]]


def load_rule_files(config: Config, *, try_examples: bool = True, found: RuleFolder | None = None) -> LoadedRules:
    """The rule files as they are on disk; paths in it are as seen from the current folder.

    Args:
        config: names the folder.
        try_examples: whether an example that fails is an error of its file.
        found: what was read there, if it was.
    """
    from digest.match import load_rules

    folders = RuleFolders(config.rule_folders)
    found = folders.read() if found is None else found
    loaded = load_rules(folders.by_path(found.texts), try_examples=try_examples, desk_at=folders.desk_at)
    unread, strays = folders.at_paths(found.problems), folders.at_paths(found.warnings)
    return dataclasses.replace(loaded, problems=(*unread, *loaded.problems), warnings=(*strays, *loaded.warnings))


def live_texts(config: Config, store: Store | None) -> Texts:
    """The rule files as the engine last loaded them; where none has yet, as they are on disk."""
    folders = RuleFolders(config.rule_folders)
    live = store.rules.live_texts() if store else {}
    return folders.by_path(live or folders.read().texts)


def stored_rules_count(config: Config, store: Store) -> bool:
    """Whether the rules that match now are those of the store, whatever is on disk here: pushed, or of an engine."""
    from digest.presence import engine_running

    if engine_running(config.state) is not None or store.rules.pushed() is not None:
        return True
    return bool(store.database.held_by())  # on another machine


def texts_on_disk(config: Config) -> Texts:
    """The rule files as they are on disk: what an edit must begin with, or it would take back what was edited since."""
    folders = RuleFolders(config.rule_folders)
    return folders.by_path(folders.read().texts)


def previous_texts(config: Config, store: Store | None) -> Texts:
    """The live files as they are, but each that had an earlier version as that was."""
    before = store.rules.previous_texts() if store else {}
    return live_texts(config, store) | RuleFolders(config.rule_folders).by_path(before)


def loaded_in_force(config: Config, store: Store | None) -> LoadedRules:
    """The rules that match now: of a running engine what it has loaded, else what the files say."""
    from digest.match import load_rules

    live = store.rules.live_texts() if store and stored_rules_count(config, store) else {}
    if not live:
        return load_rule_files(config)
    folders = RuleFolders(config.rule_folders)
    return load_rules(folders.by_path(live), try_examples=False, desk_at=folders.desk_at)


def rules_in_force(config: Config, store: Store | None) -> tuple[Sequence[LiveRule], Sequence[Problem]]:
    """The rules that match now, and what is wrong with the rule files.

    A running engine knows best: it may hold on to the last good version of a broken file. Without one it is what the
    files say.
    """
    from digest.values.states import LiveRule

    if store is None or not stored_rules_count(config, store):
        loaded = load_rule_files(config)
        names = [field.name for field in dataclasses.fields(LiveRule)]
        return [LiveRule(**{name: getattr(rule, name) for name in names}) for rule in loaded.rules], loaded.problems
    folders = RuleFolders(config.rule_folders)
    rules = [dataclasses.replace(rule, path=folders.shown(rule.path)) for rule in store.rules.live()]
    return rules, folders.at_paths(problem for file in store.rules.files() for problem in file.problems)


def rule_must_exist(rule: str, known: Sequence[str]) -> None:
    """Tell a rule that found nothing from one that is not there, and never was.

    Raises:
        UsageError: none is called so; with the nearest that is.
    """
    from difflib import get_close_matches

    if rule not in known:
        close = get_close_matches(rule, known, n=1)
        hint = f"did you mean “{close[0]}”?" if close else "digest rules list shows them"
        raise UsageError(f"there is no rule “{rule}”: {hint}")


def query_rules(query: str, aliases: Aliases | None = None) -> RuleSet:
    """The rules that consist of one query, whose rule is called ``query``.

    Args:
        query: in the rule language.
        aliases: gives those that it may name; asked where it names any.

    Raises:
        ConfigError: it is no query; the problem's path is ``<query>``.
    """
    from digest.match import RuleSet, query_rule

    with _placing_mistakes(query):
        return RuleSet([query_rule(query, _aliases(query, aliases))])


def typed_search(query: str, aliases: Aliases, zone: tzinfo) -> Search:
    """What a query that is typed to search asks for.

    Args:
        query: in the rule language made forgiving.
        aliases: as for `query_rules`.
        zone: of the dates in it.

    Raises:
        ConfigError: as for `query_rules`.
    """
    from digest.match import read_search

    with _placing_mistakes(query):
        return read_search(query, _aliases(query, aliases), zone=zone)


def _aliases(query: str, aliases: Aliases | None) -> Mapping[str, tuple[Query, ...]] | None:
    return aliases() if aliases is not None and "@" in query else None


def aliases_of(config: Config, texts: Texts, desk: str = UNNAMED) -> Aliases:
    """Gives the aliases of these files that a search for a desk may name; it reads them when it is asked."""
    from digest.match import load_rules

    desk_at = RuleFolders(config.rule_folders).desk_at
    return lambda: load_rules(texts, try_examples=False, desk_at=desk_at).aliases_for(desk)


@contextmanager
def _placing_mistakes(query: str) -> Iterator[None]:
    """Tell what is wrong in a query with its line and column."""
    from digest.match import QueryError

    try:
        yield
    except QueryError as error:
        before = query[: error.offset]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ConfigError([Problem("<query>", line, column, str(error))]) from None
