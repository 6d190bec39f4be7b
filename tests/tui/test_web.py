"""`hpq tui --web`: who may come in, what a browser shows, and that nothing stays behind."""

import asyncio
import base64
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from hpq.tui.palette import PALETTES

aiohttp = pytest.importorskip("aiohttp", reason="the extra `web` is not installed")
pytest.importorskip("textual_serve", reason="the extra `web` is not installed")

TIMEOUT_S = 30.0  # the machine may be busy


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Web:
    """A monitor that is served, with the address that it printed."""

    def __init__(self, hpq) -> None:
        self.port = free_port()
        self.process = hpq.start(
            "tui", "--web", "--port", self.port, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        line = self.process.stdout.readline()
        found = re.fullmatch(rf"the monitor is at ((http://127\.0\.0\.1:{self.port})/\?token=(\S+))\n", line)
        assert found, line + self.process.stderr.read()
        assert self.process.stdout.readline() == "Ctrl-C ends it\n"
        self.address, self.base, self.token = found.groups()

    @property
    def monitors(self) -> list[int]:
        """The processes that draw for its visitors."""
        pid = self.process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal and return the exit code; it must have nothing to complain of."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=TIMEOUT_S)
        assert (out, err) == ("", "")
        return self.process.returncode


@pytest.fixture
def web(hpq, full_root) -> Iterator[Web]:
    web = Web(hpq)
    yield web
    if web.process.poll() is None:
        web.process.kill()
    web.process.communicate()


Talk = Callable[[Any], Awaitable[None]]


def visit(talk: Talk) -> None:
    """Let a coroutine talk with the server, with a jar for cookies as a browser has one."""

    async def run() -> None:
        jar = aiohttp.CookieJar(unsafe=True)  # which takes cookies of numeric addresses too
        async with aiohttp.ClientSession(cookie_jar=jar) as session, asyncio.timeout(TIMEOUT_S):
            await talk(session)

    asyncio.run(run())


async def status(session: Any, address: str, **headers: str) -> int:
    async with session.get(address, headers=headers) as response:
        code: int = response.status
        return code


async def refused(session: Any, address: str, **headers: str) -> int:
    """Return the code with which a websocket is refused."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await session.ws_connect(address, headers=headers)
    code: int = caught.value.status
    return code


async def first_frame(page: Any) -> bytes:
    """Return what a page is sent until the table stands."""
    seen = b""
    while b"blog-005" not in seen:
        message = await page.receive()
        assert message.type is aiohttp.WSMsgType.BINARY, message
        seen += message.data
    return seen


SCRIPT = "/static/js/textual.js"


def test_nothing_is_served_without_the_token(web) -> None:
    async def talk(session: Any) -> None:
        for path in ("/", SCRIPT, "/download/key", "/nothing", "/?token=", "/?token=wrong", "/?token=%ff%e9"):
            assert await status(session, web.base + path) == 403, path
        assert await status(session, f"{web.base}/?token={web.token}x") == 403
        assert await status(session, web.base + "/", Cookie="hpq=\udcff; é=é") == 403
        assert await refused(session, web.base + "/ws") == 403
        assert await refused(session, web.base + "/ws?token=wrong") == 403

    visit(talk)
    assert web.monitors == []
    assert web.end() == 0


def test_the_token_is_turned_into_a_cookie_that_other_sites_cannot_send(web) -> None:
    async def talk(session: Any) -> None:
        async with session.get(web.address) as response:
            assert response.status == 200
            cookie = response.headers["Set-Cookie"]
            assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
            page = await response.text()
        assert f'"ws://127.0.0.1:{web.port}/ws"' in page
        assert 'src="/static/js/textual.js"' in page
        for path in ("/", SCRIPT):
            assert await status(session, web.base + path) == 200
        assert await status(session, web.base + "/nothing") == 404

    visit(talk)
    assert web.end() == 0


def test_pages_of_other_sites_are_refused_even_with_the_cookie(web) -> None:
    """A page on another port of this machine sends it; and a name may lead here that is not ours."""
    others = (
        "http://evil.example",
        f"http://127.0.0.1:{web.port + 1}",
        f"https://127.0.0.1:{web.port}",
        "null",
    )

    async def talk(session: Any) -> None:
        assert await refused(session, web.base + "/ws", Origin="http://evil.example") == 403
        assert await status(session, web.address) == 200
        for origin in others:
            assert await refused(session, web.base + "/ws", Origin=origin) == 403, origin
        for host in ("evil.example", f"evil.example:{web.port}", "127.0.0.1.evil.example", "localhost@evil"):
            assert await status(session, web.address, Host=host) == 403, host

    visit(talk)
    assert web.monitors == []
    assert web.end() == 0


def test_a_page_gets_a_monitor_of_its_own_which_ends_with_it(web, wait_until) -> None:
    async def talk(session: Any) -> None:
        assert await status(session, web.address) == 200
        page = await session.ws_connect(
            web.base + "/ws?width=100&height=30", headers={"Origin": web.base}, max_msg_size=0
        )
        await first_frame(page)
        assert len(web.monitors) == 1
        await page.send_json(["stdin", "?"])
        seen = b""
        while b"glyphs" not in seen:
            seen += (await page.receive()).data
        await page.close()

    visit(talk)
    wait_until(lambda: not web.monitors)
    assert web.end() == 0


def test_it_can_be_reached_through_a_tunnel(web) -> None:
    """`ssh -L 9000:127.0.0.1:8000`: the browser calls it localhost:9000, and the page leads there too."""
    near = {"Host": "localhost:9000"}

    async def talk(session: Any) -> None:
        async with session.get(web.address, headers=near) as response:
            assert response.status == 200
            assert "connect-src 'self' ws://localhost:9000;" in response.headers["Content-Security-Policy"]
            assert "ws://localhost:9000/ws" in await response.text()
        page = await session.ws_connect(
            f"{web.base}/ws?token={web.token}", headers={**near, "Origin": "http://localhost:9000"}
        )
        await first_frame(page)
        await page.close()

    visit(talk)
    assert web.end() == 0


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
)
def test_the_monitors_end_with_the_server(web, wait_until, number, code) -> None:
    monitors = []

    async def talk(session: Any) -> None:
        assert await status(session, web.address) == 200
        pages = [await session.ws_connect(web.base + "/ws", max_msg_size=0) for _ in range(2)]
        await first_frame(pages[0])  # the other one may be starting still
        while len(web.monitors) < 2:
            await asyncio.sleep(0.01)
        monitors.extend(web.monitors)
        began_s = time.monotonic()
        assert await asyncio.to_thread(web.end, number) == code
        assert time.monotonic() - began_s < TIMEOUT_S / 2

    visit(talk)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in monitors))


def test_it_says_nothing_of_what_visitors_and_monitors_do_wrong(web, wait_until) -> None:
    with socket.create_connection(("127.0.0.1", web.port)) as one:
        one.sendall(b"\x16\x03\x01 what is no request\r\n\r\n")
        assert b"400" in one.recv(1000)

    async def talk(session: Any) -> None:
        assert await status(session, web.address) == 200
        for text in ("no JSON", "{}", "[]", '["resize", {}]'):
            page = await session.ws_connect(web.base + "/ws")
            await page.send_str(text)
            while (await page.receive()).type is not aiohttp.WSMsgType.CLOSED:
                pass
        while web.monitors:
            await asyncio.sleep(0.01)
        page = await session.ws_connect(web.base + "/ws")
        while not web.monitors:
            await asyncio.sleep(0.01)
        os.kill(web.monitors[0], signal.SIGKILL)
        while (await page.receive()).type is not aiohttp.WSMsgType.CLOSED:
            pass

    visit(talk)
    wait_until(lambda: not web.monitors)
    assert web.end() == 0


def test_what_a_monitor_complains_of_is_not_printed(hpq, full_root) -> None:
    hpq.environment["PYTHONPROFILEIMPORTTIME"] = "1"  # everyone complains
    web = Web(hpq)

    async def talk(session: Any) -> None:
        page = await session.ws_connect(f"{web.base}/ws?token={web.token}", max_msg_size=0)
        await first_frame(page)

    visit(talk)
    web.process.send_signal(signal.SIGINT)
    out, err = web.process.communicate(timeout=TIMEOUT_S)
    assert (web.process.returncode, out) == (0, "")
    assert "hpq.tui.web" in err
    assert "hpq.tui.app" not in err


def test_it_listens_on_this_machine_alone(web) -> None:
    listening = [
        fields[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for fields in map(str.split, Path(table).read_text().splitlines()[1:])
        if fields[3] == "0A" and fields[1].endswith(f":{web.port:04X}")
    ]
    assert listening == [f"0100007F:{web.port:04X}"]


def test_a_port_that_is_taken_is_told_of(hpq, full_root) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = hpq("tui", "--web", "--port", port, code=1)
    assert told == f"hpq: port {port} is in use: choose another with --port\n"


@pytest.mark.parametrize("port", ["0", "-1", "65536", "x", "1.5"])
def test_a_port_that_is_none_is_refused(hpq, full_root, port) -> None:
    assert "--port" in hpq("tui", "--web", "--port", port, code=2)


# In a browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--window-size=1200,800", "--remote-debugging-port=0"),
)


class Browser:
    """Chromium without a window, driven through its DevTools' protocol."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._last = 0
        self.events: list[dict[str, Any]] = []

    async def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        await self._page.send_json({"id": self._last, "method": method, "params": parameters})
        while True:
            message = await self._page.receive_json()
            if message.get("id") == self._last:
                result: dict[str, Any] = message.get("result", {})
                return result
            self.events.append(message)

    async def press(self, letter: str) -> None:
        code = ord(letter.upper())
        for kind, told in (("keyDown", {"text": letter}), ("keyUp", {})):
            await self("Input.dispatchKeyEvent", type=kind, key=letter, windowsVirtualKeyCode=code, **told)

    async def screenshot(self) -> Image.Image:
        shot: dict[str, Any] = {}
        while "data" not in shot:  # as between two pages
            shot = await self("Page.captureScreenshot", format="png")
        return Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")

    async def until(self, shows: Callable[[Image.Image], bool]) -> None:
        """Take pictures of the page until one shows this."""
        deadline = time.monotonic() + TIMEOUT_S
        while not shows(await self.screenshot()):
            assert time.monotonic() < deadline, "the page never showed it"


def colours(shot: Image.Image) -> set[tuple[int, int, int]]:
    """Return the colours where the plots are, between the header and the table."""
    plots = shot.crop((0, shot.height // 8, shot.width, shot.height * 5 // 8))
    return {colour for _, colour in plots.getcolors(1 << 24)}


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.lstrip("#")))


@pytest.fixture
def devtools(tmp_path, wait_until) -> Iterator[str]:
    """Return where a Chromium listens."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed, so no browser opened the page")
    folder = tmp_path / "chromium"
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(
        command, env={**os.environ, "HOME": str(tmp_path)}, start_new_session=True, **quiet
    )
    told = folder / "DevToolsActivePort"
    wait_until(lambda: told.exists() and told.read_text().count("\n") == 1)
    yield f"http://127.0.0.1:{told.read_text().split()[0]}"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def loaded_from(events: list[dict[str, Any]]) -> set[str]:
    """Return the hosts that answered a page's requests."""
    return {
        urlsplit(event["params"]["response"]["url"]).netloc
        for event in events
        if event["method"] == "Network.responseReceived"
    }


def test_a_browser_shows_the_plots(web, devtools) -> None:
    palette = PALETTES["dark"]

    async def talk(session: Any) -> None:
        async with session.get(f"{devtools}/json") as response:
            tabs = json.loads(await response.text())
        address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        browser = Browser(await session.ws_connect(address, max_msg_size=0))
        await browser("Page.enable")
        await browser("Network.enable")
        await browser("Page.navigate", url=web.address)
        await browser.until(lambda shot: rgb(palette.unfinished) in colours(shot))
        await browser.until(lambda shot: any(r > 2 * g and r > 2 * b and r > 90 for r, g, b in colours(shot)))
        assert rgb(palette.finished) not in colours(await browser.screenshot()), "the selected run is white"
        await browser.press("j")
        await browser.until(lambda shot: rgb(palette.finished) in colours(shot))
        assert loaded_from(browser.events) == {f"127.0.0.1:{web.port}"}
        await browser("Browser.close")

    visit(talk)
    assert web.end() == 0
