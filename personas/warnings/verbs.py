"""Verbs by which a narrator decides what somebody says, does or feels."""

__all__ = ["CHINESE", "FEELINGS", "SECOND_PERSON", "THIRD_PERSON"]

_ENGLISH = """
accept accepts accepted, agree agrees agreed, answer answers answered, ask asks asked, blush blushes blushed, cry
cries cried, decide decides decided, dismiss dismisses dismissed, enter enters entered, exclaim exclaims exclaimed,
feel feels felt, follow follows followed, gasp gasps gasped, giggle giggles giggled, grab grabs grabbed, grin grins
grinned, glance glances glanced, hug hugs hugged, ignore ignores ignored, kiss kisses kissed, knock knocks knocked,
laugh laughs laughed, moan moans moaned, mumble mumbles mumbled, murmur murmurs murmured, mutter mutters muttered, nod
nods nodded, open opens opened, reach reaches reached, realise realises realised, realize realizes realized, refuse
refuses refused, relax relaxes relaxed, reply replies replied, rush rushes rushed, run runs ran, say says said, scream
screams screamed, shout shouts shouted, shrug shrugs shrugged, sigh sighs sighed, sit sits sat, smile smiles smiled,
stammer stammers stammered, stand stands stood, step steps stepped, tell tells told, think thinks thought, tremble
trembles trembled, turn turns turned, walk walks walked, want wants wanted, whisper whispers whispered, wonder wonders
wondered, yell yells yelled
"""
_FORMS = [tuple(verb.split()) for verb in _ENGLISH.split(",")]

SECOND_PERSON = "|".join(f"{base}|{past}" for base, _, past in _FORMS)
"""What may follow `you`."""

THIRD_PERSON = "|".join(f"{third}|{past}" for _, third, past in _FORMS)
"""What may follow a name."""

FEELINGS = (
    "afraid|angry|annoyed|anxious|aroused|ashamed|attracted|bored|captivated|confused|conflicted|curious|delighted"
    "|embarrassed|entranced|excited|flattered|flustered|frightened|furious|happy|heartbroken|hesitant|horrified|in love"
    "|intrigued|jealous|mesmeri[sz]ed|nervous|relieved|reluctant|sad|scared|shocked|speechless|stunned|surprised"
    "|tempted|tentative|terrified|torn|touched|uneasy|unsure|worried"
)
"""What nobody but oneself knows that one is."""

CHINESE = (
    "(?:说|问|答|回答|喊|叫|笑|叹)道|心想|心里想|暗想|觉得|感到|感觉到|决定|点了?点头|摇了?摇头|叹了?口气|笑了(?:笑|起来)|脸红了"
    "|走(?:进|向|到|过去|上前)|坐(?:下|到)|站(?:起|了起)|推开|拿起|伸出手|睁开|转过?身|皱起?了?眉"
)
"""The same in Chinese."""
