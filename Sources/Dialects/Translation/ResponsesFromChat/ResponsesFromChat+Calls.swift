import Wire

/// Tool calls.
extension ResponsesFromChat {
  mutating func takeCalls(_ list: Range<Int>, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    var cursor = JSONCursor(list, in: bytes)
    while let call = cursor.nextElement(in: bytes) {
      guard call.kind == .object else { continue }
      take(CallFragment(call.range, in: bytes), in: bytes, into: &out)
    }
  }

  /// Takes a piece of a call; pieces of one that has ended repeat what is known.
  mutating func take(_ fragment: CallFragment, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    guard let place = place(of: fragment, in: bytes), calls[place].status == .inProgress else { return }
    calls[place].learn(fragment, in: bytes)
    if let text = fragment.text { add(text, to: place, in: bytes, into: &out) }
    // The id may follow the name, but not behind the first arguments.
    if calls[place].announced == nil, !calls[place].name.isEmpty,
      isMute || !calls[place].upstreamID.isEmpty || !calls[place].arguments.isEmpty
    {
      // Nor does it follow behind another call.
      for earlier in calls[..<place].indices where calls[earlier].announced == nil && !calls[earlier].name.isEmpty {
        announce(earlier, into: &out)
      }
      announce(place, into: &out)
    }
  }

  private mutating func add(_ text: JSONValue, to place: Int, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    let piece: Range<Int>
    switch text.kind {
    case .string:
      guard !text.contents.isEmpty, !repeats(text, place, in: bytes) else { return }
      piece = calls[place].arguments.append(text, in: bytes)
    case .object:
      // Meant as text, which it is made into.
      piece = calls[place].arguments.append(plain: JSONString.plain(text.range, in: bytes))
    case .array, .number, .true, .false, .null: return
    }
    heldBytes += text.range.count
    emitArguments(place, piece, into: &out)
  }

  /// Whether a piece is all that came so far once more, which some servers say at the end.
  private mutating func repeats(_ text: JSONValue, _ place: Int, in bytes: Span<UInt8>) -> Bool {
    text.contents.count == calls[place].arguments.bytes.count
      && bytes.starts(with: calls[place].arguments.bytes, at: text.contents.lowerBound)
      && calls[place].hasWholeArguments()
  }

  /// Which call a fragment belongs to: by its index, else by its id, else to the last one. A new id or name begins a
  /// new call where there is no index, and where the index is one whose call is another (servers that number every
  /// call 0).
  private mutating func place(of fragment: CallFragment, in bytes: Span<UInt8>) -> Int? {
    if !isMute, let known = knownPlace(of: fragment, in: bytes) { return known }
    guard calls.count < Self.callsMax else { return nil }
    calls.append(AnswerCall(index: fragment.index))
    heldBytes += Self.itemBytes
    return calls.count - 1
  }

  private mutating func knownPlace(of fragment: CallFragment, in bytes: Span<UInt8>) -> Int? {
    if let index = fragment.index {
      guard let known = calls.lastIndex(where: { $0.index == index }) else { return nil }
      guard let id = fragment.id, !calls[known].upstreamID.isEmpty, !calls[known].hasID(id, in: bytes) else {
        return known
      }
      let isWhole = calls[known].hasWholeArguments()
      let call = calls[known]
      let isAnother = fragment.isAnother(
        than: call.name, hasArguments: !call.arguments.isEmpty, isWhole: isWhole, in: bytes)
      return isAnother ? nil : known
    }
    guard let last = calls.indices.last else { return nil }
    if let id = fragment.id {
      if let same = calls.lastIndex(where: { $0.hasID(id, in: bytes) }) { return same }
      return calls[last].upstreamID.isEmpty && calls[last].announced == nil ? last : nil
    }
    guard fragment.name != nil, !calls[last].name.isEmpty else { return last }
    return calls[last].hasWholeArguments() ? nil : last
  }

  // MARK: - Beginning and ending

  /// Tells the client of a call, as soon as there is enough to tell.
  private mutating func announce(_ place: Int, into out: inout [UInt8]) {
    endText(as: .completed, into: &out)
    endWholeCalls(into: &out)
    let (id, name) = (calls[place].upstreamID, calls[place].name)
    let isFresh = !calls.contains { $0.announced?.callID == id }
    let tool = tools.tool(chatName: JSONString.decode(0..<name.count, in: name.span))
    calls[place].announce(outputIndex: output.count, isFresh: isFresh, tool: tool, ids: ids)
    output.append(.call(place))
    emitItem("response.output_item.added", output.count - 1, into: &out)
    emitArguments(place, calls[place].arguments.given, into: &out)
  }

  /// Sends a piece of a call's text on, unless the client does not know the call, or gets the text as a whole.
  private mutating func emitArguments(_ place: Int, _ piece: Range<Int>, into out: inout [UInt8]) {
    guard let announced = calls[place].announced, !calls[place].wrapsInput else { return }
    emitDelta(
      Self.deltaHead(isCustom: announced.isCustom), announced.deltaMiddle, calls[place].arguments.bytes[piece],
      "\"}\n\n", into: &out)
  }

  private static func deltaHead(isCustom: Bool) -> String {
    isCustom
      ? "event: response.custom_tool_call_input.delta\ndata: "
        + "{\"type\":\"response.custom_tool_call_input.delta\",\"sequence_number\":"
      : "event: response.function_call_arguments.delta\ndata: "
        + "{\"type\":\"response.function_call_arguments.delta\",\"sequence_number\":"
  }

  /// Ends the calls that nothing can follow in: clients may go about them while the rest comes.
  mutating func endWholeCalls(into out: inout [UInt8]) {
    for place in calls.indices
    where calls[place].status == .inProgress && calls[place].announced != nil && calls[place].hasWholeArguments() {
      endCall(place, as: .completed, into: &out)
    }
  }

  /// Ends all calls, those first that the client has known the longest.
  ///
  /// - Parameter announcing: whether calls are told of now of which only the name came. Without one it is no call.
  mutating func endCalls(as status: AnswerStatus, announcing: Bool, into out: inout [UInt8]) {
    if announcing {
      for place in calls.indices where calls[place].announced == nil && !calls[place].name.isEmpty {
        announce(place, into: &out)
      }
    }
    for entry in output {
      if case .call(let place) = entry, calls[place].status == .inProgress { endCall(place, as: status, into: &out) }
    }
  }

  private mutating func endCall(_ place: Int, as status: AnswerStatus, into out: inout [UInt8]) {
    guard let announced = calls[place].announced else { return }
    emitArguments(place, calls[place].arguments.finish(), into: &out)
    calls[place].status = status
    let text = calls[place].wholeText
    if calls[place].wrapsInput {
      emitDelta(
        Self.deltaHead(isCustom: true), announced.deltaMiddle, text[...], "\"}\n\n", into: &out)
    }
    emit(
      announced.isCustom ? "response.custom_tool_call_input.done" : "response.function_call_arguments.done", into: &out
    ) { event in
      event.member("item_id", announced.id)
      event.member("output_index", announced.outputIndex)
      if !announced.isCustom {
        event.key("name")
        event.escapedString(announced.name)
      }
      event.key(announced.isCustom ? "input" : "arguments")
      event.escapedString(text)
    }
    emitItem("response.output_item.done", announced.outputIndex, into: &out)
  }
}
