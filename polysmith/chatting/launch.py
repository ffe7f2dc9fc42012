"""Starting the chat: its folder, its configuration, and the process that serves it.

Chainlit takes its settings from a folder and from the environment, before it is imported. So a folder is laid out in
the state folder (nothing is written into the repository or where the user stands), and the server is a process of its
own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from polysmith.agent_server.server import is_loopback
from polysmith.chatting.accounts import Accounts, chat_folder, secret
from tools.core.errors import BackendMissing, InputError, StateError

HERE: Final = Path(__file__).parent
APP: Final = HERE.parent / "chat" / "app.py"
OPTIONS: Final = "POLYSMITH_CHAT_OPTIONS"
UPLOADS: Final = {
    "text/csv": [".csv"],
    "text/plain": [".txt", ".smi"],
    "application/pdf": [".pdf"],
}
MAX_FILES, MAX_MB = 5, 20
_LOG_BYTES: Final = 10_000_000


@dataclass(frozen=True)
class Options:
    """How the chat is served.

    Attributes
    ----------
    host, port : str, int
        Where it listens.
    passwords : bool
        Whether users sign in with a name and a password.
    header : str
        Header in which a proxy names the user who signed in there; empty for none.
    proxy : str
        Address of the proxy whose header is believed.
    hosts : tuple of str
        Names by which browsers reach the server, beyond those of loopback.
    at_once : int
        Runs under way at most; the others wait.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    passwords: bool = False
    header: str = ""
    proxy: str = ""
    hosts: tuple[str, ...] = ()
    at_once: int = 2

    @property
    def signed_in(self) -> bool:
        """Whether users have names of their own."""
        return self.passwords or bool(self.header)

    def dump(self) -> str:
        """Write them down for the process that serves."""
        return json.dumps(vars(self))

    @classmethod
    def load(cls) -> Options:
        """Read what ``dump`` wrote, from the environment."""
        found = json.loads(os.environ.get(OPTIONS, "{}"))
        found["hosts"] = tuple(found.get("hosts", ()))
        return cls(**found)


def checked(options: Options, home: Path) -> Options:
    """Refuse what would leave the chat open to others.

    Parameters
    ----------
    options : Options
        As wished for.
    home : Path
        The state folder.

    Returns
    -------
    Options
        The same.

    Raises
    ------
    InputError
        If others could reach it without signing in, nobody could sign in, or a header would be believed from anybody.
    """
    if bool(options.header) != bool(options.proxy):
        raise InputError("A header is believed from one proxy alone.", hint="Give both --header and --proxy ADDRESS.")
    if options.passwords and options.header:
        raise InputError("Users sign in here or at a proxy, not both.", hint="Give --auth or --header.")
    if not is_loopback(options.host) and not options.signed_in:
        raise InputError(
            f"{options.host} can be reached from other machines.",
            hint="Add --auth (after: polysmith chat users add NAME), or listen at 127.0.0.1.",
        )
    if options.passwords and not Accounts(home).names():
        raise InputError("There is no user who could sign in.", hint="Add one with: polysmith chat users add NAME")
    if not 1 <= options.at_once <= 64:
        raise InputError("Between 1 and 64 runs can be under way at a time.")
    return options


def lay_out(home: Path) -> Path:
    """Make the folder that Chainlit is run in, anew at each start.

    Parameters
    ----------
    home : Path
        The state folder.

    Returns
    -------
    Path
        ``home/chat/app``.

    Raises
    ------
    BackendMissing
        If Chainlit is not installed.
    StateError
        If the folder cannot be written.
    """
    from importlib.util import find_spec

    found = find_spec("chainlit")
    if found is None or found.origin is None:
        raise BackendMissing("Chainlit", "pip install 'polysmith[chat]'")
    root = chat_folder(home) / "app"
    try:
        shutil.rmtree(root, ignore_errors=True)
        (root / ".chainlit").mkdir(parents=True)
        shutil.copytree(HERE / "public", root / "public")
        shutil.copyfile(_welcome(), root / "chainlit.md")
        (root / ".chainlit" / "config.toml").write_text(config(), encoding="utf-8")
        package = Path(found.origin).parent
        _words(package / "translations" / "en-US.json", root / ".chainlit" / "translations")
        _page(package / "frontend" / "dist", root / "page")
    except OSError as error:
        raise StateError(f"Cannot lay out {root}: {error.strerror}.") from error
    return root


def _welcome() -> Path:
    """Return the welcome page: at the root of the repository, or beside this file in a wheel."""
    beside = HERE / "chainlit.md"
    return beside if beside.is_file() else HERE.parents[1] / "chainlit.md"


def _words(shipped: Path, folder: Path) -> None:
    """Write the page's own words where Chainlit's would say something else than is meant."""
    words = json.loads(shipped.read_text(encoding="utf-8"))
    chat = words["chat"]
    chat["input"]["placeholder"] = "Write a brief or a question"
    chat["input"]["actions"]["stop"] = "Stop"
    chat["messages"]["status"] = {"using": "", "used": ""}
    chat["watermark"] = "Predictions come with intervals. Nothing here replaces an experiment."
    folder.mkdir()
    (folder / "en-US.json").write_text(json.dumps(words, indent=1), encoding="utf-8")


