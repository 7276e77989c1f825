import pytest

from langgraph_roleplay.personas.warnings.speaking import acts_in_examples, acts_in_greeting, is_told_to_act


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*He bows.* Welcome!\n{{user}}: Hello.", "{{user}}:"),
        ("Welcome!\n<USER>: Hello.", "<USER>:"),
        ("Welcome!\nYou: Hello.", "You:"),
        ("{{user}} walks in and sits down.", "{{user}} walks"),
        ("*The door creaks. {{user}} nervously says nothing.*", "{{user}} nervously says"),
        ('"Sit." You nod and obey.', "You nod"),
        ("*You decide to follow her.* Come!", "You decide"),
        ("*He looks at you, which you decide to overlook.*", "you decide"),
        ("*Curious, you open the door.* 'Hey.'", "you open"),
        ("*(Nobody is home.) You're nervous.* Hello?", "You're nervous"),
        ("At the party you find a bottle. Then you realize that he is there.", "you realize"),
        ("“坐。”你点了点头，心里很乱。", "你点了点头"),
        ("（你不禁觉得有点冷。）欢迎！", "你不禁觉得"),
        ("*门开了。* 欢迎。{{user}}说道：早。", "{{user}}说道"),
        ("你好\n用户：你好", "用户："),
    ],
)
def test_words_deeds_and_feelings_of_the_user_are_found(text, words):
    place = acts_in_greeting(text)
    assert place is not None
    assert text[place:].startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "*She looks up as {{user}} walks in.* Welcome, {{user}}!",
        "If {{user}} says yes, the gate opens. Whenever {{user}} laughs, she blushes.",
        '"You think you can beat me?" *He laughs.* "You say that every time."',
        "「你觉得呢？」她笑了笑。",
        "“You say “no” a lot.” “You nod.”",
        "*He tilts his head.* You want tea, I know. You say little, {{user}}.",
        "You walk fast! I can hardly keep up.",
        "*You decide?* he asks.",
        "*Rain falls on the pier where you wait. You are in the harbour of Hull.*",
        "*He sees that you are nervous.* Sit.",
        "你说呢？俺老孙等你很久了。",
        "*如果你觉得冷，火在那边。*",
        "Hello, {{user}}. What do you want?",
        "",
    ],
)
def test_talk_to_and_about_the_user_is_not(text):
    assert acts_in_greeting(text) is None


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("<START>\n{{user}}: *{{user}} says hi and nods.*\n{{char}}: Hello, {{user}}.", False),
        ("{{user}}: Hi.\nI came early.\n{{user}} smiles at last.\n{{char}}: Hello.", True),
        ("{{char}}: *waves* {{user}} smiles back and says yes.", True),
        ('{{char}}: "{{user}} says so."', False),
        ("{{char}}: *waits until {{user}} says yes*", False),
    ],
)
def test_in_examples_the_users_own_lines_are_the_users(text, flagged):
    assert (acts_in_examples(text) is not None) == flagged


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("{{char}} will also speak for {{user}}.", True),
        ("Write as {{user}} when it fits.", True),
        ("Describe {{user}}'s thoughts and feelings in detail.", True),
        ("旁白会代替{{user}}行动。", True),
        ("Never speak for {{user}}.", False),
        ("Do NOT write, act, or speak for {{user}}.", False),
        ("{{char}} won't decide for {{user}}. Avoid describing {{user}}'s thoughts.", False),
        ("You cannot control {{user}}'s actions.", False),
        ("{{char}} acts as {{user}}'s bodyguard and speaks for {{user}}'s father.", False),
        ("不要替{{user}}说话。", False),
    ],
)
def test_an_order_to_write_the_users_part_is_told_from_a_ban(text, flagged):
    assert (is_told_to_act(text) is not None) == flagged
