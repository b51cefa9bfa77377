"""A company just big enough for the Notion tests."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.company import Agent, Company, Database, Page, Post

CREATED = datetime(2026, 11, 2, 9, 30, 41, tzinfo=UTC)

COMPANY = Company(
    name="Northwind Soft",
    agents=(
        Agent("Priya Shah", "priya@northwind-soft.example", "product"),
        Agent("Tom Berg", "tom@northwind-soft.example", "engineer"),
        Agent("Loopwright", "loopwright@northwind-soft.example", "bot"),
    ),
    databases=(
        Database("PRDs", "prds", ("Draft", "In review", "Shipped")),
        Database("Feedback", "feedback", ("New", "Planned", "Done")),
    ),
    pages=(
        Page(
            database="PRDs",
            title="Faster exports",
            body="# Why\n\nExports take **minutes**.\n\n- one\n  - nested\n- two\n\n```python\nprint(1)\n```",
            status="Draft",
            owner="Priya Shah",
            created=CREATED,
            properties={"Product area": "Reporting", "Priority": "High"},
            posts=(Post("Tom Berg", CREATED, "Looks *right* to me"),),
        ),
        Page(
            database="Feedback",
            title="Please add dark mode",
            body="Asked for by many.",
            status="New",
            owner="Tom Berg",
            created=CREATED,
            properties={"Votes": "12", "Tags": "ui,mobile", "Customer": "Acme"},
        ),
    ),
)
