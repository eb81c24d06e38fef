"""OpenAI's published schema of the objects that the tests check; `schemas/extract.py` made it."""

import functools
import json
from pathlib import Path

import jsonschema

PATH = Path(__file__).resolve().parent.parent / "schemas/openai.json"


@functools.cache
def _validator(name):
    document = json.loads(PATH.read_text())
    assert name in document["$defs"], name
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", **document})


@functools.cache
def _event_names():
    """The schema of each event by its type."""
    definitions = json.loads(PATH.read_text())["$defs"]
    members = [member["$ref"].rsplit("/", 1)[1] for member in definitions["ResponseStreamEvent"]["anyOf"]]
    return {definitions[name]["properties"]["type"]["enum"][0]: name for name in members
            if "properties" in definitions[name]}


def check(name, value):
    """Fails with the innermost reason when `value` is not what the schema calls `name`."""
    error = jsonschema.exceptions.best_match(_validator(name).iter_errors(value))
    assert error is None, f"not a {name}: {error.json_path}: {error.message[:600]}"


def check_event(event):
    """One event of a responses stream. By its own schema, since a failure in a union of sixty says little."""
    assert event["type"] in _event_names(), event
    check(_event_names()[event["type"]], event)


def check_response(value):
    check("Response", value)
    for item in value["output"]:
        check_output_item(item)


def check_output_item(item):
    kinds = {"message": "OutputMessage", "function_call": "FunctionToolCall", "reasoning": "ReasoningItem",
             "custom_tool_call": "CustomToolCall"}
    check(kinds[item["type"]], item)


def check_completion(value):
    check("CreateChatCompletionResponse", value)


def check_chunk(value):
    """Of a chat stream. The document forgets that `usage` is null in all but the last where it was asked for, and that
    calls may be of custom tools."""
    kept = {name: member for name, member in value.items() if (name, member) != ("usage", None)}
    calls = [call for choice in value["choices"] for call in choice["delta"].get("tool_calls", ())]
    if not any("custom" in call for call in calls):
        check("CreateChatCompletionStreamResponse", kept)
