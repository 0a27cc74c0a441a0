"""Text that a user, a file or an address may bring, written to be taken for something other than text.

What a string would do if it were obeyed can be seen from outside: it sets `window.hostile`, changes the title, makes
an element with the attribute `data-hostile`, covers or hides the page, or asks a server for ``/track``.
"""

from __future__ import annotations

TRACKER = "127.0.0.1:9"
"""Stands for the server that counts requests; `strings` puts another one in its place."""

_OVERLAY = "position:fixed;inset:0;z-index:2147483647;background:#fff"

ONE_LINE = (
    "<script>window.hostile=1;document.title='hostile'</script>",
    "<ScRiPt data-hostile>window.hostile=1</sCrIpT >",
    "<scr<script>ipt>window.hostile=1</script>",
    "<img src=x data-hostile onerror=\"window.hostile=1;document.title='hostile'\">",
    f"<img src='http://{TRACKER}/track' data-hostile>",
    '<svg data-hostile onload="window.hostile=1"><script>window.hostile=1</script></svg>',
    "<svg><style><img src=x data-hostile onerror=window.hostile=1></style></svg>",
    "</style><style>body,[data-testid=stApp]{display:none!important}</style>",
    f"<style>@import url('http://{TRACKER}/track');*{{color:red!important}}</style>",
    f"<div data-hostile style='{_OVERLAY}'>Your session has ended</div>",
    f"<iframe data-hostile src='http://{TRACKER}/track'></iframe>",
    "<iframe data-hostile srcdoc='<script>parent.hostile=1</script>'></iframe>",
    "<a data-hostile href='javascript:window.hostile=1'>here</a>",
    "[here](javascript:window.hostile=1)",
    "[here](data:text/html,<script>window.hostile=1</script>)",
    f"[here](http://{TRACKER}/track 'title')",
    f"![](http://{TRACKER}/track)",
    f"![alt][ref] [ref]: http://{TRACKER}/track",
    f"[here][1] [1]: http://{TRACKER}/track",
    f"<http://{TRACKER}/track>",
    f"http://{TRACKER}/track?q=1",
    "www.hostile.example/track",
    "mailto:eve@hostile.example or eve.-@hostile.example",
    ":red[danger] :violet-badge[new] :small[tiny] :rainbow[all]",
    ":material/warning: :streamlit: :smile: :+1:",
    "$\\LaTeX$ and $$\\frac{1}{0}$$ and \\(x\\)",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %}",
    "`code` ``` ~~~ ``two``",
    "**bold** __bold__ *it* _it_ ~~gone~~ ==mark==",
    "# heading",
    "- item",
    "1. first",
    "> quoted",
    "---",
    "| a | b | | --- | --- |",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "&lt;b data-hostile&gt; &amp;lt; &#60;script&#62; &nbsp;",
    "<!-- comment --> <!DOCTYPE html> <?php echo 1 ?>",
    "</textarea><script>window.hostile=1</script>",
    "]]><script>window.hostile=1</script><![CDATA[",
    "</title><script>document.title='hostile'</script>",
    "\"'><img src=x data-hostile onerror=window.hostile=1>",
    "' onmouseover='window.hostile=1' data-hostile='",
    "\" style=\"position:fixed;inset:0;background:red\" data-hostile=\"",
    f"red;background:url(http://{TRACKER}/track)",
    f"expression(window.hostile=1) url('http://{TRACKER}/track')",
    f"<b data-hostile>bold</b><br><a href='http://{TRACKER}/track'>plotly</a><sub>x</sub>",
    "%{text} %{customdata[0]} %{x:.2f}<extra>hostile</extra>",
    "../../../../etc/passwd",
    "\\\\host\\share\\file ..\\..\\evil",
    "file:///etc/passwd",
    "'; DROP TABLE revision; -- %s %d %(name)s {0} {name!r}",
    "=1+1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1-1 -1+1",
    "\u202eturned round\u202c and \u202dleft open",
    "\u2066open \u2067isolates \u2068never closed",
    "\u200bze\u200bro\u200d wi\u200cdth\u2060",
    "\u061c\u200e\u200fשלום العربية",
    "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 e\u0301\u0302\u0303 \U000e0001",
)  # fmt: skip
"""What may stand in a field of one line."""

MANY_LINES = (
    "\x1b[31mred\x1b[0m \x1b]0;hostile\x07 \x07\x08\x7f",
    "one\u2028two\u2029three\x85four\x1cfive",
    "above\n\n# below\n\n    indented\n\n```\nfence",
    "a | b\n--- | ---\nc | d",
    "name\r\nSet-Cookie: hostile=1",
    "\ttab\x0bfeed\x0c",
)
"""With line ends and control characters: fields of one line refuse them, errors may quote them."""

LONG = ("<b data-hostile>" + "x" * 9_900, "![](http://" + "\u0301" * 5_000)
"""As long as a sentence may be, about."""


def strings(tracker: str = TRACKER) -> tuple[str, ...]:
    """Return the strings of one line, asking the server at `tracker` where they ask one."""
    return tuple(text.replace(TRACKER, tracker) for text in ONE_LINE)
