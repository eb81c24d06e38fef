import Policy

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
      "keys", .list(.section(key), max: 100_000), .value("[]"),
      "Keys that clients must present. Each is an owner: what one started the others neither see nor stop."),
    ConfigOption(
      "upstreams", .list(.section(upstream), max: 256), .words("from the environment, else the demo"),
      "The servers that answer."),
    ConfigOption(
      "models", .list(.section(model), max: 16_384), .words("`*` to the only upstream"),
      "Which upstream answers for which model name."),
    ConfigOption("timeouts", .section(timeouts), .words("see there"), "Time limits of every request."),
    ConfigOption(
      "retry", .sectionOrName(retry, of: "retry_policies"), .words("see there"),
      "How failed upstream calls are tried again."),
    ConfigOption(
      "retry_policies", .sections(retry, max: 64), .value("{}"),
      "Retries under names of your own, to be named by any `retry`. What one leaves out has the default of `retry`'s "
        + "table."),
    ConfigOption(
      "retry_budget", .sectionOrOff(retryBudget), .words("see there"),
      "Bound on the retries that all requests together send one target, so that they never make an outage worse. Going "
        + "on to another target is no retry."),
    ConfigOption(
      "breaker", .sectionOrOff(breaker), .words("see there"),
      "When a target counts as broken and is left alone but for a probe now and then."),
    ConfigOption(
      "concurrency", .sectionOrOff(concurrency), .value("\"off\""),
      "How many requests run at once in the whole gateway; the others wait in line."),
    ConfigOption(
      "queue_comments", .bool, .value("false"),
      "Whether a stream that waits in line is told its position in comments; its 200 is then sent early."),
    ConfigOption("state", .section(state), .words("see there"), "Where stored responses and conversations are kept."),
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
    ConfigOption(
      "tls", .sectionOrOff(tls), .value("\"off\""), "The certificate for clients that speak TLS, which all must then."),
  ]

  /// The options of `listen.tls`.
  static let tls = [
    ConfigOption(
      "cert_file", .text, .required, "PEM file with the certificate, and after it those that lead to an authority."),
    ConfigOption("key_file", .text, .required, "PEM file with its private key, without a pass phrase."),
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
  static let upstream: [ConfigOption] = [
    ConfigOption("name", .text, .required, "Unique name; shows in `x-sluice-upstream`, logs and metrics."),
    ConfigOption(
      "kind", .choice(["http", "demo"]), .value("\"http\""),
      "`\"demo\"` is the built-in canned answer; it takes no option that says how a server is reached."),
    ConfigOption(
      "base_url", .text, .words("required for `http`"), "Where the API is, such as `https://api.openai.com/v1`."),
    ConfigOption("key", .secret, .words("none"), "Key to present to the upstream, better as `\"${NAME}\"`."),
    ConfigOption("key_file", .text, .words("none"), "File with the key; a trailing line end does not count."),
    ConfigOption(
      "keys", .list(.secret, max: keysMax), .words("none"),
      "Several keys in place of `key`: one that is out of quota or refused is put aside, and the next one is used."),
    ConfigOption("key_files", .list(.text, max: keysMax), .words("none"), "Files with such keys, one key each."),
    ConfigOption(
      "auth", .choice(["key", "passthrough", "none"]),
      .words("`\"key\"` with a key, else `\"passthrough\"` without client `keys`, else `\"none\"`"),
      "What the upstream gets as `Authorization`: its key, the client's own, or nothing."),
    ConfigOption(
      "apis", .list(.choice(UpstreamAPI.allCases.map(\.rawValue)), max: UpstreamAPI.allCases.count),
      .words("found out with the first request"),
      "Which APIs the upstream has. A request in another one is translated to one that it has."),
    ConfigOption(
      "chat", .section(chat), .words("see there"),
      "What its chat completions understand, for requests that are translated to them."),
    ConfigOption(
      "headers", .texts(max: 32), .value("{}"), "Further header fields of every request to this upstream."),
    ConfigOption("timeouts", .section(timeouts), .words("`timeouts`"), "Overrides of the general time limits."),
    ConfigOption(
      "retry", .sectionOrName(retry, of: "retry_policies"), .words("`retry`"),
      "Overrides of the general retries, or one of `retry_policies` instead."),
    ConfigOption(
      "breaker", .sectionOrOff(breaker), .words("`breaker`"), "Overrides of the general `breaker` for its targets."),
    ConfigOption(
      "concurrency", .sectionOrOff(concurrency), .value("\"off\""), "How many requests run at once at this upstream."),
    ConfigOption(
      "health_check", .sectionOrOff(healthCheck), .value("\"off\""),
      "Asks the upstream now and then whether it is well: two bad answers in a row keep requests away from its targets "
        + "as the breaker does, a good one lets them back."),
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
    ConfigOption(
      "targets", .list(.section(target), max: 32), .words("`upstream` and `model`"),
      "Several places that can answer, in place of `upstream` and `model`. Whichever fails, the next one is asked."),
    ConfigOption(
      "strategy", .choice(RouteStrategy.allCases.map(\.rawValue)), .value("\"priority\""),
      "Which of the targets of one priority comes first: the first one given; one drawn by weight; the one with the "
        + "fewest running requests for its weight; the one that lately sent its first event soonest."),
    ConfigOption(
      "fallbacks", .list(.text, max: fallbacksMax), .value("[]"),
      "Models that answer when every target has failed, in order. A `*` stands for what the wildcard of `name` "
        + "matched. A fallback's own fallbacks do not count."),
    ConfigOption(
      "context_fallbacks", .list(.text, max: fallbacksMax), .value("[]"),
      "Models that are asked when the request is too long for this one's context."),
    ConfigOption(
      "content_filter_fallbacks", .list(.text, max: fallbacksMax), .value("[]"),
      "Models that are asked when a content filter has refused the request."),
    ConfigOption(
      "recovery", .choice(RecoveryMode.allCases.map(\.rawValue)), .value("\"off\""),
      "`\"resume\"` asks again for a stream that broke half-way and goes on where it stopped."),
    ConfigOption(
      "malformed_events", .choice(MalformedEventPolicy.allCases.map(\.rawValue)),
      .words("`\"relay\"`; `\"fail\"` with `recovery`"),
      "What to do with an event that is not what it should be: count the stream as broken, leave the event out, or "
        + "pass it on."),
    ConfigOption(
      "stream_upstream", .bool, .value("false"),
      "Ask the upstream for a stream where the client wants one piece: a stop then keeps the partial text, and silence "
        + "is noticed."),
    ConfigOption(
      "blocking_keep_alive", .durationOrOff(.seconds(1) ... .seconds(3600)), .value("\"off\""),
      "Silence on a call in one piece before white space keeps the connection open. An error after that comes under "
        + "the status 200."),
    ConfigOption("timeouts", .section(timeouts), .words("the upstream's"), "Overrides of the upstream's time limits."),
    ConfigOption(
      "retry", .sectionOrName(retry, of: "retry_policies"), .words("the upstream's"),
      "Overrides of the upstream's retries, or one of `retry_policies` instead."),
    ConfigOption(
      "concurrency", .sectionOrOff(concurrency), .value("\"off\""),
      "How many requests for it run at once, all names of a wildcard together."),
  ]

  /// The options of an element of `targets` of a model.
  static let target = [
    ConfigOption("upstream", .text, .words("the only one"), "Name of the upstream that answers."),
    ConfigOption("model", .text, .words("as asked"), "The upstream's name for the model, as in `models[].model`."),
    ConfigOption(
      "priority", .integer(0...100), .value("0"), "Lower ones come first; others only when all of those have failed."),
    ConfigOption(
      "weight", .integer(1...1000), .value("1"),
      "Its share among targets of its priority, for `\"weighted\"` and `\"least_in_flight\"`."),
    ConfigOption(
      "prefill", .bool, .value("false"),
      "Whether the upstream continues an assistant message at the end of a request, so that `recovery` can go on from "
        + "partial text."),
    ConfigOption(
      "timeouts", .section(timeouts.filter { $0.name != "total" }), .words("the model's"),
      "Overrides of the model's time limits, but for `total`, which is one for all targets."),
    ConfigOption(
      "retry", .sectionOrName(retry, of: "retry_policies"), .words("the model's"),
      "Overrides of the model's retries, or one of `retry_policies` instead."),
  ]

  /// The options of `chat` of an upstream.
  static let chat = [
    ConfigOption(
      "max_tokens", .choice(ChatCapabilities.MaxTokensField.allCases.map(\.rawValue)), .words("`\"max_tokens\"`"),
      "How it spells the limit of output tokens."),
    ConfigOption(
      "developer_role", .bool, .words("`false`"), "Whether it knows the role `developer`; else `system` is sent."),
    ConfigOption(
      "custom_tools", .bool, .words("`false`"),
      "Whether it knows custom tools; else they are sent as functions with one parameter."),
    ConfigOption(
      "allowed_tools", .bool, .words("`false`"),
      "Whether `tool_choice` may list allowed tools; else the others are left out."),
    ConfigOption(
      "tool_parts", .bool, .words("`false`"),
      "Whether tool messages may hold images and files; else these follow in a user message."),
    ConfigOption(
      "refusals", .bool, .words("`false`"), "Whether an assistant's refusal has a field of its own; else it is text."),
    ConfigOption(
      "reasoning", .bool, .words("`true`"),
      "Whether the reasoning behind tool calls is sent back as `reasoning_content`."),
    ConfigOption("stream_options", .bool, .words("`true`"), "Whether it knows `stream_options`; usage depends on it."),
    ConfigOption(
      "openai_fields", .bool, .words("`false`"),
      "Whether it knows `verbosity`, `prompt_cache_*` and `safety_identifier`; else they are left out."),
    ConfigOption(
      "call_ids", .choice(ChatCapabilities.CallIDForm.allCases.map(\.rawValue)), .words("`\"any\"`"),
      "Which ids of tool calls it takes: any of up to 40 characters, or nine letters and digits as Mistral's."),
  ]

  /// Most models in a list of fallbacks: each may cost a caller a failed attempt.
  static let fallbacksMax = 16
  /// Most keys of an upstream.
  static let keysMax = 64

  /// The options of `limits`.
  static let limits = [
    ConfigOption(
      "body", .size(1024...1 << 30), .value("\"32MiB\""), "Largest request body, decompressed; 413 beyond."),
    ConfigOption("head", .size(1024...1 << 20), .value("\"32KiB\""), "Largest request head; 431 beyond."),
    ConfigOption("headers", .integer(8...1000), .value("100"), "Most header fields of a request; 431 beyond."),
    ConfigOption(
      "connections", .integer(1...1_000_000), .value("16384"),
      "Most client connections at once; 503 beyond. Never more than three quarters of the process's descriptors."),
    ConfigOption(
      "connections_per_address", .integerOrOff(1...1_000_000), .words("`4096`; `\"off\"` on a loopback address"),
      "Most of them from one client address (IPv6: from one /64 network); 503 beyond."),
    ConfigOption(
      "idle_connections", .integer(1...1_000_000), .value("12288"),
      "Most of them that wait for a request; beyond, the one that has waited longest is closed."),
  ]

  /// The options of `state`.
  static let state = [
    ConfigOption(
      "path", .text, .value("\":memory:\""),
      "SQLite file, made when it is missing. `\":memory:\"` keeps everything in memory; a restart forgets it."),
    ConfigOption(
      "retention", .duration(.seconds(60) ... .seconds(10 * 365 * 86_400)), .value("\"720h\""),
      "How long a response can be asked for after it was made."),
    ConfigOption(
      "max_size", .size(1 << 20...1 << 40), .value("\"256MiB\""),
      "Size above which the oldest responses go before their time."),
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
