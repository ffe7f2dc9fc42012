"""A chat served for the tests of this folder."""

from __future__ import annotations

import socket
import subprocess
from contextlib import closing

import pytest


class Served:
    """A server, and what it takes to talk to it."""

    def __init__(self, home, **options):
        from polysmith.chatting.launch import Options, address, checked, command, environment, lay_out, ready

        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.home = home
        self.options = checked(Options(port=port, **options), home)
        root = lay_out(home)
        self.process = subprocess.Popen(
            command(),
            env=environment(self.options, home, root),
            cwd=root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.url = address(self.options)
        assert ready(self.options, lambda: self.process.poll() is None, seconds=120)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    pytest.importorskip("chainlit")
    from polysmith.chatting.accounts import Accounts

    home = tmp_path_factory.mktemp("home")
    accounts = Accounts(home)
    accounts.add("ada", "correct horse 1")
    accounts.add("bob", "battery staple 2")
    made = Served(home, passwords=True)
    yield made
    made.end()
