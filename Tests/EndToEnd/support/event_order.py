"""A strict reader of responses streams: it accepts nothing but the legal order and adds up what it is told.

Stricter than either SDK: numbers and indices without gaps, one open part at a time, nothing said twice or differently,
and a final object that is exactly what the events before it said.
"""

TERMINAL = {"response.completed": "completed", "response.incomplete": "incomplete", "response.failed": "failed"}
# The text-like streams inside of items: the events' stem, the field of the whole text, and what counts the part.
PART_TEXTS = {"output_text": "text", "refusal": "refusal", "reasoning_text": "text"}
CALLS = {"function_call": ("function_call_arguments", "arguments"),
         "custom_tool_call": ("custom_tool_call_input", "input")}


class Item:
    def __init__(self, event):
        self.index, self.item = event["output_index"], event["item"]
        self.id, self.type = self.item["id"], self.item["type"]
        self.parts = []
        # The text of the open part or call so far; None: nothing is open.
        self.text = None
        self.text_done = False
        self.call_text = "" if self.type in CALLS else None
        self.call_done = False
        self.is_done = False
        self.summaries = []

    @property
    def is_call(self):
        return self.type in CALLS


class OrderChecker:
    """Feed events to `take`; at the end call `finish`."""

    def __init__(self, first_number=0, background=False):
        self.number = first_number
        self.background = background
        self.count = 0
        self.items = []
        self.id = None
        self.terminal = None
        self.error = None

    def take(self, event):
        try:
            self._take(event)
        except (AssertionError, KeyError, IndexError) as failure:
            raise AssertionError(f"event {self.number} {event.get('type')}: {failure!r}\n{event}") from failure

    def finish(self):
        """The final response object."""
        assert self.terminal, "no terminal event"
        return self.terminal["response"]

    # The stream as a whole

    def _take(self, event):
        assert not self.terminal, "an event behind the terminal one"
        assert event["sequence_number"] == self.number, f"sequence_number, expected {self.number}"
        self.number += 1
        kind = event["type"]
        if "response" in event:
            self._check_identity(event["response"])
        if self.count == 0:
            assert kind == "response.created", "the first event"
            assert event["response"]["status"] in ("queued", "in_progress") and event["response"]["output"] == []
        elif kind in ("response.queued", "response.in_progress"):
            assert not self.items, "a state behind items"
            assert event["response"]["status"] == kind.split(".")[1] and event["response"]["output"] == []
        elif kind in TERMINAL:
            self._end(event, TERMINAL[kind])
        elif kind == "error":
            self.error = event
        else:
            assert self.error is None, "content behind an error"
            self._content(kind, event)
        self.count += 1

    def _check_identity(self, response):
        self.id = self.id or response["id"]
        assert response["id"] == self.id and self.id.startswith("resp_"), "another id"
        assert response["object"] == "response"

    def _end(self, event, status):
        response = event["response"]
        assert response["status"] == status
        assert (response["error"] is not None) == (status == "failed"), "error"
        assert (response["incomplete_details"] is not None) == (status == "incomplete"), "incomplete_details"
        if status != "failed":
            assert all(item.is_done for item in self.items), "an item was left open"
            assert response["output"] == [item.item for item in self.items], "the output is not what was streamed"
        else:
            for item, final in zip(self.items, response["output"], strict=True):
                assert (final["id"], final["type"]) == (item.id, item.type)
                assert final["status"] == (item.item["status"] if item.is_done else "incomplete")
        self.terminal = event

    # Items

    def _content(self, kind, event):
        stem = kind.removeprefix("response.")
        if stem == "output_item.added":
            return self._added(event)
        item = self.items[event["output_index"]]
        assert not item.is_done, "the item is done"
        if stem == "output_item.done":
            return self._done(item, event["item"])
        assert event["item_id"] == item.id, "item_id"
        name, _, step = stem.rpartition(".")
        if name in ("content_part", "reasoning_summary_part"):
            self._part(item, name, step, event)
        elif name == "output_text.annotation":
            assert item.text is not None and event["annotation_index"] >= 0
        elif name == "reasoning_summary_text":
            assert event["summary_index"] == len(item.summaries) - 1, "summary_index"
            self._text(item, step, event, "text", item.summaries[-1]["type"] == "summary_text")
        elif name in PART_TEXTS:
            assert event["content_index"] == len(item.parts) - 1, "content_index"
            self._text(item, step, event, PART_TEXTS[name], item.parts[-1]["type"] == name)
        else:
            self._call(item, name, step, event)

    def _added(self, event):
        item = Item(event)
        assert item.index == len(self.items), "output_index"
        assert item.id and all(item.id != other.id for other in self.items), "the item's id"
        assert item.item["status"] == "in_progress"
        # Calls may interleave; everything else is closed when something else begins.
        assert all(other.is_done or other.is_call for other in self.items), "an item begins inside another"
        if item.is_call:
            assert item.item[CALLS[item.type][1]] == "" and item.item["call_id"] and item.item["name"]
        else:
            assert item.item["summary" if item.type == "reasoning" else "content"] == []
        self.items.append(item)

    def _part(self, item, name, step, event):
        if name == "content_part":
            parts, index = item.parts, event["content_index"]
        else:
            parts, index = item.summaries, event["summary_index"]
        part = event["part"]
        field = "refusal" if part["type"] == "refusal" else "text"
        if step == "added":
            assert item.text is None, "a part begins inside another"
            assert index == len(parts), "the part's index"
            assert part[field] == ""
            item.text, item.text_done = "", False
            parts.append(part)
        else:
            assert step == "done" and index == len(parts) - 1
            assert item.text_done, "the part ends before its text"
            assert part["type"] == parts[-1]["type"] and part[field] == item.text, "the part's text"
            parts[-1] = part
            item.text = None

    def _text(self, item, step, event, field, fits):
        assert fits, "the kind of the part"
        assert item.text is not None and not item.text_done, "no open part"
        if step == "delta":
            assert event["delta"] != "", "an empty delta"
            item.text += event["delta"]
        else:
            assert step == "done" and event[field] == item.text, "the whole text"
            item.text_done = True

    def _call(self, item, name, step, event):
        stem, field = CALLS[item.type]
        assert name == stem and not item.call_done
        if step == "delta":
            assert event["delta"] != "", "an empty delta"
            item.call_text += event["delta"]
        else:
            assert step == "done" and event[field] == item.call_text, field
            item.call_done = True

    def _done(self, item, final):
        assert (final["id"], final["type"]) == (item.id, item.type), "the item's identity"
        assert final["status"] in ("completed", "incomplete")
        if item.is_call:
            assert item.call_done and final[CALLS[item.type][1]] == item.call_text
            assert (final["call_id"], final["name"]) == (item.item["call_id"], item.item["name"])
        else:
            assert item.text is None, "a part was left open"
            assert (final.get("content") or []) == item.parts, "the item's content"
            if item.type == "reasoning":
                assert final["summary"] == item.summaries, "the item's summary"
        item.item, item.is_done = final, True
