"""When things happen at the company: in its last 120 days, mostly in office hours, never after the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

END = datetime(2026, 11, 1, tzinfo=UTC)
"""The company's present: nothing is dated later, whenever it is generated."""

SPAN = timedelta(days=120)
BEGIN = END - SPAN

_SDK_RELEASES = ((100, "3.4.2"), (80, "3.5.0"), (55, "3.6.0"), (30, "3.6.1"), (12, "3.7.0"), (-1, "3.7.2"))


def ago(days: float) -> datetime:
    """The moment this many days before the end."""
    return END - timedelta(days=days)


def office(random: Random, day: datetime) -> datetime:
    """A moment of the working day ``day`` (the Friday before, for most weekends), never after the end."""
    if day.weekday() >= 5 and random.random() < 0.85:
        day -= timedelta(days=day.weekday() - 4)
    minute = int(random.triangular(7 * 60, 19 * 60, 10 * 60))
    moment = day.replace(hour=0, minute=0, second=0, microsecond=0)
    moment += timedelta(minutes=minute, seconds=random.randrange(60))
    return (
        moment
        if BEGIN <= moment < END
        else min(max(day, BEGIN), END - timedelta(minutes=random.randint(5, 300)))
    )


def between(random: Random, first: datetime, last: datetime, *, early: bool = False) -> datetime:
    """A working moment between two; ``early`` makes the beginning likelier, as after a bad release."""
    share = random.betavariate(1, 2.2) if early else random.random()
    return office(random, first + (last - first) * share)


def after(random: Random, moment: datetime, hours: float) -> datetime:
    """A while later, about ``hours``; at night it waits for the morning. May lie after the end."""
    then = moment + timedelta(hours=hours * random.lognormvariate(0, 0.6), seconds=random.randint(20, 600))
    if then.hour < 7:
        then = then.replace(hour=7) + timedelta(minutes=random.randrange(120))
    elif then.hour >= 19:
        then = then.replace(hour=7) + timedelta(days=1, minutes=random.randrange(120))
    if then.weekday() >= 5:
        then += timedelta(days=7 - then.weekday())
    return then


def web_version(moment: datetime) -> str:
    """The web app is released weekly and named after the week."""
    year, week, _ = moment.isocalendar()
    return f"{year}.{week}"


def mobile_version(moment: datetime) -> str:
    """The mobile apps are released every other week."""
    return f"5.{31 + (moment - BEGIN).days // 14}.0"


def sdk_version(moment: datetime) -> str:
    """The latest release of the public SDK."""
    days = (END - moment).days
    return next(name for least, name in _SDK_RELEASES if days > least)
