"""What a statement says otherwise than the sentences that it may rest on, kind by kind."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from pincite.checking import english
from pincite.checking.belonging import OF_THEIR_OWN
from pincite.checking.comparing import equal, same
from pincite.checking.exchanging import is_exchanged
from pincite.checking.grammar import Clause, Reading
from pincite.checking.quantities import Quantity
from pincite.checking.tokens import lemma_of

_INCLUDING = re.compile(r"\b(?:including|also|even|as well as) (?P<what>(?:\w+ ?){1,4})", re.IGNORECASE)
_EXCEPT = re.compile(
    r"\b(?:except|excluding|other than|apart from|but not|save)(?: for)? (?P<what>(?:\w+ ?){1,4})", re.IGNORECASE
)
_NEEDED = re.compile(r"\b(?:with|if|subject to|needs?|requires?|required|needed|necessary|provided)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no|cannot)\b", re.IGNORECASE)
_ONLY = re.compile(r"\bonly\b", re.IGNORECASE)
_UNLESS = re.compile(r"\b(?:unless|until|except)\b", re.IGNORECASE)
_HOW = re.compile(r"\b(?:by|after|on|upon|when|before) (?:first )?(\w+ing)\b", re.IGNORECASE)
_LEAST_SHARED = 1.6  # words that two clauses share before one is held against the other
_SHORT = 3  # lemmas of a clause of which one shared is enough


def contradictions(said: Reading, rests_on: Sequence[Reading]) -> frozenset[str]:
    """Return the kinds of contradiction between a statement and the sentences that it may rest on."""
    found = _of_periods(said, rests_on)
    clauses = [(reading, clause) for reading in rests_on for clause in reading.clauses]
    lead: set[int] | None = None
    for clause in said.clauses:
        near = _nearest(said, clause, clauses)
        readings = list(dict.fromkeys(id(reading) for reading, _ in near))
        there = [reading for reading in rests_on if id(reading) in readings] or list(rests_on)
        found |= _of_quantities(said, clause, there, rests_on)
        if not near:
            continue
        if lead is not None and lead.isdisjoint(readings):
            found.add("exchanged")  # what holds on one condition is said of another
        lead = set(readings) if clause.leads else None
        if _quantifiers_differ(said, clause, there):
            found.add("quantifier")
        if all(_denials_differ(clause, other, said, reading) for reading, other in near):
            found.add("denied")
        if all(_is_opposite(clause, other, said, reading) for reading, other in near):
            found.add("opposite")
        if all(_modals_differ(clause, other, said, reading) for reading, other in near):
            found.add("modal")
        if all(_roles_differ(clause, other, said, reading) for reading, other in near):
            found.add("roles")
    if _is_crossed(said, rests_on):
        found.add("denied")
    if _turns_exception(said, rests_on):
        found.add("exception")
    if _owners_differ(said, rests_on):
        found.add("owner")
    if is_exchanged(said, rests_on):
        found.add("exchanged")
    return frozenset(found)


def counterpart(quantity: Quantity, rests_on: Sequence[Reading]) -> list[Quantity]:
    """Return the quantities of sentences that may be meant by one."""
    return [other for reading in rests_on for other in reading.quantities if equal(quantity, other)]


def _of_quantities(said: Reading, clause: Clause, there: Sequence[Reading], rests_on: Sequence[Reading]) -> set[str]:
    """Hold the quantities of a clause against the sentences that are nearest to it."""
    found: set[str] = set()
    for quantity in _within(said, clause):
        others = counterpart(quantity, there)
        if not others:
            if quantity.raw == 1 and quantity.dimension in ("", "times", "ordinal"):
                continue
            found.add("exchanged" if counterpart(quantity, rests_on) else "number")
            continue
        if all(_bounds_differ(quantity, other, said, there) for other in others):
            found.add("bound")
        sides = {each.low for each in said.tokens} & {"before", "after"}
        if len(sides) < 2 and all({quantity.side, other.side} == {"before", "after"} for other in others):
            found.add("order")
        if all(quantity.period and other.period and quantity.period != other.period for other in others):
            found.add("period")
    return found


def _within(reading: Reading, clause: Clause) -> list[Quantity]:
    return [quantity for quantity in reading.quantities if clause.start <= quantity.at < clause.end]


def _of_periods(said: Reading, rests_on: Sequence[Reading]) -> set[str]:
    known = {period for reading in rests_on for period, _, _ in reading.periods}
    for period, _, _ in said.periods:
        amounts = {f"{other.dimension} {other.value[0]:g}" for reading in rests_on for other in reading.quantities}
        if period not in known and period not in amounts and known:
            return {"period"}
    return set()


def _bounds_differ(one: Quantity, other: Quantity, said: Reading, rests_on: Sequence[Reading]) -> bool:
    if one.bound == other.bound or not one.bound:
        return False
    if not other.bound:
        return not one.weak
    # "Not in a room of less than 9" is "in a room of at least 9".
    denied = _denied(said, one)
    return denied == any(_denied(reading, other) for reading in rests_on if other in reading.quantities)


def _denied(reading: Reading, quantity: Quantity) -> bool:
    return any(clause.start <= quantity.at < clause.end and clause.denied for clause in reading.clauses)


def _nearest(said: Reading, clause: Clause, clauses: Sequence[tuple[Reading, Clause]]) -> list[tuple[Reading, Clause]]:
    own = _within(said, clause)
    scores = []
    for reading, other in clauses:
        score = sum(
            (0.3 if lemma in english.LIGHT else 1.0)
            * (1.0 if lemma in other.lemmas else 0.7 * any(same(lemma, each) for each in other.lemmas))
            for lemma in clause.lemmas
        )
        score += 1.5 * sum(equal(quantity, each) for quantity in own for each in _within(reading, other))
        if clause.verb and clause.verb == other.verb:
            score += 1.2
        scores.append(score)
    best = max(scores, default=0.0)
    if best < (_LEAST_SHARED if len(clause.lemmas) > _SHORT else 1.0):
        return []
    return [pair for pair, score in zip(clauses, scores, strict=True) if score >= best - 1e-6]


def _modals_differ(one: Clause, other: Clause, said: Reading, reading: Reading) -> bool:
    if one.modal == other.modal:
        return False
    if one.modal == "bound" and other.modal in ("allowed", "able"):
        # Who may do a thing "by giving notice" must give notice in order to do it.
        how = _HOW.findall(reading.text[other.start :])
        if said.text.startswith(("To ", "In order to ")) or one.verb in map(lemma_of, how):
            return False
    for quantity in _within(said, one):
        for each in _within(reading, other):
            # "Not in a room of less than 9" is "in a room of at least 9"; "must not be longer" is "may be up to".
            denied = any(_NOT.search(r.text[q.start : q.at]) for r, q in ((said, quantity), (reading, each)))
            if equal(quantity, each) and ({quantity.bound, each.bound} == {"+", "-"} or denied):
                return False
    if frozenset((one.modal, other.modal)) in english.CANNOT_BOTH_BE:
        # "May not without consent" is "must with consent" and "may only with consent".
        if "barred" not in (one.modal, other.modal):
            return True
        return not (one.conditional != other.conditional and (one.conditional or _NEEDED.search(said.text)))
    return False


def _is_opposite(one: Clause, other: Clause, said: Reading, reading: Reading) -> bool:
    """Tell whether a clause has the opposite of a word of the other, and neither has both."""
    if one.denied != other.denied:
        return False  # "is not open" is "is closed"
    for word in one.said - other.said - (frozenset() if "vote" in said.lemmas else english.OF_VOTES):
        everything = {token.low for token in reading.tokens if reading.plain[token.start].strip()}
        against = english.antonyms(word) & (everything if word in english.ORDER else other.said)
        if not against or against & one.said or word in everything:
            continue
        if word not in english.ORDER or not _is_turned_about(word, said, against, reading):
            return True
    for lemma in one.lemmas - reading.lemmas:
        opposed = (english.opposed(lemma) & other.lemmas) - one.lemmas
        if any(not _are_turned(lemma, each) for each in opposed):
            return True
    return False


def _are_turned(one: str, other: str) -> bool:
    """Tell whether opposites say the same of another subject ("lend" and "borrow"), or one only denies the other."""
    pairs = {f"{one}/{other}", f"{other}/{one}"}
    return not pairs.isdisjoint(english.CONVERSE) or one.endswith(other) or other.endswith(one)


def _is_turned_about(word: str, said: Reading, against: Set[str], reading: Reading) -> bool:
    """Tell whether "one before the other" is only said as "the other after the one"."""
    mine, theirs = _behind({word}, said), _behind(against, reading)
    elsewhere = reading.lemmas - theirs
    return len(mine & elsewhere) > len(mine & theirs)


def _behind(words: Set[str], reading: Reading) -> frozenset[str]:
    """Return the lemmas that follow one of some words in its clause."""
    at = next((token.end for token in reading.tokens if token.low in words), len(reading.text))
    end = next(
        (token.start for token in reading.tokens if token.start > at and token.low in (",", ";", ".")),
        len(reading.text),
    )
    return frozenset(token.lemma for token in reading.tokens if token.lemma and at <= token.start < end)


def _denials_differ(one: Clause, other: Clause, said: Reading, reading: Reading) -> bool:
    turned = any(
        equal(quantity, each) and {quantity.bound, each.bound} == {"+", "-"}
        for quantity in _within(said, one)
        for each in _within(reading, other)
    )
    if _ONLY.search(reading.text) and re.search(r"\b(?:but|except|other than)\b", said.text):
        return False  # "nobody but a doctor" is "only a doctor"
    if _ONLY.search(said.text) and any(each.conditional for each in reading.clauses):
        return False  # "no dogs except guide dogs" is "only guide dogs"
    if (one.denied and _excepts(one, reading)) or (other.denied and _excepts(other, said)):
        return False  # "except on Sundays" is "but not on Sundays"
    return (one.denied != other.denied) != turned


def _excepts(clause: Clause, reading: Reading) -> bool:
    excepted = _EXCEPT.search(reading.text)
    return excepted is not None and any(lemma_of(word) in clause.lemmas - {""} for word in excepted["what"].split())


def _roles_differ(one: Clause, other: Clause, said: Reading, reading: Reading) -> bool:
    if not one.verb or not other.verb or not same(one.verb, other.verb):
        if not one.agents or not other.agents or other.vague or one.vague:
            return False
        # Another actor does what is said in other words, and neither is named on the other side.
        return not _known(one.agents, reading.actors) and not _known(other.agents, said.actors)
    if one.verb != other.verb and f"{one.verb}/{other.verb}" in english.CONVERSE | {
        "/".join(reversed(pair.split("/"))) for pair in english.CONVERSE
    }:
        return False
    if one.agents and other.agents:
        return not _known(one.agents, other.agents)
    if one.agents and _known(one.agents, other.others):
        return True
    return bool(one.others) and _known(one.others, other.agents) and not _known(one.others, other.others)


def _known(some: frozenset[str], among: frozenset[str]) -> bool:
    return any(_same_actor(one, other) for one in some for other in among)


def _same_actor(one: str, other: str) -> bool:
    if one == other:
        return True
    one, other = lemma_of(one), lemma_of(other)
    return bool(one) and one != other and not english.senses(one).isdisjoint(english.senses(other))


def _is_crossed(said: Reading, rests_on: Sequence[Reading]) -> bool:
    """Tell whether one thing that is asserted is denied there, and another the other way round."""
    mine, theirs = _sides(said.clauses), _sides([clause for reading in rests_on for clause in reading.clauses])
    shared = [(mine[lemma], theirs[lemma]) for lemma in mine.keys() & theirs.keys() if lemma not in english.LIGHT]
    return ({False}, {True}) in shared and ({True}, {False}) in shared


def _sides(clauses: Sequence[Clause]) -> dict[str, set[bool]]:
    found: dict[str, set[bool]] = {}
    for clause in clauses:
        for lemma in clause.lemmas:
            found.setdefault(lemma, set()).add(clause.denied)
    return found


def _turns_exception(said: Reading, rests_on: Sequence[Reading]) -> bool:
    """Tell whether what is excepted is said to be included."""
    included = _INCLUDING.search(said.text)
    excepted = [match for reading in rests_on if (match := _EXCEPT.search(reading.text)) is not None]
    if included is None or not excepted or _EXCEPT.search(said.text):
        return False
    mine = {lemma_of(word) for word in included["what"].split()} - {""}
    return any(mine & {lemma_of(word) for word in match["what"].split()} for match in excepted)


def _quantifiers_differ(said: Reading, clause: Clause, rests_on: Sequence[Reading]) -> bool:
    theirs = [quantified for reading in rests_on for quantified in reading.quantified]
    kinds = {each.kind for each in theirs}
    for each in said.quantified:
        if not clause.start <= each.at < clause.end:
            continue
        if each.kind == "even" and "even" not in kinds:
            return True
        if (
            each.kind == "only"
            and not kinds & {"only"}
            and not any(c.modal == "barred" for r in rests_on for c in r.clauses)
            and not any(_UNLESS.search(r.text) and any(c.denied for c in r.clauses) for r in rests_on)
        ):
            return True
        if not each.head:
            continue
        of_it = {other.kind for other in theirs if other.head and same(other.head, each.head)}
        if not of_it and each.head == "person":
            of_it = {other.kind for other in theirs if other.head and english.is_actor(other.head, other.head)}
        if not of_it:
            if (
                ("", each.kind)
                and (each.kind, "") in english.EXCLUDED_QUANTIFIERS
                and (any(same(each.head, lemma) for reading in rests_on for lemma in reading.lemmas) or kinds & {"all"})
            ):
                return True
            continue
        if all((each.kind, kind) in english.EXCLUDED_QUANTIFIERS for kind in of_it):
            return True
    return False


def _owners_differ(said: Reading, rests_on: Sequence[Reading]) -> bool:
    for owned, owners in said.owners.items():
        theirs = [
            (reading, others) for reading in rests_on for each, others in reading.owners.items() if same(owned, each)
        ]
        doers = [
            (reading, each)
            for reading in rests_on
            for each in reading.clauses
            if each.verb == owned and not each.passive and each.subject
        ]
        if doers and not theirs and not any(_known(owners, each.subject) for _, each in doers):
            return True
        if theirs and all(_owned_by_others(owners, others, said, reading) for reading, others in theirs):
            return True
    return False


def _owned_by_others(owners: frozenset[str], others: frozenset[str], said: Reading, reading: Reading) -> bool:
    if OF_THEIR_OWN in owners:
        return False
    if OF_THEIR_OWN not in others:
        return not _known(owners, others)
    agents = frozenset().union(*(clause.agents for clause in reading.clauses))
    who = frozenset().union(*(clause.agents for clause in said.clauses if not clause.passive))
    return bool(agents) and _known(who, agents) and not _known(owners, agents)
