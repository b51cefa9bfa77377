"""Text as hypothesis makes it: anything, and scraps of Markdown and HTML in every order."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SCRAPS = [
    *("a", "word", "é", "🚀", " ", "  ", "    ", "\t", "\n", "\n\n", "\u00a0", "\u2028", "\x00", "\x0b"),
    *("*", "**", "_", "__", "~", "~~", "`", "``", "```\n", "\\", "!", "|", "&amp;", "&lt;", "&", "<", ">"),
    *("- ", "+ ", "1. ", "1) ", "> ", "# ", "[ ] ", "[x] ", "---", "===", "-- ", "=", "(", ")", "[", "]"),
    *("http://x.example/y_z", "<http://a.example>", "[l](http://q.example/s_t 't')", "](", "a@b.example"),
    *(
        "![i](http://i.example/k.png)",
        "[x](javascript:x)",
        "@bob",
        "#12",
        "GH-1",
        "acme/app#3",
        ".",
        ",",
        ":",
    ),
    *(
        "<b>",
        "</b>",
        "<br>",
        "<div>",
        "</div>",
        "<!-- c -->",
        "<a href='http://h.example'>",
        "</a>",
        "<String>",
    ),
    *("<body>", "<td>", "<script>", "[</a>](u)", "![</a>\\*](u)", "<details>", "\n<div>\n", "\n  - ", "\n> "),
    "\n| a | b |\n|---|--:|\n| c | d |\n",
]

soups = st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join) | st.text(max_size=40)

steady = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.too_slow],
)
"""The same examples on every run: a text that fails once is to be found again."""

RICH = """\
# A title

Some *light*, **heavy** and ~~gone~~ words, `code_1 * 2` and [a link](https://example.com/a_b?c=1&d=(2)).
A second line with <https://example.com/x_y> and 2 * 3 * 4 in snake_case.

- one
  - nested

    with a paragraph
  - more
- two

3. three
4. four

- [ ] to do
- [x] done

> quoted
>
> - with a list

```python
if a < b:  # *not* emphasis

    print("| pipe |")
```

| left | right |
| --- | ---: |
| a \\| b | `c \\| d` |
| **x** | <br> |

![a picture](https://example.com/p.png)

***

The end.
"""
