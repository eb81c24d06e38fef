#define _GNU_SOURCE
#include "CLinux.h"

#include <execinfo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

// What the process says when it dies of a fault. Everything below `on_fault` runs in a signal handler: no allocation, no
// lock, nothing but system calls and bytes that were laid out before. `backtrace` is safe once it has been called, since
// only its first call loads a library.

enum {
  frames_max = 64,
  tables_max = 256,
  // Ids told; the tables may hold more.
  told_max = 512,
  // The unwinder takes some 10 KiB.
  stack_bytes = 64 << 10,
};

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
static const char *const names[] = {"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGTRAP"};
enum { signal_count = sizeof signals / sizeof *signals };

static struct sigaction before[signal_count];
static _Atomic(const struct sluice_running_table *) tables[tables_max];
static atomic_int table_count;
static atomic_int reporter;
static int is_installed;
static pthread_key_t stack_key;
static int is_swift_wanted;

static void put(const char *text, size_t count) {
  while (count > 0) {
    ssize_t written = write(STDERR_FILENO, text, count);
    if (written <= 0) return;
    text += written;
    count -= (size_t)written;
  }
}

static void say(const char *text) { put(text, strlen(text)); }

static void say_number(unsigned long number, unsigned base) {
  char digits[24];
  size_t start = sizeof digits;
  do {
    digits[--start] = "0123456789abcdef"[number % base];
    number /= base;
  } while (number > 0);
  put(digits + start, sizeof digits - start);
}

static void say_running(void) {
  unsigned long told = 0, more = 0;
  say("running requests:\n");
  int count = atomic_load(&table_count);
  for (int index = 0; index < count && index < tables_max; index++) {
    const struct sluice_running_table *table = atomic_load(&tables[index]);
    for (uint32_t slot = 0; table != NULL && slot < table->count; slot++) {
      const struct sluice_running_entry *entry = &table->entries[slot];
      uint8_t length = entry->length;
      if (length == 0 || length > sizeof entry->id) continue;
      if (told == told_max) {
        more++;
        continue;
      }
      told++;
      say("  ");
      put(entry->id, length);
      say("\n");
    }
  }
  if (told == 0) say("  none\n");
  if (more == 0) return;
  say("  and ");
  say_number(more, 10);
  say(" more\n");
}

static void say_fault(int number, const siginfo_t *info, const char *name) {
  say("\nsluice: crashed with ");
  say(name);
  if (info->si_code <= 0) {
    say(", sent by process ");
    say_number((unsigned long)info->si_pid, 10);
  } else if (number == SIGSEGV || number == SIGBUS) {
    say(" at address 0x");
    say_number((unsigned long)info->si_addr, 16);
  }
  say(", in thread ");
  say_number((unsigned long)syscall(SYS_gettid), 10);
  say("; backtrace:\n");
}

static void on_fault(int number, siginfo_t *info, void *context) {
  int place = 0;
  while (place + 1 < signal_count && signals[place] != number) place++;
  int self = (int)syscall(SYS_gettid), nobody = 0;
  if (atomic_compare_exchange_strong(&reporter, &nobody, self)) {
    void *frames[frames_max];
    say_fault(number, info, names[place]);
    backtrace_symbols_fd(frames, backtrace(frames, frames_max), STDERR_FILENO);
    say_running();
  } else if (nobody != self) {
    // Another thread is telling already; it ends the process.
    sleep(2);
  }
  // The Swift runtime's own report tells more, the memory that registers point to among it: only for those who ask. It
  // expects the fault to come again behind it, which a signal that was sent does not do.
  if (is_swift_wanted && before[place].sa_flags & SA_SIGINFO) before[place].sa_sigaction(number, info, context);
  signal(number, SIG_DFL);
  raise(number);
}

static void release_stack(void *stack) {
  stack_t none = {.ss_flags = SS_DISABLE};
  sigaltstack(&none, NULL);
  munmap(stack, stack_bytes);
}

void sluice_crash_thread(void) {
  static _Thread_local int is_prepared;
  // Without the key of its own the stack would take the place of what somebody else keeps for the thread.
  if (!is_installed || is_prepared) return;
  is_prepared = 1;
  void *stack = mmap(NULL, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED) return;
  stack_t alternate = {.ss_sp = stack, .ss_size = stack_bytes};
  sigaltstack(&alternate, NULL);
  pthread_setspecific(stack_key, stack);
}

void sluice_crash_install(void) {
  is_swift_wanted = getenv("SWIFT_BACKTRACE") != NULL;
  void *frame;
  backtrace(&frame, 1);
  is_installed = pthread_key_create(&stack_key, release_stack) == 0;
  sluice_crash_thread();
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < signal_count; index++) sigaction(signals[index], &action, &before[index]);
}

struct sluice_running_table *sluice_running_table_make(uint32_t count) {
  // Pages that are never written to take no memory.
  size_t bytes = sizeof(struct sluice_running_table) + count * sizeof(struct sluice_running_entry);
  struct sluice_running_table *table =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (table == MAP_FAILED) return NULL;
  table->count = count;
  int index = atomic_fetch_add(&table_count, 1);
  if (index < tables_max) atomic_store(&tables[index], table);
  return table;
}
