#define _GNU_SOURCE
#include "CLinux.h"

int sluice_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }
