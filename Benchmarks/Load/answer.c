#define _GNU_SOURCE
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "event.h"

static size_t smaller(size_t left, size_t right) { return left < right ? left : right; }

void answer_begin(struct answer *answer, bool is_stream) {
  answer->is_stream = is_stream;
  answer->closes = answer->saw_done = false;
  answer->part = ANSWER_HEAD;
  answer->left = 0;
  answer->digits = answer->events = answer->held_bytes = 0;
}

// MARK: events

/// One event, without its empty line.
static enum answer_state take_event(
    struct answer *answer, const char *bytes, size_t count, struct answer_news *news) {
  const char *mark = memmem(bytes, count, EVENT_MARK, sizeof EVENT_MARK - 1);
  if (mark == NULL) {
    if (memmem(bytes, count, "[DONE]", 6) != NULL) answer->saw_done = true;
    return ANSWER_RUNS;
  }
  const char *digits = mark + sizeof EVENT_MARK - 1;
  uint64_t time, number;
  if (digits + EVENT_TIME_DIGITS + EVENT_NUMBER_DIGITS > bytes + count ||
      !read_hexadecimal(digits, EVENT_TIME_DIGITS, &time) ||
      !read_hexadecimal(digits + EVENT_TIME_DIGITS, EVENT_NUMBER_DIGITS, &number)) {
    return ANSWER_BAD_FRAMING;
  }
  if (number != answer->events || answer->saw_done) return ANSWER_BAD_ORDER;
  answer->events++;
  if (news->events < ANSWER_TIMES_MAX) news->times[news->events] = time;
  news->events++;
  return ANSWER_RUNS;
}

/// Whole events of `bytes`; says how many bytes they are.
static enum answer_state take_events(
    struct answer *answer, const char *bytes, size_t count, struct answer_news *news, size_t *used) {
  enum answer_state state = ANSWER_RUNS;
  const char *from = bytes, *to = bytes + count, *end;
  while (state == ANSWER_RUNS && (end = memmem(from, (size_t)(to - from), "\n\n", 2)) != NULL) {
    state = take_event(answer, from, (size_t)(end - from), news);
    from = end + 2;
  }
  *used = (size_t)(from - bytes);
  return state;
}

static enum answer_state take_payload(
    struct answer *answer, const char *bytes, size_t count, struct answer_news *news) {
  if (!answer->is_stream) return ANSWER_RUNS;
  size_t used;
  while (answer->held_bytes > 0 && count > 0) {
    // The rest of the event that is held: a little at a time, until it is whole.
    size_t taken = smaller(count, smaller(ANSWER_HELD_MAX - answer->held_bytes, EVENT_BYTES));
    if (taken == 0) return ANSWER_BAD_FRAMING;
    memcpy(answer->held + answer->held_bytes, bytes, taken);
    answer->held_bytes += (uint32_t)taken;
    bytes += taken;
    count -= taken;
    enum answer_state state = take_events(answer, answer->held, answer->held_bytes, news, &used);
    if (state != ANSWER_RUNS) return state;
    answer->held_bytes -= (uint32_t)used;
    memmove(answer->held, answer->held + used, answer->held_bytes);
  }
  enum answer_state state = take_events(answer, bytes, count, news, &used);
  if (state != ANSWER_RUNS) return state;
  if (count - used > ANSWER_HELD_MAX) return ANSWER_BAD_FRAMING;
  if (count > used) {
    answer->held_bytes = (uint32_t)(count - used);
    memcpy(answer->held, bytes + used, count - used);
  }
  return ANSWER_RUNS;
}

// MARK: framing

