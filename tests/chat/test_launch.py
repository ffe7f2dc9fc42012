"""What is refused before anything listens, and what lies where."""

from __future__ import annotations

import stat
import tomllib

import pytest

from polysmith.chatting.accounts import Accounts, secret, user_home
from polysmith.chatting.launch import Options, checked, config, environment, lay_out
from tools.core.errors import InputError, StateError, UnknownNameError


def test_others_cannot_reach_it_unless_users_sign_in(tmp_path):
    for host in ("0.0.0.0", "::", "192.168.1.5", "chat.example"):
        with pytest.raises(InputError):
            checked(Options(host=host), tmp_path)
    with pytest.raises(InputError):
        checked(Options(host="0.0.0.0", passwords=True), tmp_path)  # nobody could
    Accounts(tmp_path).add("ada", "correct horse")
    assert checked(Options(host="0.0.0.0", passwords=True), tmp_path).signed_in
    assert checked(Options(host="127.0.0.1"), tmp_path)


def test_a_header_is_believed_from_a_named_proxy_alone(tmp_path):
    with pytest.raises(InputError):
        checked(Options(header="X-User"), tmp_path)
    with pytest.raises(InputError):
        checked(Options(proxy="10.0.0.1"), tmp_path)
    assert checked(Options(host="0.0.0.0", header="X-User", proxy="10.0.0.1"), tmp_path).signed_in


def test_the_secret_is_made_once_and_is_its_owners(tmp_path):
    first = secret(tmp_path)
    path = tmp_path / "chat" / "secret"
    assert first == secret(tmp_path)
    assert len(first) >= 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.write_text("short")
    with pytest.raises(StateError):
        secret(tmp_path)


def test_the_configuration_is_closed():
    read = tomllib.loads(config())
    assert read["project"]["allow_origins"] == []
    assert read["features"]["unsafe_allow_html"] is False
    assert read["features"]["latex"] is False
    assert read["features"]["spontaneous_file_upload"]["max_files"] <= 10


def test_the_folder_is_in_the_state_folder_and_links_nowhere(tmp_path, monkeypatch):
    pytest.importorskip("chainlit")
    stand = tmp_path / "where the user stands"
    stand.mkdir()
    monkeypatch.chdir(stand)
    root = lay_out(tmp_path / "home")
    assert root.is_relative_to(tmp_path / "home")
    assert not list(stand.iterdir())
    assert "http" not in (root / "page" / "index.html").read_text()
    assert (root / "chainlit.md").read_text().startswith("# Polysmith")


def test_services_elsewhere_are_not_written_to(tmp_path, monkeypatch):
    monkeypatch.setenv("LITERAL_API_KEY", "x")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere")
    made = environment(Options(), tmp_path, tmp_path)
    assert not {"LITERAL_API_KEY", "DATABASE_URL"} & set(made)
    assert made["CHAINLIT_APP_ROOT"] == str(tmp_path)


def test_passwords_are_hashed_and_guessing_is_slow(tmp_path):
    now = [0.0]
    accounts = Accounts(tmp_path, clock=lambda: now[0])
    accounts.add("ada", "correct horse")
    text = (tmp_path / "chat" / "users.json").read_text()
    assert "correct" not in text
    assert stat.S_IMODE((tmp_path / "chat" / "users.json").stat().st_mode) == 0o600
    assert accounts.check("ada", "correct horse")
    assert not accounts.check("ada", "wrong")
    assert not accounts.check("nobody", "correct horse")
    for _ in range(10):
        accounts.check("ada", "wrong")
    assert not accounts.check("ada", "correct horse")
    now[0] = 301.0
    assert accounts.check("ada", "correct horse")


def test_names_and_passwords_that_will_not_do(tmp_path):
    accounts = Accounts(tmp_path)
    for name in ("", "../ada", "Ada", "a b", "local", "x" * 70):
        with pytest.raises(InputError):
            accounts.add(name, "correct horse")
    with pytest.raises(InputError):
        accounts.add("ada", "short")
    with pytest.raises(UnknownNameError):
        accounts.remove("ada")


def test_each_user_has_a_folder_of_their_own(tmp_path):
    (tmp_path / "index").mkdir()
    homes = {user_home(tmp_path, name) for name in ("ada", "bob", "../../etc", "/root", "x" * 500)}
    assert len(homes) == 5
    for home in homes:
        assert home.resolve().parent == (tmp_path / "chat" / "users").resolve()
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert (home / "shared-index").resolve() == (tmp_path / "index").resolve()
    assert user_home(tmp_path, "local") == tmp_path
