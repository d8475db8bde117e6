"""An engine in parts over one database on a server, each a process: a clock, any number of pollers and senders, a bot.

::

    clock ── due feeds, fifty a job ─▶ Procrastinate ─▶ poller, poller ... ── entries, messages owed ─▶ the store
      └ digests, requests, pages, stories, notices, upkeep ─▶ the store ─▶ sender (its chats), sender ... ─▶ Telegram
    bot ── marks, requests ─▶ the store ─▶ clock

They say nothing to each other but through the store: what one has committed rings the others (``life``). Each lives by
its lease (``store.parts``), and whoever lives takes over from the dead: another clock, or bot, that waited takes its
place, their jobs are done again by other pollers, their chats are served by other senders, and what was being sent
counts as a lost answer.
"""
