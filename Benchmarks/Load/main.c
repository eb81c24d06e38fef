// benchload: load generator and mock upstream in one process and one thread.
//
// The proxy under test stands between the two, so everything is seen from one clock. See `help` below.
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "loop.h"
#include "upstream.h"

static const char help[] =
    "benchload: measures a proxy that stands in front of its own mock upstream\n"
    "\n"
    "  benchload blocking|stream --upstream PORT --proxy PORT [options]\n"
    "  benchload upstream --upstream PORT          only the mock upstream, until it is ended\n"
    "\n"
    "  --connections N    connections, each with one request at a time (64)\n"
    "  --rate R           blocking: requests per second, arriving at random (0: as many as possible)\n"
    "  --answer BYTES     blocking: size of the answer (1024)\n"
    "  --prompt BYTES     filling of the prompt (64)\n"
    "  --events N         stream: events of one stream (100)\n"
    "  --gap US           stream: microseconds between writes (0: the next once the last has arrived)\n"
    "  --batch N          stream: events per write (1)\n"
    "  --models N         ask for the models m/0000000/chat to m/N-1/chat at random (0: always for one)\n"
    "  --keys N           present the keys sk-bench-0000000 to sk-bench-N-1 at random (0: always the same)\n"
    "  --pause US         mean pause between the requests of a connection (0)\n"
    "  --warmup S         seconds before measuring begins (1)\n"
    "  --duration S       seconds to measure (5)\n"
    "  --requests N       exactly this many requests instead, measured from the start\n"
    "  --pid PID          process of the proxy, for its CPU time and memory; up to 8 times\n"
    "\n"
    "Prints one JSON object. Exit status 1 when an answer was wrong or missing.\n";

enum { PIDS_MAX = 8, FINISH_SECONDS = 120, SETTLE_SECONDS = 60 };

static struct client_options options = {.connections = 64, .answer_bytes = 1024, .prompt_bytes = 64, .events = 100,
    .batch = 1};
static uint16_t upstream_port;
static double warmup = 1, duration = 5;
static pid_t pids[PIDS_MAX];
static int pid_count;

/// What the operating system has counted so far.
struct usage {
  uint64_t now, proxy, own;
};

/// CPU time of all threads of a process, those that have ended included; nanoseconds.
static uint64_t cpu_time(clockid_t clock) {
  struct timespec used;
  return clock_gettime(clock, &used) == 0 ? (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec : 0;
}

static struct usage usage(void) {
  struct usage usage = {.now = clock_now(), .own = cpu_time(CLOCK_PROCESS_CPUTIME_ID)};
  for (int index = 0; index < pid_count; index++) {
    clockid_t clock;
    if (clock_getcpuclockid(pids[index], &clock) != 0) fail("there is no process %d", pids[index]);
    usage.proxy += cpu_time(clock);
  }
  return usage;
}

/// Resident KiB of the proxy's processes.
static uint64_t resident(void) {
  uint64_t sum = 0;
  for (int index = 0; index < pid_count; index++) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", pids[index]);
    FILE *file = fopen(path, "r");
    if (file == NULL) fail("cannot read %s", path);
    while (fgets(line, sizeof line, file) != NULL) {
      if (strncmp(line, "VmRSS:", 6) == 0) sum += strtoull(line + 6, NULL, 10);
    }
    fclose(file);
  }
  return sum;
}

static void run_for(double seconds) {
  uint64_t until = clock_now() + (uint64_t)(seconds * 1e9);
  while (clock_now() < until) loop_turn();
}

/// Until every stream has shown its first event.
static void run_until_settled(void) {
  uint64_t until = clock_now() + SETTLE_SECONDS * 1000000000ull;
  while (client_streaming() < options.connections) {
    if (clock_now() > until) fail("only %u of %u streams run", client_streaming(), options.connections);
    loop_turn();
  }
}

static void run_requests(void) {
  uint64_t until = clock_now() + SETTLE_SECONDS * 1000000000ull;
  while (client_results.requests + client_failures() < options.requests && clock_now() < until) loop_turn();
}

static void finish(void) {
  client_finish();
  uint64_t until = clock_now() + FINISH_SECONDS * 1000000000ull;
  while (client_busy() > 0 && clock_now() < until) loop_turn();
  client_results.failed_unfinished = client_busy();
}

static void report(struct usage from, struct usage to, uint64_t rss_before, uint64_t rss_during) {
  const struct client_results *results = &client_results;
  printf("{\"seconds\":%.3f,\"requests\":%llu,\"events\":%llu,\"bytes\":%llu,\"reconnects\":%llu",
      (double)(to.now - from.now) / 1e9, (unsigned long long)results->requests, (unsigned long long)results->events,
      (unsigned long long)results->bytes, (unsigned long long)results->reconnects);
  printf(",\"proxy_cpu_us\":%.1f,\"own_cpu_us\":%.1f", (double)(to.proxy - from.proxy) / 1000,
      (double)(to.own - from.own) / 1000);
  printf(",\"rss_before_kib\":%llu,\"rss_during_kib\":%llu", (unsigned long long)rss_before,
      (unsigned long long)rss_during);
  printf(",\"latency_us\":");
  histogram_print(&results->latency, stdout);
  printf(",\"first_event_us\":");
  histogram_print(&results->first_event, stdout);
  printf(",\"failures\":{\"connect\":%llu,\"status\":%llu,\"framing\":%llu,\"order\":%llu,\"cut\":%llu,"
         "\"unfinished\":%llu}}\n",
      (unsigned long long)results->failed_connect, (unsigned long long)results->failed_status,
      (unsigned long long)results->failed_framing, (unsigned long long)results->failed_order,
      (unsigned long long)results->failed_cut, (unsigned long long)results->failed_unfinished);
}

