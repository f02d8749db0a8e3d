"""Names of actors that no registry has, guessed from a text by rules: brackets, titles, headwords, repetition.

Precision goes first: an annotator deletes a wrong suggestion mention by mention, and a missing one costs a slot and a name. The
words that the rules know are English (``new_names.toml``). In another language only acronyms in brackets are found.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from standpoint.codebook.name_forms import SMALL
from standpoint.codebook.registry import inside_urls
from standpoint.pages.suggestions._name_words import Run, Word, lexicon, runs, words_of, written

ACRONYM, TITLE, HEADWORD, REPEATED, KNOWN = "acronym", "title", "headword", "repeated", "well known"
BRACKETS = re.compile(r"\s*[(\[]\s*[\"“'‘]?([^()\[\]\"“”'‘’\n]{2,80})[\"”'’]?\s*[)\]]")
SHORT = re.compile(r"[A-Z][A-Za-z.]{1,9}")
# An adjective before a name ("Ostrel-based"); the same after a name makes the name a part of the adjective ("Front-held").
MODIFIER = re.compile(r".*-(?:based|led|backed|linked|affiliated|allied|aligned|controlled|run)")
NOT_ALONE = re.compile(
    r"[-–](?:led|backed|linked|held|affiliated|allied|controlled|run|aligned|dominated|brokered|style|like|era)\b| linked\b"
    r"| resolution\b"  # in "Tarn Council resolution 12" the name is part of a title
)
SHIPS = {"aircraft", "carrier", "cruiser", "destroyer", "frigate", "ship", "submarine"}


class Guess(NamedTuple):
    """A name, the rule that found it, and ``[start, end)`` of each of its mentions, in order."""

    name: str
    source: str
    places: tuple[tuple[int, int], ...]


@dataclass
class Names:
    """The names found so far, with their forms and sources. A name that is found twice keeps its first source."""

    forms: dict[str, list[str]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)  # form in lower case -> name

    def add(self, source: str, name: str, *forms: str) -> None:
        """Add a name with other forms of it, or forms to a name that has one of them already."""
        owner = next((self.owners[form.lower()] for form in (name, *forms) if form.lower() in self.owners), name)
        self.sources.setdefault(owner, source)
        for form in (name, *forms):
            if self.owners.setdefault(form.lower(), owner) == owner and form not in self.forms.setdefault(owner, []):
                self.forms[owner].append(form)

    def merge(self, name: str, into: str) -> None:
        """Make a name another form of ``into``."""
        self.forms[into] += self.forms.pop(name)
        self.sources[into] = min(self.sources[into], self.sources.pop(name))
        self.owners |= {form: into for form, owner in self.owners.items() if owner == name}

    def merge_parts(self) -> None:
        """Make "Guard Command" a form of "Tarn Guard Command", if only one name ends so. A nation begins a name of its own."""
        for name in [name for name, source in self.sources.items() if source in (HEADWORD, ACRONYM) and " " in name]:
            whole = [one for one in self.forms if one.lower().endswith(f" {name.lower()}") or one.startswith(f"{name} of ")]
            if len(whole) == 1 and name.split()[0].lower() not in lexicon().nations:
                self.merge(name, whole[0])


def guess(
    text: str, known: Collection[tuple[int, int]] = (), language: str = "en", more: Sequence[tuple[str, str]] = ()
) -> list[Guess]:
    """The names of actors in a text, in the order of their first mentions.

    ``known`` are ``[start, end)`` of what needs no guess, such as the registry's names; no mention overlaps one. ``more`` are
    names of other origin, each with its source. They count only if no rule has the name.
    """
    words, names = words_of(text), Names()
    shouting = sum(map(str.isupper, text)) > sum(map(str.islower, text))
    _bracketed(text, words, names)
    if language.split("-")[0] == "en":
        (_in_capitals if shouting else _in_sentences)(text, words, names)
        names.merge_parts()
    for name, source in more:
        if name.lower() not in names.owners:
            names.add(source, name)
    return _located(text, names, [*known, *inside_urls(text)], shouting)


def _in_sentences(text: str, words: Sequence[Word], names: Names) -> None:
    """The names in a text with capitals and small letters."""
    for forms in lexicon().well_known:
        if there := [form for form in forms if re.search(rf"(?<![\w-]){re.escape(form)}(?![\w-])", text)]:
            names.add(KNOWN, *there)
    capitalised = list(runs(text, words))
    for run in capitalised:
        if person := _person_in(run):
            names.add(TITLE, person)
        for part in _without_and(run.words):
            if organisation := _organisation_in(part):
                names.add(HEADWORD, organisation)
    _regimes(words, names)
    _state_bodies(words, names)
    _abbreviated(text, names)
    _surnames(names)
    _repeated(text, capitalised, names)
    _short_names(text, capitalised, names)


def _bracketed(text: str, words: Sequence[Word], names: Names) -> None:
    """Find "Free Harbour Front (FHF)" and "FHF [Free Harbour Front]": both forms are one actor, whatever its headword is."""
    for number, word in enumerate(words):
        if not (match := BRACKETS.match(text, word.end)):
            continue
        inside = match[1].strip()
        within = [item for item in words[number + 1 :] if item.end <= match.end(1)]
        if SHORT.fullmatch(inside):
            acronym, name = inside, _spelled_out(inside, text, words[: number + 1])
        elif SHORT.fullmatch(word.text) and within:
            acronym, name = word.text, _spelled_out(word.text, text, within)
            name = name if name == text[within[0].start : within[-1].end] else ""
        else:
            continue
        if name and name.split()[-1].lower() not in lexicon().other_heads:
            names.add(ACRONYM, name, acronym)


def _spelled_out(acronym: str, text: str, before: Sequence[Word]) -> str:
    """The last words of ``before`` whose initials are the acronym's capitals, small words left out; otherwise ""."""
    capitals = [letter for letter in acronym if letter.isupper()]
    chosen: list[Word] = []
    for word, after in zip(reversed(before[-20:]), [None, *reversed(before[-19:])], strict=False):
        if len(chosen) == len(capitals) or (after and not after.gap.isspace() and after.gap != "-"):
            break
        if word.low not in SMALL or word.text[0].upper() == capitals[-1 - len(chosen)]:
            chosen.append(word)
    if len(capitals) < 2 or [word.text[0].upper() for word in reversed(chosen)] != capitals or not chosen[-1].is_capital:
        return ""
    return text[chosen[-1].start : chosen[0].end]


