"""English words of one meaning, of opposite meaning, and for those who do things."""

from __future__ import annotations

from pincite.checking.english.lists import pairs, split
from pincite.checking.english.saying import LIGHT_WORDS
from pincite.storing.terms import terms

ACTORS = split(
    "landlord tenant staff team company board council committee member authority party bank government agent "
    "client guest owner user head mayor clerk chair president secretary crew union school museum library town "
    "city state court police nurse pupil student child parent firm business association agency department "
    "ministry client patient guardian household club host guest spouse wife husband woman man person people "
    "council councillor governor librarian technician electrician physician surgeon accountant consultant "
    "assistant tribunal insurer resident applicant participant occupant assistant attendant accountant registrant "
    "claimant defendant captain university hospital residents society charity fund regulator partner subsidiary "
    "parent affiliate principal trustee executor heir creditor debtor citizen volunteer apprentice trainee intern "
    "colleague chef cook pilot scheme family group ombudswoman ombudsman"
)
NO_ACTORS = split(
    "younger older earlier sooner shorter taller cheaper heavier lighter deeper wider louder quieter warmer "
    "colder hotter cooler faster slower nearer closer safer easier harder softer brighter darker stronger weaker "
    "newer smaller bigger greater higher lower richer poorer farther thicker thinner wetter drier nicer simpler "
    "narrower extra remember number order water paper letter matter weather winter summer quarter corner register "
    "computer container charter shelter cover offer chapter meter metre litre center centre theatre river border "
    "power tower shower counter drawer heater filter buffer router server sensor motor compressor evaporator "
    "radiator elevator refrigerator error floor door factor color colour vector sector monitor indicator indoor "
    "outdoor october november december september other either after under over never ever further rather higher "
    "lower later larger greater fewer longer shorter former latter fee degree guarantee coffee tree three free "
    "list exist consist assist resist persist per answer order proper upper inner outer better dinner poor prior "
    "major minor senior junior whether together transfer timer sticker folder printer poster parameter perimeter "
    "diameter thermometer cylinder bladder ladder powder fibre fiber layer tiger danger anger finger hunger "
    "trigger charger barrier carrier trailer boiler cooler mixer freezer burner starter fastener damper rubber "
    "timber copper silver leather feather remainder disaster quarter master-key master committee-room newspaper "
    "semester trimester october tender gender calendar sugar collar dollar cellar pillar interior exterior "
    "behaviour favour labour honour harbour neighbour flavour vapour hour tour four your our error mirror terror "
    "horror corridor anchor parlour humour rumour tumour honour employ render consider deliver remember discover "
    "recover enter offer differ suffer prefer refer defer infer occur register administer alter trade-off "
    "disaster rooster cluster adapter adaptor connector generator inverter transformer converter detector "
    "projector tractor reactor conductor resistor capacitor transistor trustee-fee referee-fee deer beer steer "
    "career pier tier"
)
# One lemma for forms that a stemmer keeps apart.
LEMMAS = pairs(
    "paid=pay kept=keep given=give gave=give drawn=draw drew=draw swept=sweep sent=send held=hold made=make "
    "taken=take took=take lent=lend bought=buy sold=sell told=tell written=write wrote=write written=write "
    "chosen=choose chose=choose lost=lose built=build met=meet left=leave found=find brought=bring borne=bear "
    "bore=bear shown=show done=do did=do does=do has=have had=have began=begin begun=begin rose=rise risen=rise "
    "fell=fall fallen=fall sunk=sink sank=sink seen=see saw=see known=know knew=know grown=grow grew=grow "
    "said=say became=become came=come went=go gone=go ran=run won=win led=lead fed=feed read=read put=put cut=cut "
    "set=set spent=spend worn=wear wore=wear broken=break broke=break driven=drive drove=drive ridden=ride "
    "flown=fly flew=fly stood=stand understood=understand thought=think taught=teach caught=catch sought=seek "
    "fought=fight stolen=steal hidden=hide eaten=eat slept=sleep spoken=speak spoke=speak sworn=swear torn=tear "
    "thrown=throw threw=throw lain=lie laid=lay meant=mean dealt=deal felt=feel hung=hang shut=shut struck=strike "
    "sung=sing swum=swim dug=dig bound=bind withdrawn=withdraw withdrew=withdraw withheld=withhold "
    "overtaken=overtake undertaken=undertake men=man women=woman children=child people=person feet=foot "
    "mice=mouse halves=half lives=life shelves=shelf leaves=leave dried=dry approval=approve arrival=arrive "
    "renewal=renew refusal=refuse removal=remove payment=pay payable=pay maintenance=maintain possession=possess "
    "decision=decide permission=permit permitted=permit forbidden=forbid extension=extend inspection=inspect "
    "termination=terminate reduction=reduce provision=provide division=divide delivery=deliver storage=store "
    "entry=enter choice=choose loss=lose sale=sell growth=grow length=long width=wide height=high depth=deep "
    "strength=strong death=die birth=bear failure=fail departure=depart repayment=repay consumption=consume "
    "assumption=assume description=describe receipt=receive insurance=insure assistance=assist monthly=month "
    "yearly=year annual=year annually=year weekly=week daily=day hourly=hour quarterly=quarter nightly=night "
    "written=write cleaning=clean"
)
# Words of one meaning here; the first is what the others count as.
SYNONYM_GROUPS = """
    begin start commence starting_point / end terminate finish complete expire conclude / buy purchase acquire /
    sell / get receive obtain / give hand provide supply issue / tell inform notify report announce apprise /
    ask request / pay remit settle / cost price charge / need require demand necessitate / allow permit entitle
    / forbid prohibit ban bar disallow / consent permission approval approve permit / employee staff worker
    personnel workforce / company firm employer enterprise corporation business / rise increase raise grow climb
    go_up hike / fall decrease drop decline shrink cut reduce lower / return give_back restore / keep retain
    maintain store preserve hold / split divide share / carry transport / leave depart quit / enter access / use
    utilise utilize / repair fix mend / check examine inspect control / clean wash rinse / illness sick ill
    sickness disease unwell / yearly annual / home house dwelling cottage residence property / flat apartment /
    car vehicle automobile / holiday leave vacation time_off / salary pay wage remuneration / rent rental /
    garden yard / help assist aid support / choose select pick elect / big large great / small little / quick
    fast rapid prompt / right entitle / duty obligation responsibility responsible oblige / meeting session /
    vote ballot / propose suggest move / accept take agree / refuse reject decline deny withhold / bad poor /
    good / cover include comprise contain hold / exclude omit / show display indicate / happen occur / stay
    remain / bear pay cover fund finance / lodge deposit place / sweep clean / announce tell / term period
    duration / tenancy lease letting let / lapse expire / unused not_taken / carry_over carry / note certificate
    / certificate document / child kid / person people individual anyone everyone / young / old / town
    municipality council / trip journey travel / book reserve / exceed surpass / limit cap maximum / least
    minimum / most maximum / additional extra further more another / replace change substitute swap / remove
    take_out withdraw / switch turn / shut close / open / cold / warm hot / distance away / empty / full / wait
    / pull draw / damage harm injury / fault error failure defect / cause reason ground / due owe payable /
    interest / late overdue / loan credit borrow / reserve saving / build construct erect / plant / fell cut /
    draw_up prepare compile / sign / lose mislay / key / worth value / supplier vendor / client customer / gift
    present / decide determine rule / complain complaint / answer reply respond / second_job side_job / repeat
    redo / repay reimburse refund / reference testimonial / badge / laptop computer / day date / week /
    fortnight / run last continue / extend prolong renew / deliver hand_over / load / crane / subcontract /
    dredge / insure / liability liable / fee charge rate / notice notification / written write / immediately
    at_once / yard / main principal / belong / thing belonging item / paint decorate / wall / alone sole only /
    blame fault cause responsible / dispute disagree disagreement argue / deduct deduction / member / attend
    present / abstain / against oppose / favour for / wide width / long length / high height / deep depth / area
    size / measure amount come / apologise apologize sorry / promise pledge / borrow loan / pensioner retiree /
    free gratis / consume use / power / start switch_on / colour / outside exterior outer / inside interior
    inner / weekday / earn receive / attempt try / collect gather / obtain get / display show / vacuum /
    certified registered qualified licensed / specialist expert / visit view viewing inspect / music / pet
    animal / dog / live reside occupy / lodger / sublet / smoke / transfer send move / deposit bond / dwelling /
    agent representative / mail post / expense cost / bill invoice / contribute contribution pay / join become /
    share portion part contribution / double twice / half / reach arrive get / send submit hand / item point
    topic / earlier sooner / previous preceding last earlier / next following coming / new / bad poor /
    condition state / chair preside lead / council town / survey study / contractor company / delay late /
    regional / finance fund pay / reserve / trader merchant stallholder / want ask wish / try test / stall stand
    / passage gap / van / lend loan borrow / child / collection / bus coach / second further / route line /
    field plot / family / lie situate locate / shed hut / poultry chicken / elm / tree
"""
VERBS = split(
    "accept acquire add agree allow announce answer apologise apologize apply appoint approve ask assign assist "
    "attend bear become begin belong book borrow bring build buy calculate call cancel carry cause change charge "
    "check choose claim clean close collect come complain complete confirm consist contain continue contribute "
    "cost cover create cut decide declare deduct delete deliver depart deposit describe destroy determine develop "
    "disclose display dispute draw dry earn elect employ empty end enter establish examine exceed extend fail "
    "fall fell file fill find finish fix fly follow fund get give go grant grow hand handle have hold include "
    "increase inform inspect install insure invite issue join keep know lapse last lay lead leave lend let lie "
    "limit load lock lodge lose maintain make manage measure meet move need notify obtain occupy offer open "
    "operate order own paint park pay perform permit place plan plant prepare present prevent print process "
    "produce promise propose protect provide publish pull purchase put raise reach read receive recommend record "
    "recover reduce refund refuse register reject release remain remove renew rent repair repay repeat replace "
    "reply report represent request require reserve reside resign respond rest retain return review rise run sell "
    "send serve service set settle share ship show sign sink sleep smoke speak split stand start state stay stop "
    "store subcontract sublet submit succeed supply support sweep switch take teach tell terminate test train "
    "transfer travel treat try turn use vacate visit vote wait wash water wear withdraw withhold work write "
    "enable prefer want wish like intend ensure lower lift drive guarantee supervise monitor mark audit"
)
CONVERSE = frozenset(
    ["give/get", "provide/get", "get/receive", "lend/borrow", "buy/sell", "hand/get", "pay/get", "rent/let"]
)
# Told apart over the whole sentence; of other opposites each clause may have its own.
ORDER = split("before after until once beforehand afterwards advance arrears during following")
OF_VOTES = frozenset(["for", "against"])
"""Opposites only where votes are cast: a thing is lent "for" as well as "against" a deposit."""
IMPERATIVES_MEAN = "told"

