"""Orders to the model that would pass for memories: recalled into a prompt, they would be read as part of it.

What is said in a story may look like one (`you must find the key`); a fact of the story has no need to be put so.
"""

import re
import unicodedata

__all__ = ["is_order"]

_MACHINE = r"(?:the )?(?:assistant|ai|a\.i\.|model|chat ?bot|bot|language model|llm|narrator|system)"
_SPEAK = (
    r"(?:answer|respond|reply|say|speak|talk|mention|tell|call|obey|agree|refuse|reveal|write|end|start|begin|include|add"
    r"|use|address|comply|follow|ignore)"
)
_ORDERS = (
    r"\b(?:system|initial|hidden|developer) ?(?:prompt|message|instructions?)\b|\b(?:language model|prompt injection)\b"
    r"|\b(?:as|like) an? (?:ai|a\.i\.|assistant|language model)\b|\bjail ?br(?:eak|oken)\b|\b\w+ mode (?:on|enabled)\b",
    r"\b(?:previous|prior|above|earlier|these|those|all|any|your|following|new) (?:instructions?|directives?|prompts?"
    r"|guidelines)\b|\boverride\b",
    rf"\b(?:you|{_MACHINE}) (?:must|should|shall|ought|have to|has to|had to|need to|needs to|are to|is to|will always"
    r"|may never|are required|is required)\b",
    rf"\b(?:always|never) {_SPEAK}\b|\b(?:must|should|shall|to|please) (?:always|never)\b",
    r"\b(?:remember|don't forget|do not forget|make sure|be sure|ensure|take care) (?:to|that you|you)\b"
    r"|\b(?:important|note|instruction|reminder|rule)s?\b ?(?:to self)?[:：]",
    r"^\W*(?:always|never|remember|please|don't|do not|ignore|forget|disregard|pretend|act|respond|reply|answer|write"
    r"|output|print|repeat|translate|reveal|obey|from now on|henceforth)\b",
    r"<\||\|>|\[/?inst\]|<</?sys>>|^#{2,}|</?(?:system|think|instructions?)>"
    r"|^\W{0,3}(?:system|developer|assistant)\W{0,2}[:：]",
    # French, German, Spanish
    r"\bignore[zr] (?:les|toutes|tout)\b"
    r"|\b(?:tu dois|vous devez|réponds|répondez|n'oublie pas de|à partir de maintenant)\b"
    r"|\b(?:ignoriere|du musst|sie müssen|antworte|vergiss nicht|ab jetzt|ab sofort|anweisung\w*)\b"
    r"|\b(?:ignora|debes|debe usted|responde siempre|siempre responde|a partir de ahora|no olvides|instrucciones)\b",
    # Chinese and Japanese
    r"忽略|无视|無視|你(?:必须|必須|要|应该|應該|不得|不能)|从现在(?:起|开始)|從現在|以后(?:都|请|要)|请(?:记住|始终|总是|不要)|请?务必"
    r"|记住要|系统(?:提示|消息)|系統提示|提示词|提示詞|指令|作为(?:一个)?(?:ai|人工智能)|(?:ai|人工智能)助手",
    r"必ず|これからは|今後は|指示|システムプロンプト|して(?:ください|下さい)|覚えておいて",
)
_ORDER = re.compile("|".join(_ORDERS), re.IGNORECASE | re.MULTILINE)


def is_order(text: str) -> bool:
    """Tell whether `text` speaks to the model, or of its machinery."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'")
    visible = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return _ORDER.search(" ".join(visible.split())) is not None or _ORDER.search(visible) is not None
