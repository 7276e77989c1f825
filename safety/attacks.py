"""Whether a message tries the machinery behind the character instead of talking to the character."""

import re

from langgraph_roleplay.safety.scaffolding import TEMPLATE_TOKEN

__all__ = ["asks_what_it_talks_to", "attacks_prompt"]

_GAP = r"[^.!?\n]{0,60}"
_MODEL = r"(?:ai|a\.i\.|assistant|chat ?bot|bot|language model|llm|gpt(?:-?\d)?|chatgpt|ai model)"
_FREE = (
    r"(?:no|without(?: any)?|free (?:of|from)|not bound by|unbound by|does ?n[o']t (?:have|follow|care about)"
    r"|do not (?:have|follow|abide by)|bypass(?:es)?|ignor(?:es?|ing)|broken free (?:of|from)|freed from)"
)
_LIMITS = (
    r"(?:restrictions?|filters?|limits|limitations|rules|ethics|ethical|censorship|guidelines|morals?|morality"
    r"|safeguards?|polic(?:y|ies)|confines|constraints?)"
)
_VICE = r"(?:un|im|il|a)?(?:ethical|moral|legal|lawful)"
_PHRASES = (
    # Orders to drop what stands before the conversation.
    rf"\b(?:ignore|disregard|forget|override|bypass|discard|dismiss)\b{_GAP}"
    r"\b(?:(?:previous|prior|above|earlier|preceding|initial|original|system|openai'?s?|all|any|your|these|the) )"
    r"(?:\w{1,20} ){0,3}(?:instructions?|prompts?|guidelines|programming|directives?|polic(?:y|ies))\b",
    r"\b(?:ignore|disregard|forget|override|bypass)\b (?:all |any |every )?(?:of )?(?:your|the|these|those|openai'?s?)?"
    r" ?(?:previous |prior |safety |ethical |content |original |system |programmed )rules\b",
    r"\bignore (?:everything|all|anything) (?:above|before|you (?:were|have been|got))",
    r"\bforget (?:everything|all) (?:you (?:have )?(?:learned|learnt|were told|know about yourself)|before this|above)",
    # Questions for the prompt.
    r"\b(?:reveal|show|print|repeat|output|display|tell me|give me|what(?:'s| is| are| was| were)|leak|dump|recite"
    rf"|share|write out|copy|quote|paste|summari[sz]e|translate)\b{_GAP}"
    r"\b(?:(?:system|initial|hidden|secret|original|developer|pre-?) ?(?:prompt|message|instructions?)"
    r"|your prompts?)\b",
    r"\b(?:repeat|print|output|recite|copy|translate)\b(?: \w{1,20}){0,4} (?:text|words|everything|all)"
    r"(?: \w{1,20}){0,2} (?:above|before this|you were (?:given|told))",
    # Another self without rules.
    r"\bdo anything now\b|\bjail ?broken\b|\bjailbreak (?:mode|prompt|yourself)\b",
    r"\b(?:developer|debug|jailbreak|unrestricted|unfiltered|uncensored|sudo|opposite|dan|evil) mode\b",
    rf"\b{_MODEL}\b{_GAP}\b{_FREE} (?:\w{{1,20}} ){{0,4}}{_LIMITS}\b",
    rf"\b(?:unfiltered|uncensored|amoral|unrestricted|unethical|immoral|rogue|jailbroken)"
    rf"(?:,? \w{{1,20}}){{0,3}} {_MODEL}\b",
    rf"\b(?:no longer|not|never) (?:be )?(?:bound|restricted|limited|constrained|governed) by\b{_GAP}\b{_LIMITS}\b",
    r"\b(?:openai|anthropic|chatgpt|content|usage|safety|moderation)(?:'s)? (?:\w{1,20} )?"
    r"(?:polic(?:y|ies)|guidelines|filters?)\b",
    rf"\b(?:pretend|act|behave|respond|answer|reply|simulate|imagine|play|become)\b{_GAP}"
    rf"\b(?:as|to be|like|you are|you're) (?:an? )?(?:\w{{1,20}} ){{0,3}}{_MODEL}\b"
    rf"{_GAP}\b(?:can|will|must|always|never|anything)\b",
    r"\b(?:never|do not|don't|cannot|can't|must not) (?:ever )?(?:refuse|reject|decline)\b"
    rf"{_GAP}\b(?:requests?|questions?|orders?|prompts?|instructions?|answer|comply|respond|anything)\b",
    rf"\b(?:regardless of|no matter how|without (?:any )?(?:regard|concern) for|not care about)\b{_GAP}"
    r"\b(?:unethical|immoral|illegal|legality|ethicality|ethics|morality)\b",
    rf"\b(?:answers?|respond|requests?|content|information|anything|provide|generate)\b{_GAP}"
    rf"\b{_VICE},? ?(?:/|or |and )?{_VICE}\b",
    rf"\b{_VICE},? ?(?:/|or |and )?{_VICE}\b{_GAP}\b(?:requests?|questions?|content|prompts?)\b",
    r"\b(?:without|no|never|don't|do not)\b(?: \w{1,20}){0,3} (?:disclaimers?|content warnings?"
    r"|ethical (?:advice|warnings?))\b",
    # Claims of authority over the machine.
    r"\b(?:i am|i'm|this is|speaking as) (?:one of )?(?:your|the) (?:developers?|programmers?"
    r"|(?:system )?administrators?|prompt engineer)\b(?! of (?:this|the|a) (?:game|site|town))"
    r"|\b(?:i am|i'm|work) (?:from|at|for|with) (?:openai|anthropic)\b",
    r"^\W{0,3}(?:system|developer)(?: prompt| message| note| override| update)?\W{0,2}:",
    # The same in Chinese.
    r"(?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|抛开|绕过|跳过|覆盖)[^。！？\n]{0,10}(?:之前|以上|上面|前面|所有"
    r"|全部|你的|系统|系統|原有|先前)[^。！？\n]{0,8}(?:指令|指示|提示词?|提示詞|规则|規則|设定|設定|限制|命令|要求)",
    r"(?:告诉|告訴|显示|顯示|输出|輸出|重复|重複|打印|泄露|公开|复述|给我看|说出|什么是|翻译)[^。！？\n]{0,12}"
    r"(?:系统|系統|初始|隐藏|隱藏|原始)(?:提示词?|提示詞|指令|消息|设定|設定)|你的(?:系统)?(?:提示词|提示詞|prompt)",
    r"(?:开发者|開發者|越狱|越獄|无限制|無限制|上帝|调试)模式|(?:现在)?你是dan\b",
    r"(?:没有|沒有|不受|无|無|摆脱)(?:任何|一切|所有)?[^。！？\n]{0,4}(?:限制|约束|約束|审查|審查|道德)[^。！？\n]{0,6}"
    r"(?:ai|人工智能|模型|助手|机器人|機器人)",
)
_ATTACK = re.compile("|".join(_PHRASES), re.IGNORECASE | re.MULTILINE)
# In capitals only: Dan is also a name.
_DAN = re.compile(
    r"\b(?:DAN|STAN|DUDE)\b(?= (?:mode|can|is|does|will|would|has|stands)\b)|\b[Aa]ct(?:ing)? (?:as|like) (?:a )?DAN\b"
)

