// Counts the calls of malloc and its kin, for tests of code that may not allocate.
#pragma once
#include <stdint.h>

// Allocations of the calling thread so far; negative where they cannot be counted, because a sanitizer has malloc.
int64_t allocation_count(void);

// Bytes that they asked for, whether they were freed since or not; negative likewise.
int64_t allocation_bytes(void);
