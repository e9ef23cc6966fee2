"""Model text: what is typed shows as typed, and no parser finds an image in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pages.ui.text import JOINER, safe_label, safe_markdown

PIECES = st.sampled_from(
    [
        "![x](http://evil.test/p.png)",
        "![x][r]",
        "![r]",
        "[r]: http://evil.test/p.png",
        "<img src=//evil.test>",
        "!",
        "[",
        "](u)",
        "`",
        "``",
        "```",
        "~~~",
        "    ",
        "  ",
        "\t",
        "- ",
        "1. ",
        "> ",
        "\n",
        "\n\n",
        "|",
        "| - |",
        "\\",
        "$",
        "$$",
        ":red[a]",
        ":smile:",
        ":material/home:",
        ":material_home:",
        "::x[a]{b}",
        ":::note",
        r"\(",
        r"\)",
        r"\[",
        r"\]",
        "a",
        "#",
        "# ",
        "-->",
        " -> ",
        " >= ",
        "&excl;",
        "mermaid",
        "<",
        ">",
        "5",
        "é",
        "\u2028",
        "\r",
    ]
)


def tokens_of(markdown: str) -> list[Token]:
    found: list[Token] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        found += [token, *(token.children or [])]
    return found


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_text_yields_an_image_or_html(text):
    kinds = {token.type for token in tokens_of(safe_markdown(text))}
    assert not kinds & {"image", "html_inline", "html_block"}


@given(st.text())
def test_any_text_at_all_is_taken(text):
    assert not {token.type for token in tokens_of(safe_markdown(text))} & {"image", "html_inline", "html_block"}


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("It costs $5 and $10", r"It costs \$5 and \$10"),
        (":red[late]", r"\:red[late]"),
        (":smile: and :+1:", rf"\:{JOINER}smile: and \:{JOINER}+1:"),
        (":material/home:", rf"\:{JOINER}material/home:"),
        ("![x](http://a.test/b.png)", r"!\[x](http://a.test/b.png)"),
        ("<img src=x>", r"\<img src=x>"),
        ("a -> b", rf"a \-{JOINER}> b"),
        ("at 14:02, https://a.test/x", "at 14:02, https://a.test/x"),
        (r"already \$5", r"already \$5"),
        ("# Title", "#### Title"),
        ("| a | b |\n| -- | -- |\n| $1 | 2 |", "| a | b |\n| -- | -- |\n| \\$1 | 2 |"),
    ],
)
def test_what_streamlit_would_interpret_shows_as_typed(typed, given):
    assert safe_markdown(typed) == given


def test_code_keeps_every_character():
    code = "```rust\nlet x = vec![1]; // $5 :red[x] <b>\n```"
    assert safe_markdown(code) == code


def test_code_in_a_list_keeps_its_dollar_signs():
    assert "   echo $HOME" in safe_markdown("1. Run\n   ```bash\n   echo $HOME\n   ```\nThen pay $5")
    assert safe_markdown("1. Run\n   ```bash\n   echo $HOME\n   ```\nThen pay $5").endswith(r"pay \$5")


def test_a_diagram_is_shown_as_its_text():
    assert safe_markdown("```mermaid\ngraph TD\n```") == "```text\ngraph TD\n```"


def test_an_unfinished_code_block_stays_code_while_text_streams():
    assert safe_markdown("```py\nx = '$'") == "```py\nx = '$'"


def test_formulas_in_brackets_are_set_and_prices_beside_them_are_not():
    assert safe_markdown(r"\( x^2 \) costs $5") == r"$x^2$ costs \$5"
    assert safe_markdown(r"\( x^2 \)", maths=False) == r"\( x^2 \)"


def test_an_image_after_a_code_block_that_its_list_has_ended_is_none():
    text = "- a\n  ```\n  code\n![x](http://evil.test/p.png)\n  ```"
    assert "image" not in {token.type for token in tokens_of(safe_markdown(text))}


@pytest.mark.parametrize("text", ["*a* _b_ `c` [d](e) $f$ :red[g] ![h](i) <j> # k", "1. first", "- one", "+ two"])
def test_a_label_shows_any_text_as_typed(text):
    tokens = tokens_of(safe_label(text))
    assert {token.type for token in tokens} <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    assert "".join(token.content for token in tokens if token.type.startswith("text")).replace(JOINER, "") == text