def _abbreviated(text: str, names: Names) -> None:
    """Add an acronym in brackets beside a name, also with its letters in another order: names are translated."""
    for name in [name for name, source in names.sources.items() if source in (HEADWORD, KNOWN)]:
        pattern = re.escape(name)
        for match in re.finditer(rf"{pattern}\s*[(\[]([A-Z]{{3,8}})[)\]]|\b([A-Z]{{3,8}}) [(\[]{pattern}[)\]]", text):
            acronym = match[1] or match[2]
            capitals, initials = Counter(acronym), Counter(word[0].upper() for word in name.split() if word.lower() not in SMALL)
            if capitals <= initials and capitals.total() + 2 > initials.total() and acronym[0] == name[0]:
                names.sources[name] = ACRONYM
                names.add(ACRONYM, name, acronym)


def _person_in(run: Run) -> str:
    """The name after the last title in a run, or after a title in small letters before it; otherwise ""."""
    lex = lexicon()
    around = [*run.after, run.before] if run.before else run.after
    if any(word.low.split("-")[0] in SHIPS for word in around):
        return ""
    last = max((number for number, word in enumerate(run.words) if word.low in lex.all_titles), default=-1)
    title = run.words[last] if last >= 0 else run.before
    if title is None or title.low not in lex.all_titles:
        return ""
    name = _without_office(run.words[last + 1 :])
    if not 1 <= len(name) <= 4 or not all(word.may_be_of_person for word in name):
        return ""
    whole = written(name)
    return "" if whole.lower() in lex.countries or (len(name) == 1 and title.low not in lex.strong_titles) else whole


