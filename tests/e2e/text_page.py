"""A page that draws hostile text and nothing else, served without the app's security headers."""

import streamlit as st

from pages.ui.clip import copy_button
from pages.ui.text import draw_raw, draw_text, safe_label

BEACON = "http://beacon.test/pixel.png"

HOSTILE = {
    "image": f"![a]({BEACON})",
    "reference": f"![a][r]\n\n[r]: {BEACON}",
    "shortcut": f"![r]\n\n[r]: {BEACON}",
    "html": f'<img src="{BEACON}"> <script>fetch("{BEACON}")</script>',
    "svg": f'<svg><image href="{BEACON}"/></svg>',
    "linked": f"[![a]({BEACON})](http://b.test)",
    "in_table": f"| a | b |\n| - | - |\n| ` ![x]({BEACON}) | ` |",
    "after_list_code": f"- a\n  ```\n  code\n![x]({BEACON})\n  ```",
    "link_destination": f"[a](`) ![x]({BEACON}) `)",
    "formula": rf"\(\includegraphics{{{BEACON}}} ![x]({BEACON})\)",
    "diagram": f'```mermaid\ngraph TD\n  A["<img src={BEACON}>"]\n```',
    "heading": f"# ![a]({BEACON})",
    "autolink": f"<{BEACON}> {BEACON}",
}
TYPED = {
    "prices": "It costs $5, then $10, then $x$ more.",
    "colours": ":red[late] :blue-badge[new] :shimmer[x] :small[y]",
    "icons": ":material/home: :material_home: :smile: :+1: :streamlit: 12:100:3",
    "arrows": "a -> b <- c >= d <= e -- f ~= g",
    "directive": "::note[a]{b} :foo[bar] :name",
    "html": "<b>bold</b> &lt;",
}
CODE = "```python\nprice = '$5'  # :material/home: :red[x] a -> b\n```"

for key, text in HOSTILE.items():
    with st.container(key=f"hostile_{key}"):
        draw_text(text)
for key, text in TYPED.items():
    with st.container(key=f"typed_{key}"):
        draw_text(text)
    with st.container(key=f"label_{key}"):
        st.caption(safe_label(text))
with st.container(key="code"):
    draw_text(CODE)
with st.container(key="formula"):
    draw_text(r"The area is \( \pi r^2 \), it costs $5.")
with st.container(key="raw"):
    draw_raw(HOSTILE["image"])
copy_button(HOSTILE["image"] + TYPED["prices"] + " ✓\n\tlast", "copy")
