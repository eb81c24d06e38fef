#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "answer.h"
#include "loop.h"
#include "upstream.h"

enum { REQUEST_MAX = 1024, WAITING_MAX = 1 << 16 };

struct client {
  struct handler handler;
  struct timer pause;
  uint32_t number;
  bool is_busy, has_first;
  /// When the request was due, or sent.
  uint64_t since;
  size_t sent;
  struct answer answer;
};

struct client_results client_results;
bool client_measures;

static struct client_options options;
static struct client *clients;
static uint32_t busy, streaming, failed_in_a_row;
static uint64_t asked;
static bool is_finishing;
// Open loop: connections without work, arrivals without a connection.
static uint32_t *idle, idle_count;
static uint64_t waiting[WAITING_MAX];
static uint32_t waiting_from, waiting_to;
static struct timer arrival;
static double arrival_due;
// Every client sends the same bytes, but for numbers at fixed places: the stream's, the model's and the key's.
static char *request;
static size_t request_bytes, number_at, model_at, key_at;
static char scratch[256 << 10];

static void advance(struct client *client);

// MARK: requests

/// Where the seven digits stand that follow `before`; 0 = nowhere.
static size_t place_behind(const char *before) {
  const char *found = strstr(request, before);
  return found != NULL ? (size_t)(found - request) + strlen(before) : 0;
}

static void put_number(size_t place, uint32_t number) {
  char digits[8];
  snprintf(digits, sizeof digits, "%07u", number % 10000000);
  memcpy(request + place, digits, 7);
}

static void build_request(void) {
  char user[64], body_start[256], head[REQUEST_MAX];
  const char *model = options.models > 0 ? "m/0000000/chat" : "bench";
  const char *key = options.keys > 0 ? "sk-bench-0000000" : "sk-bench";
  if (options.mode == MODE_BLOCKING) {
    snprintf(user, sizeof user, "answer/%u", options.answer_bytes);
  } else {
    snprintf(user, sizeof user, "stream/0000000/%u/%u/%u", options.events, options.gap, options.batch);
  }
  static const char body_end[] = "\"}]}";
  int start = snprintf(body_start, sizeof body_start,
      "{\"model\":\"%s\",\"user\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"", model,
      user, options.mode == MODE_STREAM ? "true" : "false");
  size_t body = (size_t)start + options.prompt_bytes + sizeof body_end - 1;
  int length = snprintf(head, sizeof head,
      "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: application/json\r\n"
      "Content-Type: application/json\r\nUser-Agent: OpenAI/Python 2.0.0\r\nAuthorization: Bearer %s\r\n"
      "Content-Length: %zu\r\n\r\n", options.port, key, body);
  request_bytes = (size_t)length + body;
  request = malloc(request_bytes + 1);
  if (request == NULL) fail("no memory for the request");
  memcpy(request, head, (size_t)length);
  memcpy(request + length, body_start, (size_t)start);
  // Prose with an escape now and then, as prompts are.
  static const char prose[] = "The quick brown fox jumps over the lazy dog.\\n";
  for (uint32_t index = 0; index < options.prompt_bytes; index++) {
    bool is_whole = index - index % (sizeof prose - 1) + sizeof prose - 1 <= options.prompt_bytes;
    request[(size_t)length + (size_t)start + index] = is_whole ? prose[index % (sizeof prose - 1)] : '.';
  }
  memcpy(request + request_bytes - (sizeof body_end - 1), body_end, sizeof body_end);
  request[request_bytes] = 0;
  number_at = options.mode == MODE_STREAM ? place_behind("\"stream/") : 0;
  model_at = options.models > 0 ? place_behind("\"m/") : 0;
  key_at = options.keys > 0 ? place_behind("sk-bench-") : 0;
}

