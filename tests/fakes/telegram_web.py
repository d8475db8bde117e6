# ruff: noqa: E501 - markup of one line
"""The web pages of public Telegram channels, as t.me serves them: the elements and classes that say something."""

from __future__ import annotations


def message(
    number: int,
    markup: str,
    *,
    name: str = "desk",
    time: str = "2026-11-30T00:00:00+00:00",
    forwarded: str = "",
    reply: tuple[str, str] | None = None,
    more: str = "",
    kind: str = "",
) -> str:
    """A message of a channel; ``more`` is what stands beside its text, ``kind`` a class more."""
    address = f"https://t.me/{name}/{number}"
    above = ""
    if forwarded:
        above += (
            '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;'
            f'<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/x/1"><span>{forwarded}</span></a></div>'
        )
    if reply:
        above += (
            f'<a class="tgme_widget_message_reply" href="https://t.me/{name}/1"><div class="tgme_widget_message_author">'
            f'<span>{reply[0]}</span></div><div class="tgme_widget_message_text js-message_reply_text">{reply[1]}</div></a>'
        )
    text = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{markup}</div>' if markup else ""
    return (
        f'<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message {kind} '
        f'js-widget_message" data-post="{name}/{number}"><div class="tgme_widget_message_bubble">{above}{more}{text}'
        '<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">1.2K</span>'
        f'<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="{address}">'
        f'<time datetime="{time}" class="time">09:00</time></a></span></div></div></div></div>'
    )


def channel_page(*messages: str) -> str:
    """The page that shows the last messages of a channel."""
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>The desk – Telegram</title></head><body>'
        '<header><div class="tgme_channel_info_header_title"><span>The desk &amp; more</span></div></header>'
        f'<main><section class="tgme_channel_history js-message_history">{"".join(messages)}</section></main></body></html>'
    )


def no_messages(title: str, *, extra: str = "", photo: bool = False) -> str:
    """The page where one that shows no messages leads to."""
    image = '<img class="tgme_page_photo_image" src="x.jpg">' if photo else ""
    count = f'<div class="tgme_page_extra">{extra}</div>' if extra else ""
    return (
        f'<!DOCTYPE html><html><head><title>Telegram: View @desk</title></head><body><div class="tgme_page">{image}'
        f'<div class="tgme_page_title"><span>{title}</span></div>{count}<div class="tgme_page_action">'
        '<a class="tgme_action_button_new" href="tg://resolve?domain=desk">View in Telegram</a></div></div></body></html>'
    )
