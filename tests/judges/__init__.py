"""Clients that nobody here wrote, used as a stranger would: none may tell the sandbox from the service."""
