// The kernel timers of this process as /proc/self/fdinfo shows them: which clock, what is left.
#pragma once

#include <sys/timerfd.h>

#include <ctime>

namespace ut::test {

// The descriptor of this process's only timer of this clock; -1 when there is none, or more.
int timer_of(clockid_t clock);

// How it was armed (TFD_TIMER_...), as the kernel tells.
unsigned timer_flags(int timer);

// Whole seconds until it goes off; 0 when it is not armed.
long seconds_left(int timer);

// Makes it go off now, whatever it waits for: a test neither sleeps nor sets the machine's clock.
void set_off(int timer);

}  // namespace ut::test
