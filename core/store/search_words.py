"""What a person types into the search of History, as a condition on runs; nothing typed is ever an error.

Every word must stand in one text: the prompt or one answer. Case and accents do not count. A word of three letters or
more also finds what begins with it, as does any word with a star; words in quotation marks must follow each other as
they are written. What the index of words cannot know is looked for letter by letter, which is slower: marks such as €,
and scripts that set no spaces between words.
"""

import re
import string
import unicodedata
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import tables
from core.store.columns import storable
from core.store.database import table
from core.store.search_texts import INDEX, SHIFT

RUN = table(tables.Run)
SHOT = table(tables.Shot)

# Nobody means a longer search, and a database refuses one.
MOST_TERMS, LONGEST_TERM = 20, 200
FINDS_BEGINNINGS = 3

_TERM = re.compile(r'"(?P<quoted>[^"]*)"?(?P<star>\*)?|(?P<bare>[^\s"]+)')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_SPACES = str.maketrans(dict.fromkeys(string.punctuation, " "))
_ACCENTS = dict.fromkeys(range(0x300, 0x370))
# Thai to Khmer, the kana and the Han characters with what belongs to them.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_UNSPACED_PLANES = range(0x20000, 0x40000)

# A plain number, because PostgreSQL shifts by a 32-bit one only.
_SHIFT = sa.literal_column(str(SHIFT), sa.Integer)

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word or phrase to look for; `beginning` also finds longer words that begin with its last one."""

    text: str
    beginning: bool

    @property
    def in_index(self) -> bool:
        """Tell whether the index of words knows such a term."""
        spaced = not _UNSPACED.search(self.text) and not any(ord(sign) in _UNSPACED_PLANES for sign in self.text)
        # Numerals that are no digits, as ༪, are words to SQLite but marks to PostgreSQL.
        return spaced and any(_is_word(sign) for sign in unicodedata.normalize("NFKD", self.text))


def _is_word(sign: str) -> bool:
    return sign.isalpha() or sign.isdecimal()


def terms(typed: str) -> tuple[Term, ...]:
    """Take apart what a person typed."""
    found: list[Term] = []
    for match in _TERM.finditer(storable(typed).translate(_QUOTES)):
        bare = match["bare"]
        written = " ".join((match["quoted"] if bare is None else bare.rstrip("*") or bare).split())[:LONGEST_TERM]
        star = bool(match["star"]) if bare is None else bare.endswith("*")
        if written:
            found.append(Term(text=written, beginning=star or (bare is not None and len(written) >= FINDS_BEGINNINGS)))
    return tuple(found[:MOST_TERMS])


def says(connection: Connection, typed: str) -> list[Condition]:
    """Give the conditions that a run's prompt, or one of its answers, says what was typed."""
    wanted = terms(typed)
    sqlite = connection.dialect.name == "sqlite"
    indexed = [term for term in wanted if term.in_index]
    found = [_stands(term, sqlite=sqlite) for term in wanted if not term.in_index]
    if not indexed:
        return found
    return [RUN.c.id.in_(_hits_in_sqlite(indexed) if sqlite else _hits_in_postgresql(indexed)), *found]


def _hits_in_sqlite(wanted: list[Term]) -> sa.Select[tuple[int]]:
    # Between quotation marks everything is text to FTS5, and it parts words the same way as when it took them in.
    query = " AND ".join(f'"{term.text}"{" *" if term.beginning else ""}' for term in wanted)
    row = sa.literal_column(f"{INDEX}.rowid", sa.BigInteger)
    return (
        sa.select(row.op(">>")(_SHIFT))
        .select_from(sa.table(INDEX))
        .where(sa.literal_column(INDEX).op("MATCH")(sa.bindparam(None, query, sa.String)))
    )


def _hits_in_postgresql(wanted: list[Term]) -> sa.Select[tuple[int]]:
    query = " & ".join(f"'{_plain(term.text)}'{':*' if term.beginning else ''}" for term in wanted)
    hits = sa.table(INDEX, sa.column("place", sa.BigInteger), sa.column("words"))
    return sa.select(hits.c.place.op(">>")(_SHIFT)).where(
        hits.c.words.op("@@")(sa.func.to_tsquery(sa.literal_column("'simple'::regconfig"), query))
    )


def _plain(text: str) -> str:
    """Give a text as the index takes it in: accents off, marks to spaces, so that no quotation mark is left."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text).translate(_ACCENTS)
    return " ".join(plain.translate(_SPACES).split())


def _stands(term: Term, *, sqlite: bool) -> Condition:
    """Give the condition that prompt or an answer holds exactly these signs."""
    pattern = f"%{_escaped(term.text)}%"

    def like(column: sa.ColumnElement[str]) -> Condition:
        return column.like(pattern, escape="\\") if sqlite else column.collate("C").like(pattern, escape="\\")

    return sa.or_(like(RUN.c.prompt), sa.exists().where(SHOT.c.run_id == RUN.c.id, like(SHOT.c.text)))


def _escaped(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return text