def _page(dist: Path, page: Path) -> None:
    """Make the page's first file without links to other servers; its scripts stay where they are."""
    page.mkdir()
    for item in dist.iterdir():
        if item.name == "index.html":
            text = item.read_text(encoding="utf-8")
            text = re.sub(r"<link\b[^>]*\bhref=\"https?://[^>]*>", "", text)
            (page / item.name).write_text(text, encoding="utf-8")
        else:
            (page / item.name).symlink_to(item)


def config() -> str:
    """Write Chainlit's configuration.

    Returns
    -------
    str
        TOML. Origins are closed, no HTML and no formulas are read in messages, uploads are few and small, other
        programs cannot be started, and nothing is loaded from elsewhere.
    """
    accept = ", ".join(f'"{kind}" = {json.dumps(names)}' for kind, names in UPLOADS.items())
    return f"""[project]
session_timeout = 900
user_session_timeout = 604800
cache = false
persist_user_env = false
allow_origins = []

[features]
unsafe_allow_html = false
latex = false
user_message_markdown = false
auto_tag_thread = true
edit_message = false
allow_thread_sharing = false

[features.spontaneous_file_upload]
enabled = true
accept = {{ {accept} }}
max_files = {MAX_FILES}
max_size_mb = {MAX_MB}

[features.audio]
enabled = false

[features.mcp]
enabled = false

[UI]
name = "Polysmith"
description = "A polymer design assistant"
language = "en-US"
default_theme = "light"
layout = "wide"
cot = "full"
confirm_new_chat = false
custom_css = "/public/polysmith.css"
custom_build = "page"
custom_meta_url = "/"
custom_meta_image_url = "/logo"

[meta]
generated_by = "2.12.0"
"""


def environment(options: Options, home: Path, root: Path) -> dict[str, str]:
    """Return the environment of the process that serves.

    Parameters
    ----------
    options : Options
        How it is served.
    home : Path
        The state folder.
    root : Path
        What ``lay_out`` made.

    Returns
    -------
    dict of str to str
        This process's, with Chainlit's settings; variables that would have it write to services elsewhere are left out.
    """
    unwanted = ("CHAINLIT_", "LITERAL_", "SLACK_", "DISCORD_", "TEAMS_", "OAUTH_", "DATABASE_URL", "BUCKET_NAME")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(unwanted)}
    kept |= {
        "POLYSMITH_HOME": str(home),
        OPTIONS: options.dump(),
        "CHAINLIT_APP_ROOT": str(root),
        "CHAINLIT_AUTH_SECRET": secret(home),
        "CHAINLIT_HOST": options.host.strip("[]"),
        "CHAINLIT_PORT": str(options.port),
        "CHAINLIT_AUTH_COOKIE_NAME": f"polysmith_{options.port}",  # browsers do not tell ports apart
        "CHAINLIT_COOKIE_SAMESITE": "lax",
        "OTEL_SDK_DISABLED": "true",
        "TRACELOOP_TELEMETRY": "false",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")))),
    }
    return kept


def log_file(home: Path) -> Path:
    """Return the file that the server's log goes to; one that has grown large is begun anew.

    Parameters
    ----------
    home : Path
        The state folder.

    Returns
    -------
    Path
        ``home/chat/server.log``, which its owner alone may read.
    """
    path = chat_folder(home) / "server.log"
    if path.is_file() and path.stat().st_size > _LOG_BYTES:
        path.unlink()
    path.touch(mode=0o600)
    return path


def command() -> list[str]:
    """Return the command of the process that serves.

    Returns
    -------
    list of str
        Program and arguments.
    """
    return [sys.executable, "-P", "-m", "chainlit", "run", str(APP), "--headless"]


def address(options: Options) -> str:
    """Return where a browser on this machine finds the page.

    Parameters
    ----------
    options : Options
        How it is served.

    Returns
    -------
    str
        A URL.
    """
    host = options.host if options.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104  (shown, not listened at)
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{options.port}"


def ready(options: Options, alive: Any, seconds: float = 60.0) -> bool:
    """Wait until the page answers.

    Parameters
    ----------
    options : Options
        How it is served.
    alive : callable
        Says whether the process still runs.
    seconds : float
        How long to wait.

    Returns
    -------
    bool
        False if it does not answer in time, or ended.
    """
    import time
    from contextlib import closing
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    parts = urlsplit(address(options))
    until = time.monotonic() + seconds
    while alive() and time.monotonic() < until:
        try:
            with closing(HTTPConnection(parts.hostname or "", options.port, timeout=2)) as line:
                line.request("GET", "/health")
                with line.getresponse() as answer:
                    if answer.status == 200:
                        return True
        except (OSError, HTTPException):
            time.sleep(0.2)
    return False
