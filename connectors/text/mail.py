"""What a person wrote in an e-mail, without what the mail program and the company put below it.

Everything here errs on the side of keeping: history is cut only where nothing but history follows, and a
mail that would become empty stays as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from connectors.text.weight import is_heavy

__all__ = ["cut_history"]

_LONGEST_HINT = 400
"""Longer lines are prose: they are not matched against any pattern."""
_LONGEST_SIGNATURE = 15
"""Lines. RFC 3676 asks for four; companies take more."""

_ATTRIBUTION = re.compile(
    r"(?:on\b.*\bwrote|am\b.*\bschrieb\b.*|le\b.*\ba écrit|el\b.*\bescribió|em\b.*\bescreveu"
    r"|il\b.*\bha scritto"
    r"|op\b.*\bschreef\b.*|.*<[^<>\s]+@[^<>\s]+>\s*(?:wrote|schrieb|writes))\s*[:：]",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"[-_\s]{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine"
    r"|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht)\s*[-_\s]{2,}"
    r"|begin forwarded message:"
    r"|##-.*-##"
    r"|_{20,}",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(from|sent|date|to|cc|subject|von|gesendet|datum|an|betreff|de|envoyé|à|objet|enviado|para|asunto)\s*:",
    re.IGNORECASE,
)
_FROM = re.compile(r"(?:from|von|de)\s*:\s*\S", re.IGNORECASE)
_DEVICE = re.compile(
    r"(?:sent from my \w|sent from (?:mail|outlook|yahoo)|get outlook for \w|von meinem \w+.* gesendet"
    r"|gesendet mit der|envoyé de mon \w|enviado desde mi \w|inviato da \w)",
    re.IGNORECASE,
)
_CONFIDENTIAL = re.compile(r"confidential|privileged|vertraulich|confidentiel|confidencial", re.IGNORECASE)
_ADDRESSEE = re.compile(
    r"intended (?:recipient|only|solely|for)|solely for|addressee|received (?:this|it) .{0,40}in error"
    r"|bestimmt|destinataire|destinatario",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[\\*~]|(?<!\w)_(?!_)|(?<!_)_(?!\w)")


def cut_history(markdown: str) -> str:
    """The text up to the quoted history, without the signature and the legal notice at its end.

    Knows the styles of Gmail, Outlook, Apple Mail, Thunderbird and Zendesk, and plain ``>``. A text in which
    answers stand between the quotes is kept whole, and so is one that is too heavy to be read.
    """
    if is_heavy(markdown):
        return markdown.strip()
    lines = markdown.replace("\r\n", "\n").split("\n")
    bare = _bare(lines)
    end = _history(bare)
    end = _trailing_quote(bare, end)
    for _ in range(3):
        end = _notice(bare, _signature(bare, end))
    while 0 < end < len(lines) and not bare[end - 1]:  # a line across the page above what was cut
        end -= 1
    kept = "\n".join(lines[:end]).rstrip()
    return kept if kept.strip() else markdown.strip()


def _bare(lines: Sequence[str]) -> list[str]:
    """The lines without Markdown's signs, those inside code fences as an ``x`` that matches nothing."""
    found: list[str] = []
    fence = ""
    for line in lines:
        opening = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence:
            found.append("x")
            if opening and opening[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif opening:
            fence = opening[1]
            found.append("x")
        else:
            found.append(_MARKUP.sub("", line).strip() if len(line) <= _LONGEST_HINT else "x" + line)
    return found


def _history(lines: Sequence[str]) -> int:
    """The number of lines before the quoted history."""
    below = _Below(lines)
    for index, line in enumerate(lines):
        if not line or len(line) > _LONGEST_HINT:
            continue
        if _ORIGINAL.fullmatch(line) or _is_header_block(lines, index):
            return index
        if _is_attribution(lines, index) and below.only_quotes(index):
            return index
    return len(lines)


def _is_header_block(lines: Sequence[str], index: int) -> bool:
    """Outlook repeats the head of the mail: From, Sent, To, Subject, one below the other."""
    if not _FROM.match(lines[index]):
        return False
    following = [line for line in lines[index : index + 12] if line][:5]
    names = {hit[1].lower() for line in following if (hit := _HEADER.match(line))}
    return len(names) >= 3


def _is_attribution(lines: Sequence[str], index: int) -> bool:
    """``On Monday, Ann wrote:``, in one line or broken into two."""
    if _ATTRIBUTION.fullmatch(lines[index]):
        return True
    both = " ".join(lines[index : index + 2])
    return lines[index][:1] != ">" and len(both) <= _LONGEST_HINT and bool(_ATTRIBUTION.fullmatch(both))


class _Below:
    """What stands below each line, counted once: a text may attribute something in every line."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._written = [index for index, line in enumerate(lines) if line]
        self._quoted = [index for index in self._written if lines[index].startswith(">")]

    def only_quotes(self, index: int) -> bool:
        """Whether nothing but quoted lines follow, or lines that this one clearly attributes."""
        written = len(self._written) - bisect_right(self._written, index)
        quoted = len(self._quoted) - bisect_right(self._quoted, index)
        if written:
            first = self._lines[self._written[-written]]
            written -= not first.startswith(">") and first.endswith((":", "："))
        # without signs, only a date or an address tells a mail program's line from a person's
        return quoted == written or (not quoted and bool(re.search(r"\d|@", self._lines[index])))


def _trailing_quote(lines: Sequence[str], end: int) -> int:
    """Cut quotes off the end, but only if an answer stands above them and none between them."""
    at = end
    while at and (not lines[at - 1] or lines[at - 1].startswith(">")):
        at -= 1
    if at == end or any(line.startswith(">") for line in lines[:at]):
        return end
    return at


def _signature(lines: Sequence[str], end: int) -> int:
    """Cut at ``-- ``, or at the line that a phone adds."""
    while end and not lines[end - 1]:
        end -= 1
    for index in range(end - 1, max(-1, end - 1 - _LONGEST_SIGNATURE), -1):
        if lines[index] in ("--", "—", "– –") and "x" not in lines[index + 1 : end]:
            return index
    if end and _DEVICE.match(lines[end - 1]) and len(lines[end - 1]) < 80:
        return end - 1
    return end


def _notice(lines: Sequence[str], end: int) -> int:
    """Cut the last paragraph if it says that the mail is confidential and for whom it is meant."""
    while end and not lines[end - 1]:
        end -= 1
    start = end
    while start and lines[start - 1] and lines[start - 1] != "x":
        start -= 1
    notice = " ".join(lines[start:end])
    return start if _CONFIDENTIAL.search(notice) and _ADDRESSEE.search(notice) else end
