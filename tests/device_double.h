// A device that is the host: the same bodies in loops, and gemm as the BLAS defines it, with its checks of arguments.
// Elements and rows run backwards, so that a body that depends on another's result is found out.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "backend/cuda/plan_executor.h"

namespace invar::cuda {

/// All that the devices which share it were given and did.
struct DeviceTotals {
  Index bytes = 0;  // but instructions and addresses, of some bytes a kernel
  Index launches = 0, link_bytes = 0;
  double flops = 0.0, gemm_flops = 0.0;  // of products
};

class DeviceDouble {
 public:
  DeviceDouble() = default;
  explicit DeviceDouble(std::shared_ptr<DeviceTotals> totals) : totals_(std::move(totals)) {}
  explicit DeviceDouble(DeviceOptions options) : options_(options) {}

  std::map<std::string, Index> bytes;
  Index launches = 0;  // of the recorded ones
  Index gemms = 0;
  double gemm_flops = 0.0;

  template <class T>
  T* allocate(Index count, const char* what) {
    if (count == 0) return nullptr;
    const auto size = static_cast<std::size_t>(count) * sizeof(T);
    bytes[what] += static_cast<Index>(size);
    if (std::string_view(what) != "instructions" && std::string_view(what) != "addresses")
      totals_->bytes += static_cast<Index>(size);
    memory_.emplace_back(size);
    return reinterpret_cast<T*>(memory_.back().data());
  }
  template <class T>
  void upload(T* to, const T* from, Index count) {
    totals_->link_bytes += count * static_cast<Index>(sizeof(T));
    std::copy_n(from, count, to);
  }
  template <class T>
  void download(T* to, const T* from, Index count) {
    totals_->link_bytes += count * static_cast<Index>(sizeof(T));
    std::copy_n(from, count, to);
  }
  template <class Body>
  void each(Index count, const Body& body) {
    start(count, body);
    for (Index i = count; i-- > 0;) body(i);
  }
  template <class Body>
  void rows(Index count, const Body& body) {
    start(count, body);
    for (Index i = count; i-- > 0;) body(i, HostTeam());
  }
  template <class Launches>
  void record(const Launches& run) {
    recording_ = true;
    launches = gemms = 0;
    gemm_flops = 0.0;
    run();
    recording_ = false;
  }

  template <class S>
  void gemm(const Gemm& g, S alpha, const S* a, const S* b, S beta, S* c) {
    count(g);
    require(g.count >= 1);
    if (g.count > 1) require(g.batch == Gemm::Batch::strided);
    for (Index i = 0; i < g.count; ++i) one(g, alpha, a + i * g.stride_a, b + i * g.stride_b, beta, c + i * g.stride_c);
  }
  template <class S>
  void gemm(const Gemm& g, S alpha, const S* const* a, const S* const* b, S beta, S* const* c) {
    count(g);
    for (Index i = 0; i < g.count; ++i) one(g, alpha, a[i], b[i], beta, c[i]);
  }

 private:
  template <class Body>
  void start(Index elements, const Body& body) {
    check_targets(body);
    launches += recording_;
    totals_->launches += elements > 0;
    count_flops(body);
  }
  template <class Body>
  void count_flops(const Body&) {}
  template <class S>
  void count_flops(const SumOfProducts<S>& body) {
    totals_->flops += 2.0 * static_cast<double>(body.free.size) * static_cast<double>(body.summed.size);
  }

  /// No two threads add to one place, which a loop would not show.
  template <class Body>
  static void check_targets(const Body&) {}
  template <class S>
  static void check_targets(const Choice<S>& body) {
    std::set<Index> targets;
    const Index places = body.out_stride == 0 ? 1 : body.extent;
    for (Index i = 0; i < body.free.size; ++i)
      for (Index chosen = 0; chosen < places; ++chosen) targets.insert(body.free.at(i).out + chosen * body.out_stride);
    require(static_cast<Index>(targets.size()) == body.free.size * places);
  }
  template <class S>
  static void check_targets(const SumOfProducts<S>& body) {
    std::set<Index> targets;
    for (Index i = 0; i < body.free.size; ++i) targets.insert(body.free.at(i).out);
    require(static_cast<Index>(targets.size()) == body.free.size);
  }

  void count(const Gemm& g) {
    ++launches;
    ++gemms;
    const double flops = 2.0 * static_cast<double>(g.m) * g.n * g.k * g.count;
    gemm_flops += flops;
    ++totals_->launches;
    totals_->flops += flops;
    totals_->gemm_flops += flops;
  }

  static void require(bool holds) {
    if (!holds) throw std::logic_error("the device was asked for what it cannot do");
  }

  /// With TF32 10 bits behind the leading one, to the nearest.
  template <class S>
  S operand(S value) const {
    if (!options_.tf32 || !std::is_same_v<S, float> || !std::isfinite(value)) return value;
    int exponent = 0;
    const S fraction = std::frexp(value, &exponent);
    return std::ldexp(std::round(std::ldexp(fraction, 11)), exponent - 11);
  }

  /// Column-major: element (i, j) of a stored matrix is at i + j · ld. With beta = 0 C is not read.
  template <class S>
  void one(const Gemm& g, S alpha, const S* a, const S* b, S beta, S* c) {
    require((g.m > 0 && g.n > 0 && g.k > 0));
    require(g.lda >= (g.transpose_a ? g.k : g.m));
    require(g.ldb >= (g.transpose_b ? g.n : g.k));
    require(g.ldc >= g.m);
    for (Index j = 0; j < g.n; ++j)
      for (Index i = 0; i < g.m; ++i) {
        S sum(0);
        for (Index l = 0; l < g.k; ++l)
          sum += operand(a[g.transpose_a ? l + i * g.lda : i + l * g.lda]) *
                 operand(b[g.transpose_b ? j + l * g.ldb : l + j * g.ldb]);
        S& out = c[i + j * g.ldc];
        out = beta == S(0) ? alpha * sum : alpha * sum + beta * out;
      }
  }

  // Each of its own, so that a sanitizer sees what leaves it.
  std::vector<std::vector<char>> memory_;
  DeviceOptions options_;
  std::shared_ptr<DeviceTotals> totals_ = std::make_shared<DeviceTotals>();
  bool recording_ = false;
};

}  // namespace invar::cuda
