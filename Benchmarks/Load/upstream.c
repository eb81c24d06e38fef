#define _GNU_SOURCE
#include "upstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "event.h"
#include "loop.h"

enum {
  HEAD_MAX = 4096,
  /// The `user` member stands within this many bytes of the body.
  PEEK_MAX = 2048,
  ANSWER_MAX = 1 << 20,
  BATCH_MAX = 16,
  OUT_MAX = 512 + BATCH_MAX * EVENT_BYTES + sizeof EVENT_END,
};

/// A connection from the proxy.
struct peer {
  struct handler handler;
  struct timer timer;
  // The request: its head and the first bytes of its body, and how many bytes of it are still to come.
  char request[HEAD_MAX + PEEK_MAX];
  uint32_t received;
  uint64_t left;
  bool has_head;
  // The stream being played; `is_playing` from the request to the last write.
  bool is_playing;
  uint32_t stream, written, events, batch;
  uint64_t gap;
  /// Writes that are due.
  uint32_t owed;
  // What the socket would not take yet.
  const char *pending;
  size_t pending_left;
  char out[OUT_MAX];
  struct peer *next_free;
};

static struct handler listener;
static struct peer *peers, *free_peers;
/// By stream number.
static struct peer **playing;
static uint32_t peers_max;
/// Streams that wait for credit between their writes, and how many of them have it.
static uint32_t on_credit, on_credit_waiting;
static char scratch[256 << 10];
static char answer[ANSWER_MAX + 512];
static size_t answer_bytes, answer_body_bytes;

static void stop_playing(struct peer *peer) {
  if (!peer->is_playing) return;
  peer->is_playing = false;
  if (playing[peer->stream] == peer) playing[peer->stream] = NULL;
  if (peer->gap > 0) return;
  on_credit--;
  if (peer->owed > 0 && on_credit_waiting > 0) on_credit_waiting--;
}

static void hang_up(struct peer *peer) {
  timer_disarm(&peer->timer);
  stop_playing(peer);
  loop_close(&peer->handler);
  peer->next_free = free_peers;
  free_peers = peer;
}

