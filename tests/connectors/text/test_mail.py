"""What people wrote in e-mails, without what stands below it."""

from __future__ import annotations

import pytest
from hypothesis import given

from connectors.text import html
from connectors.text.mail import cut_history
from tests.connectors.text.soup import soups, steady

GMAIL = """<div dir="ltr">Still broken for us.<div><br></div><div>Ann</div></div><br>
<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Mar 2, 2026 at 9:14 AM Support &lt;
<a href="mailto:help@example.com">help@example.com</a>&gt; wrote:<br></div>
<blockquote class="gmail_quote">Did you try again?<br>Sue</blockquote></div>"""

OUTLOOK = """<div class="WordSection1"><p class="MsoNormal">Still broken for us.<o:p></o:p></p>
<p class="MsoNormal">Ann<o:p></o:p></p>
<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b>
 Support &lt;help@example.com&gt;<br><b>Sent:</b> Monday, March 2, 2026 9:14 AM<br>
<b>To:</b> Ann Ames<br><b>Subject:</b> RE: Export<o:p></o:p></p></div>
<p class="MsoNormal">Did you try again?</p></div>"""

APPLE = """<html><body>Still broken for us.<br><br>Ann<br><div><br><blockquote type="cite">
<div>On 2. Mar 2026, at 09:14, Support &lt;help@example.com&gt; wrote:</div><br>
<div>Did you try again?</div></blockquote></div></body></html>"""

THUNDERBIRD = """<p>Still broken for us.</p><p>Ann</p>
<div class="moz-cite-prefix">Am 02.03.26 um 09:14 schrieb Support:<br></div>
<blockquote type="cite"><p>Did you try again?</p></blockquote>"""


@pytest.mark.parametrize(
    "mail", [GMAIL, OUTLOOK, APPLE, THUNDERBIRD], ids=["gmail", "outlook", "apple", "tb"]
)
def test_the_history_that_mail_programs_quote_is_cut(mail: str) -> None:
    assert cut_history(html.to_markdown(mail)) == "Still broken for us.\n\nAnn"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("New.\n\n> old\n> older", "New."),
        ("New.\n\nOn Mon, 2 Mar 2026, Sue Port wrote:\n> old", "New."),
        ("New.\n\nOn Mon, Mar 2, 2026 at 9:14 AM Support\n<help@example.com> wrote:\n\n> old", "New."),
        ("New.\n\nSue Port <sue@example.com> wrote:\n\n> old", "New."),
        ("New.\n\nLe lun. 2 mars 2026 à 09:14, Support <h@example.com> a écrit :\n\n> old", "New."),
        ("New.\n\nEl lun, 2 mar 2026 a las 9:14, Sue (<s@example.com>) escribió:\n\n> old", "New."),
        ("New.\n\n-----Original Message-----\nFrom: Sue\nTo: Ann\nold", "New."),
        ("New.\n\n---------- Forwarded message ---------\nFrom: Sue\nold", "New."),
        ("New.\n\n________________________________\nFrom: Sue\nSent: Monday\nold", "New."),
        ("New.\n\nVon: Sue\nGesendet: Montag\nAn: Ann\nBetreff: Export\n\nold", "New."),
        ("New.\n\n**From:** Sue\n**Date:** Monday\n**To:** Ann\n**Subject:** Export\n\nold", "New."),
        ("New.\n\n##- Please type your reply above this line -##\n\nold", "New."),
        ("New.\n\nOn Mon, 2 Mar 2026, Sue wrote:\n\nold without any sign", "New."),
        ("New.\n\n***\n\n**From:** Sue\n**Sent:** Monday\n**To:** Ann\n\nold", "New."),
        ("New.\n\n-- \nAnn Ames\nAcme Inc.\n+1 555 0100", "New."),
        ("New.\n\n\\--\nAnn Ames", "New."),
        ("New.\n\nSent from my iPhone", "New."),
        ("New.\n\nGet Outlook for Android", "New."),
        ("New.\n\nVon meinem iPhone gesendet", "New."),
        (
            "New.\n\nThis e-mail is confidential, for the intended recipient only. If you received this "
            "in error, please delete it.",
            "New.",
        ),
        (
            "New.\n\n-- \nAnn\n\nCONFIDENTIAL: solely for the addressee.\n\nOn Mon Sue wrote:\n\n> old",
            "New.",
        ),
        ("New.\n\nSent from my iPhone\n\nOn 2 Mar 2026, at 09:14, Sue wrote:\n\n> old", "New."),
    ],
)
def test_what_stands_below_is_cut(text: str, kept: str) -> None:
    assert cut_history(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Nothing below.",
        "> quoted\n\nMy answer.",
        "On Mon Sue wrote:\n\n> one\n\nMy answer to one.\n\n> two\n\nMy answer to two.",
        "> one\n\nMy answer to one.\n\n> two",
        "The log says:\n\n```\nFrom: a\nTo: b\nSubject: c\n-- \n> x\n```",
        "The header was\n\nFrom: a\n\nand nothing else.",
        "> only a quote",
        "On Mon Sue wrote:\n\n> only a quote",
        "Sent from my iPhone",
        "She wrote: it fails.\n\nOn the page it says: error.",
        "On Friday our admin wrote:\n\nplease fix it",
        "Our contracts are confidential, please help.",
        "A list:\n\n- one\n- two",
        "| a | b |\n| --- | --- |\n| 1 | 2 |",
        "Steps\n\n***\n\nMore steps",
        "-- \n" + "\n".join(f"a long text {number}" for number in range(40)),
        "First\n\n--\n\n```\ncode that matters\n```",
        "",
    ],
)
def test_what_may_be_wanted_is_kept(text: str) -> None:
    assert cut_history(text) == text


@given(soups)
@steady
def test_what_is_kept_is_the_beginning(text: str) -> None:
    kept = cut_history(text)
    assert text.replace("\r\n", "\n").strip().startswith(kept.strip())
    assert bool(kept.strip()) == bool(text.strip())


@given(soups)
@steady
def test_cutting_again_keeps_a_beginning(text: str) -> None:
    once = cut_history(text)
    assert once.startswith(cut_history(once))
