// Counts what is allocated, at malloc, for Eigen does not ask operator new. For one file of an executable, which is to
// test nothing where INVAR_COUNTS_MALLOC is not defined: another C library, or a sanitizer that has malloc for itself.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define INVAR_COUNTS_MALLOC

namespace {
thread_local std::int64_t allocations = 0;  // other threads, as that which draws the progress line, have their own
}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** place, std::size_t alignment, std::size_t size) {
  ++allocations;
  *place = __libc_memalign(alignment, size);
  return *place == nullptr;
}
}

#endif