# Said of the same thing, one of each pair is false where the other is true.
ANTONYMS = """
    above/below over/under before/after until/after before/once until/once inside/outside inner/outer
    indoors/outdoors near/away front/behind full/empty advance/arrears beginning/end start/end first/last
    rise/fall rises/falls raised/cut raised/lowered increase/decrease increased/decreased increases/decreases
    east/west north/south eastern/western northern/southern left/right upper/lower open/closed on/off
    with/without early/late earlier/later start/stop starts/stops begins/ends begin/end accept/refuse
    accepted/refused accepted/rejected approved/rejected include/exclude includes/excludes included/excluded
    more/less longer/shorter higher/lower older/younger warmer/colder greater/smaller wet/dry hot/cold high/low
    long/short wide/narrow large/small new/old paid/unpaid public/private internal/external gain/loss
    increase/reduce increased/reduced raise/reduce grew/shrank won/lost present/absent during/after
    during/before clean/dirty known/unknown used/unused allowed/forbidden permitted/prohibited
    mandatory/optional required/optional temporary/permanent minimum/maximum most/least best/worst day/night
    weekday/weekend summer/winter morning/evening morning/afternoon up/down top/bottom for/against towards/away
    written/oral fixed/variable gross/net gross/fine single/double whole/part simple/complex free/paid
    former/latter previous/next past/future domestic/foreign beforehand/afterwards advance/afterwards
    before/following active/inactive valid/invalid voluntary/compulsory direct/indirect major/minor
"""


