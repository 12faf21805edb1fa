"""English numbers, units, periods and bounds."""

from __future__ import annotations

from pincite.checking.english.lists import pairs, split

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
        [
            "january,jan",
            "february,feb",
            "march,mar",
            "april,apr",
            "may",
            "june,jun",
            "july,jul",
            "august,aug",
            "september,sept,sep",
            "october,oct",
            "november,nov",
            "december,dec",
        ],
        start=1,
    )
    for name in names.split(",")
}

# --- Units: the dimension, and how many of its smallest unit one is ------------------------------------------------

COMPOUND = split("time months length mass")
CURRENCIES = pairs(
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
    "working days": "working_day,working_days,business_day,business_days,weekday,weekdays:1 "
    "working_week,working_weeks:5 "
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
RANGED = frozenset(_dimension for _dimension, _ in UNITS.values()) - {"times", "percent"}
LETTERS_ONLY_AFTER_DIGITS = frozenset(name for name in UNITS if len(name) <= 2) | frozenset(
    ["bar", "min", "mins", "psi", "sec", "secs", "hrs", "yard"]
)
PERIODIC = pairs(
    "hourly=hour daily=day nightly=day weekly=week fortnightly=fortnight monthly=month quarterly=quarter yearly=year "
    "annual=year annually=year biennially=2_year"
)

# --- Bounds --------------------------------------------------------------------------------------------------------

# What follows is the least (+) or the most (-) of what is meant; "past" and "short of" it are told by the same sign.
LOWER_BOUNDS = split(
    "at_least more_than over above from since after minimum_of a_minimum_of the_minimum no_less_than not_less_than "
    "no_fewer_than not_fewer_than exceeds exceed exceeding exceeded longer_than older_than higher_than greater_than "
    "larger_than heavier_than warmer_than hotter_than starting_on starting_in starting_from beginning_on beginning_in "
    "begins_on starts_on starts_in no_earlier_than not_earlier_than not_before in_excess_of upwards_of later_than "
    "not_shorter_than no_shorter_than not_below never_less_than never_below beyond later_than wider_than deeper_than "
    "taller_than bigger_than farther_than further_than minimum_is louder_than"
)
UPPER_BOUNDS = split(
    "at_most up_to no_more_than not_more_than less_than fewer_than under below within until till by before "
    "maximum_of a_maximum_of the_maximum no_later_than not_later_than at_the_latest not_exceed not_exceeding "
    "never_exceed never_more_than not_longer_than no_longer_than not_older_than no_older_than not_higher_than "
    "no_higher_than not_greater_than no_greater_than shorter_than younger_than lower_than smaller_than lighter_than "
    "colder_than cooler_than capped_at limited_to as_much_as as_many_as not_over not_above never_above not_after "
    "earlier_than no_warmer_than not_warmer_than no_hotter_than not_larger_than no_larger_than not_heavier_than "
    "no_heavier_than not_beyond nearer_than closer_than maximum_is cannot_exceed not_wider_than no_wider_than "
    "not_by_more_than by_no_more_than by_at_most narrower_than no_louder_than not_louder_than never_louder_than"
)
LOWER_AFTER = split("or_more or_over or_later or_above or_longer minimum at_least or_older upwards at_a_minimum")
UPPER_AFTER = split(
    "or_less or_fewer or_under or_earlier or_below or_younger maximum at_most at_the_latest at_a_maximum"
)
# A bound of these may be missing in the sentence: "30 days of receipt" is "within 30 days".
WEAK_BOUNDS = split("within by until till from since after before over starting_on starting_in beyond")
WEEKDAYS = split("monday tuesday wednesday thursday friday saturday sunday")
