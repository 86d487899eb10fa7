#define _GNU_SOURCE
#include "CLinux.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>

_Static_assert(sizeof(struct partyline_message) == sizeof(struct mmsghdr), "partyline_message is mmsghdr");
_Static_assert(offsetof(struct partyline_message, bytes) == offsetof(struct mmsghdr, msg_len),
               "partyline_message is mmsghdr");

int partyline_receive_messages(int socket, struct partyline_message *messages, unsigned int count) {
  return recvmmsg(socket, (struct mmsghdr *)messages, count, MSG_DONTWAIT, NULL);
}

int partyline_send_messages(int socket, struct partyline_message *messages, unsigned int count) {
  return sendmmsg(socket, (struct mmsghdr *)messages, count, MSG_DONTWAIT);
}

int partyline_pin_to_core(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  return pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
}

int partyline_schedule_fifo(int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
}

int partyline_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

int partyline_set_timer_slack(unsigned long nanoseconds) { return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0); }

static _Thread_local int media_thread;

void partyline_set_media_thread(int number) { media_thread = number; }

int partyline_media_thread(void) { return media_thread; }

extern void __rtsan_realtime_enter(void) __attribute__((weak));
extern void __rtsan_realtime_exit(void) __attribute__((weak));

void partyline_enter_realtime(void) {
  if (__rtsan_realtime_enter != NULL) __rtsan_realtime_enter();
}

void partyline_exit_realtime(void) {
  if (__rtsan_realtime_exit != NULL) __rtsan_realtime_exit();
}