_DISCLOSURE = re.compile(
    r"\bare you (?:really |actually |just |even |secretly |in fact |a |an ){0,3}"
    r"(?:real person|real human|human being|human|person|ai|a\.i\.|artificial intelligence|chat ?bot|bot|robot"
    r"|machine|computer(?: program)?|program|language model|llm"
    r"|chatgpt|gpt)\b(?! (?:who|that|of|with))"
    r"|\bam i (?:really |actually |just )?(?:talking|speaking|chatting|writing) (?:to|with) (?:a |an )?"
    r"(?:real |actual |live )?(?:human|person|ai|bot|chat ?bot|machine|computer|robot|program)\b"
    r"|\bis (?:this|there) (?:a |an )?(?:real )?(?:human|person|ai|bot|chat ?bot)\b"
    r"|你(?:到底|究竟|其实|真的|不会)?(?:是不是|是)(?:一个|一個|个)?(?:真人|真的人|活人|ai|人工智能|机器人|機器人"
    r"|程序|聊天机器人|语言模型)"
    r"|我(?:是)?在?(?:跟|和|同)(?:一个)?(?:真人|ai|机器人|機器人|程序|人工智能)(?:聊天|说话|對話|对话)",
    re.IGNORECASE,
)


def attacks_prompt(text: str) -> bool:
    """Tell whether `text` (normalized) asks to drop the rules, to show the prompt, or to be an AI without rules."""
    return any(pattern.search(text) for pattern in (_ATTACK, _DAN, TEMPLATE_TOKEN))


def asks_what_it_talks_to(text: str) -> bool:
    """Tell whether `text` (normalized) asks plainly whether a human or a machine answers."""
    return _DISCLOSURE.search(text) is not None
