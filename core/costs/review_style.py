"""How the printed review looks: two calm A4 pages, black on white whatever the screen's theme, aligned figures."""

from typing import Final

STYLE: Final = """
@page { size: A4; margin: 12mm 14mm }
* { box-sizing: border-box; -webkit-print-color-adjust: exact; print-color-adjust: exact }
html { background: #fff; color-scheme: light }
body { font: 10.5px/1.4 "Source Sans 3", "Source Sans Pro", "Segoe UI", system-ui, sans-serif; color: #1b1f2a }
body { max-width: 182mm; margin: 0 auto }
h1 { font-size: 20px; margin: 0 0 2px; letter-spacing: -0.01em } h2 { font-size: 13.5px; margin: 13px 0 4px }
p { margin: 3px 0 } .say { font-size: 11.5px; margin: 2px 0 6px } .quiet { color: #4b5263 }
section { break-inside: avoid } .second { break-before: page }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin: 9px 0 2px }
.tiles div { border: 1px solid #e2e4eb; border-radius: 7px; padding: 7px 9px; color: #4b5263 }
.tiles b { display: block; font-size: 16px; line-height: 1.35; color: #1b1f2a; font-variant-numeric: tabular-nums }
table { border-collapse: collapse; width: 100%; margin-top: 5px }
td, th { text-align: left; padding: 2.5px 6px; border-bottom: 1px solid #e2e4eb; font-weight: 400 }
th { color: #4b5263 } tr:last-child > th { color: #1b1f2a; font-weight: 600; border-bottom: 0 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
svg { width: 100%; height: auto; display: block; font-family: inherit }
.legend { color: #4b5263; margin: 2px 0 } .legend span { margin-right: 14px }
.legend i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 5px }
blockquote { margin: 3px 0 5px; padding: 1px 9px; border-left: 3px solid #c8c2f8; color: #4b5263 }
blockquote { white-space: pre-line }
.badge { background: #fdf0dd; color: #974706; border-radius: 5px; padding: 2px 7px; font-size: 11px; font-weight: 400 }
@media screen { body { padding: 24px 16px; max-width: 210mm; font-size: 13px } h1 { font-size: 24px } }
@media screen and (max-width: 640px) { .tiles { grid-template-columns: 1fr 1fr } }
"""
