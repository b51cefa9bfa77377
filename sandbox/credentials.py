"""The one credential that every emulated service accepts. It protects nothing and is no secret."""

EMAIL = "loopwright@northwind-soft.example"
"""Whose account it is, where a service signs in with an address: the bot agent of the company."""

TOKEN = "sandbox-token"  # noqa: S105
"""Any other token gets the vendor's own 401."""
