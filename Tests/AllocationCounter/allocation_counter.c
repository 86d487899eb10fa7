#include "AllocationCounter.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)

int64_t allocation_count(void) { return -1; }
int64_t allocated_bytes(void) { return -1; }

#else

// The test program's own malloc, in front of the C library's: every caller in the process comes here.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static _Thread_local int64_t count;
static _Thread_local int64_t bytes;

int64_t allocation_count(void) { return count; }
int64_t allocated_bytes(void) { return bytes; }

static void *counted(void *memory) {
  count++;
  bytes += (int64_t)malloc_usable_size(memory);
  return memory;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t number, size_t size) { return counted(__libc_calloc(number, size)); }

void *realloc(void *memory, size_t size) {
  int64_t before = (int64_t)malloc_usable_size(memory);
  void *larger = __libc_realloc(memory, size);
  // Where there is no room, what was there stays.
  if (larger != NULL || size == 0) bytes -= before;
  return counted(larger);
}

void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = counted(__libc_memalign(alignment, size));
  return *memory == NULL && size > 0 ? ENOMEM : 0;
}

void free(void *memory) {
  bytes -= (int64_t)malloc_usable_size(memory);
  __libc_free(memory);
}

#endif
