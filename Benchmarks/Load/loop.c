#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 256 };

static int set;
static struct epoll_event events[BATCH];
static int fetched;
static struct timer **heap;
static uint32_t armed, capacity;

uint64_t clock_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void loop_open(uint32_t timers) {
  set = epoll_create1(EPOLL_CLOEXEC);
  heap = calloc(timers, sizeof *heap);
  capacity = timers;
  if (set < 0 || heap == NULL) fail("cannot make the event loop");
  // The default slack of 50 microseconds would blur the pace of the streams.
  prctl(PR_SET_TIMERSLACK, 1UL);
}

bool loop_watch(struct handler *handler, uint32_t interest) {
  struct epoll_event event = {.events = interest, .data.ptr = handler};
  return epoll_ctl(set, EPOLL_CTL_ADD, handler->descriptor, &event) == 0;
}

void loop_change(struct handler *handler, uint32_t interest) {
  struct epoll_event event = {.events = interest, .data.ptr = handler};
  if (epoll_ctl(set, EPOLL_CTL_MOD, handler->descriptor, &event) != 0) fail("epoll_ctl: errno %d", errno);
}

void loop_close(struct handler *handler) {
  for (int index = 0; index < fetched; index++) {
    if (events[index].data.ptr == handler) events[index].data.ptr = NULL;
  }
  close(handler->descriptor);
  handler->descriptor = -1;
}

static void place(struct timer *timer, uint32_t index) {
  heap[index] = timer;
  timer->place = index + 1;
}

static void sift_up(struct timer *timer, uint32_t index) {
  while (index > 0 && heap[(index - 1) / 2]->deadline > timer->deadline) {
    place(heap[(index - 1) / 2], index);
    index = (index - 1) / 2;
  }
  place(timer, index);
}

static void sift_down(struct timer *timer, uint32_t index) {
  for (;;) {
    uint32_t child = 2 * index + 1;
    if (child >= armed) break;
    if (child + 1 < armed && heap[child + 1]->deadline < heap[child]->deadline) child++;
    if (heap[child]->deadline >= timer->deadline) break;
    place(heap[child], index);
    index = child;
  }
  place(timer, index);
}

void timer_disarm(struct timer *timer) {
  if (timer->place == 0) return;
  uint32_t index = timer->place - 1;
  timer->place = 0;
  struct timer *last = heap[--armed];
  if (last == timer) return;
  if (index > 0 && heap[(index - 1) / 2]->deadline > last->deadline) {
    sift_up(last, index);
  } else {
    sift_down(last, index);
  }
}

void timer_arm(struct timer *timer, uint64_t deadline) {
  timer_disarm(timer);
  if (armed == capacity) fail("more than %u timers", capacity);
  timer->deadline = deadline;
  sift_up(timer, armed++);
}

void loop_turn(void) {
  uint64_t now = clock_now();
  struct timespec wait = {.tv_sec = 1};
  if (armed > 0) {
    uint64_t left = heap[0]->deadline > now ? heap[0]->deadline - now : 0;
    if (left < 1000000000u) wait = (struct timespec){.tv_nsec = (long)left};
  }
  fetched = epoll_pwait2(set, events, BATCH, &wait, NULL);
  if (fetched < 0 && errno != EINTR) fail("epoll_pwait2: errno %d", errno);
  for (int index = 0; index < fetched; index++) {
    struct handler *handler = events[index].data.ptr;
    if (handler != NULL) handler->ready(handler, events[index].events);
  }
  fetched = 0;
  now = clock_now();
  while (armed > 0 && heap[0]->deadline <= now) {
    struct timer *due = heap[0];
    timer_disarm(due);
    due->fired(due);
  }
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("benchload: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(2);
}