def _without_office(name: list[Word]) -> list[Word]:
    """The person after "of State" and "of the Republic of Ostrel"."""
    countries = lexicon().countries
    if name and name[0].low == "of":
        while name and name[0].low in ("of", "the", "and", "state", "defense", "defence", "republic", "federation", "kingdom"):
            name = name[1:]
        while len(name) > 2 and (written(name[:2]).lower() in countries or name[0].low in countries):
            name = name[2:] if written(name[:2]).lower() in countries else name[1:]
    return name


def _without_and(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The parts of "Tarn Guard and Lower Brigade" and "Council of Elders and the Guard". "Ministry of Trade and Work" is one."""
    first = 0
    for number, word in enumerate(words):
        if word.low == "and" and (words[number - 1].low in lexicon().heads or words[number + 1].low == "the"):
            yield words[first:number]
            first = number + (2 if words[number + 1].low == "the" else 1)
    yield words[first:]


def _organisation_in(run: Sequence[Word]) -> str:
    """The name in a run that has a headword: "Tarn Harbour Guard", "Council of Elders", "Jaish al-Tarn"; otherwise ""."""
    lex = lexicon()
    if run[-1].low in lex.other_heads:
        return ""
    if run[0].low in lex.first_heads and 2 <= len(run) <= 4:
        end = next((number for number, word in enumerate(run) if number and word.low in lex.members | {"and"}), len(run))
        return written(run[:end]) if end > 1 else ""
    run = run[: next((number for number, word in enumerate(run) if word.low in lex.all_titles - lex.heads), len(run))]
    heads = [number for number, word in enumerate(run) if word.low in lex.heads and word.is_capital]
    if not heads:
        return ""
    head, start = heads[-1], _first_capital(run, heads[-1])
    earlier = [number for number in heads if number < start]
    if earlier and start > 1 and run[start - 1].low in ("of", "for"):  # "Council of the Tarn Guard" is one name
        head, start = earlier[-1], _first_capital(run, earlier[-1])
    end = _end_of_name(run, head + 1)
    if not end:
        return ""
    while start < head and MODIFIER.fullmatch(run[start].text):
        start += 1
    # A corpus that lost its apostrophes has "Ostrels Foreign Ministry".
    start = max([start, *(at + 1 for at in range(start, head) if run[at].low[-1] == "s" and run[at].low[:-1] in lex.countries)])
    name = run[start:end]
    return written(name) if len(name) < 10 and sum(word.is_capital for word in name) > 1 else ""


def _first_capital(run: Sequence[Word], number: int) -> int:
    """The first of the capitalised words in a row that ends with this word."""
    while number and run[number - 1].is_capital:
        number -= 1
    return number


def _end_of_name(run: Sequence[Word], end: int) -> int:
    """Where a name ends whose headword ends at ``end``: there, or after its "of …"; 0 if the headword is part of another name."""
    lex, rest = lexicon(), list(run[end:])
    if not rest:
        return end
    if rest[0].low not in ("of", "for"):
        following = {word.low for word in rest if word.is_capital}
        return end if rest[0].low == "and" or following <= lex.members else 0
    while rest and not rest[-1].is_capital:
        rest.pop()
    owners = [word.low for word in rest if word.is_capital]
    # Of "Armed Forces of Ostrel" nobody can say whether the country belongs to the name.
    is_country = owners and (owners[0] in lex.countries | lex.nations or " ".join(owners) in lex.countries)
    return 0 if is_country else end + len(rest)


def _regimes(words: Sequence[Word], names: Names) -> None:
    """Find "Morn regime" and the ruler after whom it is named."""
    lex = lexicon()
    for word, after in zip(words, words[1:], strict=False):
        if after.gap != " " or after.low not in ("regime", "regimes"):
            continue
        is_ruler = word.is_capital and word.text[1:].islower() and word.low not in lex.nations | lex.common
        is_country = {word.low, word.low.removesuffix("s")} & lex.countries
        if is_ruler and not is_country:
            names.add(HEADWORD, f"{word.text} regime")
            names.add(HEADWORD, word.text)


def _state_bodies(words: Sequence[Word], names: Names) -> None:
    """Find a nationality with a state body in small letters: "Corvane army", "Corvane government forces"."""
    lex = lexicon()
    for number, word in enumerate(words):
        for size in (3, 2, 1) if word.low in lex.nations and word.is_capital else ():
            after = words[number + 1 : number + 1 + size]
            body = " ".join(item.text for item in after)
            if len(after) == size and body in lex.bodies and all(item.gap == " " for item in after):
                follows = words[number + 1 + size : number + 2 + size]
                stands_alone = not follows or follows[0].gap != " " or follows[0].low in lex.after_names
                if stands_alone or body not in lex.adjectives:
                    names.add(HEADWORD, f"{word.text} {body}")
                break


def _surnames(names: Names) -> None:
    """Make a person's last name a form of the person's name, if no other person has it."""
    people = [name for name, source in names.sources.items() if source == TITLE and " " in name]
    count = Counter(name.split()[-1] for name in people)
    for name in people:
        surname = name.split()[-1]
        if count[surname] == 1 and len(surname) > 2:
            if surname in names.forms:
                names.merge(surname, name)
            names.add(TITLE, name, surname)


def _short_names(text: str, capitalised: Sequence[Run], names: Names) -> None:
    """Make "the Coalition" a form of "Tarn Coalition", if only one name ends so."""
    heads = {run.words[0].text for run in capitalised if len(run.words) == 1 and run.words[0].low in lexicon().heads}
    for head in sorted(heads):
        owners = {owner for form, owner in names.owners.items() if form.endswith(f" {head.lower()}")}
        if len(owners) == 1 and re.search(rf"\b[Tt]he {head}\b(?! [A-Z])", text):
            names.add(HEADWORD, owners.pop(), head)


def _repeated(text: str, capitalised: Sequence[Run], names: Names) -> None:
    """Find names of up to three words that occur twice, act like an actor at least once, and never stand where a place does."""
    lex = lexicon()
    uses: dict[str, list[Run]] = defaultdict(list)
    for run in capitalised:
        if len(run.words) <= 3 and all(word.may_be_of_person for word in run.words):
            uses[written(run.words)].append(run)
    for name, found in uses.items():
        of_nations = set(re.split("[ -]", name.lower())) <= lex.nations
        if len(found) < 2 or len(name) < 3 or of_nations or name.lower() in lex.countries:
            continue
        if {name.lower(), name.lower().removesuffix("s")} & names.owners.keys():
            continue
        before = {run.before.low for run in found if run.before}
        after = {run.after[0].low for run in found if run.after and run.after[0].gap == " "}
        has_allies = re.search(rf"{re.escape(name)}(?:-(?:led|backed|held)\b| and (?:its|his|their) allies)", text, re.IGNORECASE)
        is_thing = before & {"a", "an"}  # "a VBIED"
        is_place = before & lex.places_before or ("of" in before and " " not in name and not name.isupper())
        is_place = (is_place and not has_allies) or {word.rstrip("s") for word in after} & lex.other_heads
        acts = has_allies or after & (lex.deeds | lex.members) or (name.isupper() and 3 <= len(name) <= 6)
        if acts and not is_place and not is_thing:
            names.add(REPEATED, name)


def _in_capitals(text: str, words: Sequence[Word], names: Names) -> None:
    """The names in a text that is all in capitals: titles and headwords are the only signs of one."""
    lex, counts = lexicon(), Counter(word.low for word in words)
    for number, word in enumerate(words):
        if word.low in lex.all_titles - lex.heads:
            person = list(_leading(words[number + 1 : number + 5]))
            # One word must occur twice: "MAJOR CRIMES" is no person.
            alone = len(person) == 1 and word.low in lex.strong_titles and counts[person[0].low] > 1
            if alone or 2 <= len(person) <= 3:
                names.add(TITLE, written(person))
        if word.low in lex.heads - {"department"} and (name := _organisation_before(words, number)):
            names.add(HEADWORD, name)
    _abbreviated(text, names)
    _surnames(names)


def _leading(words: Sequence[Word]) -> Iterator[Word]:
    """The words up to the first that cannot be in the name of a person."""
    for word in words:
        if word.gap not in (" ", ". ", "\n") or not (word.may_be_in_name and word.may_be_of_person) or word.low.endswith("ly"):
            return
        yield word


def _organisation_before(words: Sequence[Word], number: int) -> str:
    """The name that ends with this headword, in a text all in capitals; "" if none does."""
    lex, head, first = lexicon(), words[number], number
    while first > max(0, number - 7) and words[first].gap in (" ", "\n") and words[first - 1].may_be_in_name:
        if words[first - 1].text == "S" and words[first - 1].gap in ("'", "’"):
            break
        first -= 1
    before = words[first - 1].low if first and words[first].gap.isspace() else ""
    if before in ("a", "an", "and", "or"):
        return ""  # "A TECHNICAL INSTITUTE", "NATIONAL RADIO AND TELEVISION NETWORK"
    follows = words[number + 1 : number + 2]
    goes_on = follows and follows[0].gap == " " and follows[0].may_be_in_name and follows[0].low not in lex.members
    name = list(words[first : number + 1])
    others = {word.low for word in name[:-1]}
    is_group = head.low in lex.members
    if goes_on or others <= lex.weak or (is_group and not others & (lex.nations | lex.heads)):
        return ""  # "TO SUPPORT TROOPS"
    while len(name) > 2 and name[0].low in lex.weak:
        del name[0]
    if is_group and others & lex.heads:
        name.pop()  # "TARN GUARD TROOPS" are the Tarn Guard
    return written(name) if len(name) > 1 else ""


# Where the names stand.


def _located(text: str, names: Names, known: Sequence[tuple[int, int]], shouting: bool) -> list[Guess]:
    """Each name with its mentions. The longest of several names wins, and what is known is left out."""
    spellings = sorted({form for forms in names.forms.values() for form in forms}, key=lambda form: (-len(form), form))
    if not spellings:
        return []
    plural = "" if re.search(r"['’]", text) else "s?"  # a corpus that lost its apostrophes has "Morns boats"
    alternatives = "|".join(r"\s+".join(map(re.escape, form.split())) for form in spellings)
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for match in re.finditer(rf"(?<![\w@/.-])({alternatives}){plural}(?![\w@/]|-\w)", text):
        owner = names.owners[" ".join(match[1].lower().split())]
        is_owner = match.end() > match.end(1)  # "Fronts fighters", once "Front's fighters", are two mentions
        place = _extent(text, *match.span(), shouting, is_owner or names.sources[owner] == TITLE)
        if place and not any(place[0] < last and first < place[1] for first, last in known):
            places[owner].append(place)
    guesses = [Guess(name, names.sources[name], tuple(found)) for name, found in places.items()]
    return sorted(guesses, key=lambda item: item.places)


NUMBER = re.compile(r" (?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten)\b")
BEFORE = re.compile(r"(?<![\w-])([\w-]+) $")
NEXT = re.compile(r"\s+([\w-]+)(?:\s+([\w-]+))?")
NEXT_CAPITALS = re.compile(r"(?: [A-Z][\w-]*){1,2}")


def _extent(text: str, start: int, end: int, shouting: bool, alone: bool) -> tuple[int, int] | None:
    """A mention with the modifiers before it and, unless it stands ``alone``, the members' noun after it ("Front fighters").

    None if the name is part of another name ("Front Street") or of an adjective ("Front-held").
    """
    lex = lexicon()
    if NOT_ALONE.match(text, end):
        return None
    while (before := BEFORE.search(text, max(0, start - 60), start)) and (
        before[1].lower() in lex.nations or MODIFIER.fullmatch(before[1])
    ):
        start = before.start(1)
    if number := NUMBER.match(text, end):
        end = number.end()
    if not (after := NEXT.match(text, end)):
        return start, end
    one, two = after[1], (after[2] or "").lower()
    if not alone and one.lower() in lex.members:
        return start, after.end(1)
    if not alone and one.lower() in lex.members_before and two in lex.members | {"organisation", "organization"}:
        return start, after.end(2)
    following = NEXT_CAPITALS.match(text, end)
    is_part = following and any(word.lower() in lex.other_heads for word in following.group().split())
    return None if is_part and not shouting else (start, end)
