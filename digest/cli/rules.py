"""``digest rules``: which rules there are, how often they hit, and whether their examples hold."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from digest.answers.rules import load_rule_files
from digest.answers.shapes import example_shape, rule_shape
from digest.answers.status import rules_and_hits
from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import complain_of, open_database_if_any, read_config
from digest.rulebook.folder import NO_RULE, shown_path
from digest.words import age, count


@click.group(
    cls=LazyGroup,
    commands_at={
        "list": "digest.cli.rules:list_rules",
        "test": "digest.cli.rules:test_rules",
        "try": "digest.cli.backtest:try_rules",
        "diff": "digest.cli.backtest:diff",
        "apply": "digest.cli.apply:apply",
        "push": "digest.cli.push:push",
        "gaps": "digest.cli.learn:gaps",
        "noise": "digest.cli.learn:noise",
    },
    short_help="The rules: how often they hit, whether their examples hold, what an edit would change.",
)
@config_option
def rules() -> None:
    """The rules: how often they hit, whether their examples hold, and what an edit would change."""


@click.command(
    "list",
    short_help="List the rules with their hits.",
    epilog="\b\nExamples:\n  digest rules list\n  digest rules list --json | jq 'select(.hits_24h == 0).id'",
)
@config_option
@json_option
def list_rules(*, as_json: bool) -> None:
    """List the rules in force with their hits of the last 24 hours; broken files are named on the way."""
    config = read_config()
    now = datetime.now(UTC)
    with open_database_if_any(config) as store:
        found, problems = rules_and_hits(config, store, now)
        pushed = store is not None and store.rules.pushed() is not None
    for problem in problems:
        complain(str(problem), fg="red")
    rows = []
    for rule, day, last in found:
        if as_json:
            say_json(rule_shape(rule, day, last))
        seen = age(now - last) if last else "never"
        place = ("pushed" if pushed else f"{rule.path}:{rule.line}") + ("" if rule.enabled else "  (disabled)")
        rows.append((rule.id, rule.severity.word, str(day), seen, place))
    if not as_json and rows:
        say_table(rows, heads=("RULE", "SEVERITY", "24 H", "LAST HIT", "WHERE"), right=(2, 3))
    elif not rows and not problems:
        complain(f"{shown_path(config.rules)}: {NO_RULE}")


@click.command(
    "test",
    short_help="Run the examples of the rules.",
    epilog="\b\nExamples:\n  digest rules test\n  digest rules test --json | jq 'select(.passed | not)'",
)
@config_option
@json_option
@click.pass_context
def test_rules(context: click.Context, *, as_json: bool) -> None:
    """Run the examples of the rules; the exit code is 1 when a rule file is broken or an example fails.

    A text under `match` must match, one under `no_match` must not. A text under `known_gap` should match and need not
    yet, one under `unwanted` should not match and may: these never fail, but you are told when they could move.
    """
    from digest.match import run_examples
    from digest.toml.places import locate

    config = read_config()
    loaded = load_rule_files(config)
    untried = load_rule_files(config, try_examples=False)
    results = run_examples(untried.ruleset, untried.examples())
    if as_json:
        for result in results:
            example = result.example
            say_json(example_shape(result, locate(untried.live[example.path], example.keys, value=True)[0]))
    for problem in (*loaded.problems, *loaded.warnings):
        complain_of(problem)
    if not as_json:
        passed = sum(result.passed for result in results)
        say(f"{count(len(results), 'example')}, {passed} as they should be; {count(len(loaded.problems), 'error')}")
    context.exit(1 if loaded.problems else 0)
