"""The rule language: YAML to models with positions, compiled to pure functions over one snapshot.

No I/O beyond reading the rule files, no clock, no database. ``load`` reads files, ``evaluate`` decides,
``explain`` says why, ``intents`` is what comes out.
"""
