"""The Agents SDK at an upstream that has chat completions only: a loop of tools, streamed, with stored history."""

import json

import agents
import openai
import pytest

from support.two_apis import BOTH, TRANSLATED, configuration

CONFIG = configuration
RUN = agents.RunConfig(tracing_disabled=True)


@pytest.fixture
def asked():
    return []


@pytest.fixture
def agent(gateway, asked):
    def make(model, **options):
        @agents.function_tool
        def get_weather(city: str) -> str:
            """The weather of a city."""
            asked.append(city)
            return f"sun in {city}"

        sdk = openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key="sk-client", max_retries=0, timeout=20)
        return agents.Agent(name="Reporter", instructions="Use the tools.", tools=[get_weather],
                            model=agents.OpenAIResponsesModel(model=model, openai_client=sdk), **options)
    return make


ANSWER = "The tools say: call_mock0 = sun in City 0; call_mock1 = sun in City 1"


@BOTH
async def test_a_loop_of_tools(agent, asked, model):
    result = await agents.Runner.run(agent(model), "weather please", run_config=RUN)
    assert result.final_output == ANSWER
    assert sorted(asked) == ["City 0", "City 1"]
    assert len(result.raw_responses) == 2


@BOTH
async def test_streamed(agent, model):
    result = agents.Runner.run_streamed(agent(model), "weather please", run_config=RUN)
    kinds = [event.item.type async for event in result.stream_events() if event.type == "run_item_stream_event"]
    assert kinds.count("tool_call_item") == 2 and kinds.count("tool_call_output_item") == 2
    assert result.final_output == ANSWER


@BOTH
async def test_the_history_replayed_by_the_client(agent, model):
    first = await agents.Runner.run(agent(model), "weather please", run_config=RUN)
    again = first.to_input_list() + [{"role": "user", "content": "recall"}]
    second = await agents.Runner.run(agent(model), again, run_config=RUN)
    assert second.final_output.split(" | ") == [
        "system: Use the tools.", "user: weather please", "assistant: Let me look.",
        'call: get_weather {"city":"City 0"}', 'call: get_weather {"city":"City 1"}',
        "result: call_mock0 = sun in City 0", "result: call_mock1 = sun in City 1", f"assistant: {ANSWER}",
        "user: recall"]


@BOTH
async def test_the_history_kept_by_the_gateway(agent, model):
    first = await agents.Runner.run(agent(model), "weather please", run_config=RUN)
    second = await agents.Runner.run(agent(model), "recall", run_config=RUN,
                                     previous_response_id=first.last_response_id)
    assert second.final_output.startswith("system: Use the tools. | user: weather please | ")
    assert second.final_output.endswith(f"assistant: {ANSWER} | user: recall")


@BOTH
async def test_hand_over_between_turns_of_one_run(agent, asked, model):
    """The run itself chains its turns, so that only the tools' results are sent."""
    result = await agents.Runner.run(agent(model), "weather please", run_config=RUN, auto_previous_response_id=True)
    assert result.final_output == ANSWER


async def test_reasoning_goes_along(agent):
    result = await agents.Runner.run(agent(TRANSLATED), "think of the weather please", run_config=RUN)
    assert result.final_output == ANSWER
    assert "thinking it over" in json.dumps([item.to_input_item() for item in result.new_items], default=str)
