"""Zendesk, Jira, GitHub and Notion on loopback, for the demo, for tests and for trying a rule.

Imports nothing from the other packages, nor they from it: what the connectors believe of a vendor and
what the sandbox shows of it are written down twice, so that a mistake in one is seen by the other.
"""
