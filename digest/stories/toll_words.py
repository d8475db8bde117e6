"""What the lists are by which tolls are read, and the words that make a number none; `digest.stories.tolls` reads them.

A list is words between spaces. ``!`` behind a word: it may belong to what follows it ("12 dead birds"), so what follows
is looked at. All is written small; accents count, Arabic vowel signs and hamzas do not.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Harm(enum.StrEnum):
    """What a toll counts."""

    KILLED = "killed"
    WOUNDED = "wounded"
    MISSING = "missing"
    ARRESTED = "arrested"
    DISPLACED = "displaced"
    """Evacuated, too."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """How a language that puts spaces between words tells a toll."""

    numbers: str
    """One to twenty, in order; spellings of one number are parted by ``/``; ``-`` where there is none."""
    after: Mapping[Harm, str]
    """What follows its number: 12 **killed**."""
    before: Mapping[Harm, str]
    """What goes before its number: **kills** 12."""
    people: str
    """Who is counted: 12 **soldiers** killed."""
    fillers: str
    """What else may stand between a number and its word: 12 were **reported** killed."""
    links: str
    """What may stand between a word and its number: kills **at least** 12."""
    counts: str
    """What is said to rise: the **number** of dead."""
    to: str
    """What the number follows that something rose to: rises **to** 12, **reaches** 12."""
    tails: str
    """What may follow a toll that is not followed by people: 12 dead **in**."""
    rising: Mapping[Harm, str] = field(default_factory=dict)
    """What is read only where its number rises: **death** toll rises to 12."""
    unlike: str = ""
    """What stands beside a count that is none of people killed: **toll road**, **injury** toll."""
    spoken: str = ""
    """Words that say somebody was killed, without a number: a **deadly** blast."""
    tens: str = ""
    """Twenty to ninety, as far as "twenty-one" is written so."""
    thousands: str = ""
    millions: str = ""
    others: str = ""
    """Words for "more", which make a number one that is added: 12 **more** dead."""
    free: bool = False
    """Anything but a measure may follow the number, as nouns there have too many forms to be listed."""


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


MEASURES = _words(
    "years year days day hours hour minutes weeks week months month percent km miles metres meters dollars "
    "euros лет года год дней дня часов часа минут недель месяцев км рублей долларов процентов метров раз раза "
    "років роки рік днів годин хвилин тижнів місяців гривень відсотків метрів разів عاما عام سنة سنوات يوما "
    "ايام ساعة ساعات دقيقة شهرا اشهر كيلومترا كم دولار دولارا مترا مرة مرات lat lata dni godzin minut złotych "
    "procent שנים שנה ימים שעות שקלים साल वर्ष दिन घंटे रुपये سال ساله روز ساعت دقیقه ماه کیلومتر "
    "متر دلار تومان درصد بار собак коров животных лошадей птиц кур свиней овец тварин корів коня خروفا"
)
"""What is counted, but no people."""

NAMED_BY_NUMBER = _words(
    "flight no nr nos # № nº n° highway route room page chapter season episode part section article line gate "
    "level phase type channel division district ward precinct battalion brigade unit boeing airbus top aged age "
    "number apollo interstate exit series volume version vol act title group day week year grade flug linie "
    "straße platz alter staffel folge seite raum artikel vuelo voo volo edad temporada capítulo línea artículo "
    "página ruta idade saison épisode ligne âge âgé âgée рейс номер линия статья сезон глава возраст часть "
    "школа лет رقم الرحلة رحلة المادة ماده پرواز شماره $ € £ ¥ ₹ ₽ january february march april may june july "
    "august september october november december jan feb mar apr jun jul aug sep sept oct nov dec"
)
"""What a number behind it is the name of, its rank, its age or its date."""

HISTORY = _words(
    "since tied defect probe investigation inquiry lawsuit anniversary ago commemorate commemorates "
    "commemorated remember "
    "remembers remembering memorial history accused convicted charged sentenced trial guilty alleged annually "
    "yearly per each every linked blamed responsible could may might would will if plot plotted threatens "
    "threaten threatened feared movie film drill exercise game simulation scenario pardoned jailed series novel "
    "average typically risk seit jahrestag gedenken gedenkt erinnert angeklagt angeklagter angeklagte "
    "angeklagten verurteilt prozess könnte könnten würde jährlich depuis anniversaire commémoration commémore "
    "accusé condamné procès pourrait jugé jugés desde aniversario aniversário conmemora acusado condenado "
    "condenados juicio podría poderia julgamento acusados anniversario accusato condannato processo potrebbe "
    "годовщина годовщину годовщины обвиняемый обвиняемого приговорен приговорён приговорили суд могли может бы "
    "ежегодно річниця річницю річниці засуджено засудили щорічно обвинувачений منذ ذكرى الذكرى محاكمة حكم "
    "المتهم قد سنويا سالگرد محاکمه متهم سالانه"
)
"""Words of a sentence that tells of the past, of a court, of what may be, or of a rate."""

HISTORY_PHRASES = (
    "с начала",
    "со времен",
    "з початку",
    "лет назад",
    "років тому",
    "от начала",
    "on this day",
    "year after",
    "years after",
    "years on",
    "от рук",
    "hace un año",
    "il y a",
    "vor einem jahr",
    "jahre nach",
    "há um ano",
    "ans après",
    "años después",
    "anos depois",
    "از آغاز",
    "از زمان",
    "left 4 dead",
    "pro jahr",
    "pro tag",
    "par jour",
    "al día",
    "por dia",
    "в день",
    "на день",
    "al giorno",
    "يوميا",
    "par an",
    "al año",
    "por ano",
    "в год",
    "на рік",
    "anni dopo",
)
"""The same in several words."""
