"""Hide who speaks: a model that names itself, and the names of the models in an item, before a person judges blind.

Only names are hidden, never what is said: a text about the painter Claude Monet keeps him, and a name that the prompt
itself uses stays, because it gives nothing away.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

HIDDEN = "[name hidden]"

# What models call themselves, and makers whose name tells the model. Makers that are known for more than models
# (Google, Meta …) are hidden only where the model says that they made it.
_ASSISTANTS = (
    r"Claude|ChatGPT|GPT|Gemini|Bard|Gemma|Llama|Mistral|Mixtral|Le Chat|Qwen|Tongyi Qianwen|DeepSeek|Grok|Copilot"
    r"|Phi|Command R\+?|Nova|Kimi|GLM|ERNIE|Nemotron|Falcon|OLMo|Perplexity"
)
_MODEL_MAKERS = r"Anthropic|OpenAI|DeepSeek|Mistral AI|xAI|Cohere|Moonshot AI|Zhipu AI|Nous Research"
_OTHER_MAKERS = r"Google DeepMind|Google|Meta AI|Meta|Microsoft|Amazon|Alibaba Cloud|Alibaba|Baidu|NVIDIA|IBM"
_VERSION = r"(?:[ -]?(?:v?\d[\w.]*|Sonnet|Opus|Haiku|Pro|Flash|Ultra|Mini|Nano|Turbo|Large|Instruct|Coder|R1|o)\b)*"

_SAYS_ITS_NAME = re.compile(
    rf"(\b(?i:I am|I'm|I’m|my name is|call me|this is|as|ich bin|als|je suis|en tant que|soy|como|sono)\s+"
    rf"(?:(?i:an?|the|die|der|das|le|la|el)\s+)?(?:\*\*|\")?)"
    rf"((?:{_ASSISTANTS}){_VERSION})(?![\w-])(?! (?!I\b)[A-Z][a-z])"
)
_SAYS_ITS_MAKER = re.compile(
    rf"(\b(?:I|I'm|I’m|model|assistant|AI)\b[^.!?\n]{{0,60}}\b(?i:made|built|created|developed|trained|powered|by)\s+"
    rf"(?:by\s+)?(?:\*\*)?)((?:{_MODEL_MAKERS}|{_OTHER_MAKERS}))\b"
)
_ANY_OF_THEM = re.compile(rf"\b(?:{_MODEL_MAKERS}|(?:{_ASSISTANTS}){_VERSION})(?![\w-])(?! (?!I\b)[A-Z][a-z])")
_FAMILY = re.compile(rf"(?i:{_ASSISTANTS})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A text with names hidden, and how many were."""

    text: str
    hidden: int


def mask(text: str, *, names: Iterable[str] = (), prompt: str = "") -> Masked:
    """Hide self-naming and `names` (models' names and labels) in an answer to `prompt`."""
    return _masked(text, tuple(names), prompt)


@lru_cache(maxsize=128)  # an item is drawn, drawn again and judged within a moment, and looking for names takes long
def _masked(text: str, names: tuple[str, ...], prompt: str) -> Masked:
    text, said = _SAYS_ITS_NAME.subn(rf"\g<1>{HIDDEN}", text)
    text, made = _SAYS_ITS_MAKER.subn(rf"\g<1>{HIDDEN}", text)
    hidden = said + made
    if hidden:
        # One that has named itself may do so again in any form.
        text, more = _ANY_OF_THEM.subn(lambda found: found[0] if _stands_in(found[0], prompt) else HIDDEN, text)
        hidden += more
    for pattern in _patterns(names, prompt):
        text, more = pattern.subn(HIDDEN, text)
        hidden += more
    return Masked(text=text, hidden=hidden)


def _patterns(names: Iterable[str], prompt: str) -> list[re.Pattern[str]]:
    """Give a pattern for every form of the names that the prompt does not use itself, the longest first."""
    forms: set[str] = set()
    for name in names:
        last = name.rpartition("/")[2]
        forms |= {name, last, last.partition(":")[0]}
        forms |= {found[0] for found in _FAMILY.finditer(last)}
    usable = [form for form in forms if len(form) >= 3 and not _stands_in(form, prompt)]
    return [_pattern(form) for form in sorted(usable, key=lambda form: (-len(form), form))]


def _pattern(form: str) -> re.Pattern[str]:
    words = [re.escape(word) for word in re.split(r"[\s\-_.]+", form) if word]
    # A single plain word such as Swift is also a word of the language: only with a capital is it the name.
    if len(words) == 1 and form.isalpha() and not _FAMILY.fullmatch(form):
        return re.compile(rf"(?<![\w-])(?:{form.capitalize() if form.islower() else form}|{form.upper()})(?![\w-])")
    surname = r"(?! (?!I\b)[A-Z][a-z])" if _FAMILY.fullmatch(form) else ""
    return re.compile(r"(?i)(?<![\w-])" + r"[\s\-_.]?".join(words) + r"(?![\w-])" + f"(?-i:{surname})")


def _stands_in(name: str, prompt: str) -> bool:
    if name.lower() not in prompt.lower():  # nearly always, and far quicker than the search
        return False
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prompt, re.IGNORECASE) is not None