/// False when the connection has been closed.
static bool send_bytes(struct peer *peer, const char *bytes, size_t count) {
  ssize_t sent = send(peer->handler.descriptor, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) {
    hang_up(peer);
    return false;
  }
  size_t taken = sent < 0 ? 0 : (size_t)sent;
  bool was_pending = peer->pending_left > 0;
  peer->pending = bytes + taken;
  peer->pending_left = count - taken;
  if ((peer->pending_left > 0) != was_pending) {
    loop_change(&peer->handler, peer->pending_left > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  return true;
}

static char *append(char *out, const char *bytes, size_t count) {
  memcpy(out, bytes, count);
  return out + count;
}

static char *append_event(char *out, uint64_t now, uint32_t number) {
  out = append(out, EVENT_HEAD, sizeof EVENT_HEAD - 1);
  write_hexadecimal(out, now, EVENT_TIME_DIGITS);
  write_hexadecimal(out + EVENT_TIME_DIGITS, number, EVENT_NUMBER_DIGITS);
  return append(out + EVENT_TIME_DIGITS + EVENT_NUMBER_DIGITS, EVENT_TAIL, sizeof EVENT_TAIL - 1);
}

/// Writes the next batch as one chunk; the response head goes with the first, the end of the body with the last.
static bool write_batch(struct peer *peer) {
  static const char head[] =
      "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  static const char size[] = "000000\r\n";
  char *out = peer->out;
  if (peer->written == 0) out = append(out, head, sizeof head - 1);
  char *chunk = out;
  out = append(out, size, sizeof size - 1);
  char *data = out;
  uint64_t now = clock_now();
  for (uint32_t count = 0; count < peer->batch && peer->written < peer->events; count++) {
    out = append_event(out, now, peer->written++);
  }
  bool is_last = peer->written == peer->events;
  if (is_last) out = append(out, EVENT_END, sizeof EVENT_END - 1);
  write_hexadecimal(chunk, (uint64_t)(out - data), sizeof size - 3);
  out = append(out, "\r\n", 2);
  if (is_last) {
    out = append(out, "0\r\n\r\n", 5);
    stop_playing(peer);
    timer_disarm(&peer->timer);
  }
  return send_bytes(peer, peer->out, (size_t)(out - peer->out));
}

/// Writes what is due, as far as the socket takes it.
static void play(struct peer *peer) {
  while (peer->is_playing && peer->owed > 0 && peer->pending_left == 0) {
    peer->owed--;
    if (!write_batch(peer)) return;
  }
}

static void timer_fired(struct timer *timer) {
  struct peer *peer = CONTAINER(timer, struct peer, timer);
  peer->owed++;
  timer_arm(timer, timer->deadline + peer->gap);
  play(peer);
}

void upstream_credit(uint32_t stream) {
  struct peer *peer = playing[stream];
  if (peer != NULL && peer->owed++ == 0) on_credit_waiting++;
  // A round begins when every stream has had its last one.
  if (on_credit_waiting == 0 || on_credit_waiting < on_credit) return;
  on_credit_waiting = 0;
  for (uint32_t next = 0; next < peers_max; next++) {
    if (playing[next] != NULL && playing[next]->gap == 0) play(playing[next]);
  }
}

static void send_answer(struct peer *peer, size_t body_bytes) {
  static const char start[] =
      "{\"id\":\"chatcmpl-bench0123456789abcdef\",\"object\":\"chat.completion\",\"created\":1760000000,"
      "\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"";
  static const char end[] =
      "\"},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":12,"
      "\"total_tokens\":21}}";
  size_t frame = sizeof start + sizeof end - 2;
  if (body_bytes < frame) body_bytes = frame;
  if (body_bytes > ANSWER_MAX) body_bytes = ANSWER_MAX;
  if (answer_body_bytes != body_bytes) {
    int head = snprintf(answer, 512,
        "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        body_bytes);
    char *out = append(answer + head, start, sizeof start - 1);
    memset(out, 'a', body_bytes - frame);
    out = append(out + body_bytes - frame, end, sizeof end - 1);
    answer_bytes = (size_t)(out - answer);
    answer_body_bytes = body_bytes;
  }
  send_bytes(peer, answer, answer_bytes);
}

/// The request is complete: does what it asks for.
static void serve(struct peer *peer) {
  peer->request[peer->received] = 0;
  const char *body = strstr(peer->request, "\r\n\r\n");
  const char *user = strstr(body, "\"user\":");
  user = user != NULL ? strchr(user + 7, '"') : NULL;
  peer->has_head = false;
  peer->received = 0;
  size_t bytes = 1024;
  unsigned stream, events, gap, batch;
  if (user == NULL || sscanf(user, "\"answer/%zu", &bytes) == 1) return send_answer(peer, bytes);
  if (sscanf(user, "\"stream/%u/%u/%u/%u", &stream, &events, &gap, &batch) != 4 || stream >= peers_max || events == 0) {
    fail("upstream: the request's `user` makes no sense");
  }
  peer->stream = stream;
  peer->events = events;
  peer->batch = batch < 1 ? 1 : batch > BATCH_MAX ? BATCH_MAX : batch;
  peer->gap = (uint64_t)gap * 1000;
  peer->written = 0;
  peer->owed = 1;
  peer->is_playing = true;
  playing[stream] = peer;
  if (gap == 0) on_credit++;
  if (gap > 0) timer_arm(&peer->timer, clock_now() + peer->gap);
  play(peer);
}

/// Reads the head's `Content-Length`. False while the head is incomplete.
static bool read_head(struct peer *peer) {
  peer->request[peer->received] = 0;
  const char *end = strstr(peer->request, "\r\n\r\n");
  if (end == NULL) {
    if (peer->received == sizeof peer->request - 1) fail("upstream: the request's head is too large");
    return false;
  }
  const char *length = strcasestr(peer->request, "\r\ncontent-length:");
  peer->left = length != NULL && length < end ? strtoull(length + 17, NULL, 10) : 0;
  peer->left += (uint64_t)(end + 4 - peer->request);
  return true;
}

/// Keeps the start of the request, counts the rest.
static void take(struct peer *peer, const char *bytes, size_t count) {
  size_t room = sizeof peer->request - 1 - peer->received;
  size_t kept = count < room ? count : room;
  memcpy(peer->request + peer->received, bytes, kept);
  peer->received += (uint32_t)kept;
  uint64_t arrived = count;
  if (!peer->has_head) {
    if (!read_head(peer)) return;
    peer->has_head = true;
    arrived += peer->received - kept;
  }
  // Some proxies try whether their upstream speaks HTTP/2.
  if (strncmp(peer->request, "PRI * HTTP/2.0", 14) == 0) return hang_up(peer);
  if (arrived > peer->left) fail("upstream: more bytes than the request announced");
  peer->left -= arrived;
  if (peer->left == 0) serve(peer);
}

static void peer_ready(struct handler *handler, uint32_t events) {
  struct peer *peer = CONTAINER(handler, struct peer, handler);
  if (events & EPOLLOUT && peer->pending_left > 0) {
    if (!send_bytes(peer, peer->pending, peer->pending_left)) return;
    play(peer);
    if (handler->descriptor < 0) return;
  }
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
  ssize_t count = recv(handler->descriptor, scratch, sizeof scratch, MSG_DONTWAIT);
  if (count > 0) return take(peer, scratch, (size_t)count);
  if (count == 0 || errno != EAGAIN) hang_up(peer);
}

static void accept_ready(struct handler *handler, uint32_t events) {
  (void)events;
  for (;;) {
    int descriptor = accept4(handler->descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    if (free_peers == NULL) fail("upstream: too many connections");
    struct peer *peer = free_peers;
    free_peers = peer->next_free;
    peer->handler = (struct handler){.descriptor = descriptor, .ready = peer_ready};
    peer->timer.fired = timer_fired;
    peer->received = 0;
    peer->has_head = peer->is_playing = false;
    peer->pending_left = 0;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (!loop_watch(&peer->handler, EPOLLIN)) fail("upstream: epoll_ctl: errno %d", errno);
  }
}

void upstream_open(uint16_t port, uint32_t connections) {
  peers_max = connections;
  peers = calloc(connections, sizeof *peers);
  playing = calloc(connections, sizeof *playing);
  if (peers == NULL || playing == NULL) fail("no memory for %u connections", connections);
  for (uint32_t index = connections; index > 0; index--) {
    peers[index - 1].next_free = free_peers;
    free_peers = &peers[index - 1];
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  listener.ready = accept_ready;
  setsockopt(listener.descriptor, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  if (bind(listener.descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(listener.descriptor, 4096) != 0 || !loop_watch(&listener, EPOLLIN)) {
    fail("upstream: cannot listen on port %u: errno %d", port, errno);
  }
}
