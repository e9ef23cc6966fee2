"""The index of words on SQLite: an FTS5 table that holds no copy of the texts.

A text is taken out of it by handing in the very text that went in, which the triggers know
(https://www.sqlite.org/fts5.html, contentless tables).
"""

# ruff: noqa: S608 - the statements are made of constants alone

from core.store.search_texts import INDEX, TEXTS, SearchedText, trigger_name

_TOKENS = "unicode61 remove_diacritics 2"
TABLE = (f"CREATE VIRTUAL TABLE {INDEX} USING fts5(text, content='', columnsize=0, tokenize='{_TOKENS}')",)
EMPTY = (f"INSERT INTO {INDEX}({INDEX}) VALUES ('delete-all')",)
FILL = tuple(
    f"INSERT INTO {INDEX}(rowid, text) SELECT {text.place.format(row=text.table)}, {text.column} "
    f"FROM {text.table} WHERE {text.column} <> ''"
    for text in TEXTS
)


def _put(text: SearchedText) -> str:
    return (
        f"INSERT INTO {INDEX}(rowid, text) "
        f"SELECT {text.place.format(row='new')}, new.{text.column} WHERE new.{text.column} <> '';"
    )


def _take(text: SearchedText) -> str:
    return (
        f"INSERT INTO {INDEX}({INDEX}, rowid, text) "
        f"SELECT 'delete', {text.place.format(row='old')}, old.{text.column} WHERE old.{text.column} <> '';"
    )


def _triggers(text: SearchedText) -> tuple[str, ...]:
    table, column = text.table, text.column
    events = (
        ("insert", f"INSERT ON {table} WHEN new.{column} <> ''", _put(text)),
        (
            "update",
            f"UPDATE OF {column} ON {table} WHEN old.{column} IS NOT new.{column}",
            f"{_take(text)} {_put(text)}",
        ),
        ("delete", f"DELETE ON {table} WHEN old.{column} <> ''", _take(text)),
    )
    return tuple(
        f"CREATE TRIGGER IF NOT EXISTS {trigger_name(text, event)} AFTER {when} BEGIN {body} END"
        for event, when, body in events
    )


TRIGGERS = tuple(trigger for text in TEXTS for trigger in _triggers(text))
NO_TRIGGERS = tuple(
    f"DROP TRIGGER IF EXISTS {trigger_name(text, event)}" for text in TEXTS for event in ("insert", "update", "delete")
)
