"""The English words that a statement and its sentence are compared by: units, bounds, modals, quantifiers, roles."""

from __future__ import annotations

from pincite.storing.terms import terms


def _split(text: str) -> frozenset[str]:
    return frozenset(word.replace("_", " ") for word in text.split())


def _pairs(text: str) -> dict[str, str]:
    return {word.replace("_", " "): name for line in text.split() for word, _, name in [line.partition("=")]}


# --- Numbers -------------------------------------------------------------------------------------------------------

_UP_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
NUMERALS = {word: value for value, word in enumerate(_UP_TO_TWENTY.split())} | {
    word: value for value, word in zip(range(30, 100, 10), _TENS.split(), strict=True)
}
MAGNITUDES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "millions": 1e6,
    "mn": 1e6,
    "billion": 1e9,
    "billions": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
}
MONTHS = {
    name: number
    for number, names in enumerate(
        "january,jan february,feb march,mar april,apr may june,jun july,jul august,aug september,sept,sep october,oct "
        "november,nov december,dec".split(),
        start=1,
    )
    for name in names.split(",")
}

# --- Units: the dimension, and how many of its smallest unit one is ------------------------------------------------

CURRENCIES = _pairs(
    "£=pound gbp=pound pound=pound pounds=pound sterling=pound €=euro eur=euro euro=euro euros=euro $=dollar "
    "usd=dollar dollar=dollar dollars=dollar ¥=yen jpy=yen yen=yen chf=franc franc=franc francs=franc ₹=rupee "
    "inr=rupee rupee=rupee rupees=rupee cent=cent cents=cent pence=penny penny=penny krona=krona kronor=krona "
    "sek=krona krone=krone kroner=krone nok=krone dkk=krone yuan=yuan cny=yuan zloty=zloty pln=zloty"
)
UNITS: dict[str, tuple[str, float]] = {}
for _dimension, _said in {
    "time": "second,seconds,sec,secs,s:1 minute,minutes,min,mins:60 hour,hours,hr,hrs,h:3600 day,days:86400 "
    "week,weeks:604800 fortnight,fortnights:1209600",
    # No number of days makes a month.
    "months": "month,months:1 quarter,quarters:3 year,years,yr,yrs,annum:12 decade,decades:120 century,centuries:1200",
    "working days": "working_day,working_days,business_day,business_days,weekday,weekdays:1 working_week,working_weeks:5 "
    "working_hour,working_hours:0.125",
    "length": "mm,millimetre,millimetres,millimeter,millimeters:0.001 cm,centimetre,centimetres,centimeter,"
    "centimeters:0.01 m,metre,metres,meter,meters:1 km,kilometre,kilometres,kilometer,kilometers:1000 "
    "mile,miles:1609.344 foot,feet,ft:0.3048 inch,inches:0.0254 yard,yards:0.9144",
    "area": "mm²:0.000001 cm²:0.0001 m²,sqm,square_metre,square_metres,square_meter,square_meters:1 "
    "square_foot,square_feet,sq_ft:0.092903 hectare,hectares,ha:10000 acre,acres:4046.86 km²,square_kilometre,"
    "square_kilometres,square_kilometers:1000000 square_mile,square_miles:2589988 square_yard,square_yards:0.836",
    "volume": "ml,millilitre,millilitres,milliliter,milliliters:0.001 cl:0.01 l,litre,litres,liter,liters:1 "
    "m³,cubic_metre,cubic_metres,cubic_meter,cubic_meters:1000 gallon,gallons:3.785 pint,pints:0.568",
    "mass": "mg,milligram,milligrams:0.001 g,gram,grams,gramme,grammes:1 kg,kilo,kilos,kilogram,kilograms,"
    "kilogramme,kilogrammes:1000 t,tonne,tonnes,metric_ton,metric_tons:1000000 ton,tons:1016047 lb,lbs:453.592 "
    "ounce,ounces,oz:28.35",
    "power": "mw:0.001 w,watt,watts:1 kw,kilowatt,kilowatts:1000 megawatt,megawatts:1000000",
    "energy": "wh:1 kwh,kilowatt-hour,kilowatt-hours:1000 mwh:1000000",
    "voltage": "mv:0.001 v,volt,volts:1 kv,kilovolt,kilovolts:1000",
    "current": "ma,milliampere,milliamperes,milliamp,milliamps:0.001 a,amp,amps,ampere,amperes:1",
    "frequency": "hz,hertz:1 khz,kilohertz:1000 mhz,megahertz:1000000 ghz,gigahertz:1000000000",
    "celsius": "°c,degrees_celsius,degree_celsius,celsius:1",
    "fahrenheit": "°f,degrees_fahrenheit,degree_fahrenheit,fahrenheit:1",
    "sound": "db,db(a),decibel,decibels:1",
    "hardness": "°dh:1",
    "pressure": "pa:1 kpa:1000 hpa:100 mbar:100 bar:100000 psi:6894.76",
    "data": "kb,kilobyte,kilobytes:1 mb,megabyte,megabytes:1000 gb,gigabyte,gigabytes:1000000 tb:1000000000",
    "percent": "%,percent,per_cent,percentage_point,percentage_points:1",
    "times": "time,times:1",
}.items():
    for _group in _said.split():
        _names, _, _factor = _group.rpartition(":")
        UNITS |= {_name.replace("_", " "): (_dimension, float(_factor)) for _name in _names.split(",")}
