"""Who may use the chat: a file of names with hashed passwords, the server's secret, and each user's own folder."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from tools.core.errors import InputError, StateError, UnknownNameError
from tools.core.files import replace_file

LOCAL: Final = "local"  # the user where no password is asked for
LEAST_PASSWORD: Final = 10  # characters
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")
_N, _R, _P = 2**14, 8, 5  # of scrypt: 16 MiB a try
_TRIES, _WINDOW = 10, 300.0  # wrong passwords of one name in so many seconds


def chat_folder(home: Path) -> Path:
    """Return the folder of the chat's own state, made if it is not there; its owner alone may enter.

    Parameters
    ----------
    home : Path
        The state folder.

    Returns
    -------
    Path
        ``home/chat``.

    Raises
    ------
    StateError
        If it cannot be made.
    """
    return _private(home / "chat")


def _private(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
    except OSError as error:
        raise StateError(
            f"Cannot make {path}: {error.strerror}.", hint="Set POLYSMITH_HOME to a folder that can be written."
        ) from error
    return path


def secret(home: Path) -> str:
    """Return the secret that sessions are signed with; it is made at the first call.

    Parameters
    ----------
    home : Path
        The state folder.

    Returns
    -------
    str
        64 random bytes as text; kept in a file that its owner alone may read.

    Raises
    ------
    StateError
        If the file cannot be read or written.
    """
    path = chat_folder(home) / "secret"
    try:
        if not path.is_file():
            replace_file(path, secrets.token_urlsafe(64).encode())
        path.chmod(0o600)
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"The secret of the chat cannot be read or written: {path}.") from error
    if len(found) < 32:
        raise StateError(f"The secret in {path} is too short.", hint="Remove the file; a new one is made.")
    return found


def user_home(home: Path, user: str) -> Path:
    """Return the state folder of a user: runs, uploads and a private index lie in it.

    Parameters
    ----------
    home : Path
        The state folder of the server.
    user : str
        Name of the user. ``"local"`` has the server's own folder, which the command line uses too.

    Returns
    -------
    Path
        The folder, made if it is not there. It is called by a hash of the user's name, so that no name can lead
        elsewhere.

    Raises
    ------
    StateError
        If it cannot be made.
    """
    if user == LOCAL:
        return home
    path = _private(_private(chat_folder(home) / "users") / hashlib.sha256(user.encode()).hexdigest()[:32])
    for name, target in (("llm.toml", home / "llm.toml"), ("shared-index", home / "index")):
        link = path / name
        if not link.exists() and target.exists():
            with suppress(FileExistsError):  # another process made it at the same moment
                link.symlink_to(target)
    return path


class Accounts:
    """Names and hashed passwords, in ``home/chat/users.json``.

    Parameters
    ----------
    home : Path
        The state folder.
    clock : callable, optional
        Seconds that only grow, for the limit on wrong passwords.
    """

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = chat_folder(home) / "users.json"
        self._clock = clock
        self._wrong: dict[str, list[float]] = {}

    def names(self) -> list[str]:
        """Return all names, sorted.

        Returns
        -------
        list of str
            Names.
        """
        return sorted(self._load())

    def add(self, name: str, password: str) -> None:
        """Add a user, or give one a new password.

        Parameters
        ----------
        name : str
            Lower-case letters, digits and ``._@-``.
        password : str
            At least ten characters.

        Raises
        ------
        InputError
            If the name or the password will not do.
        StateError
            If the file cannot be written.
        """
        if not _NAME.fullmatch(name) or name == LOCAL:
            raise InputError(
                f"{name!r} will not do as a name.",
                hint="Use up to 64 lower-case letters, digits, '.', '_', '@' or '-'.",
            )
        if len(password) < LEAST_PASSWORD:
            raise InputError(f"The password has {len(password)} characters; {LEAST_PASSWORD} are the least.")
        users = self._load()
        users[name] = _hashed(password)
        self._save(users)

    def remove(self, name: str) -> None:
        """Remove a user; threads and runs stay on the disk.

        Parameters
        ----------
        name : str
            The name.

        Raises
        ------
        UnknownNameError
            If there is no such user.
        StateError
            If the file cannot be written.
        """
        users = self._load()
        if name not in users:
            raise UnknownNameError(f"There is no user {name!r}.")
        del users[name]
        self._save(users)

    def check(self, name: str, password: str) -> bool:
        """Say whether a name and its password are right.

        After ten wrong tries within five minutes a name is refused for the rest of them, whatever the password. An
        unknown name takes as long as a known one.

        Parameters
        ----------
        name, password : str
            As typed.

        Returns
        -------
        bool
            True if both are right.
        """
        now = self._clock()
        recent = [moment for moment in self._wrong.get(name, []) if now - moment < _WINDOW]
        if len(recent) >= _TRIES:
            return False
        kept = self._load().get(name)
        right = _matches(password, kept or _NOBODY) and kept is not None
        if right:
            self._wrong.pop(name, None)
        else:
            if len(self._wrong) > 10_000:  # names that do not exist cost memory too
                self._wrong.clear()
            self._wrong[name] = [*recent, now]
        return right

    def _load(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StateError(f"{self._path} cannot be read: {error}") from error
        return {str(name): str(text) for name, text in found.items()}

    def _save(self, users: dict[str, str]) -> None:
        try:
            replace_file(self._path, json.dumps(users, indent=1).encode())
        except OSError as error:
            raise StateError(f"Cannot write {self._path}: {error.strerror}.") from error


def _derived(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=32)


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return "scrypt$" + "$".join(base64.b64encode(part).decode() for part in (salt, _derived(password, salt)))


def _matches(password: str, kept: str) -> bool:
    _, salt, digest = kept.split("$")
    return hmac.compare_digest(_derived(password, base64.b64decode(salt)), base64.b64decode(digest))


_NOBODY: Final = "scrypt$" + base64.b64encode(bytes(16)).decode() + "$" + base64.b64encode(bytes(32)).decode()
