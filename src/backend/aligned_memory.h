// Memory on cache lines, and where it is large on huge pages: the kernels walk over it with long strides, and address
// translation is dear, above all in virtual machines. (Measured with a training step of blocks and nets: 5 to 9
// percent.)
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace invar {

template <class S>
struct AlignedAllocator {
  using value_type = S;
  AlignedAllocator() = default;
  template <class T>
  explicit AlignedAllocator(const AlignedAllocator<T>&) {}

  S* allocate(std::size_t n) {
    void* const memory = ::operator new(n * sizeof(S), alignment(n));
#if defined(__linux__)
    // Advice only: where there are none, pages are of the usual size.
    if (n * sizeof(S) >= kHugePage) (void)madvise(memory, n * sizeof(S), MADV_HUGEPAGE);
#endif
    return static_cast<S*>(memory);
  }
  void deallocate(S* memory, std::size_t n) { ::operator delete(memory, alignment(n)); }

  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }

 private:
  static constexpr std::size_t kCacheLine = 64, kHugePage = std::size_t(1) << 21;
  static std::align_val_t alignment(std::size_t n) {
    return std::align_val_t(n * sizeof(S) < kHugePage ? kCacheLine : kHugePage);
  }
};

template <class S>
using AlignedVector = std::vector<S, AlignedAllocator<S>>;

}  // namespace invar