LETTERS_ONLY_AFTER_DIGITS = frozenset(name for name in UNITS if len(name) <= 2) | frozenset("bar min mins psi sec secs hrs yard".split())
PERIODIC = _pairs(
    "hourly=hour daily=day nightly=day weekly=week fortnightly=fortnight monthly=month quarterly=quarter yearly=year "
    "annual=year annually=year biennially=2_year"
)

# --- Bounds --------------------------------------------------------------------------------------------------------

# What follows is the least (+) or the most (-) of what is meant; "past" and "short of" it are told by the same sign.
LOWER_BOUNDS = _split(
    "at_least more_than over above from since after minimum_of a_minimum_of the_minimum no_less_than not_less_than "
    "no_fewer_than not_fewer_than exceeds exceed exceeding exceeded longer_than older_than higher_than greater_than "
    "larger_than heavier_than warmer_than hotter_than starting_on starting_in starting_from beginning_on beginning_in "
    "begins_on starts_on starts_in no_earlier_than not_earlier_than not_before in_excess_of upwards_of later_than "
    "not_shorter_than no_shorter_than not_below never_less_than never_below beyond later_than wider_than deeper_than "
    "taller_than bigger_than farther_than further_than minimum_is louder_than"
)
UPPER_BOUNDS = _split(
    "at_most up_to no_more_than not_more_than less_than fewer_than under below within until till by before "
    "maximum_of a_maximum_of the_maximum no_later_than not_later_than at_the_latest not_exceed not_exceeding "
    "never_exceed never_more_than not_longer_than no_longer_than not_older_than no_older_than not_higher_than "
    "no_higher_than not_greater_than no_greater_than shorter_than younger_than lower_than smaller_than lighter_than "
    "colder_than cooler_than capped_at limited_to as_much_as as_many_as not_over not_above never_above not_after "
    "earlier_than no_warmer_than not_warmer_than no_hotter_than not_larger_than no_larger_than not_heavier_than "
    "no_heavier_than not_beyond nearer_than closer_than maximum_is cannot_exceed not_wider_than no_wider_than "
    "not_by_more_than by_no_more_than by_at_most narrower_than no_louder_than not_louder_than never_louder_than"
)
LOWER_AFTER = _split("or_more or_over or_later or_above or_longer minimum at_least or_older upwards at_a_minimum")
UPPER_AFTER = _split("or_less or_fewer or_under or_earlier or_below or_younger maximum at_most at_the_latest at_a_maximum")
# A bound of these may be missing in the sentence: "30 days of receipt" is "within 30 days".
WEAK_BOUNDS = _split("within by until till from since after before over starting_on starting_in beyond")

# --- Modals, of what is said to have to be, to be free to be, or not to be ------------------------------------------

