"""The particulars of one letter or issue, which fill the slots of the prose and stay the same throughout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox.company.calendar import mobile_version, sdk_version, web_version
from sandbox.company.model import Customer
from sandbox.company.writing import names

_SLOT = re.compile(r"\{([a-z_]+)\}")
_SEATS = {"free": (3, 9), "team": (8, 60), "business": (40, 400), "enterprise": (300, 4000)}
_FEW = (3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 16, 19, 23, 31)
_MINUTES = ("05", "10", "15", "20", "30", "40", "45", "55")
_MONTHS = ("January", "February", "March", "April", "May", "June")


@dataclass(frozen=True, slots=True)
class Facts:
    values: Mapping[str, str]

    def fill(self, text: str) -> str:
        """``text`` with its slots filled. Raises KeyError for a slot that does not exist."""
        for _ in range(3):
            if not _SLOT.search(text):
                break
            text = _SLOT.sub(lambda slot: self.values[slot[1]], text)
        return text

    def also(self, **more: str) -> Facts:
        return Facts({**self.values, **more})


def facts(
    random: Random, moment: datetime, customer: Customer, contact: str, staff: Mapping[str, str]
) -> Facts:
    """Particulars for something that ``contact`` of ``customer`` is concerned with at ``moment``.

    ``staff`` adds who of the team takes part: ``agent``, ``engineer`` and so on.
    """
    words = names()
    low, high = _SEATS[customer.plan]
    seats = random.randint(low, high)
    colleagues = [name for name in customer.contacts if name != contact] or [random.choice(words.first)]
    return Facts(
        {
            "name": contact,
            "first": contact.split()[0],
            "me": contact.split()[0],
            "company": customer.name,
            "plan": customer.plan.capitalize(),
            "arr": f"€{customer.arr / 1000:.0f}k",
            "workspace": customer.domain.split(".")[0],
            "colleague": random.choice(colleagues).split()[0],
            "board": random.choice(words.customer_projects),
            "browser": random.choice(words.browsers),
            "os": random.choice(words.systems),
            "phone": random.choice(words.phones),
            "web": web_version(moment),
            "mobile": mobile_version(moment),
            "sdk": sdk_version(moment),
            "day": (moment - timedelta(days=random.randint(1, 6))).strftime("%A"),
            "hour": f"{random.randint(7, 17)}:{random.choice(_MINUTES)}",
            "rows": f"{random.randint(101, 640) * 100 + random.randint(0, 99):,}",
            "count": str(random.choice([few for few in _FEW if few <= max(seats // 2, 3)])),
            "minutes": str(random.choice((10, 15, 20, 25, 30, 40, 45, 90))),
            "weeks": str(random.randint(5, 30)),
            "points": str(random.choice((2, 3, 5, 8, 13))),
            "severity": random.choice(("minor", "moderate", "serious")),
            "quarter": random.choice(("third", "fourth", "next")),
            "month": random.choice(_MONTHS),
            "seats": str(seats),
            "amount": f"€{random.randint(40, 2900):,}.{random.choice(('00', '20', '50', '75', '90'))}",
            "invoice": f"NW-2026-{random.randint(21000, 48999):05d}",
            "request": f"{random.getrandbits(48):012x}",
            "renewal": f"{random.randint(2, 27)} {random.choice(_MONTHS)}",
            **staff,
        }
    )
