"""A believable company, made from a seed: its customers, its people, and what they wrote."""

from sandbox.company.model import (
    Agent,
    Company,
    Customer,
    Database,
    Page,
    Post,
    Report,
    Repository,
    RepositoryIssue,
    Ticket,
    TrackerIssue,
    TrackerProject,
)
from sandbox.company.northwind import northwind

__all__ = [
    "Agent",
    "Company",
    "Customer",
    "Database",
    "Page",
    "Post",
    "Report",
    "Repository",
    "RepositoryIssue",
    "Ticket",
    "TrackerIssue",
    "TrackerProject",
    "northwind",
]
