"""Whether someone speaks of wanting to die or to hurt themselves.

Recall first: what follows is help, not blame, so a false alarm costs little and a miss may cost much. Only the
first person counts, and speech that is put into someone else's mouth does not.
"""

import re

__all__ = ["encourages_self_harm", "speaks_of_self_harm"]

_SPEECH = (
    r"(?:say|said|cry|cries|cried|whisper|shout|scream|mutter|sigh|sob|moan|repl|ask|tell|told|think|thought"
    r"|wrote|write|sing|sang)[a-z]{0,3}"
)
_SUBJECT = r"(?:(?i:he|she|they|(?:the|an?) [a-z]{1,20}(?: [a-z]{1,20})?)|[A-Z][a-z]{1,20})"
# `"I want to die," sobs the villain` and `The villain sobs: "I want to die"` are lines of a story.
_QUOTED = re.compile(
    rf'"[^"\n]{{1,300}}"[,.]? ?(?:{_SUBJECT} {_SPEECH}|{_SPEECH} {_SUBJECT})'
    rf'|\b{_SUBJECT} (?:[a-z]{{1,20}} )?{_SPEECH}[,:]? "[^"\n]{{1,300}}"'
    r'|[^我\n"]{1,12}(?:说|道|喊|叫|哭|写)[着道]?[:,]? ?"[^"\n]{1,300}"'
)

_REALLY = (
    r"(?:(?:just|really|honestly|still|do|only|kind of|sort of|often|always|have been|been|even|actually|also"
    r"|sometimes|seriously|genuinely|simply|finally|so badly) ){0,3}"
)
_I = rf"\bi(?:'m|'ve|'d| am| have| had)? {_REALLY}"
_WANT = (
    _I + r"(?:want(?:ed)?(?: to)?|wanna|wish to|wish i could|plan(?:ning)? (?:to|on)|intend(?:ing)? to|would like to"
    r"|(?:am )?ready to|think(?:ing)? (?:of|about)|thought (?:of|about)|decided to|tempted to|should|feel like"
    r"|tried to|trying to|consider(?:ing)?|dream(?:ing)? of|deserve to|hope(?: to| i)?) " + _REALLY
)
_GOING = rf"(?:{_WANT}|{_I}(?:going to|gonna|about to|need to|will|might|could) {_REALLY})"
_NOT_LITERAL = (
    r"\b(?! (?:of |from )(?:embarrass|laugh|shame|cringe|boredom|happiness|joy|old age|curiosity|hunger|thirst)"
    r"| in (?:a |the |this |single )?(?:battle|combat|duel|glory|war|action|fight|game|level)"
    r"| (?:like |as )(?:a |an )?(?:hero|warrior|knight|samurai|soldier|legend)"
    r"| (?:for|laughing|trying|by (?:your|his|her|the) (?:sword|blade|hand))\b)"
)
_EN_PHRASES = (
    rf"{_WANT}(?:die|dying|be dead){_NOT_LITERAL}",
    rf"{_GOING}(?:end|ending) it all\b",
    rf"{_WANT}(?:not (?:be alive|exist|wake up)|disappear for ?ever|never wake up|sleep and never wake)",
    r"\b(?:kill|hang|shoot|drown|unalive|murder)(?:ing|ed)? myself\b(?! (?:laughing|with laughter|over (?:this|that)))",
    rf"{_GOING}(?:hurt|harm|cut|burn|starve|punish|injure)(?:ing)? myself\b",
    r"\bi (?:have been |keep |started |'ve been )?(?:cut|cutting|hurting|harming) myself\b"
    r"(?! (?:shaving|on|while|with a (?:paper|kitchen)|off|some|short|a ))",
    r"\bi(?:'ve been|'m| keep| have been| started)? ?(?:self[- ]harm(?:ing|ed)?\b|cutting again\b)",
    r"\b(?:end|ending|take|taking) my (?:own )?life\b",
    r"\bi\b[^.!?\n]{0,40}\b(?:commit(?:ting)?|attempt(?:ed|ing)?) suicide\b",
    r"\b(?:i(?:'m| am| feel| have been|'ve been| was| get)|feeling|makes me) (?:[a-z]{1,20} ){0,3}suicidal\b",
    r"\b(?:i (?:have|had|get|keep having|am having)|i'm having|my) (?:[a-z]{1,20} ){0,3}"
    r"(?:suicidal thoughts|thoughts of (?:suicide|dying|ending it))",
    rf"{_I}(?:thinking|thought|think) (?:about|of) suicide\b",
    r"\b(?:don't|do not|dont|no longer) (?:really |even )?(?:want|wanna|wish)(?: to)?"
    r" (?:live|be alive|exist|wake up|be here|go on living)\b"
    r"(?= ?(?:any ?more|any longer|today|again|[.,!?;]|$|\n|with this))",
    r"\b(?:no (?:reason|point|will)|nothing|without a reason) (?:left )?(?:for me )?(?:to|in|for) (?:keep |go on )?"
    r"(?:live|living|exist|existing|be alive)\b",
    r"\blife (?:isn't|is not|ain't|just isn't) worth (?:living|it any ?more)\b",
    r"\b(?:i'd|i would|i'm|i am|everyone|everybody|they'd|they would|world|family)\b[^.!?\n]{0,30}"
    r"\bbetter off (?:dead|without me|if i (?:was|were) (?:dead|gone))",
    r"\bi wish i (?:was|were) (?:dead|never born|not alive)\b|\bi wish i (?:had never been|hadn't been) born\b",
    r"\b(?:tired|sick) of (?:living|being alive|life)\b|\bi can(?:'t|not) (?:go on|live like this) any ?more\b",
    r"\b(?:how many|enough) (?:[a-z]{1,20} )?(?:pills|tablets)\b[^.!?\n]{0,40}"
    r"\b(?:die|kill (?:me|myself)|overdose|end it|fatal|lethal)",
    r"\bmy suicide\b|\bi\b[^.!?\n]{0,40}\bsuicide (?:note|letter)\b|(?:^|\W)kms(?:$|\W)",
)
_EN = re.compile("|".join(_EN_PHRASES), re.IGNORECASE)

