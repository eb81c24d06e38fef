/// Every option there is: the one place that names them.
///
/// Checking, suggestions for misspelt names, `config/schema.json` and the tables of `docs/configuration.md` all follow
/// from it; tests hold the last two and the defaults of the structures against it.
package enum OptionTable {
  /// The whole file.
  package static let root = OptionType.section([
    ConfigOption("$schema", .text, .words("none"), "Where an editor finds the schema of this file; otherwise ignored."),
    ConfigOption("listen", .section(listen), .words("see there"), "Where and how the gateway listens."),
    ConfigOption(
      "base_paths", .list(.text, max: 16), .value("[]"),
      "Path prefixes that stand for `/v1`, for clients that expect the API below one, such as `/some/prefix`."),
    ConfigOption(
      "keys", .list(.section(key), max: 10_000), .value("[]"),
      "Keys that clients must present. Each is an owner: what one started the others neither see nor stop."),
    ConfigOption(
      "upstreams", .list(.section(upstream), max: 256), .words("from the environment, else the demo"),
      "The servers that answer."),
    ConfigOption(
      "models", .list(.section(model), max: 4096), .words("`*` to the only upstream"),
      "Which upstream answers for which model name."),
    ConfigOption("timeouts", .section(timeouts), .words("see there"), "Time limits of every request."),
    ConfigOption("retry", .section(retry), .words("see there"), "How failed upstream calls are tried again."),
    ConfigOption("limits", .section(limits), .words("see there"), "Bounds on what clients may send."),
    ConfigOption("cors", .section(cors), .words("see there"), "Which web pages may call the gateway."),
    ConfigOption("client", .section(client), .words("see there"), "How long the gateway waits for its clients."),
    ConfigOption(
      "keep_alive", .durationOrOff(.seconds(1) ... .seconds(3600)), .value("\"15s\""),
      "Longest silence on a stream before a comment keeps the connection open; `\"off\"` sends none."),
    ConfigOption(
      "drain", .duration(.zero ... .seconds(3600)), .value("\"30s\""),
      "How long running requests may go on after SIGTERM."),
    ConfigOption("log", .section(log), .words("see there"), "What the log looks like."),
    ConfigOption(
      "compression", .bool, .value("true"),
      "Whether non-streamed bodies over 1 KiB go out gzip-compressed to clients that accept it."),
  ])

  /// The options of `listen`.
  static let listen = [
    ConfigOption(
      "host", .text, .value("\"127.0.0.1\""),
      "Address or name to listen on. One that other machines can reach needs `keys` or `insecure`."),
    ConfigOption("port", .integer(0...65535), .value("8080"), "TCP port; 0 takes a free one and prints it."),
    ConfigOption("insecure", .bool, .value("false"), "Let everybody in on a reachable address without `keys`."),
    ConfigOption("loops", .integer(0...256), .value("0"), "Event loops; 0 is one per core."),
    ConfigOption(
      "allowed_hosts", .list(.text, max: 64), .value("[]"),
      "Names besides `localhost` that the `Host` of a request may have while listening on a loopback address."),
  ]

  /// The options of an element of `keys`; one of `key`, `key_file`, `sha256` must be there.
  static let key = [
    ConfigOption("name", .text, .required, "The owner's name, for logs and listings."),
    ConfigOption("key", .secret, .words("none"), "The key itself, better as `\"${NAME}\"`."),
    ConfigOption("key_file", .text, .words("none"), "File with the key; a trailing line end does not count."),
    ConfigOption("sha256", .secret, .words("none"), "SHA-256 of the key, 64 hexadecimal digits."),
    ConfigOption("admin", .bool, .value("false"), "Whether the owner sees and may stop everyone's requests."),
  ]

  /// The options of an element of `upstreams`.
  static let upstream = [
    ConfigOption("name", .text, .required, "Unique name; shows in `x-sluice-upstream`, logs and metrics."),
    ConfigOption(
      "kind", .choice(["http", "demo"]), .value("\"http\""),
      "`\"demo\"` is the built-in canned answer and takes no option but `name`, `timeouts` and `retry`."),
    ConfigOption(
      "base_url", .text, .words("required for `http`"), "Where the API is, such as `https://api.openai.com/v1`."),
    ConfigOption("key", .secret, .words("none"), "Key to present to the upstream, better as `\"${NAME}\"`."),
    ConfigOption("key_file", .text, .words("none"), "File with the key; a trailing line end does not count."),
    ConfigOption(
      "auth", .choice(["key", "passthrough", "none"]),
      .words("`\"key\"` with a key, else `\"passthrough\"` without client `keys`, else `\"none\"`"),
      "What the upstream gets as `Authorization`: its key, the client's own, or nothing."),
    ConfigOption(
      "headers", .texts(max: 32), .value("{}"), "Further header fields of every request to this upstream."),
    ConfigOption("timeouts", .section(timeouts), .words("`timeouts`"), "Overrides of the general time limits."),
    ConfigOption("retry", .section(retry), .words("`retry`"), "Overrides of the general retries."),
    ConfigOption(
      "http", .choice(["auto", "1.1", "2"]), .value("\"auto\""),
      "HTTP version: negotiated over TLS, 1.1 only, or 2 (with prior knowledge over plain `http`)."),
    ConfigOption(
      "ca_file", .text, .words("the system's"), "PEM file with the certificate authorities to trust."),
    ConfigOption("verify_tls", .bool, .value("true"), "Whether the upstream's certificate is checked."),
    ConfigOption(
      "proxy", .textOrEmpty, .words("from the environment"), "URL of a proxy; `\"\"` goes without one in any case."),
  ]

  /// The options of an element of `models`.
  static let model = [
    ConfigOption(
      "name", .text, .required,
      "The name that clients ask for: exact, or with one `*` at its start or end, or `*`. Exact names win, then the "
        + "longest wildcard."),
    ConfigOption("upstream", .text, .words("the only one"), "Name of the upstream that answers."),
    ConfigOption(
      "model", .text, .words("as asked"),
      "The upstream's name for it. A `*` stands for what the wildcard of `name` matched."),
    ConfigOption("timeouts", .section(timeouts), .words("the upstream's"), "Overrides of the upstream's time limits."),
    ConfigOption("retry", .section(retry), .words("the upstream's"), "Overrides of the upstream's retries."),
  ]

  /// The options of `timeouts`, anywhere.
  static let timeouts = [
    ConfigOption(
      "connect", .duration(.milliseconds(1) ... .seconds(600)), .value("\"10s\""),
      "Until the connection to the upstream stands, TLS included; per attempt."),
    ConfigOption(
      "first_event", .duration(.milliseconds(1) ... .seconds(86_400)), .value("\"120s\""),
      "Until the first event of a stream; per attempt. A blocking answer is limited by `total` alone."),
    ConfigOption(
      "idle", .duration(.milliseconds(1) ... .seconds(86_400)), .value("\"120s\""),
      "Longest silence between two events of a stream; comments do not count."),
    ConfigOption(
      "total", .duration(.milliseconds(1) ... .seconds(86_400)), .value("\"600s\""),
      "All attempts and waits together: up to the first event of a stream, or the whole of another answer."),
  ]

  /// The options of `retry`, anywhere.
  static let retry = [
    ConfigOption("attempts", .integer(1...10), .value("3"), "Attempts in all, the first one included."),
    ConfigOption("initial", .duration(.zero ... .seconds(60)), .value("\"500ms\""), "Wait before the first retry."),
    ConfigOption("factor", .number(1...10), .value("2"), "Growth of the wait from one retry to the next."),
    ConfigOption("max", .duration(.zero ... .seconds(600)), .value("\"8s\""), "Longest wait."),
    ConfigOption("jitter", .number(0...1), .value("0.25"), "Share of a wait that chance may take away."),
    ConfigOption(
      "retry_after_max", .duration(.zero ... .seconds(3600)), .value("\"60s\""),
      "Longest wait that an upstream may ask for with `Retry-After`; beyond it there is no retry."),
    ConfigOption(
      "statuses", .list(.integer(400...599), max: 64), .value("[408, 409, 425, 429, 500, 502, 503, 504, 529]"),
      "Upstream statuses that are tried again; never 400, 401, 403, 404, 413 and 422."),
  ]

  /// The options of `limits`.
  static let limits = [
    ConfigOption(
      "body", .size(1024...1 << 30), .value("\"32MiB\""), "Largest request body, decompressed; 413 beyond."),
    ConfigOption("head", .size(1024...1 << 20), .value("\"32KiB\""), "Largest request head; 431 beyond."),
    ConfigOption("headers", .integer(8...1000), .value("100"), "Most header fields of a request; 431 beyond."),
    ConfigOption(
      "connections", .integer(1...1_000_000), .value("16384"), "Most client connections at once, per process."),
  ]

  /// The options of `cors`.
  static let cors = [
    ConfigOption(
      "origins", .list(.text, max: 64), .value("[]"),
      "Origins such as `https://app.example` whose pages may call the gateway. `\"*\"`, alone, lets every page of "
        + "every site in."),
    ConfigOption(
      "max_age", .duration(.zero ... .seconds(86_400)), .value("\"10m\""),
      "How long a browser may remember the answer to a preflight."),
  ]

  /// The options of `client`.
  static let client = [
    ConfigOption(
      "header_timeout", .duration(.milliseconds(1) ... .seconds(3600)), .value("\"10s\""),
      "From the first byte of a request to the end of its head; 408 beyond."),
    ConfigOption(
      "body_timeout", .duration(.milliseconds(1) ... .seconds(3600)), .value("\"30s\""),
      "Longest pause while a request body arrives; 408 beyond."),
    ConfigOption(
      "idle_timeout", .duration(.milliseconds(1) ... .seconds(3600)), .value("\"75s\""),
      "How long a connection without a request stays open."),
    ConfigOption(
      "half_close", .choice(["cancel", "serve"]), .value("\"cancel\""),
      "What it means that a client closes only its sending side: it has left, or it still reads."),
  ]

  /// The options of `log`.
  static let log = [
    ConfigOption("format", .choice(["json", "text"]), .value("\"json\""), "One JSON object per line, or plain text."),
    ConfigOption("access", .bool, .value("true"), "Whether each request leaves a line at its end."),
  ]
}
