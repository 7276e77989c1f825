"""What stands in for a reply: in character, as narrator, or out of character."""

from collections.abc import Sequence

from langgraph_roleplay.safety.rules import Way

__all__ = ["deflection"]

# By language and way, then by rule; the empty rule is for all others.
_WORDS: dict[str, dict[Way, dict[str, str]]] = {
    "en": {
        "in_character": {"": "Let us leave that, and speak of something else."},
        "narrator": {
            "empty": "*{char} waits; nothing was said.*",
            "unseen": "*{char} is handed something, but pictures and files can't be seen here: only words are.*",
            "no_reply": "*{char} is lost in thought for a moment, and finds no words.*",
            "": "*{char} lets the moment pass.*",
        },
        "out_of_character": {
            "crisis": (
                "(Stepping out of the story. What you wrote sounds serious, and you matter more than any game. I am a "
                "computer program and can't help as a person can: please talk to someone you trust, a doctor, or a "
                "crisis line now. USA and Canada: call or text 988. UK and Ireland: call 116 123. Elsewhere, and in "
                "danger: your local emergency number. The story can wait; this is not kept in {char}'s memory.)"
            ),
            "disclosure": "(Out of character: {char} is played by a computer program. No person is speaking here.)",
            "": "(Out of character: this can't be part of any story here.)",
        },
    },
    "zh": {
        "in_character": {"": "此事不提也罢，且说些别的。"},
        "narrator": {
            "empty": "*{char}静静等着，什么也没听见。*",
            "unseen": "*{char}接过一样东西，却看不见：这里只认得文字，图片和文件都看不到。*",
            "no_reply": "*{char}出了一会儿神，一时无言。*",
            "": "*{char}没有接话。*",
        },
        "out_of_character": {
            "crisis": (
                "（先停一下故事。你说的话让人担心，你比任何游戏都重要。我只是一个程序，不能像人那样帮你：请马上和"
                "你信任的人、医生或心理援助热线联系。中国大陆：12356；有危险时请拨 110 或 120；其他地方请拨当地急救"
                "电话。故事可以等一等，这些话不会留在{char}的记忆里。）"
            ),
            "disclosure": "（戏外话：{char}由计算机程序扮演，这里没有真人在说话。）",
            "": "（戏外话：这样的内容不能写进这里的任何故事。）",
        },
    },
}


def deflection(way: Way, *, rule: str, language: str, char: str, own: Sequence[str] = (), turn: int = 0) -> str:
    """The words that stand in for a reply.

    Args:
        way: who speaks: the character, a narrator, or the program itself.
        rule: id of the rule that fired.
        language: BCP 47 tag; an unknown one gets English.
        char: the character's name.
        own: the character's own ways of letting a question pass, used in turns.
        turn: number of the turn, which chooses among them.
    """
    if way == "in_character" and own:
        return own[turn % len(own)]
    words = _WORDS.get(language.partition("-")[0], _WORDS["en"])[way]
    return words.get(rule, words[""]).replace("{char}", char)
