"""Settings of a run: the language model is one of them, its key is not."""

from __future__ import annotations

import pytest

from agent.llm.budget import Limits
from agent.llm.endpoint import Endpoint
from agent.settings import Settings
from tools.core.errors import SetupError


def test_a_run_names_its_model_and_limits_and_can_be_repeated(monkeypatch):
    monkeypatch.setenv("POLYSMITH_LLM_KEY", "canary-0123456789")
    assert Settings().llm is None
    made = Settings.create(llm=Endpoint(url="http://127.0.0.1:8000", model="m"), llm_limits=Limits(money=2.0))
    assert made.llm.url == "http://127.0.0.1:8000/v1" and "canary" not in made.model_dump_json()
    assert Settings.create(**made.model_dump()) == made


@pytest.mark.parametrize("wrong", [{"url": "http://u:canary@a/v1"}, {"url": "http://a", "key": "canary"}])
def test_a_key_among_the_settings_is_refused_and_not_quoted(wrong):
    with pytest.raises(SetupError) as caught:
        Settings.create(llm=wrong)
    assert "canary" not in str(caught.value)
