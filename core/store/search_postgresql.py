"""The index of words on PostgreSQL: a tsvector for each text, under a GIN index.

The marks of a text become spaces before PostgreSQL's parser sees it, which would read "48-1123" as a negative number
and "a/b" as a path. Accents are taken off only where there are any, because taking letters apart is slow. The
statements are given to the driver as they stand, hence the doubled percent sign.
"""

# ruff: noqa: S608 - the statements are made of constants alone

import string

from core.store.search_texts import INDEX, TEXTS, SearchedText, trigger_name

# A tsvector may have one megabyte; so many characters make less, whatever they are.
SEARCHED_CHARACTERS = 200_000

_MARKS = string.punctuation.replace("'", "''").replace("%", "%%")
_SPACES = " " * len(string.punctuation)
_ACCENTS = "".join(chr(mark) for mark in range(0x300, 0x370))

_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION {INDEX}_of(whole text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$ "
    "SELECT to_tsvector('simple', CASE WHEN octet_length(t) = length(t) "
    f"THEN translate(t, '{_MARKS}', '{_SPACES}') "
    # What has no counterpart in the third argument is left out.
    f"ELSE translate(normalize(t, NFKD), '{_MARKS}{_ACCENTS}', '{_SPACES}') END) "
    f"FROM (SELECT left(whole, {SEARCHED_CHARACTERS}) AS t) AS beginning $$"
)
TABLE = (
    f"CREATE TABLE {INDEX} (place bigint NOT NULL CONSTRAINT pk_{INDEX} PRIMARY KEY, words tsvector NOT NULL)",
    f"CREATE INDEX ix_{INDEX}_words ON {INDEX} USING gin (words)",
    _FUNCTION,
)
EMPTY = (f"TRUNCATE {INDEX}",)
FILL = tuple(
    f"INSERT INTO {INDEX}(place, words) SELECT {text.place.format(row=text.table)}, {INDEX}_of({text.column}) "
    f"FROM {text.table} WHERE {text.column} <> ''"
    for text in TEXTS
)


def _triggers(text: SearchedText) -> tuple[str, ...]:
    table, column = text.table, text.column
    put = (
        f"INSERT INTO {INDEX}(place, words) VALUES ({text.place.format(row='new')}, {INDEX}_of(new.{column})) "
        "ON CONFLICT (place) DO UPDATE SET words = excluded.words;"
    )
    take = f"DELETE FROM {INDEX} WHERE place = {text.place.format(row='old')};"
    events = (
        ("insert", f"INSERT ON {table}", f"new.{column} <> ''", put),
        (
            "update",
            f"UPDATE OF {column} ON {table}",
            f"old.{column} IS DISTINCT FROM new.{column}",
            f"IF new.{column} <> '' THEN {put} ELSE {take} END IF;",
        ),
        ("delete", f"DELETE ON {table}", f"old.{column} <> ''", take),
    )
    made: list[str] = []
    for event, when, condition, action in events:
        body = f"BEGIN {action} RETURN NULL; END"
        name = trigger_name(text, event)
        made += (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            f"CREATE OR REPLACE TRIGGER {name} AFTER {when} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()",
        )
    return tuple(made)


TRIGGERS = tuple(statement for text in TEXTS for statement in _triggers(text))
NO_TRIGGERS = tuple(
    f"DROP TRIGGER IF EXISTS {trigger_name(text, event)} ON {text.table}"
    for text in TEXTS
    for event in ("insert", "update", "delete")
)