enum choice {
  OPTION_UPSTREAM = 1, OPTION_PROXY, OPTION_CONNECTIONS, OPTION_RATE, OPTION_ANSWER, OPTION_PROMPT, OPTION_EVENTS,
  OPTION_GAP, OPTION_BATCH, OPTION_PAUSE, OPTION_WARMUP, OPTION_DURATION, OPTION_REQUESTS, OPTION_PID, OPTION_MODELS,
  OPTION_KEYS,
};

static const struct option names[] = {
    {"upstream", 1, NULL, OPTION_UPSTREAM}, {"proxy", 1, NULL, OPTION_PROXY},
    {"connections", 1, NULL, OPTION_CONNECTIONS}, {"rate", 1, NULL, OPTION_RATE}, {"answer", 1, NULL, OPTION_ANSWER},
    {"prompt", 1, NULL, OPTION_PROMPT}, {"events", 1, NULL, OPTION_EVENTS}, {"gap", 1, NULL, OPTION_GAP},
    {"batch", 1, NULL, OPTION_BATCH}, {"pause", 1, NULL, OPTION_PAUSE}, {"warmup", 1, NULL, OPTION_WARMUP},
    {"duration", 1, NULL, OPTION_DURATION}, {"requests", 1, NULL, OPTION_REQUESTS}, {"pid", 1, NULL, OPTION_PID},
    {"models", 1, NULL, OPTION_MODELS}, {"keys", 1, NULL, OPTION_KEYS}, {NULL, 0, NULL, 0},
};

static void take_option(enum choice choice, const char *value) {
  uint32_t number = (uint32_t)strtoul(value, NULL, 10);
  switch (choice) {
    case OPTION_UPSTREAM: upstream_port = (uint16_t)number; break;
    case OPTION_PROXY: options.port = (uint16_t)number; break;
    case OPTION_CONNECTIONS: options.connections = number; break;
    case OPTION_RATE: options.rate = strtod(value, NULL); break;
    case OPTION_ANSWER: options.answer_bytes = number; break;
    case OPTION_PROMPT: options.prompt_bytes = number; break;
    case OPTION_EVENTS: options.events = number; break;
    case OPTION_GAP: options.gap = number; break;
    case OPTION_BATCH: options.batch = number; break;
    case OPTION_PAUSE: options.pause = number; break;
    case OPTION_WARMUP: warmup = strtod(value, NULL); break;
    case OPTION_DURATION: duration = strtod(value, NULL); break;
    case OPTION_MODELS: options.models = number; break;
    case OPTION_KEYS: options.keys = number; break;
    case OPTION_REQUESTS: options.requests = number; break;
    case OPTION_PID:
      if (pid_count == PIDS_MAX) fail("more than %d processes", PIDS_MAX);
      pids[pid_count++] = (pid_t)number;
      break;
  }
}

static void measure(void) {
  uint64_t rss_before = resident();
  client_open(&options);
  client_measures = options.requests > 0;
  struct usage from = usage();
  if (options.requests > 0) {
    run_requests();
  } else {
    if (options.mode == MODE_STREAM && options.pause == 0 && options.gap > 0) run_until_settled();
    run_for(warmup);
    client_measures = true;
    from = usage();
    run_for(duration);
  }
  struct usage to = usage();
  client_measures = false;
  uint64_t rss_during = resident();
  finish();
  report(from, to, rss_before, rss_during);
}

int main(int count, char **words) {
  const char *command = count > 1 ? words[1] : "help";
  optind = 2;
  for (int option; count > 1 && (option = getopt_long(count, words, "", names, NULL)) != -1;) {
    if (option == '?') return 2;
    take_option((enum choice)option, optarg);
  }
  bool is_upstream = strcmp(command, "upstream") == 0;
  bool is_blocking = strcmp(command, "blocking") == 0;
  if (!is_upstream && !is_blocking && strcmp(command, "stream") != 0) {
    fputs(help, stderr);
    return 2;
  }
  options.mode = is_blocking ? MODE_BLOCKING : MODE_STREAM;
  if (options.events == 0 || options.batch == 0 || options.connections == 0) fail("a number must not be 0");
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  // A proxy may hold on to connections that it does not use any more.
  uint32_t peers = is_upstream ? 16384 : options.connections * 2 + 256;
  loop_open(peers + options.connections + 1);
  upstream_open(upstream_port, peers);
  if (is_upstream) {
    for (;;) loop_turn();
  }
  measure();
  return client_failures() > 0 ? 1 : 0;
}