# Tried in this order; the words in between may be an adverb.
MODALS: tuple[tuple[str, str], ...] = (
    ("free", r"need not|needn['’]t|(?:do|does|did)(?: not|n['’]t) (?:have|need) to|(?:is|are|be) not (?:required|obliged) to"),
    ("free", r"(?:is|are|be) under no obligation to|no (?:obligation|duty|need) to|without having to"),
    ("barred", r"(?:must|may|shall|can|could|should|will) (?:not|never)|cannot|can['’]t|mustn['’]t|shan['’]t|may never"),
    ("barred", r"(?:is|are|be) (?:not|never) (?:allowed|permitted|entitled|able|authori[sz]ed) to|no right to|do not|never"),
    ("barred", r"(?:is|are|be) (?:forbidden|prohibited|banned|barred)(?: (?:to|from))?|prohibits?|forbids?"),
    ("barred", r"(?:is|are|be) (?:not|never) (?:allowed|permitted|possible|acceptable)"),
    ("ought", r"should|ought to|(?:is|are) (?:advised|recommended|encouraged|supposed|expected) to|recommends?|preferably"),
    ("bound", r"must|shall|ha(?:s|ve|d) to|(?:is|are|was|were|be) (?:obliged|required|bound|compelled) to"),
    ("bound", r"(?:is|are|was|were|be) (?:\w+ly )?to (?=[a-z])|needs? to|obligation to|duty to|obligatory|mandatory|compulsory"),
    ("bound", r"(?:is|are) (?:responsible|liable) for|responsibility|(?:is|are) up to(?! \w*\d)|falls? to|(?:is|are|be) due"),
    ("able", r"can|could|(?:is|are|be) (?:able|possible)(?: to)?"),
    ("allowed", r"may|(?:is|are|be) (?:allowed|permitted|entitled|free|authori[sz]ed|welcome|eligible)(?: to)?"),
    ("allowed", r"ha(?:s|ve) the (?:right|option|choice) to|(?:is|are) (?:acceptable|optional)|(?:is|are) open to"),
    ("allowed", r"(?:the )?right to|option to|allows?|permits?|lets? (?:them|you|him|her)"),
)
CANNOT_BOTH_BE = frozenset(
    frozenset(pair.split("/"))
    for pair in "bound/allowed bound/able bound/free bound/barred allowed/barred able/barred barred/free ought/bound ought/allowed "
    "ought/free told/free told/barred told/allowed".split()
)

# Words that deny, each once: two of them in a clause make it assert.
DENIALS = (
    r"not|no|never|cannot|none|nobody|nothing|neither|without|hardly|unless|instead of|"
    r"forbidden|forbids?|prohibit(?:s|ed)?|banned|bans?|barred|exclude[sd]?|exempt|refuse[sd]?|refusal|den(?:y|ies|ied)|"
    r"withh(?:eld|old|olds)|fail(?:s|ed|ure|ing)?|unable|lacks?|lacking|disputes?|disputed|disagree\w*|untaken|"
    r"un(?:used|changed|paid|known|available|approved|able|authori[sz]ed|lawful\w*|disputed|equal|limited|safe|fit|"
    r"necessary|expected|opened|read|signed|finished|damaged|licensed|qualified|registered|written|wanted|likely)|"
    r"impossible|invalid|ineligible|unacceptable|not"
)
# Words that say little of their own where modals, bounds and quantifiers are compared by themselves.
LIGHT_WORDS = (
    "responsible allowed permitted entitled required obliged forbidden prohibited maximum minimum anyone everyone every "
    "everybody along place take takes taken amount come comes passed pass case applies apply hold holds count counts able "
    "possible necessary impossible single open fall falls measure measures case way whole total following requires require "
    "unit thing things means says say stated according specifies specified carried carry lies lie located gets get got "
    "has have having happen happens occurs occur made make makes done whichever regarding concerning respect respectively "
    "certain amounts totals equals starting beginning additionally furthermore moreover however therefore thus also"
)

# --- Quantifiers ---------------------------------------------------------------------------------------------------

QUANTIFIERS = _pairs(
    "all=all every=all each=all everyone=all everybody=all everything=all anyone=all anybody=all any=all both=all "
    "always=all whole=all entire=all some=some several=some certain=some sometimes=some someone=some somebody=some "
    "partly=some part_of=some a_few=some one_of_the=some occasionally=some only_one_of=some a_number_of=some "
    "most=most mostly=most majority=most nearly_all=most almost_all=most usually=most generally=most half_of=most "
    "many=many none=none nobody=none no_one=none only=only solely=only exclusively=only nobody_but=only "
    "no_one_but=only nothing_but=only just=only alone=only even_if=even even_when=even even_where=even even_though=even "
    "even=even regardless=even irrespective=even whether_or_not=even any_reason=even no_reason=even any_case=even"
)
EXCLUDED_QUANTIFIERS = {
    ("some", "all"), ("some", ""), ("some", "most"), ("some", "none"), ("some", "only"), ("all", "some"),
    ("all", "most"), ("all", "none"), ("all", "many"), ("most", "all"), ("most", "some"), ("most", ""),
    ("most", "none"), ("many", "all"), ("many", "some"), ("many", "none"), ("none", "all"), ("none", "some"),
    ("none", "most"), ("none", "many"),
}  # fmt: skip

