"""English modals, denials, quantifiers and the small words that hold a sentence together."""

from __future__ import annotations

from pincite.checking.english.lists import pairs, split

# --- Modals, of what is said to have to be, to be free to be, or not to be ------------------------------------------

# Tried in this order; the words in between may be an adverb.
MODALS: tuple[tuple[str, str], ...] = (
    (
        "free",
        r"need not|needn['’]t|(?:do|does|did)(?: not|n['’]t) (?:have|need) to",
    ),
    (
        "free",
        r"(?:is|are|be) not (?:required|obliged) to",
    ),
    ("free", r"(?:is|are|be) under no obligation to|no (?:obligation|duty|need) to|without having to"),
    (
        "barred",
        r"(?:must|may|shall|can|could|should|will) (?:not|never)|cannot|can['’]t|mustn['’]t|shan['’]t|may never",
    ),
    (
        "barred",
        r"(?:is|are|be) (?:not|never) (?:allowed|permitted|entitled|able|authori[sz]ed) to|no right to|do not|never",
    ),
    ("barred", r"(?:is|are|be) (?:forbidden|prohibited|banned|barred)(?: (?:to|from))?|prohibits?|forbids?"),
    ("barred", r"(?:is|are|be) (?:not|never) (?:allowed|permitted|possible|acceptable)"),
    (
        "ought",
        r"should|ought to|(?:is|are) (?:advised|recommended|encouraged|supposed|expected) to|recommends?|preferably",
    ),
    ("bound", r"must|shall|ha(?:s|ve|d) to|(?:is|are|was|were|be) (?:obliged|required|bound|compelled) to"),
    (
        "bound",
        r"(?:is|are|was|were|be) (?:\w+ly )?to (?=[a-z])|needs? to|obligation to",
    ),
    (
        "bound",
        r"duty to|obligatory|mandatory|compulsory",
    ),
    (
        "bound",
        r"(?:is|are) (?:responsible|liable) for|responsibility|(?:is|are) up to(?! \w*\d)|falls? to|(?:is|are|be) due",
    ),
    ("able", r"can|could|(?:is|are|be) (?:able|possible)(?: to)?"),
    ("allowed", r"may|(?:is|are|be) (?:allowed|permitted|entitled|free|authori[sz]ed|welcome|eligible)(?: to)?"),
    ("allowed", r"ha(?:s|ve) the (?:right|option|choice) to|(?:is|are) (?:acceptable|optional)|(?:is|are) open to"),
    ("allowed", r"(?:the )?right to|option to|allows?|permits?|lets? (?:them|you|him|her)"),
)
CANNOT_BOTH_BE = frozenset(
    frozenset(pair.split("/"))
    for pair in [
        "bound/allowed",
        "bound/able",
        "bound/free",
        "bound/barred",
        "allowed/barred",
        "able/barred",
        "barred/free",
        "ought/bound",
        "ought/allowed",
        "ought/free",
        "told/free",
        "told/barred",
        "told/allowed",
    ]
)

# Words that deny, each once: two of them in a clause make it assert.
DENIALS = (
    r"not(?! (?:every|all|each|everyone|everybody)\b)|free of|no|"
    r"never|cannot|none|nobody|nothing|neither|without|hardly|unless|instead of|"
    r"forbidden|forbids?|prohibit(?:s|ed)?|banned|bans?|barred|exclude[sd]?|"
    r"exempt|refuse[sd]?|refusal|den(?:y|ies|ied)|"
    r"withh(?:eld|old|olds)|fail(?:s|ed|ure|ing)?|unable|lacks?|lacking|disputes?|disputed|disagree\w*|untaken|"
    r"un(?:used|changed|paid|known|available|approved|able|authori[sz]ed|lawful\w*|disputed|equal|limited|safe|fit|"
    r"necessary|expected|opened|read|signed|finished|damaged|licensed|qualified|registered|written|wanted|likely)|"
    r"impossible|invalid|ineligible|unacceptable|not"
)
# Words that say little of their own where modals, bounds and quantifiers are compared by themselves.
LIGHT_WORDS = (
    "responsible allowed permitted entitled required obliged forbidden "
    "prohibited maximum minimum anyone everyone every "
    "everybody along place take takes taken amount come comes passed pass case "
    "applies apply hold holds count counts able "
    "possible necessary impossible single open fall falls measure measures case "
    "way whole total following requires require "
    "unit thing things means says say stated according specifies specified carried carry lies lie located gets get got "
    "has have having happen happens occurs occur made make makes done whichever "
    "regarding concerning respect respectively "
    "certain amounts totals equals starting beginning additionally furthermore moreover however therefore thus also"
)

# --- Quantifiers ---------------------------------------------------------------------------------------------------

QUANTIFIERS = pairs(
    "all=all every=all each=all everyone=all everybody=all everything=all anyone=all anybody=all any=all both=all "
    "always=all whole=all entire=all some=some several=some certain=some sometimes=some someone=some "
    "somebody=some partly=some part_of=some a_few=some one_of_the=some occasionally=some only_one_of=some "
    "a_number_of=some most=most mostly=most majority=most nearly_all=most almost_all=most usually=most "
    "generally=most half_of=most many=many none=none nobody=none no_one=none only=only solely=only "
    "exclusively=only nobody_but=only no_one_but=only nothing_but=only just=only alone=only even_if=even "
    "even_when=even even_where=even even_though=even even=even regardless=even irrespective=even "
    "whether_or_not=even any_reason=even no_reason=even any_case=even"
)
EXCLUDED_QUANTIFIERS = {
    ("some", "all"), ("some", ""), ("some", "most"), ("some", "none"), ("some", "only"), ("all", "some"),
    ("all", "most"), ("all", "none"), ("all", "many"), ("most", "all"), ("most", "some"), ("most", ""),
    ("most", "none"), ("many", "all"), ("many", "some"), ("many", "none"), ("none", "all"), ("none", "some"),
    ("none", "most"), ("none", "many"),
}  # fmt: skip

# --- Who does what --------------------------------------------------------------------------------------------------

BE = split("is are was were be been being am get gets got 's")
DETERMINERS = split(
    "a an the this that these those his her its their our my your each every any some no all both another other "
    "which what whose either neither"
)
PREPOSITIONS = split(
    "of in on at for with by from to into onto over under above below about against between through during before "
    "after without within until than as per via towards toward upon off out across along near behind beside "
    "besides except including regarding concerning following like"
)
# Small words that turn about what a sentence says.
TURNING = split(
    "before after while until during unless if except without including between once because although despite"
)
# Of these, one is false where the other is true.
TURNED = frozenset(
    frozenset(pair.split("/"))
    for pair in [
        "before/after", "before/while", "before/during", "after/while", "after/during", "after/until", "before/once",
        "until/once", "if/unless", "except/including", "without/including", "although/because", "despite/because",
    ]
)  # fmt: skip
PRONOUNS = split("it they he she we you i them him her us who which that this these those anyone everyone someone one")
CONNECTORS = (
    r";|:(?=\s)|\s[–—]\s|, (?:and|but|while|whereas|which|who|whose|where|when|if|unless|although|though|since|because|"
    r"so|provided|or|then|less|minus|plus|except|compared)\b|,? (?:if|unless|"
    r"because|although|whereas|while|provided that|"
    r"but|so that|even if|only if|where|when|since|compared with|once(?! (?:in|a|an|"
    r"every|each|by|per|again|more|only|with)\b|,))\b"
)
# Stems of people and bodies who do things, besides names and words in -er, -or, -ee, -ist.