static void send_more(struct client *client) {
  bool was_blocked = client->sent > 0;
  while (client->sent < request_bytes) {
    ssize_t count = send(client->handler.descriptor, request + client->sent, request_bytes - client->sent,
        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) break;  // A dead connection shows when it is read.
    client->sent += (size_t)count;
  }
  bool is_blocked = client->sent < request_bytes;
  if (is_blocked || was_blocked) loop_change(&client->handler, is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void ask(struct client *client, uint64_t due) {
  if (options.requests > 0 && asked == options.requests) return;
  asked++;
  client->is_busy = true;
  busy++;
  client->has_first = false;
  client->since = due;
  client->sent = 0;
  answer_begin(&client->answer, options.mode == MODE_STREAM);
  if (number_at > 0) put_number(number_at, client->number);
  if (model_at > 0) put_number(model_at, (uint32_t)(drand48() * options.models));
  if (key_at > 0) put_number(key_at, (uint32_t)(drand48() * options.keys));
  send_more(client);
}

// MARK: connections

static void client_ready(struct handler *handler, uint32_t events);

static void connect_client(struct client *client) {
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Blocking, because loopback answers at once: a listener takes it, or refuses.
  if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    fail("cannot connect to port %u: errno %d", options.port, errno);
  }
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  client->handler = (struct handler){.descriptor = descriptor, .ready = client_ready};
  if (!loop_watch(&client->handler, EPOLLIN)) fail("epoll_ctl: errno %d", errno);
}

static void reconnect(struct client *client) {
  loop_close(&client->handler);
  if (is_finishing) return;
  client_results.reconnects++;
  connect_client(client);
}

/// The request on this connection is over, well or not.
static void end(struct client *client) {
  client->is_busy = false;
  busy--;
  if (client->has_first) streaming--;
  if (failed_in_a_row > 1000) fail("1000 failures in a row; the proxy does not answer");
  if (!is_finishing) advance(client);
}

static void broken(struct client *client, uint64_t *counter) {
  (*counter)++;
  failed_in_a_row++;
  reconnect(client);
  end(client);
}

static void completed(struct client *client, uint64_t now) {
  failed_in_a_row = 0;
  if (client_measures) {
    client_results.requests++;
    if (options.mode == MODE_BLOCKING) histogram_add(&client_results.latency, now - client->since);
  }
  if (client->answer.closes) reconnect(client);
  end(client);
}

/// Takes what `answer_take` found in the last bytes.
static void note(struct client *client, const struct answer_news *news, uint64_t now) {
  if (news->events == 0) return;
  if (!client->has_first) {
    client->has_first = true;
    streaming++;
    if (client_measures) histogram_add(&client_results.first_event, now - client->since);
  }
  if (client_measures) {
    client_results.events += news->events;
    for (uint32_t index = 0; index < news->events && index < ANSWER_TIMES_MAX; index++) {
      histogram_add(&client_results.latency, now - news->times[index]);
    }
  }
  bool is_batch_whole = client->answer.events % options.batch == 0;
  if (options.gap == 0 && is_batch_whole) upstream_credit(client->number);
}

static void client_ready(struct handler *handler, uint32_t ready) {
  struct client *client = CONTAINER(handler, struct client, handler);
  if (ready & EPOLLOUT) send_more(client);
  if (!(ready & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
  ssize_t count = recv(handler->descriptor, scratch, sizeof scratch, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  uint64_t now = clock_now();
  if (count <= 0) {
    if (client->is_busy) return broken(client, &client_results.failed_cut);
    return reconnect(client);
  }
  if (!client->is_busy) return broken(client, &client_results.failed_framing);
  if (client_measures) client_results.bytes += (uint64_t)count;
  struct answer_news news = {0};
  enum answer_state state = answer_take(&client->answer, scratch, (size_t)count, &news);
  note(client, &news, now);
  switch (state) {
    case ANSWER_RUNS: return;
    case ANSWER_BAD_STATUS: return broken(client, &client_results.failed_status);
    case ANSWER_BAD_FRAMING: return broken(client, &client_results.failed_framing);
    case ANSWER_BAD_ORDER: return broken(client, &client_results.failed_order);
    case ANSWER_COMPLETE: break;
  }
  if (options.mode == MODE_STREAM && client->answer.events != options.events) {
    return broken(client, &client_results.failed_cut);
  }
  completed(client, now);
}

// MARK: when to ask

static double exponential(double mean) { return -log(1.0 - drand48()) * mean; }

static void pause_over(struct timer *timer) {
  struct client *client = CONTAINER(timer, struct client, pause);
  if (!is_finishing) ask(client, clock_now());
}

/// A connection is free: gives it the next thing to do.
static void advance(struct client *client) {
  uint64_t now = clock_now();
  if (options.rate > 0) {
    if (waiting_from == waiting_to) {
      idle[idle_count++] = client->number;
    } else {
      ask(client, waiting[waiting_from++ % WAITING_MAX]);
    }
  } else if (options.pause > 0) {
    timer_arm(&client->pause, now + (uint64_t)exponential(options.pause * 1000.0));
  } else {
    ask(client, now);
  }
}

static void arrived(struct timer *timer) {
  if (is_finishing) return;
  uint64_t due = timer->deadline;
  arrival_due += exponential(1e9 / options.rate);
  timer_arm(timer, (uint64_t)arrival_due);
  if (idle_count > 0) return ask(&clients[idle[--idle_count]], due);
  if (waiting_to - waiting_from == WAITING_MAX) fail("the proxy cannot keep up with this rate");
  waiting[waiting_to++ % WAITING_MAX] = due;
}

void client_open(const struct client_options *given) {
  options = *given;
  build_request();
  clients = calloc(options.connections, sizeof *clients);
  idle = calloc(options.connections, sizeof *idle);
  if (clients == NULL || idle == NULL) fail("no memory for %u connections", options.connections);
  for (uint32_t index = 0; index < options.connections; index++) {
    clients[index].number = index;
    clients[index].pause.fired = pause_over;
    connect_client(&clients[index]);
    if (options.rate > 0) idle[idle_count++] = index;
  }
  // Streams begin spread over one gap between two writes, so that their writes do not come in bursts.
  uint64_t spread = options.mode == MODE_STREAM ? (uint64_t)options.gap * 1000 : 0;
  uint64_t now = clock_now();
  for (uint32_t index = 0; options.rate == 0 && index < options.connections; index++) {
    timer_arm(&clients[index].pause, now + spread * index / options.connections);
  }
  if (options.rate > 0) {
    arrival.fired = arrived;
    arrival_due = (double)clock_now();
    timer_arm(&arrival, (uint64_t)arrival_due);
  }
}

void client_finish(void) { is_finishing = true; }

uint32_t client_busy(void) { return busy; }

uint32_t client_streaming(void) { return streaming; }

uint64_t client_failures(void) {
  const struct client_results *results = &client_results;
  return results->failed_connect + results->failed_status + results->failed_framing + results->failed_order +
         results->failed_cut + results->failed_unfinished;
}