# --- Who does what --------------------------------------------------------------------------------------------------

BE = _split("is are was were be been being am get gets got 's")
DETERMINERS = _split(
    "a an the this that these those his her its their our my your each every any some no all both another other "
    "which what whose either neither"
)
PREPOSITIONS = _split(
    "of in on at for with by from to into onto over under above below about against between through during before "
    "after without within until than as per via towards toward upon off out across along near behind beside besides "
    "except including regarding concerning following like"
)
PRONOUNS = _split("it they he she we you i them him her us who which that this these those anyone everyone someone one")
CONNECTORS = (
    r";|:(?=\s)|\s[–—]\s|, (?:and|but|while|whereas|which|who|whose|where|when|if|unless|although|though|since|because|"
    r"so|provided|or|then|less|minus|plus|except|compared)\b|,? (?:if|unless|because|although|whereas|while|provided that|"
    r"but|so that|even if|only if|where|when|since|compared with|once(?! (?:in|a|an|every|each|by|per|again|more|only|with)\b|,))\b"
)
# Stems of people and bodies who do things, besides names and words in -er, -or, -ee, -ist.
ACTORS = _split(
    "landlord tenant staff team company board council committee member authority party bank government agent client "
    "guest owner user head mayor clerk chair president secretary crew union school museum library town city state "
    "court police nurse pupil student child parent firm business association agency department ministry client "
    "patient guardian household club host guest spouse wife husband woman man person people council councillor "
    "governor librarian technician electrician physician surgeon accountant consultant assistant tribunal insurer "
    "resident applicant participant occupant assistant attendant accountant registrant claimant defendant captain "
    "university hospital residents society charity fund regulator partner subsidiary parent affiliate principal "
    "trustee executor heir creditor debtor citizen volunteer apprentice trainee intern colleague chef cook pilot "
    "scheme family group ombudswoman ombudsman"
)
NO_ACTORS = _split(
    "younger older earlier sooner shorter taller cheaper heavier lighter deeper wider louder quieter warmer colder hotter "
    "cooler faster slower nearer closer safer easier harder softer brighter darker stronger weaker newer smaller bigger "
    "greater higher lower richer poorer farther thicker thinner wetter drier nicer simpler narrower extra remember "
    "number order water paper letter matter weather winter summer quarter corner register computer container charter "
    "shelter cover offer chapter meter metre litre center centre theatre river border power tower shower counter drawer "
    "heater filter buffer router server sensor motor compressor evaporator radiator elevator refrigerator error floor "
    "door factor color colour vector sector monitor indicator indoor outdoor october november december september other "
    "either after under over never ever further rather higher lower later larger greater fewer longer shorter former "
    "latter fee degree guarantee coffee tree three free list exist consist assist resist persist per answer order "
    "proper upper inner outer better dinner poor prior major minor senior junior whether together transfer timer "
    "sticker folder printer poster parameter perimeter diameter thermometer cylinder bladder ladder powder fibre fiber "
    "layer tiger danger anger finger hunger trigger charger barrier carrier trailer boiler cooler mixer freezer burner "
    "starter fastener damper rubber timber copper silver leather feather remainder disaster quarter master-key master "
    "committee-room newspaper semester trimester october tender gender calendar sugar collar dollar cellar pillar "
    "interior exterior behaviour favour labour honour harbour neighbour flavour vapour hour tour four your our error "
    "mirror terror horror corridor anchor parlour humour rumour tumour honour employ render consider deliver remember "
    "discover recover enter offer differ suffer prefer refer defer infer occur register administer alter trade-off "
    "disaster rooster cluster adapter adaptor connector generator inverter transformer converter detector projector "
    "tractor reactor conductor resistor capacitor transistor trustee-fee referee-fee deer beer steer career pier tier"
)
# One lemma for forms that a stemmer keeps apart.
LEMMAS = _pairs(
    "paid=pay kept=keep given=give gave=give drawn=draw drew=draw swept=sweep sent=send held=hold made=make taken=take "
    "took=take lent=lend bought=buy sold=sell told=tell written=write wrote=write written=write chosen=choose "
    "chose=choose lost=lose built=build met=meet left=leave found=find brought=bring borne=bear bore=bear shown=show "
    "done=do did=do does=do has=have had=have began=begin begun=begin rose=rise risen=rise fell=fall fallen=fall "
    "sunk=sink sank=sink seen=see saw=see known=know knew=know grown=grow grew=grow said=say became=become "
    "came=come went=go gone=go ran=run won=win led=lead fed=feed read=read put=put cut=cut set=set spent=spend "
    "worn=wear wore=wear broken=break broke=break driven=drive drove=drive ridden=ride flown=fly flew=fly stood=stand "
    "understood=understand thought=think taught=teach caught=catch sought=seek fought=fight stolen=steal hidden=hide "
    "eaten=eat slept=sleep spoken=speak spoke=speak sworn=swear torn=tear thrown=throw threw=throw lain=lie laid=lay "
    "meant=mean dealt=deal felt=feel hung=hang shut=shut struck=strike sung=sing swum=swim dug=dig bound=bind "
    "withdrawn=withdraw withdrew=withdraw withheld=withhold overtaken=overtake undertaken=undertake men=man women=woman "
    "children=child people=person feet=foot mice=mouse halves=half lives=life shelves=shelf leaves=leave dried=dry "
    "approval=approve arrival=arrive renewal=renew refusal=refuse removal=remove payment=pay payable=pay "
    "maintenance=maintain possession=possess decision=decide permission=permit permitted=permit forbidden=forbid "
    "extension=extend inspection=inspect termination=terminate reduction=reduce provision=provide division=divide "
    "delivery=deliver storage=store entry=enter choice=choose loss=lose sale=sell growth=grow length=long width=wide "
    "height=high depth=deep strength=strong death=die birth=bear failure=fail departure=depart repayment=repay "
    "consumption=consume assumption=assume description=describe receipt=receive insurance=insure assistance=assist "
    "monthly=month yearly=year annual=year annually=year weekly=week daily=day hourly=hour quarterly=quarter "
    "nightly=night written=write cleaning=clean"
)
# Words of one meaning here; the first is what the others count as.
SYNONYM_GROUPS = """
    begin start commence starting_point / end terminate finish complete expire conclude / buy purchase acquire /
    sell / get receive obtain / give hand provide supply issue / tell inform notify report announce apprise / ask request
    / pay remit settle / cost price charge / need require demand necessitate / allow permit entitle /
    forbid prohibit ban bar disallow / consent permission approval approve permit / employee staff worker personnel workforce / company firm employer enterprise corporation business /
    rise increase raise grow climb go_up hike / fall decrease drop decline shrink cut reduce lower / return give_back
    restore / keep retain maintain store preserve hold / split divide share / carry transport / leave depart quit /
    enter access / use utilise utilize / repair fix mend / check examine inspect control / clean wash
    rinse / illness sick ill sickness disease unwell / yearly annual / home house dwelling cottage residence property /
    flat apartment / car vehicle automobile / holiday leave vacation time_off / salary pay wage remuneration / rent
    rental / garden yard / help assist aid support / choose select pick elect / big large great / small little / quick
    fast rapid prompt / right entitle / duty obligation responsibility responsible oblige / meeting session / vote
    ballot / propose suggest move / accept take agree / refuse reject decline deny withhold / bad poor / good / cover
    include comprise contain hold / exclude omit / show display indicate / happen occur / stay remain / bear
    pay cover fund finance / lodge deposit place / sweep clean / announce tell / term period duration / tenancy lease
    letting let / lapse expire / unused not_taken / carry_over carry / note certificate / certificate document / child
    kid / person people individual anyone everyone / young / old / town municipality council / trip journey travel / book
    reserve / exceed surpass / limit cap maximum / least minimum / most maximum / additional extra further more another /
    replace change substitute swap / remove take_out withdraw / switch turn / shut close / open / cold / warm hot /
    distance away / empty / full / wait / pull draw / damage harm injury / fault error failure defect / cause reason
    ground / due owe payable / interest / late overdue / loan credit borrow / reserve saving / build construct erect /
    plant / fell cut / draw_up prepare compile / sign / lose mislay / key / worth value / supplier vendor / client customer / gift
    present / decide determine rule / complain complaint / answer reply respond / second_job side_job / repeat redo /
    repay reimburse refund / reference testimonial / badge / laptop computer / day date / week / fortnight / run last
    continue / extend prolong renew / deliver hand_over / load / crane / subcontract / dredge / insure / liability liable
    / fee charge rate / notice notification / written write / immediately at_once / yard / main principal / belong / thing
    belonging item / paint decorate / wall / alone sole only / blame fault cause responsible / dispute disagree disagreement argue
    / deduct deduction / member / attend present / abstain / against oppose / favour for / wide width / long length / high height /
    deep depth / area size / measure amount come / apologise apologize sorry / promise pledge / borrow loan / pensioner
    retiree / free gratis / consume use / power / start switch_on /  colour / outside exterior outer / inside
    interior inner / weekday / earn receive / attempt try / collect gather / obtain get / display show / vacuum / certified
    registered qualified licensed / specialist expert / visit view viewing inspect / music / pet animal / dog / live reside
    occupy / lodger / sublet / smoke / transfer send move / deposit bond / dwelling / agent representative / mail post / expense cost / bill invoice /
    contribute contribution pay / join become / share portion part contribution / double twice / half / reach arrive get /
    send submit hand / item point topic / earlier sooner / previous preceding last earlier / next following coming / new / bad poor /
    condition state / chair preside lead / council town / survey study / contractor company / delay late / regional / finance fund pay
    / reserve / trader merchant stallholder / want ask wish / try test / stall stand / passage gap / van / lend loan borrow / child /
    collection / bus coach / second further / route line / field plot / family / lie situate locate / shed hut / poultry chicken / elm / tree
"""
VERBS = _split(
    "accept acquire add agree allow announce answer apologise apologize apply appoint approve ask assign assist attend bear become "
    "begin belong book borrow bring build buy calculate call cancel carry cause change charge check choose claim clean "
    "close collect come complain complete confirm consist contain continue contribute cost cover create cut decide "
    "declare deduct delete deliver depart deposit describe destroy determine develop disclose display dispute draw dry "
    "earn elect employ empty end enter establish examine exceed extend fail fall fell file fill find finish fix fly "
    "follow fund get give go grant grow hand handle have hold include increase inform inspect install insure invite issue join "
    "keep know lapse last lay lead leave lend let lie limit load lock lodge lose maintain make manage measure meet move "
    "need notify obtain occupy offer open operate order own paint park pay perform permit place plan plant prepare "
    "present prevent print process produce promise propose protect provide publish pull purchase put raise reach read "
    "receive recommend record recover reduce refund refuse register reject release remain remove renew rent repair "
    "repay repeat replace reply report represent request require reserve reside resign respond rest retain return "
    "review rise run sell send serve service set settle share ship show sign sink sleep smoke speak split stand start "
    "state stay stop store subcontract sublet submit succeed supply support sweep switch take teach tell terminate test "
    "train transfer travel treat try turn use vacate visit vote wait wash water wear withdraw withhold work write enable "
    "prefer want wish like intend ensure lower lift drive guarantee supervise monitor mark audit"
)
CONVERSE = frozenset(
    "give/get provide/get get/receive lend/borrow buy/sell hand/get pay/get rent/let".split()
)
# Told apart over the whole sentence; of other opposites each clause may have its own.
ORDER = _split("before after until once beforehand afterwards advance arrears during following")
IMPERATIVES_MEAN = "told"

