/// The tables, as the steps in which they came about. A step that was released is never changed; the number of steps
/// that a file has been through is its `user_version`.
enum Schema {
  /// Tells a store's file from other databases: "SLUI".
  static let applicationID = 0x534C_5549

  static let migrations = [
    """
    -- A response. `parent` is the row of the response that it goes on from, always one with a smaller key, so that
    -- there are no circles; NULL if there is none or it is not here. One that is deleted while others go on from it
    -- stays, `is_deleted`, until they are gone.
    CREATE TABLE responses (
      key INTEGER PRIMARY KEY, id TEXT NOT NULL, owner INTEGER NOT NULL, created INTEGER NOT NULL,
      expires INTEGER NOT NULL, status TEXT NOT NULL, model TEXT NOT NULL, upstream TEXT NOT NULL,
      is_native INTEGER NOT NULL, previous_id TEXT, parent INTEGER, conversation_id TEXT,
      is_background INTEGER NOT NULL, is_stream INTEGER NOT NULL, is_deleted INTEGER NOT NULL DEFAULT 0,
      object BLOB NOT NULL, UNIQUE (id, owner));
    CREATE INDEX responses_by_parent ON responses (parent) WHERE parent IS NOT NULL;
    CREATE INDEX responses_by_expiry ON responses (expires);
    CREATE INDEX responses_running ON responses (key) WHERE status IN ('queued', 'in_progress');

    -- `turn` is the id of the response that is being made in it; `expires` is `used`, the time of the last change, and
    -- `lifetime`.
    CREATE TABLE conversations (
      key INTEGER PRIMARY KEY, id TEXT NOT NULL, owner INTEGER NOT NULL, created INTEGER NOT NULL,
      expires INTEGER NOT NULL, lifetime INTEGER NOT NULL, used INTEGER NOT NULL, turn TEXT, metadata BLOB NOT NULL,
      UNIQUE (id, owner));
    CREATE INDEX conversations_by_use ON conversations (used);
    CREATE INDEX conversations_by_expiry ON conversations (expires);

    -- Items in the order of their keys: of a conversation, of a response's input, or, with their place in the response
    -- object as `output` instead of a copy as `json`, of its output.
    CREATE TABLE items (
      key INTEGER PRIMARY KEY, response INTEGER REFERENCES responses ON DELETE CASCADE,
      conversation INTEGER REFERENCES conversations ON DELETE CASCADE, id TEXT NOT NULL, output INTEGER, json BLOB);
    CREATE INDEX items_of_response ON items (response) WHERE response IS NOT NULL;
    CREATE INDEX items_of_conversation ON items (conversation) WHERE conversation IS NOT NULL;
    CREATE INDEX items_by_id ON items (id);

    -- The events of a background stream, in pieces, with the sequence numbers of the first and the last of each.
    CREATE TABLE events (
      response INTEGER NOT NULL REFERENCES responses ON DELETE CASCADE, first INTEGER NOT NULL, last INTEGER NOT NULL,
      bytes BLOB NOT NULL, PRIMARY KEY (response, first)) WITHOUT ROWID;
    """
  ]
}
