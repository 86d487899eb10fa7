// Linux calls that Swift's Glibc module leaves out: it is built without _GNU_SOURCE, knows no epoll, and Swift imports
// neither variadic functions, nor macros that compute, nor thread-local variables. No logic: each shim is one call.
#pragma once
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

// Options whose macros depend on others, or stand in headers without a module.
static const int PARTYLINE_SO_TIMESTAMPNS = SO_TIMESTAMPNS;
static const int PARTYLINE_SO_RCVBUFFORCE = SO_RCVBUFFORCE;
static const int PARTYLINE_SO_SNDBUFFORCE = SO_SNDBUFFORCE;
static const int PARTYLINE_IP_PKTINFO = IP_PKTINFO;
static const int PARTYLINE_SO_MEMINFO = SO_MEMINFO;
static const int PARTYLINE_SK_MEMINFO_DROPS = SK_MEMINFO_DROPS;
static const int PARTYLINE_SK_MEMINFO_VARS = SK_MEMINFO_VARS;

// `struct mmsghdr`, which exists under _GNU_SOURCE only: linux.c holds the two against each other.
struct partyline_message {
  struct msghdr header;
  unsigned int bytes;
};

// recvmmsg and sendmmsg with MSG_DONTWAIT: _GNU_SOURCE, as above. Errors as the calls give them: −1 and errno.
int partyline_receive_messages(int socket, struct partyline_message *messages, unsigned int count);
int partyline_send_messages(int socket, struct partyline_message *messages, unsigned int count);

// The CMSG_… macros compute.
static inline struct cmsghdr *partyline_first_control(struct msghdr *header) { return CMSG_FIRSTHDR(header); }
static inline struct cmsghdr *partyline_next_control(struct msghdr *header, struct cmsghdr *control) {
  return CMSG_NXTHDR(header, control);
}
static inline unsigned char *partyline_control_data(struct cmsghdr *control) { return CMSG_DATA(control); }
static inline size_t partyline_control_space(size_t bytes) { return CMSG_SPACE(bytes); }
static inline size_t partyline_control_length(size_t bytes) { return CMSG_LEN(bytes); }

// CPU_SET is a macro and cpu_set_t _GNU_SOURCE. Pins the calling thread to one core; 0, or an errno.
int partyline_pin_to_core(int core);
// SCHED_FIFO for the calling thread; struct sched_param comes from a header without a module. 0, or an errno.
int partyline_schedule_fifo(int priority);
// pthread_setname_np is _GNU_SOURCE. Names the calling thread; 0, or an errno.
int partyline_name_thread(const char *name);
// prctl is variadic. How much later than asked the kernel may wake the calling thread; 0, or −1 and errno.
int partyline_set_timer_slack(unsigned long nanoseconds);

// Swift has no thread-local variables: the number of the media thread that runs, or 0.
void partyline_set_media_thread(int number);
int partyline_media_thread(void);

// RealtimeSanitizer's doors, weak and so nothing where its runtime is not linked (tools/check-realtime links it): Swift has no
// weak functions. Between the two, whatever the calling thread does that may block or allocate is told.
void partyline_enter_realtime(void);
void partyline_exit_realtime(void);
