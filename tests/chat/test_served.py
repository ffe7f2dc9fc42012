"""The server as others find it: origins, hosts, signing in, and two users who must not see each other's things."""

from __future__ import annotations

import json
import uuid

import httpx
import pytest

pytest.importorskip("chainlit")


@pytest.fixture(scope="session")
def ada(served):
    client = signed_in(served, "ada", "correct horse 1")
    yield client
    client.close()


@pytest.fixture(scope="session")
def bob(served):
    client = signed_in(served, "bob", "battery staple 2")
    yield client
    client.close()


@pytest.fixture(scope="session")
def thread(served, ada):
    """A thread of Ada's with a step and an element, as the page would have made it."""
    from polysmith.chatting.store import Store

    store = Store(served.home / "chat")
    ada.get("/user").raise_for_status()
    user = store.user("ada")
    key, step, element = (str(uuid.uuid4()) for _ in range(3))
    store.put_thread(key, name="Ada's brief", user_id=user["id"], metadata={"run_id": "x"})
    store.put_step({"id": step, "threadId": key, "type": "assistant_message", "output": "secret polymer", "name": "p"})
    store.put_element(
        {"id": element, "threadId": key, "type": "file", "name": "a.html", "mime": "text/html"}, b"<b>x</b>"
    )
    store.close()
    return {"thread": key, "step": step, "element": element}


def signed_in(served, name, password):
    client = httpx.Client(base_url=served.url, trust_env=False)
    assert client.post("/login", data={"username": name, "password": password}).status_code == 200
    return client


def test_pages_of_other_origins_get_nothing(served):
    for method, path in (("GET", "/project/settings"), ("OPTIONS", "/login"), ("POST", "/login"), ("GET", "/")):
        answer = httpx.request(method, served.url + path, headers={"Origin": "http://evil.example"}, trust_env=False)
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    other_port = httpx.get(f"{served.url}/auth/config", headers={"Origin": "http://127.0.0.1:1"}, trust_env=False)
    assert other_port.status_code == 403
    assert httpx.get(f"{served.url}/auth/config", headers={"Origin": served.url}, trust_env=False).status_code == 200


def test_a_web_socket_of_another_origin_is_closed(served, ada):
    headers = {
        "Origin": "http://evil.example",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = ada.get("/ws/socket.io/?EIO=4&transport=websocket", headers=headers)
    assert answer.status_code == 403


def test_a_name_that_was_pointed_at_this_machine_is_refused(served):
    answer = httpx.get(f"{served.url}/", headers={"Host": "rebound.example"}, trust_env=False)
    assert answer.status_code == 403


def test_the_page_loads_nothing_from_elsewhere(served):
    page = httpx.get(f"{served.url}/login", trust_env=False)
    assert "https://" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy.replace("http-equiv", "")
    assert page.headers["x-frame-options"] == "DENY"


def test_nobody_enters_without_the_right_password(served):
    for name, password in (("ada", "battery staple 2"), ("eve", "anything at all"), ("local", ""), ("", "")):
        answer = httpx.post(f"{served.url}/login", data={"username": name, "password": password}, trust_env=False)
        assert answer.status_code in {401, 422}
    assert httpx.post(f"{served.url}/auth/header", trust_env=False).status_code != 200
    for path in ("/user", "/project/settings"):
        assert httpx.get(served.url + path, trust_env=False).status_code == 401


def test_a_user_reads_their_own_thread(ada, thread):
    found = ada.get(f"/project/thread/{thread['thread']}").json()
    assert found["userIdentifier"] == "ada"
    assert [step["output"] for step in found["steps"]] == ["secret polymer"]
    file = ada.get(found["elements"][0]["url"])
    assert file.content == b"<b>x</b>"
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]


def test_another_user_cannot_read_change_or_remove_it(bob, ada, thread, served):
    key = thread["thread"]
    assert bob.get(f"/project/thread/{key}").status_code in {401, 404}
    assert bob.get(f"/project/thread/{key}/element/{thread['element']}").status_code in {401, 404}
    assert bob.get(f"/project/share/{key}").status_code == 404
    assert bob.get(f"/polysmith/element/{thread['element']}").status_code == 404
    assert bob.request("PUT", "/project/thread", json={"threadId": key, "name": "mine"}).status_code in {401, 404}
    assert bob.request("DELETE", "/project/thread", json={"threadId": key}).status_code in {401, 404}
    assert bob.request("PUT", "/project/thread/share", json={"threadId": key, "isShared": True}).status_code == 401
    listed = bob.post("/project/threads", json={"pagination": {"first": 50}, "filter": {}}).json()
    assert listed["data"] == []
    liked = {"feedback": {"forId": thread["step"], "value": 0}, "sessionId": "x"}
    assert bob.put("/feedback", json=liked).status_code != 200
    assert ada.get(f"/project/thread/{key}").json()["name"] == "Ada's brief"
    assert "feedback" not in ada.get(f"/project/thread/{key}").json()["steps"][0]


def test_nobody_who_is_not_signed_in_gets_a_file(served, thread):
    assert httpx.get(f"{served.url}/polysmith/element/{thread['element']}", trust_env=False).status_code == 404


def test_a_thread_cannot_be_shared_with_everybody(ada, thread, served):
    ada.request("PUT", "/project/thread/share", json={"threadId": thread["thread"], "isShared": True})
    answer = httpx.get(f"{served.url}/project/share/{thread['thread']}", trust_env=False)
    assert answer.status_code in {401, 404}


def test_feedback_of_the_owner_is_kept(ada, thread):
    liked = {"feedback": {"forId": thread["step"], "value": 1, "comment": "good"}, "sessionId": "x"}
    key = ada.put("/feedback", json=liked).json()["feedbackId"]
    assert ada.get(f"/project/thread/{thread['thread']}").json()["steps"][0]["feedback"]["comment"] == "good"
    assert ada.request("DELETE", "/feedback", json={"feedbackId": key}).status_code == 200
    assert "feedback" not in ada.get(f"/project/thread/{thread['thread']}").json()["steps"][0]


def test_a_large_body_is_refused(served):
    answer = httpx.post(f"{served.url}/login", content=b"x" * (22 * 2**20), trust_env=False)
    assert answer.status_code == 413


def test_settings_that_would_open_more_are_off(ada):
    features = ada.get("/project/settings").json()["features"]
    assert not features["unsafe_allow_html"]
    assert not features["mcp"]["enabled"]
    assert not features["allow_thread_sharing"]
    assert features["spontaneous_file_upload"]["max_size_mb"] == 20
    assert "*/*" not in json.dumps(features["spontaneous_file_upload"]["accept"])
