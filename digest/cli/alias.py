"""``digest alias``: names for the aliases of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.match.names.gazetteer import Gazetteer


@click.group(
    cls=LazyGroup, commands_at={"suggest": "digest.cli.alias:suggest"}, short_help="Names for the aliases of rules."
)
@config_option
def alias() -> None:
    """Names for the aliases of rules."""


@click.command(
    short_help="Names of countries and places in other languages and scripts.",
    epilog="\b\nExamples:\n  digest alias suggest Syria Damascus\n  digest alias suggest 북한\n"
    '  digest alias suggest "Tripoli, Lebanon"\n  digest alias suggest Idlib --json | jq -r .name',
)
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@config_option
@json_option
@click.pass_context
def suggest(context: click.Context, words: Sequence[str], *, as_json: bool) -> None:
    """Show the names of countries and places in other languages and scripts, as an alias to look through and paste.

    Each WORD is one name, in any language. Nothing is asked of the network, and no rule file is changed.
    """
    from digest.match.names.gazetteer import gazetteer
    from digest.match.names.lines import alias_lines

    known = gazetteer()
    found = {word: known.find(word) for word in dict.fromkeys(words)}
    if not as_json and any(found.values()):
        say("[alias]  # look these names through, and paste what you want into a rule file")
    for word, named in found.items():
        if not named:
            complain(_unknown(word, known))
        elif as_json:
            _say_names(word, known)
        else:
            for line in alias_lines(word, named, known):
                say(line)
    context.exit(0 if all(found.values()) else 1)


def _say_names(word: str, known: Gazetteer) -> None:
    """One line for each name of all that a word names."""
    from digest.match.names.suggest import suggestions

    for named in known.find(word):
        for one in suggestions(named, known, word):
            langs = [code.replace("_", "-") for code in one.languages]
            say_json(
                {
                    "word": word,
                    "name": one.name,
                    "lang": langs[0] if langs else "",
                    "kind": named.kind,
                    "langs": langs,
                    "of": named.name,
                    "country": named.country,
                    "prefix": one.prefix,
                    "doubt": one.doubt,
                }
            )


_KNOWN: Final = (
    "I know countries, and cities of 100,000 people or more; of anything else write the names yourself, under [alias] "
    "in a rule file"
)


def _unknown(word: str, known: Gazetteer) -> str:
    near = known.near(word)
    hint = f"did you mean {' or '.join(near)}?" if near else _KNOWN
    return f"No country or place is known as “{word}”: {hint}"
