#!/usr/bin/env python3
"""Takes the structure of the objects that the tests check out of OpenAI's published OpenAPI document.

    python extract.py path/to/openai-openapi.json > openai.json

Only names, types, required members, enumerations, unions and references are kept. A `oneOf` becomes an `anyOf`: without
the prose that tells them apart its members may overlap.
"""

import json
import sys

ROOTS = [
    "Response", "ResponseStreamEvent", "ResponseItemList", "CreateResponse", "OutputItem", "ItemResource",
    "CreateChatCompletionRequest", "CreateChatCompletionResponse", "CreateChatCompletionStreamResponse",
    "ConversationResource", "ConversationItemList", "DeletedConversationResource",
]
SCHEMAS = "#/components/schemas/"
KEPT = {"type", "required", "enum", "const"}
UNIONS = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}


def structure(schema):
    """The schema without prose, examples and limits."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": "#/$defs/" + schema["$ref"].removeprefix(SCHEMAS)}
    kept = {name: schema[name] for name in schema if name in KEPT}
    for name, kind in UNIONS.items():
        if name in schema:
            kept[kind] = [structure(member) for member in schema[name]]
    if schema.get("nullable") and "type" in kept:
        kept["type"] = [kept["type"], "null"]
        if "enum" in kept:
            kept["enum"] = kept["enum"] + [None]
    if "properties" in schema:
        kept["properties"] = {name: structure(member) for name, member in schema["properties"].items()}
    for name in ("items", "additionalProperties"):
        if name in schema:
            kept[name] = structure(schema[name])
    return kept


def referenced(schema):
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "$ref":
                yield value.removeprefix("#/$defs/")
            else:
                yield from referenced(value)
    elif isinstance(schema, list):
        for member in schema:
            yield from referenced(member)


def main():
    with open(sys.argv[1]) as source:
        schemas = json.load(source)["components"]["schemas"]
    found, waiting = {}, [name for name in ROOTS if name in schemas]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = structure(schemas[name])
            waiting += referenced(found[name])
    # One definition per line, so that changes can be read.
    lines = [f"{json.dumps(name)}:{json.dumps(found[name], separators=(',', ':'))}" for name in sorted(found)]
    print('{"$defs":{\n' + ",\n".join(lines) + "\n}}")


if __name__ == "__main__":
    main()