static enum answer_state read_head(struct answer *answer, const char *end) {
  if (strncmp(answer->held, "HTTP/1.1 200", 12) != 0) return ANSWER_BAD_STATUS;
  const char *length = strcasestr(answer->held, "\r\ncontent-length:");
  const char *chunked = strcasestr(answer->held, "\r\ntransfer-encoding: chunked");
  const char *close = strcasestr(answer->held, "\r\nconnection: close");
  answer->closes = close != NULL && close < end;
  if (chunked != NULL && chunked < end) {
    answer->part = ANSWER_CHUNK_SIZE;
    answer->left = answer->digits = 0;
    return ANSWER_RUNS;
  }
  if (length == NULL || length > end) return ANSWER_BAD_FRAMING;
  answer->part = ANSWER_LENGTH;
  answer->left = strtoull(length + 17, NULL, 10);
  return answer->left == 0 ? ANSWER_COMPLETE : ANSWER_RUNS;
}

/// Gathers the head; says how many of the bytes belong to it.
static enum answer_state take_head(struct answer *answer, const char *bytes, size_t count, size_t *used) {
  uint32_t before = answer->held_bytes;
  size_t taken = smaller(count, ANSWER_HELD_MAX - 1 - before);
  memcpy(answer->held + before, bytes, taken);
  answer->held_bytes += (uint32_t)taken;
  answer->held[answer->held_bytes] = 0;
  *used = taken;
  const char *end = strstr(answer->held, "\r\n\r\n");
  if (end == NULL) return taken < count ? ANSWER_BAD_FRAMING : ANSWER_RUNS;
  *used = (size_t)(end + 4 - answer->held) - before;
  answer->held_bytes = 0;
  return read_head(answer, end);
}

/// One character of the framing between two pieces of payload.
static enum answer_state take_framing(struct answer *answer, char byte) {
  switch (answer->part) {
    case ANSWER_CHUNK_SIZE: {
      uint64_t digit;
      char lower = byte >= 'A' && byte <= 'F' ? (char)(byte | 32) : byte;
      if (byte == '\r') return ANSWER_RUNS;
      if (byte == '\n') {
        if (answer->digits == 0) return ANSWER_BAD_FRAMING;
        answer->part = answer->left == 0 ? ANSWER_TRAILER : ANSWER_CHUNK;
        answer->digits = 0;
        return ANSWER_RUNS;
      }
      if (!read_hexadecimal(&lower, 1, &digit) || ++answer->digits > 8) return ANSWER_BAD_FRAMING;
      answer->left = answer->left << 4 | digit;
      return ANSWER_RUNS;
    }
    case ANSWER_CHUNK_END:
      if (byte == '\n') answer->part = ANSWER_CHUNK_SIZE;
      return byte == '\n' || byte == '\r' ? ANSWER_RUNS : ANSWER_BAD_FRAMING;
    case ANSWER_TRAILER:
      if (byte == '\n' && answer->digits == 0) {
        return !answer->is_stream || (answer->saw_done && answer->held_bytes == 0) ? ANSWER_COMPLETE
                                                                                   : ANSWER_BAD_FRAMING;
      }
      if (byte != '\r') answer->digits = byte == '\n' ? 0 : answer->digits + 1;
      return ANSWER_RUNS;
    case ANSWER_HEAD:
    case ANSWER_LENGTH:
    case ANSWER_CHUNK: return ANSWER_BAD_FRAMING;
  }
  return ANSWER_BAD_FRAMING;
}

enum answer_state answer_take(struct answer *answer, const char *bytes, size_t count, struct answer_news *news) {
  enum answer_state state = ANSWER_RUNS;
  while (state == ANSWER_RUNS && count > 0) {
    size_t used = 1;
    if (answer->part == ANSWER_HEAD) {
      state = take_head(answer, bytes, count, &used);
    } else if (answer->part == ANSWER_LENGTH || answer->part == ANSWER_CHUNK) {
      used = smaller(count, answer->left);
      state = take_payload(answer, bytes, used, news);
      answer->left -= used;
      if (answer->left == 0 && state == ANSWER_RUNS) {
        if (answer->part == ANSWER_LENGTH) {
          state = ANSWER_COMPLETE;
        } else {
          answer->part = ANSWER_CHUNK_END;
        }
      }
    } else {
      state = take_framing(answer, *bytes);
    }
    bytes += used;
    count -= used;
  }
  return state == ANSWER_COMPLETE && count > 0 ? ANSWER_BAD_FRAMING : state;
}