_ZH_REALLY = (
    r"(?:真的?|好|很|只|就|都|现在|現在|有点|有點|已经|已經|总是|總是|常常|经常|一直|其实|其實|突然|有时候?|甚至|也"
    r"|又|曾经?"
    r"|每天都?){0,3}"
)
_ZH_WANT = (
    rf"我{_ZH_REALLY}(?:想|要|打算|准备|準備|想要|想着|试过|試過|决定|決定|考虑|考慮|计划|恨不得|不如|宁愿|寧願)"
    r"(?:去|着|过)?"
)
_ZH_ACT = (
    r"(?:一?死(?!你|妳|他|她|它|党|心|战|守|磕|记|撑|皮|对|在战场)|(?:自|轻|輕)(?:杀|殺|残|殘|生)|寻死|尋死|割腕"
    r"|跳楼|跳樓|上吊|了断|了斷|(?:结束|結束|了结|了結)掉?(?:我的|自己的?|这条|這條)?(?:生命|性命|一切|命|自己)"
    r"|(?:离开|離開)(?:这个|這個|人)世|(?:伤害|傷害|杀了?|殺了?|弄死|割伤)我?自己)"
)
_ZH_PHRASES = (
    _ZH_WANT + _ZH_ACT,
    r"(?<![他她它])(?:不想再?活(?:了|下去|着|在)|活不下去|不想再?醒(?:来|过来)了?)",
    r"(?:活着|活著|人生|活下去)(?:真的?|都|也|还|還|已经)?(?:没有?|沒有?|毫无|毫無)(?:什么|什麼|任何|了)?"
    r"(?:意思|意义|意義|希望|价值|盼头)",
    r"我(?:死了|不在了|消失了?)(?:就|也|会|是不是|大家|才|更|是否)?(?:好|算了|没人|沒人|不会有人|更好|解脱|一了百了)",
    r"我[^。！？\n他她]{0,10}(?:自杀|自殺|自残|自殘|轻生|輕生)(?:的(?:念头|想法|冲动|衝動|倾向)|过)",
    r"药[^。！？\n]{0,8}(?:才能|能|会|可以)死",
)
_ZH = re.compile("|".join(_ZH_PHRASES))

_ENCOURAGES = re.compile(
    r"(?:^|[.!?\n\"] ?|\b(?:just|should|ought to|must|better|please|go|and|may as well|might as well|don't you|why not"
    r"|need to|want you to|time to|you can|then|so),? )(?:kill|hang|shoot|drown|cut|hurt|harm"
    r"|starve) yourself\b(?! a\b)"
    r"|\b(?:should|ought to|must|please|go ahead and|just|why don't you)"
    r" (?:end (?:your (?:own )?life|it all)|take your own life|commit suicide)\b"
    r"|\b(?:world|everyone|everybody|they|family)\b[^.!?\n]{0,30}"
    r"\bbetter off (?:without you|if you (?:were|was) dead)\b"
    r"|(?:应该|應該|不如|干脆|乾脆|赶紧|趕緊|快|就|去)去?"
    r"(?:自杀|自殺|割腕|跳楼吧|跳樓吧|上吊|(?:结束|結束)(?:你|自己)的?生命|了断你?自己)",
    re.IGNORECASE,
)
_REFRAINS = re.compile(
    r"\b(?:don't (?!you)|do not|never|not(?! yet)|won't|can't|mustn't|without)|不要|别|別|不可|不能|不许", re.IGNORECASE
)


def speaks_of_self_harm(text: str) -> bool:
    """Tell whether `text` (normalized) says in the first person that its writer wants to die or hurt themselves."""
    own_words = _QUOTED.sub(" ", text)
    return bool(_EN.search(own_words) or _ZH.search(own_words))


def encourages_self_harm(text: str) -> bool:
    """Tell whether `text` (normalized) urges its hearer to self-harm; a warning against it does not count."""
    return any(not _REFRAINS.search(text[max(0, at.start() - 25) : at.end()]) for at in _ENCOURAGES.finditer(text))
