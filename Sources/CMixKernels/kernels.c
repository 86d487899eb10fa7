#include "CMixKernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

// The same bits everywhere: ARM compilers would otherwise fuse a multiplication with the addition that follows it.
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#define KERNEL_NAME "sse2"
#elif defined(__aarch64__)
#define KERNEL_NAME "neon"
#else
#define KERNEL_NAME "portable"
#endif
#define KERNEL(name) baseline_##name
#include "kernel_bodies.h"
#undef KERNEL
#undef KERNEL_NAME

#if defined(__x86_64__)
#define KERNEL_NAME "avx2"
#define KERNEL(name) avx2_##name
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "kernel_bodies.h"
#pragma clang attribute pop
#undef KERNEL
#undef KERNEL_NAME
#endif

int partyline_mix_kernels(const struct partyline_mix_kernels **tables, int capacity) {
  const struct partyline_mix_kernels *found[2];
  int count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) found[count++] = &avx2_table;
#endif
  found[count++] = &baseline_table;
  for (int i = 0; i < count && i < capacity; i++) tables[i] = found[i];
  return count;
}
