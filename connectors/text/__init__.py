"""Text on its way between tools: everything passes through canonical Markdown (GFM) and one tree.

``tree`` is what a text is made of; ``reading`` and ``writing`` are Markdown's side of it. ``html``, ``adf``,
``wiki``, ``blocks`` and ``github`` are the tools' sides, each with ``to_markdown`` and ``from_markdown``.
``mail`` cuts quoted history, ``safety`` defuses, ``fitting`` shortens. No converter fails on any input, none
takes more than linear time, and what has crossed once crosses again unchanged.
"""