def lemma(stem: str) -> str:
    """Return what the forms and derivations of a word share."""
    return _LEMMA_OF.get(stem, stem)


def senses(stem: str) -> frozenset[str]:
    """Return the groups of like meaning that a lemma belongs to."""
    return _SENSES.get(stem, frozenset())


def antonyms(word: str) -> frozenset[str]:
    """Return the words that say the opposite of one, as it is written in small letters."""
    return _ANTONYMS.get(word, frozenset())


def is_verb(stem: str) -> bool:
    """Tell whether a lemma is often a verb."""
    return stem in _VERB_STEMS


def is_actor(word: str, stem: str) -> bool:
    """Tell whether a word means someone who does things."""
    plain = word.casefold()
    singular = plain.removesuffix("s")
    if stem in _ACTOR_STEMS:
        return True
    return (
        len(singular) > 4
        and singular.endswith(("er", "or", "ee", "ist", "ant", "eer"))
        and singular not in NO_ACTORS
        and plain not in NO_ACTORS
    )


def _stem(word: str) -> str:
    return (terms(word) or [word])[0]


_ANTONYMS: dict[str, frozenset[str]] = {}
for _one, _other in (_pair.split("/") for _pair in ANTONYMS.split()):
    _ANTONYMS[_one] = _ANTONYMS.get(_one, frozenset()) | {_other}
    _ANTONYMS[_other] = _ANTONYMS.get(_other, frozenset()) | {_one}
LIGHT = frozenset(term for word in LIGHT_WORDS.split() for term in terms(word))
_LEMMA_OF = {_stem(form): _stem(base) for form, base in LEMMAS.items()}
_VERB_STEMS = frozenset(lemma(_stem(verb)) for verb in VERBS)
_ACTOR_STEMS = frozenset(lemma(_stem(actor)) for actor in ACTORS)
_SENSES: dict[str, frozenset[str]] = {}
for _number, _group in enumerate(SYNONYM_GROUPS.split("/")):
    for _word in _group.split():
        if "_" not in _word:
            _found = lemma(_stem(_word))
            _SENSES[_found] = _SENSES.get(_found, frozenset()) | {str(_number)}