# Said of the same thing, one of each pair is false where the other is true.
ANTONYMS = """
    above/below over/under before/after until/after before/once until/once inside/outside inner/outer indoors/outdoors
    near/away front/behind full/empty advance/arrears beginning/end start/end first/last rise/fall rises/falls raised/cut
    raised/lowered increase/decrease increased/decreased increases/decreases east/west north/south eastern/western
    northern/southern left/right upper/lower open/closed on/off with/without early/late earlier/later start/stop
    starts/stops begins/ends begin/end accept/refuse accepted/refused accepted/rejected approved/rejected
    include/exclude includes/excludes included/excluded more/less longer/shorter higher/lower older/younger
    warmer/colder greater/smaller wet/dry hot/cold high/low long/short wide/narrow large/small new/old paid/unpaid
    public/private internal/external gain/loss increase/reduce
    increased/reduced raise/reduce grew/shrank won/lost present/absent during/after during/before clean/dirty
    known/unknown used/unused allowed/forbidden permitted/prohibited mandatory/optional required/optional
    temporary/permanent minimum/maximum most/least best/worst day/night weekday/weekend summer/winter morning/evening
    morning/afternoon up/down top/bottom for/against towards/away written/oral fixed/variable gross/net gross/fine
    single/double whole/part simple/complex free/paid former/latter previous/next past/future domestic/foreign
    beforehand/afterwards advance/afterwards before/following active/inactive valid/invalid voluntary/compulsory direct/indirect major/minor
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
