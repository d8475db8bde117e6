"""Words that are written with a full stop which ends no sentence, in the languages the feeds are written in.

Without the full stop, and with capitals as they are written. What a rule can tell is not listed: initials, acronyms,
words without a vowel, words with full stops inside.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    """Give the set of words written in ``text``."""
    return frozenset(text.split())


LEAD_ON = _words(
    # titles, ranks, forms of address
    "Messrs Prof prof Gen gen Sen Rep Gov Lt Col Capt Cmdr Cdr Maj Adm Brig Rev Hon Pres Supt Insp Det Atty Amb "
    "Fr St Ste "
    "Hr Sr Sra Srta Sres Dra Dña Lic Ud Uds Gral Cnel Exmo Sig Sig.ra Avv Ing Dott Dott.ssa Prof.ssa On Mme "
    "Mlle MM Dhr dhr "
    "Mevr mevr drs Ir Doç Av Yrd Sn Org TP Tp ThS GS TS PGS BS Dl dl Dna Bpk Jl Rp Mag Univ Rer Dipl "
    "акад ген полк кап лейт адм доц инж Акад Ген Полк Проф проф Дж доктор им ім И.о Δρ डॉ प्रो रु कु ড ডা मो "
    # what is counted, cited or located
    "Nos Nr nr pp pág núm Abs Mt Ft Str str ul Cad Sok Mah "
    "ул пр-т просп бул пл пер наб корп обл пос гл рис табл см ср св гг вв стр ст кв буд вул обл тел αρ σελ "
    # what stands before an example, a figure or a name
    "vs approx viz cf ca circa bzw sog sogen evtl ggf vgl inkl exkl zzgl insb geb ehem apr av aprox esim ns "
    "bijv bv nl resp blz tzv tzw np tj godz św kb ún např napr popř tzn dvs jf обр напр нар тзв "
    "янв фев февр мар апр июн июл авг сен сент окт ноя нояб дек січ лют бер квіт трав черв лип серп вер жовт "
    "лист груд"
)
"""They lead on to what they are said of, so no sentence ends after them."""

BEFORE_NUMBER = _words(
    "No no N n N° n° № Vol vol Fig fig Art art Sec sec Ch ch p s pag num cap kl klo pl ok env pct S Kap Bd Ziff "
    "Tel tel т ч п"
)
"""They lead on to a number; before anything else they are words like others."""

MAY_END = _words(
    "Inc Ltd Co Corp Bros Jr jr Esq Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs "
    "Fri Sat Sun Ph.D etc usw ecc enz osv atd apod stb ym jne vb dll ir UU EE mio mia mil tis tys kr hrs "
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan La Mass Md Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa "
    "Tenn Tex "
    "Va Vt Wash Wis Wyo "
    "др пр ин мин сек κ.λπ κ.ά εκ δισ εκατ"
)
"""They may stand at the end of a sentence, too: it ends where a word follows that commonly begins one."""

UNITS = _words("руб долл тыс млн млрд трлн грн лв чел kr Kč zł")
"""Of counts and money, in languages that write the next word of the sentence small: a capital begins a new one."""

YEAR = _words("г р r ж m")
"""Of a year, behind its number."""

ENDING_DOTTED = _words("т.д т.п т.к.д u.s.w o.s.v m.m κ.λπ κ.ά a.s и.т.д")
"""Small words with full stops inside that commonly stand last."""

STARTERS = _words(
    "the a an it he she they we i you this that these those there in on at but and however after before when "
    "while if "
    "as for by its his her their our my no not some many most both all one two three according meanwhile officials "
    "police state what who why how since during under with from did does was were has have had can could would "
    "should "
    "в на по это этот эта эти он она оно они мы как однако но и с для из при что если также после все там его "
    "ее её их "
    "у на це він вона вони ми як але та для якщо після "
    "der die das den dem des er es wir sie ich ein eine im am und aber nach mit auch dann dort damit doch seit bei "
    "les il elle ils elles une des mais le los las pero el ella se su os as ele ela o gli lo una ma "
    "het hij zij een maar det han hun hon de den og och men som to jest ale na po od ona on oni"
)
"""Words that commonly begin a sentence, casefolded."""

MONTHS = _words(
    "januar februar märz april mai juni juli august september oktober november dezember "
    "januari februari mars maj augusti marts desember december maja svibnja"
)
"""Months of languages that write the day before them with a full stop, casefolded."""

ORDINAL_LANGS = _words("de da nb nn no fi cs sk hu hr sl et is lv pl tr sr bs lb fo eu")
"""Languages that write an ordinal number with a full stop."""

TIMES = _words(
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday "
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august "
    "september october "
    "november december est edt et cst cdt ct mst mdt pst pdt pt gmt utc bst cet cest ist jst kst"
)
"""What goes on after "5 p.m.", casefolded."""
