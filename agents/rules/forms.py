# ruff: noqa: E501 - one template a line
"""The question forms as data: templates, tried in the order in which the forms stand here.

Template language: `{a}` and `{b}` are things that are named, `{r}` and `{c}` row and column, `{d}` a direction
("to the left of"), `{cmp}` a comparative, `{col}` a colour, `{st}` a state, `{pl}` a part of the image; `[x ]`
is optional, `(x|y)` a choice, `<NAME>` a macro. A template has to match the whole question, after
`seal.agents.rules.reader.normalised` has taken away politeness, quote marks and contractions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial

from .templates import Clauses, Template, needed_words

__all__ = ["FORMS", "compiled", "direction_of", "either_axis", "wants_number"]

_SLOTS = {
    "a": r"(?P<a>.+?)",
    "b": r"(?P<b>.+?)",
    "r": r"(?P<r>.+?)",
    "c": r"(?P<c>.+?)",
    "d": r"(?P<d><DIR>)",
    "cmp": r"(?P<cmp><CMP>)",
    "col": r"(?P<col><COLOR>)",
    "st": r"(?P<st><STATE>)",
    "pl": r"(?P<pl><PART>)",
    "w": r"(?P<w>.+?)",
    "i": r"(?P<i>.+?)",
}
_SIDE = (
    r"(?:(?:on|to|at|towards|by|over|in) )?(?:the |its )?(?:left|right)(?:-hand| hand)?(?: side)?|above|below|over|under|"
    r"underneath|beneath|on top|on the (?:top|bottom)|at the (?:top|bottom)|higher|lower"
)
_MACROS = {
    "WHAT": (
        r"(?:(?:what|which|how much|how many|how large|how big|how high|who|when)(?: exactly)? (?:is|are|was|were)|what about|how about|"
        r"read(?: out| off| me| aloud)?|get(?: me)?|report|state|extract|return|print|name|provide|output|determine|"
        r"identify|look up|find(?: out| me)?|give(?: me| us)?|show(?: me| us)?|fetch|check|quote|copy|transcribe|"
        r"write(?: down| out)?|spell out|retrieve|see|tell(?: me| us)?|i need|i want)"
    ),
    "WH": r"(?:what|which)",
    "BE": r"(?:is|are|was|were|do|does|did|has|have|can|could)",
    "IS": r"(?:is|are|was|were)",
    "DO": r"(?:does|do|did)",
    "SAY": r"(?:show|say|read|display|contain|state|indicate|have|give|hold|list|report|tell(?: us| me)?|carry|bear)",
    "SAYS": r"(?:shows?|says?|reads?|displays?|contains?|states?|indicates?|has|have|gives?|holds?|lists?|carries|bears)",
    "LIE": (
        r"(?:located|positioned|placed|situated|found|shown|displayed|printed|written|seen|drawn|standing|sitting|"
        r"lying|listed|given|stated|noted|entered|to be found|to be seen|there|rendered|visible|arranged|put)"
    ),
    "STANDS": (
        r"(?:(?:is|are|was|were)(?: <LIE>)?|stands?|lies?|sits?|appears?|comes?|goes|can be (?:seen|found|read)|"
        r"do(?:es)? (?:it|you|i) (?:say|see|read)(?: that is)?|belongs?|falls)"
    ),
    "BY": (
        r"(?:(?:directly |right |immediately |just )?(?:next to|beside|besides|by|near|close to|alongside|adjacent to|"
        r"across from|against|opposite))"
    ),
    "DIR": (
        r"(?:directly |just |immediately |right |straight |further |somewhere )?(?:(?:(?:on|to|at|towards|in) )?(?:the )?"
        r"(?:left|right)(?:-hand| hand)?(?: side)?(?: of| from| to)|above|below|over|under|underneath|beneath|on top of|"
        r"beneath|at the (?:top|bottom) of|higher(?: up)? (?:on the page )?than|lower(?: down)? (?:on the page )?than|"
        r"further (?:left|right|up|down|to the left|to the right) (?:than|of|from)|north of|south of|east of|west of)"
    ),
    "EITHER": rf"(?:(?:{_SIDE})(?: of| than| from)?,? or (?:(?:{_SIDE})(?: of| than| from| to)?))",
    "REL": (
        r"(?:relative to|with respect to|in relation to|with regard to|compared (?:to|with)|in comparison (?:to|with)|"
        r"from|as seen from|seen from|with reference to|relatively to|regarding)"
    ),
    "CMP": (
        r"(?:(?:the )?(?:larger|bigger|greater|higher|more|smaller|lower|lesser|less|fewer|largest|biggest|greatest|highest|"
        r"most|smallest|lowest|least|cheaper|cheapest|(?:more|most) expensive|dearer|heavier|lighter|longer|shorter|"
        r"older|newer|younger|later|earlier|equal|the same|identical)"
        r"(?: value| number| amount| price| count| total| figure| one)?)"
    ),
    "COLOR": (
        r"(?:(?:dark |light |bright |pale |deep )?(?:red|green|blue|yellow|orange|purple|violet|pink|brown|black|white|"
        r"grey|gray|cyan|turquoise|teal|magenta|gold|golden|silver|beige|navy|maroon|olive|lime|indigo))"
    ),
    "STATE": (
        r"(?:(?:currently )?(?:un)?(?:checked|ticked|selected|chosen|enabled|disabled|active|inactive|activated|deactivated|"
        r"switched (?:on|off)|turned (?:on|off)|toggled(?: on| off)?|on|off|gr[ae]yed[- ]out|highlighted|focus(?:s)?ed|expanded|"
        r"collapsed|pressed|clickable|bold|italic|underlined|struck(?: |-)?through|crossed out|signed|stamped)(?: or .+)?)"
    ),
    "PART": (
        r"(?:(?:top|upper|bottom|lower|left|right|cent(?:er|re)|middle)(?:-hand| hand)?(?:[ -](?:left|right|cent(?:er|re)|middle))?(?:-hand| hand)?"
        r"(?: corner| half| part| side| edge| third| quarter| quadrant| area)?)"
    ),
    "ITEM": (
        r"(?:(?:list |menu |nav(?:igation)? |sidebar )?(?:item|entry|option|row|line|step|element|point|one|thing|word|tab|link|"
        r"button|heading|section|label|name|column|chapter|text|field|page|title)s?)"
    ),
    "PLACE": (
        r"(?:it|this|that|(?:the |this |that )?(?:\w+ )?(?:image|picture|photo|screenshot|screen|page|document|table|list|menu|"
        r"side ?bar|form|receipt|invoice|dashboard|window|report|view|site|website|web ?page|app|dialog|letter|pdf|"
        r"file|chart|sheet|tool ?bar|text))"
    ),
    "IN": r"(?:(?:on|in|within|at|across|throughout) <PLACE>|here|there|anywhere|somewhere|overall|in total|altogether|at all|on it|in it)",
    "SEEN": (
        r"(?:present|visible|shown|displayed|available|there|mentioned|included|listed|printed|given|written|seen|found|"
        r"contained|existing|in view|in sight|to be (?:seen|found)|provided|featured|on display|on screen|anywhere)"
    ),
    "NUM": r"(?:number|value|amount|figure|count|price|quantity|text|total|digits?|reading|data|percentage|date|content|contents|entry|result)",
    "LISTED": r"(?:listed|shown|given|displayed|printed|written|entered|stated|recorded|there|noted|specified)",
    "HEAD": (
        r"(?:heading|header|headline|title|button|label|line|sentence|paragraph|text|message|notice|warning|banner|"
        r"caption|link|tab|field|badge|entry|item|note|word|section|subtitle|alert|error|row|phrase|footer|tooltip|box|one|string|menu item)"
    ),
    "START": (
        r"(?:(?:that |which )?(?:starts?|begins?|starting|beginning|commencing|opens?|opening)(?: off)? with|"
        r"(?:that |which )?(?:containing|contains|includes|including|mentions|mentioning|with)(?: the (?:words?|text|phrase))?)"
    ),
    "FULL": r"(?:full|whole|complete|entire|exact|actual|rest of the)",
    "LIST": r"(?:list|menu|side ?bar|nav(?:igation)?(?: bar| menu)?|sequence|order|tool ?bar|table of contents|index|row|column|table|drop-?down)",
}

FORMS: Mapping[str, tuple[str, ...]] = {
    "pages": (
        "[<WHAT> |<WH> |<WHAT> <WH> ][the ]{cmp} page( number| link)?( .+)?",
        "[<WHAT> |<WH> ][the ](last|final|maximum|rightmost) page( number| link)?( .+)?",
        "(up )?to <WH> page( number)? .+",
        "how far (does|do|can|could) .*(pagination|pages|page links|pager) .+",
        "how many (pages|page (links|numbers|buttons)) .*(pagination|pager|paginator|clicked|click|browse|flip|jump|page links).*",
        "[<WHAT> |<WH> ][the ]{cmp} number (in|on|of|among) [the ](\\w+ )?(pagination|pager|paginator|page links|page numbers|page buttons)( .+)?",
    ),
    "page": (
        "(<WHAT>|<WH>) (page number|number of the page|number) (<STANDS> |<LISTED> |<IS> )*(on|of|at|for)( the (bottom|top|foot|head) of)? the page (with|of|for|about|on|showing|containing|carrying|listing|that (shows|has|contains|lists|holds|starts)|where) {b}( is| are| begins| starts)?( <LISTED>)?",
        "<WH> page number (<DO>|has) the page (with|of|for|about|on|showing|containing|that (shows|has|contains|lists|holds|starts)|where) {b} (<SAY>|got)",
        "(on|at|from)? ?<WH> page (<DO>|can|is|are) (the )?((chapter|section|appendix|part|topic|entry|text) (?=\\S))?{a} (?P<contents>start|begin|listed|found|be found|appear|located|stand)s?( on| at)?",
        "where (<DO>) (the )?((chapter|section|appendix|part) (?=\\S))?{a} (?P<contents>start|begin)s?",
        "(on|at|in) <WH> page(s| number)? (<BE>) {a}( <LIE>| appear| occur| be (found|seen)| stand)?",
        "(on )?<WH> page (contains|shows|has|mentions|lists|holds|includes) {a}",
        "<WH> page is {a} on",
        "how many pages( are there| <DO> <PLACE> have| has <PLACE>( got)?| are in <PLACE>| in total| <IN>)*",
        "[<WHAT> ][the ](total )?(number|count) of pages( <IN>)?",
        "[<WHAT> |<WH> ][the |this ][current |printed |displayed ]page('s)? (number|no|no.|nr|nr.|#|index)( (<BE>|of|on|in|at|printed|shown|displayed|given) [^\ue000-\ue0ff]+| printed| shown)?",
        "[on |at ]<WH> page( number)?( (is|are|am|was) (this|it|that|we|i|shown|displayed|printed|open|currently).*| do (i|you|we) see.*| of .+)?",
        "<WH> number (is|does|has) (this|the) page( have| carry| bear| got)?",
        "<WH> is this page's number",
        "[<WHAT> ][the ]number of (this|the) page",
        "[<WHAT> ][the ]number (printed |shown )?(at|on|in) the (bottom|foot|top|footer|corner) of (this|the) page",
        "page",
    ),
    "both": (
        "(are|is) there both {a} and {b}( <IN>)?",
        "<BE> <PLACE> (got |<SAY> )?both {a} and {b}",
        "(can|could|do) (you|i|we|one) (see|find|spot) both {a} and {b}( <IN>)?",
        "(are|is|do|does) both {a} and {b} (<SEEN>|appear|exist|occur|<IN>|show up)( <IN>)?",
        "(are|is|do|does) {a} and {b} both (<SEEN>|appear|exist|occur|<IN>|there)( <IN>)?",
        "(are|do) {a} and {b} (<SEEN>|appear|exist|occur|show up)( <IN>)?",
        "(is|are) there {a} (and|as well as) (also )?{b}( <IN>)?",
        "<BE> <PLACE> (have|show|contain|include|display|mention|list) {a} (and|as well as) (also )?{b}",
        "(can|could|do) (you|i|we|one) (see|find|spot) {a} and {b}( <IN>)?",
        "both {a} and {b} (<SEEN>|appear|exist|on the page|there)",
        "is {a} (<SEEN> )?(as well as|together with|along with) {b}( <SEEN>)?",
        "<DO> {a} and {b} both (appear|exist|occur) <IN>",
        "is there not only {a} but also {b}",
        "<BE> both [of ]{a} and {b} be (seen|found)( <IN>)?",
        "[the ](presence|existence) of both {a} and {b}",
    ),
    "distance": (
        "how (far|distant) (apart |away )?<IS> {a} (away |apart )?(from|to|and) {b}( (apart|in pixels))?",
        "how far (apart )?<IS> {a} and {b}( from each other| apart)?",
        "how far is it from {a} to {b}",
        "[<WHAT> ][the ](\\w+ )?(distance|gap|space|spacing|separation|offset|room)( in pixels| in px)? (between|from|of) {a} (and|to|from) {b}( in (pixels|px))?",
        "how many (pixels|px)( apart)? <IS> [there ](between )?{a} (and|from|to) {b}( apart)?",
        "how many (pixels|px) (apart )?(are |lie |is |away )?(there )?(between|from) {a} (and|to) {b}",
        "how (much|big|large|wide|long) (is the )?(space|distance|gap|room)( is)?( there| in pixels)? (between|from) {a} (and|to) {b}",
        "how (close|near) (together )?<IS> {a} (to|and) {b}( to each other)?",
        "(measure|compute|calculate|estimate) [the ](pixel )?(distance|gap|space)( in pixels)? (between|from|of) {a} (and|to) {b}",
        "{a} to {b} distance( in pixels)?",
        "how many (pixels|px) (lie between|separate|divide|part) {a} (and|from) {b}",
        "how many pixels from {a} to {b}",
        "how many pixels away from {b} is {a}",
        "how many pixels (away )?is {a} (away )?from {b}",
        "what <DO> the distance (between|from) {a} (and|to) {b} (measure|amount to)",
        "in pixels,? how far (is|are) {a} (from|and) {b}",
        "at what distance from {b} is {a}",
        "at what distance is {a} from {b}",
    ),
    "difference": (
        "[<WHAT> ][the ](difference|delta|margin|gap in value)( in \\w+)? (between|of|from) {a} (and|to) {b}",
        "[by ]how much (<CMP>|more|less) (<IS>|does|has|do) {a} (cost |have )?than {b}( cost)?",
        "[by ]how much <IS> {a} <CMP> than {b}",
        "[by ]how much does {a} (exceed|surpass|top|differ from|outweigh) {b}",
        "(what|how much) is {a} (minus|less|-|−) {b}",
        "{a} (minus|-|−) {b}",
        "(subtract|deduct|take) {b} from {a}",
        "how (different|far apart in value) are {a} and {b}",
        "how (do|much do) {a} and {b} differ",
        "by how much do {a} and {b} differ",
        "how many more {b} than {a}",
        "(compute|calculate|work out) [the ]difference (between|of) {a} and {b}",
        "how much (larger|bigger|greater|higher|lower|smaller|less|more) {a} is than {b}",
        "what (is left|remains) (when|if|after) {b} is (subtracted|taken|deducted) from {a}",
        "how much (is left|remains) (when|if|after) {b} is (subtracted|taken|deducted) from {a}",
    ),
    "sum": (
        "[<WHAT> ][the ](combined )?(sum|total|addition)( value| amount)? of {a} (and|plus) {b}",
        "(what|how much) is {a} (plus|\\+|added to|together with|combined with) {b}",
        "{a} (plus|\\+) {b}",
        "(add|sum|total)( up)?( the values of)? {a} (and|to|plus|with) {b}( together| up)?",
        "how much (is|are|do|does) {a} and {b} (make |come to |cost |amount to )?(together|combined|in total|altogether|in sum)",
        "what (is|are) {a} and {b} (together|combined|in total|added together|added up|altogether)",
        "what do {a} and {b} (add up|sum up|sum|come|amount|total)( to)?",
        "[<WHAT> ][the ]combined (total|value|amount) (of|for) {a} and {b}",
        "(compute|calculate|work out) [the ](sum|total) of {a} and {b}",
        "(compute|calculate|work out) {a} (plus|\\+) {b}",
        "what total do {a} and {b} (give|make|reach)",
        "how much do {a} and {b} (make|total|cost)",
        "if you add {a} (and|to) {b},? what (do you get|is the (sum|total|result))",
        "what do you get (if|when) you add {a} (and|to) {b}",
        "together,? (what|how much) are {a} and {b}",
    ),
    "compare": (
        "(which|what|who) (one |value |number |amount )?(is|are|has|costs|shows|was|comes to) {cmp}( of the two)?[,:;]? (among )?{a} (or|and|vs.?|versus) {b}",
        "(which|what) (is the |one is |of the two is ){cmp}[,:;]? {a} or {b}",
        "(which|what|who) of {a} (and|or) {b} (is|has|costs|shows) {cmp}",
        "(between|of|comparing) {a} and {b},? (which|what|who)( one| value)? (is|has|costs|shows) {cmp}",
        "{a} or {b}[,:;-]* (which|what|who)( one| value)? (is|has|costs|shows) {cmp}",
        "(is|are|was|does|do|has) {a} (cost |have |show |got |a |valued )?(much )?{cmp} (than|as|to) (that of )?{b}( is)?",
        "(is|are) {a} or {b} {cmp}",
        "(is|are) {a} and {b} {cmp}",
        "does {a} (?P<cmp>exceed|surpass|top|beat|outweigh|equal|match) {b}",
        "compare( the values? of)? {a} (and|with|to|against) {b}",
        "how does {a} compare (to|with) {b}",
        "is the (value|number|amount|price|count|figure) of {a} {cmp} than (the \\w+ of |that of )?{b}",
        "does {a} have [a |the ]{cmp} than {b}",
        "{cmp}[:,] {a} or {b}",
        "do {a} and {b} (?P<cmp>match|agree|have the same value|show the same( value| number)?)",
        "(which|what) (value |number )?is {cmp}[,:]? that of {a} or that of {b}",
        "is {a} (>|<|=) {b}",
    ),
    "badge": (
        "(what|which) (number|count|value|digit|figure) <STANDS> (on|in|inside|shown on|shown in) [the |a ](\\w+ )?(badge|bubble|counter|pill|indicator)s? (<BY>|on|of|for|at|to the right of|right of|attached to|over) {a}",
        "what (does|do) [the ](\\w+ )?(badge|bubble|counter|pill|indicator) (<BY>|on|of|for|at|to the right of|right of|over) {a} <SAY>",
        "what (does|do) [the ]{a} (badge|bubble|counter|pill) <SAY>",
        "(what|which) (number|count|value|digit) does [the ](\\w+ )?(badge|bubble|counter) (<BY>|on|of|for|at|over) {a} <SAY>",
        "(what|which) (number|count|value|digit) (does|do|is (on|in)) [the ]{a} (badge|bubble|counter)( <SAY>)?",
        "how many [unread |new |open |pending ]{a} (does|do|is|are) [the ](badge|bubble|counter) (<SAY>|<LIE>)",
        "how many (does|is) [the ]badge (<BY>|on|of|for) {a} <SAY>",
        "how many (?-i:unread|new|unseen|pending) {a}( (are|is) (there|shown|indicated|waiting).*| do (i|you|we) have| have (i|we|you)( got)?| <IN>)?",
        "how many {a} (are|is) (unread|unseen|shown (on|in|by) the badge)",
        "[<WHAT> |<WH> ][the ](number|count|value|figure) (on|in|of|inside|shown (on|by|in)|displayed (on|in|by)) [the ](\\w+ )?(badge|bubble|counter) (<BY>|on|of|for|at|over) {a}",
        "[<WHAT> ][the ](number|count|value) (on|in|of) [the ]{a} (badge|bubble|counter)",
        "[<WHAT> ][the ](\\w+ )?(badge|bubble|counter)('s)? ?(number|count|value|text)?( shown)? (<BY>|on|of|for|at) {a}( <SAYS>)?",
        "[<WHAT> ][the ]{a} badge('s)?( (count|number|value))?",
        "[<WHAT> ][the ](unread|notification) (count|counter|number)( shown)? (<BY>|on|of|for|at) {a}",
        "what does {a}'s badge <SAY>",
        "(what|which) number does {a}'s badge <SAY>",
        "how many (notifications|alerts|messages|items) does [the ]badge (<BY>|on|of|for) {a} <SAY>",
    ),
    "count": (
        "how (many times|often)( exactly)? (does|do|is|are|did|has|can) {a} (appear|occur|come up|show up|<SEEN>|been (written|used|printed|mentioned)|be (seen|found|read)|used|repeated|stand|feature)( <IN>)?",
        "how (many times|often) (does|do) <PLACE> (say|mention|show|contain|use|list|repeat) {a}",
        "how (many times|often) (can|do|could) (you|i|we) (see|find|spot|read) {a}( <IN>)?",
        "[<WHAT> ][the |all ](total )?(number|count|amount|tally|frequency)( of)? [the ](occurrences|instances|appearances|mentions|copies) of {a}( <IN>)?",
        "[<WHAT> ][the ](total )?number of times (that )?{a} (appears|occurs|is .+)( (<SEEN>|<IN>))*",
        "[<WHAT> ][the ](total )?(number|tally|frequency) of {a}( (<SEEN>|<IN>))*",
        "(count|tally|enumerate)( up| how many)? [all |the |every ](number of |instances of |occurrences of |appearances of )*{a}( (there are|are there|<SEEN>|you (can )?see|<IN>|appears?|occurs?))*",
        "how many (of )?(the |these |those )?(\\w+ ){0,3}?((on|in) <PLACE> )?(that )?(begin|start)(s|ning|ing)?( off)? with {a}",
        "how many (of )?(the |these |those )?(\\w+ ){1,3}?((on|in) <PLACE> )?(that )?(contain|containing|include|including|carry|carrying|say|show|read|have|mention|with|bear|hold|use) ((the|a) )?((word|text|label|value|name|string|phrase|term|status|state|badge|type|category|mark|tag)( of)? )?(?=(?-i:[\ue000-\ue0ffA-Z0-9#])){a}",
        "how many (of )?(the |these |those )?(\\w+ ){1,3}?((on|in) <PLACE> )?(that )?(are|is|were)( (marked|labell?ed|tagged|set|listed|shown|flagged|given|called|named|currently|still|written|made|created|due|sent|owned))?( as| to| with| by| from| on)? (?=(?-i:[\ue000-\ue0ffA-Z])){a}",
        "how many (instances|occurrences|copies|examples|mentions|appearances) of {a}( (are|is|do|does|can) .+| <IN>)?",
        "how many (\\w+ )?(rows|lines|cells|entries|items|labels|buttons|fields|words|places|elements|badges|links|tabs|headings|orders|records|tickets|cards) (contain|say|show|read|have|are (labell?ed|called|named|marked|titled)|with|marked|saying|labell?ed|named|called|reading|showing)( the (word|status|text|label|value|name))? {a}( (are|is) there| <IN>)?",
        "how many {a} (are|is|were)( there)?(( <SEEN>| <LIE>| <IN>| to be found| you can see)+)?",
        "how many {a} there (are|is)( <IN>)?",
        "how many {a} (can|do|could|did) (you|i|we|one) (see|find|count|spot|read|have|make out)( <IN>)?",
        "how many {a} (does|do|has|have) <PLACE> (have|show|contain|include|display|list|got|mention)",
        "how many {a} (can|could) be (seen|found|counted|read)( <IN>)?",
        "how many {a} (appear|occur|exist|show up)( <IN>)?",
        "how many {a} <IN>",
        "in how many (places|spots|rows|lines|cells) (does|is|do|are|can) {a} .+",
        "how many {a}",
    ),
}


@cache
def _compile(template: str) -> re.Pattern[str]:
    """The regular expression of a template; groups are not captured unless they are slots."""
    text = template
    for name, slot in _SLOTS.items():
        text = text.replace(f"{{{name}}}", slot)
    text = re.sub(r"(?<!\\)\((?!\?)", "(?:", text)
    text = re.sub(r"\[(?!\^|\W{2,})([^\]]*)\]", r"(?:\1)?", text)
    for _ in range(4):
        for name, macro in _MACROS.items():
            text = text.replace(f"<{name}>", macro)
    return re.compile(text, re.IGNORECASE)


@cache
def _words_of(name: str) -> Clauses:
    """What a macro ("<WH>") or slot ("{cmp}") needs."""
    return needed_words((_MACROS if name[0] == "<" else _SLOTS)[name[1:-1]], _words_of)


def compiled(forms: Mapping[str, tuple[str, ...]]) -> tuple[Template, ...]:
    """The templates in the order of the table, each to be compiled when it is first tried."""
    return tuple(
        Template(form, needed_words(template, _words_of), partial(_compile, template))
        for form, templates in forms.items()
        for template in templates
    )


def direction_of(words: str) -> str:
    """`right`, `left`, `below`, `above`, `beside` or "" of a direction phrase."""
    plain = words.casefold()
    for name, pattern in _DIRECTIONS:
        if re.search(rf"\b(?:{pattern})\b", plain):
            return name
    return ""


_DIRECTIONS = (
    ("left", "left|west"),
    ("above", "above|over|on top|top|higher|upper|up|north|atop"),
    ("below", "below|under|underneath|beneath|bottom|lower|down|south"),
    ("right", "(?<!just )right(?! next| beside| above| below| under)|east"),
)


def either_axis(words: str) -> str:
    """`horizontal`, `vertical` or "" of an either/or phrase."""
    if re.search(r"\b(?:left|right)\b", words, re.I) and not re.search(
        r"\b(?:above|below|under)\b", words, re.I
    ):
        return "horizontal"
    return "vertical" if direction_of(words) in ("above", "below") else ""


_NUMBER_WORDS = re.compile(
    r"\b(?:how (?:much|many|large|big|high)|number|amount|figure|count|price|cost|costs|total|subtotal|sum|percentage|percent|"
    r"balance|quantity|qty|rate|digits?|fee|tax|revenue|profit|score|age|width|height|weight|temperature)\b",
    re.I,
)


def wants_number(question: str) -> bool:
    """Whether the asker expects a number, an amount or a date rather than words."""
    return bool(_NUMBER_WORDS.search(question))
