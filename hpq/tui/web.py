"""The monitor in a browser of this machine, through textual-serve."""

import asyncio
import contextlib
import errno
import hmac
import logging
import re
import secrets
import shlex
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence

import aiohttp_jinja2
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from hpq.errors import HpqError

HOST = "127.0.0.1"
# What this machine, or the near end of `ssh -L`, calls itself. A site whose name leads here has another one.
_OWN_NAME = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
_LEAVE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_END_WITHIN_S = 5.0
_HEADERS = {
    # textual-serve's page asks another host for a font, which would tell that host of each visit; and a frame
    # in somebody's page could lead clicks and keys astray.
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' data:; connect-src 'self' ws://{host}; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",  # the token is in the address
    "Cache-Control": "no-store",  # a later server on this port has another page
}
# textual-serve's page leaves it to the visitor to click before keys are heard.
_FOCUS = """<script>
  new MutationObserver((_, observer) => {
    const keys = document.querySelector(".xterm-helper-textarea");
    if (keys) { observer.disconnect(); keys.focus(); }
  }).observe(document.body, { childList: true, subtree: true });
</script>
"""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class MonitorServer(Server):
    """Serves one monitor a visitor, to those who know its token.

    A port of this machine is open to everybody who has an account on it, and to every page in a browser
    that runs here; what they could do is stop runs. So the address carries a token, as Jupyter's does, and
    the first visit turns it into a cookie that other sites cannot send.
    """

    def __init__(self, arguments: Sequence[str], port: int) -> None:
        command = shlex.join([sys.executable, "-m", "hpq", "tui", *arguments])
        # No shell stays between the monitor and us, and textual-serve would print what it complains of.
        super().__init__(f"exec {command} 2>/dev/null", host=HOST, port=port, title="hpq")
        self._token = secrets.token_urlsafe(24)
        self._cookie = f"hpq-{secrets.token_hex(4)}"  # cookies tell neither ports nor ends of tunnels apart
        self._visits: set[web.WebSocketResponse] = set()

    @property
    def address(self) -> str:
        return f"{self.public_url}/?token={self._token}"

    def serve(self, debug: bool = False) -> None:  # noqa: ARG002, as in Server
        """Serve until Ctrl-C, which is how it is meant to end; exit with 128 + the number of another signal.

        Raises HpqError where the port cannot be had.
        """
        for name in ("aiohttp", "textual-serve"):  # they would print what visitors do wrong
            logging.getLogger(name).addHandler(logging.NullHandler())
            logging.getLogger(name).propagate = False
        number = asyncio.run(self._serve())
        if number != signal.SIGINT:
            sys.exit(128 + number)

    async def _serve(self) -> int:
        """Serve, and return the signal that ended it."""
        left: asyncio.Queue[int] = asyncio.Queue()
        for number in _LEAVE:
            asyncio.get_running_loop().add_signal_handler(number, left.put_nowait, number)
        runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=_END_WITHIN_S)
        await runner.setup()
        try:
            await self._listen(runner)
            print(f"the monitor is at {self.address}\nCtrl-C ends it", flush=True)
            return await left.get()
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        try:
            await web.TCPSite(runner, HOST, self.port).start()
        except OSError as error:
            is_taken = error.errno == errno.EADDRINUSE
            why = "is in use" if is_taken else f"cannot be had ({error.strerror})"
            raise HpqError(f"port {self.port} {why}: choose another with --port") from None

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._check)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Print no logo."""

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002, as in Server
        """Close the open pages, whose monitors then end."""
        await asyncio.gather(*(visit.close() for visit in list(self._visits)))

    # Who may come in

    @web.middleware
    async def _check(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        has_cookie = self._knows(request.cookies.get(self._cookie, ""))
        if not has_cookie and not self._knows(request.query.get("token", "")):
            raise web.HTTPForbidden(text="hpq: open the whole address that `hpq tui --web` printed\n")
        if not _is_from_here(request):
            raise web.HTTPForbidden(text="hpq: pages of other sites cannot use this one\n")
        response = await handler(request)
        if not response.prepared:  # a websocket is
            response.headers.update({n: v.format(host=request.host) for n, v in _HEADERS.items()})
            if not has_cookie:
                response.set_cookie(self._cookie, self._token, httponly=True, samesite="Strict")
        return response

    def _knows(self, token: str) -> bool:
        # What is no UTF-8 arrives as surrogates.
        return hmac.compare_digest(token.encode(errors="surrogateescape"), self._token.encode())

    # What they get

    async def handle_index(self, request: web.Request) -> web.Response:
        """Return the page, with addresses that lead through a tunnel too, whatever its near end is called."""
        page = {
            "font_size": to_int(request.query.get("fontsize", ""), 16),
            "app_websocket_url": f"ws://{request.host}/ws",
            "config": {"static": {"url": "/static/"}},
            "application": {"name": self.title},
        }
        html = aiohttp_jinja2.render_string("app_index.html", request, page)
        return web.Response(text=html.replace("</body>", f"{_FOCUS}</body>"), content_type="text/html")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a monitor for as long as the page is open."""
        page = web.WebSocketResponse(heartbeat=15)
        await page.prepare(request)

        async def write(data: bytes) -> None:
            with contextlib.suppress(ConnectionError):  # and read on: the monitor would wait for us, for ever
                await page.send_bytes(data)

        async def close() -> None:
            await page.close()

        monitor = _Monitor(
            self.command,
            write_bytes=write,
            write_str=page.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        self._visits.add(page)
        try:
            width, height = (to_int(request.query.get(name, ""), 80) for name in ("width", "height"))
            await monitor.start(width, height)
            await self._process_messages(page, monitor)
        finally:
            self._visits.discard(page)
            await monitor.stop()
        return page


def _is_from_here(request: web.Request) -> bool:
    """Tell whether a request was made to this machine, by hand or by a page of this server."""
    origin = request.headers.get("Origin", f"http://{request.host}")
    return bool(_OWN_NAME.fullmatch(request.host)) and origin == f"http://{request.host}"


class _Monitor(AppService):
    """A process that draws for one page."""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        driver = {"TEXTUAL_DRIVER": "hpq.tui.driver:PageDriver"}
        return super()._build_environment(width, height) | driver

    async def run(self) -> None:
        """Draw until the end, and close the page then, however it came."""
        try:
            await super().run()
        finally:
            await self.remote_close()

    async def stop(self) -> None:
        """Ask it to quit, and make sure that it does."""
        process = self._process
        try:
            async with asyncio.timeout(_END_WITHIN_S / 2):
                await super().stop()
                if process is not None:
                    await process.wait()
        except TimeoutError:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
