"""What Loopwright remembers, and the only place that speaks SQL.

``database`` opens it, ``schema`` names the tables; every other module holds the statements of one
subject as functions over a transaction: ``items``, ``links``, ``effects``, ``journal``, ``hints``,
``truths``, ``budgets``, ``limits``, ``connections``, ``notices`` and ``leases``.
"""
