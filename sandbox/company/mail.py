"""Letters as mail programs send them: HTML with signatures and the whole quoted history below.

Three manners, after what the common webmail, office and Mac programs produce; a cleaner of quoted history
has to know all three.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from random import Random
from typing import Literal

Manner = Literal["webmail", "office", "mac"]
MANNERS: tuple[Manner, ...] = ("webmail", "office", "mac")
_DEPTH = 4
_CODE = re.compile(r"```\n(.*?)\n```", re.DOTALL)
_TITLES = (
    "Head of Operations",
    "IT Manager",
    "Project Lead",
    "Systems Engineer",
    "Office Manager",
    "Controller",
)
_DISCLAIMER = (
    "This e-mail and any attachment are confidential and intended solely for the addressee. If you have "
    "received it in error, please notify the sender and delete it. {company} accepts no liability for errors "
    "in transmission."
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail of a thread, before it is quoted by the next."""

    author: str
    address: str
    sent: datetime
    text: str
    """Markdown of the plain kind: paragraphs and fenced code."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A person's mail program and signature, the same throughout a thread."""

    manner: Manner
    name: str
    company: str
    address: str
    title: str
    phone: str
    disclaimer: bool

    @classmethod
    def make(cls, random: Random, name: str, company: str, address: str) -> Sender:
        """A sender with a program of their own; the phone number is of a range kept for fiction."""
        phone = f"+44 20 7946 0{random.randint(100, 999)}"
        manner = random.choice(MANNERS)
        return cls(manner, name, company, address, random.choice(_TITLES), phone, manner == "office")


def write(sender: Sender, letter: Letter, earlier: Sequence[Letter], subject: str) -> str:
    """The HTML of ``letter`` with everything ``earlier`` (oldest first) quoted in the sender's manner."""
    quoted = list(earlier)[-_DEPTH:]
    if sender.manner == "webmail":
        return _webmail(sender, letter, quoted)
    if sender.manner == "office":
        return _office(sender, letter, quoted, subject)
    return _mac(sender, letter, quoted)


def _blocks(text: str, tag: str) -> str:
    """Paragraphs in the element that the program uses for lines, code in ``pre``."""
    parts = []
    for index, part in enumerate(_CODE.split(text)):
        if index % 2:
            parts.append(f"<pre>{escape(part)}</pre>")
            continue
        for paragraph in filter(None, (block.strip() for block in part.split("\n\n"))):
            parts.append(
                f"<{tag}>{escape(paragraph, quote=False).replace(chr(10), '<br>')}</{tag.split()[0]}>"
            )
    return "".join(parts)


def _webmail(sender: Sender, letter: Letter, earlier: list[Letter]) -> str:
    signature = (
        '<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br>'
        f'<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">'
        f"<b>{escape(sender.name)}</b><div>{sender.title} | {escape(sender.company)}</div>"
        f"<div>{sender.phone}</div></div></div>"
    )
    body = _blocks(letter.text, "div").replace("</div><div>", "</div><div><br></div><div>")
    return f'<div dir="ltr">{body}{signature}</div>{_webmail_quote(earlier)}'


def _webmail_quote(earlier: list[Letter]) -> str:
    if not earlier:
        return ""
    *before, last = earlier
    when = last.sent.strftime("%a, %b %d, %Y at %I:%M %p")
    return (
        f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On {when} '
        f'{escape(last.author)} &lt;<a href="mailto:{last.address}">{last.address}</a>&gt; wrote:<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;'
        'border-left:1px solid rgb(204,204,204);padding-left:1ex">'
        f'<div dir="ltr">{_blocks(last.text, "div")}</div>{_webmail_quote(before)}</blockquote></div>'
    )


def _office(sender: Sender, letter: Letter, earlier: list[Letter], subject: str) -> str:
    line = 'p class="MsoNormal"'
    signature = (
        f'<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal"><b><span style="font-size:10.0pt;'
        f'font-family:&quot;Arial&quot;,sans-serif;color:#1F3864">{escape(sender.name)}</span></b></p>'
        f'<p class="MsoNormal">{sender.title}</p><p class="MsoNormal">{escape(sender.company)}</p>'
        f'<p class="MsoNormal">T {sender.phone}</p>'
    )
    if sender.disclaimer:
        words = escape(_DISCLAIMER.format(company=sender.company))
        signature += f'<p class="MsoNormal"><span style="font-size:7.5pt;color:gray">{words}</span></p>'
    history = ""
    for older in reversed(earlier):
        sent = older.sent.strftime("%A, %d %B %Y %H:%M")
        history += (
            '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
            f'<p class="MsoNormal"><b>From:</b> {escape(older.author)} &lt;{older.address}&gt;<br>'
            f"<b>Sent:</b> {sent}<br><b>To:</b> {escape(sender.name)} &lt;{sender.address}&gt;<br>"
            f"<b>Subject:</b> RE: {escape(subject)}</p></div></div>{_blocks(older.text, line)}"
        )
    return f'<div class="WordSection1">{_blocks(letter.text, line)}{signature}{history}</div>'


def _mac(sender: Sender, letter: Letter, earlier: list[Letter]) -> str:
    signature = (
        "<br><div>Sent from my iPhone</div>"
        if len(sender.name) % 2
        else f"<br><div>{escape(sender.name)}</div>"
    )
    style = "overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;"
    body = f"{_blocks(letter.text, 'div')}{signature}{_mac_quote(earlier)}"
    return f'<html><head></head><body style="{style}">{body}</body></html>'


def _mac_quote(earlier: list[Letter]) -> str:
    if not earlier:
        return ""
    *before, last = earlier
    when = last.sent.strftime("%d. %b %Y, at %H:%M")
    said = _blocks(last.text, "div") + _mac_quote(before)
    return (
        f'<br><div><blockquote type="cite"><div>On {when}, {escape(last.author)} &lt;{last.address}&gt; '
        f'wrote:</div><br class="Apple-interchange-newline"><div>{said}</div></blockquote></div>'
    )
