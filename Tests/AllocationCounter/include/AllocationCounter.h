// Counts the calls of malloc and its kin, for tests of code that may not allocate.
#pragma once
#include <stdint.h>

// Allocations of the calling thread so far; negative where they cannot be counted, because a sanitizer has malloc.
int64_t allocation_count(void);

// Bytes that the calling thread has allocated and not freed, by what malloc really gave; of use where one thread does both.
int64_t allocated_bytes(void);
