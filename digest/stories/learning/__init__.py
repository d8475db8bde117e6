"""What stories teach about rules: the words that would have found more of them, and those that find what nobody wants.

::

    reports ─▶ candidates (their words) ─▶ counted over all that is stored ─▶ gaps, noise: the few that are worth it
"""
