"""Copy and Share: one click puts a text or a link on the clipboard, in the browser alone.

Streamlit copies only from a code block. This button needs no answer from the server, so it works while text streams.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

import streamlit as st

_HTML: Final = """
<button type="button">
  <svg viewBox="0 0 24 24" aria-hidden="true"><path/></svg><span class="label"></span>
</button>
<span class="said" role="status" aria-live="polite"></span>
"""

_CSS: Final = """
:host { display: inline-block; }
button {
  display: inline-flex; align-items: center; gap: 0.375rem; box-sizing: border-box; min-height: 2.5rem;
  padding: 0.25rem 0.625rem; border: 1px solid transparent; border-radius: var(--st-button-radius);
  background: transparent; color: var(--st-text-color); font: 400 0.875rem var(--st-font); cursor: pointer;
  white-space: nowrap; transition: color 120ms, background 120ms, border-color 120ms;
}
button.framed { border-color: var(--st-border-color); padding: 0.25rem 0.75rem; }
button:hover { color: var(--st-link-color); background: var(--st-secondary-background-color); }
button:focus-visible { outline: 2px solid var(--st-link-color); outline-offset: 1px; }
button.done { color: var(--st-green-text-color); }
button.failed { color: var(--st-red-text-color); }
svg { width: 1.05em; height: 1.05em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round; flex: none; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-reduced-motion: reduce) { button { transition: none; } }
"""

_JS: Final = """
const PATHS = {
  copy: "M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1zM16 6V5a1 1 0 0 0-1-1H5a1 1 0 0 0-1 "
    + "1v10a1 1 0 0 0 1 1",
  link: "M10 13a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 11a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  done: "M5 12.5l4.5 4.5L19 7.5",
};

async function put(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try { return await navigator.clipboard.writeText(text); } catch { /* the older way below may still work */ }
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.style.cssText = "position:fixed;opacity:0";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("the browser refused");
}

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const label = parentElement.querySelector(".label");
  const said = parentElement.querySelector(".said");
  const path = parentElement.querySelector("path");
  const show = (kind, words) => {
    button.className = [data.framed ? "framed" : "", kind].join(" ");
    path.setAttribute("d", PATHS[kind === "done" ? "done" : data.link ? "link" : "copy"]);
    label.textContent = words;
  };
  if (!button.dataset.busy) show("", data.label);
  button.title = data.help || "";
  button.onclick = async () => {
    const text = data.link ? new URL(data.link, document.baseURI).href : data.text;
    let words = data.done;
    button.dataset.busy = "1";
    try { await put(text); show("done", words); } catch { words = data.failed; show("failed", words); }
    said.textContent = words;
    setTimeout(() => { delete button.dataset.busy; said.textContent = ""; show("", data.label); }, 1600);
  };
}
"""

_CLIP = st.components.v2.component("clip", html=_HTML, css=_CSS, js=_JS)


def copy_button(text: str, key: str, label: str = "Copy", *, help: str = "", framed: bool = False) -> None:  # noqa: A002
    """Draw a button that copies `text`, byte for byte, and says "Copied". `framed` draws a border around it."""
    _draw({"text": text, "label": label, "done": "Copied", "help": help, "framed": framed}, key)


def share_button(
    path: str,
    parameters: Mapping[str, str | Sequence[str]],
    key: str,
    label: str = "Share",
    *,
    help: str = "",  # noqa: A002
) -> None:
    """Draw a button that copies the whole link to a page of this app with these parameters, as this browser sees it."""
    link = f"/{path}?{urlencode(parameters, doseq=True)}" if parameters else f"/{path}"
    shown = {"link": link, "label": label, "done": "Link copied", "help": help, "framed": True}
    _draw(shown, key)


def _draw(data: dict[str, object], key: str) -> None:
    _CLIP(key=key, data={"failed": "Not copied: the browser refused", **data}, width="content", height="content")
