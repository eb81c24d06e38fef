"""Reading event streams in tests, independently of the programs under test."""

import json
import re


def split_events(body):
    """The blocks of a stream, each with its terminating blank line, any line end."""
    return re.findall(rb".*?(?:\r\n\r\n|\n\n|\r\r)|.+\Z", body, re.DOTALL)


def payloads(body):
    """The `data` of every event as text."""
    found = []
    for block in split_events(body):
        lines = re.split(rb"\r\n|\n|\r", block)
        data = [line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:")]
        if data:
            found.append(b"\n".join(data).decode())
    return found


def chunks(body):
    """The JSON objects of a stream, without `[DONE]`."""
    return [json.loads(data) for data in payloads(body) if data != "[DONE]"]


def text_of(body):
    """The content of the first choice of a chat stream."""
    pieces = [choice["delta"].get("content") or "" for chunk in chunks(body) if "choices" in chunk
              for choice in chunk["choices"] if choice["index"] == 0]
    return "".join(pieces)


def finish_reasons(body):
    return [choice["finish_reason"] for chunk in chunks(body) if "choices" in chunk for choice in chunk["choices"]
            if choice["finish_reason"]]
