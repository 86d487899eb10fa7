#include "AllocationCounter.h"

#include <errno.h>
#include <stddef.h>

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)

int64_t allocation_count(void) { return -1; }

int64_t allocation_bytes(void) { return -1; }

#else

// The test program's own malloc, in front of the C library's: every caller in the process comes here.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local int64_t count;
static _Thread_local int64_t bytes;

static void note(size_t size) {
  count++;
  bytes += (int64_t)size;
}

int64_t allocation_count(void) { return count; }

int64_t allocation_bytes(void) { return bytes; }

void *malloc(size_t size) {
  note(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  note(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  note(size);
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  note(size);
  *memory = __libc_memalign(alignment, size);
  return *memory == NULL && size > 0 ? ENOMEM : 0;
}

#endif
