"""The monitor in a browser of this machine, through textual-serve."""

import hmac
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from textual_serve.server import Server

HOST = "127.0.0.1"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class MonitorServer(Server):
    """Serves one monitor a visitor, to those who know its token.

    A port of this machine is open to everybody who has an account on it, and to every page in a browser
    that runs here; what they could do is stop runs. So the address carries a token, as Jupyter's does, and
    the first visit turns it into a cookie that other sites cannot send.
    """

    def __init__(self, arguments: Sequence[str], port: int) -> None:
        command = shlex.join([sys.executable, "-m", "hpq", "tui", *arguments])
        super().__init__(command, host=HOST, port=port, title="hpq")
        self._token = secrets.token_urlsafe(24)
        self._cookie = f"hpq-{port}"  # cookies do not tell ports apart

    @property
    def address(self) -> str:
        return f"{self.public_url}/?token={self._token}"

    def initialize_logging(self) -> None:
        """Leave the log alone: textual-serve's own handler prints every request."""

    async def on_startup(self, app: web.Application) -> None:
        print(f"the monitor is at {self.address}\nCtrl-C ends it", flush=True)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._checked())
        return app

    def _checked(self) -> Callable[[web.Request, _Handler], Awaitable[web.StreamResponse]]:
        @web.middleware
        async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
            has_cookie = self._knows(request.cookies.get(self._cookie, ""))
            if not has_cookie and not self._knows(request.query.get("token", "")):
                raise web.HTTPForbidden(
                    text="hpq: open the address that `hpq tui --web` printed, token and all\n"
                )
            response = await handler(request)
            if not has_cookie and not response.prepared:
                response.set_cookie(self._cookie, self._token, httponly=True, samesite="Strict")
            return response

        return check

    def _knows(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token.encode())
