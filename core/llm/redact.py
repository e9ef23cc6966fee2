"""Takes secrets out of a text before anybody can read or store it: providers quote keys in their error messages."""

import re

SECRETS = re.compile(
    r"""
      \b(?:sk|pk|rk|gsk|xai|r8|hf|nvapi|pplx|fw|csk|tgp_v1)[-_][A-Za-z0-9_*.\-]{8,}   # keys of known shape
    | \bAIza[A-Za-z0-9_\-]{10,}                                                           # Google
    | \bA(?:KIA|SIA)[A-Z0-9]{12,}                                                         # Amazon
    | \beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?                      # JSON web tokens
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                                                     # passwords in addresses
    """,
    re.VERBOSE,
)
NAMED = re.compile(
    r"(?i)(\b(?:bearer|basic)\s+|[\"']?\b(?:x-)?(?:api[-_]?key|apikey|access[-_]?token|auth[-_]?token|key|token|secret"
    r"|password|authorization)\b[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)([A-Za-z0-9_\-./+*~]{6,}=*)"
)
LONGEST_DETAIL = 2000


def redact(text: str, *secrets: str | None) -> str:
    """Give the text with every key of known shape, whatever is named a key, and the given secrets made unreadable.

    The result is at most 2,000 characters long.
    """
    for secret in secrets:
        if secret and len(secret) >= 6:
            text = text.replace(secret, "[hidden]")
    text = NAMED.sub(lambda match: f"{match[1]}[hidden]", SECRETS.sub("[hidden]", text))
    return text if len(text) <= LONGEST_DETAIL else f"{text[:LONGEST_DETAIL]}…"
