"""An engine in parts over one database on a server: one clock, any number of pollers and senders, each a process.

::

    clock ── due feeds, fifty a job ─▶ Procrastinate ─▶ poller, poller ... ── entries, messages owed ─▶ the store
      └ digests, requests, pages, stories, notices, upkeep ─▶ the store ─▶ sender (its chats), sender ... ─▶ Telegram

They say nothing to each other but through the store: what one has committed rings the others (``life``). Each lives by
its lease (``store.parts``), and whoever lives takes over from the dead: another clock that waited becomes the clock,
their jobs are done again by other pollers, their chats are served by other senders, and what was being sent counts as
a lost answer.
"""
