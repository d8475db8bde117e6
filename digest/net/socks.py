"""Connections through a SOCKS proxy, whose failures are sentences."""

from __future__ import annotations

from typing import Any

import python_socks
from aiohttp_socks import ProxyConnector

from digest.errors import NotSentError
from digest.text import quoted


class SocksConnector(ProxyConnector):
    """As the library's own, and raises `NotSentError` for whatever the proxy does."""

    async def _connect_via_proxy(self, *args: Any, **asked: Any) -> Any:
        try:
            return await super()._connect_via_proxy(*args, **asked)
        except python_socks.ProxyConnectionError:
            raise NotSentError("the proxy cannot be reached") from None
        except python_socks.ProxyTimeoutError:
            raise NotSentError("the proxy did not answer") from None
        except python_socks.ProxyError as error:
            raise NotSentError(f"the proxy refuses: {quoted(str(error))}") from None
