// Weighted norms of an error estimate; squares are summed in double for float states as well, where they could
// overflow.
#include "integrators/error_norm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "error.h"
#include "integrators/method.h"

namespace invar {
namespace {

// Stands for atol = 0, so that a parameter that rests at 0 has an error of 0 and not of 0/0.
constexpr double kSmallest = 1e-300;

}  // namespace

std::string_view to_string(NormKind kind) {
  switch (kind) {
    case NormKind::rms:
      return "rms";
    case NormKind::max:
      return "max";
    case NormKind::tensors:
      return "tensors";
  }
  return "unknown";
}

NormKind parse_norm(std::string_view text) {
  for (const NormKind kind : {NormKind::rms, NormKind::max, NormKind::tensors}) {
    if (text == to_string(kind)) return kind;
  }
  throw InputError("norm \"" + std::string(text) + "\" is unknown: use rms, max or tensors");
}

ErrorNorm::ErrorNorm(NormKind kind, double rtol, double atol, std::vector<Eigen::Index> tensor_begin)
    : kind_(kind), rtol_(rtol), atol_(std::max(atol, kSmallest)), tensor_begin_(std::move(tensor_begin)) {
  const auto check = [](const char* name, double value) {
    if (!std::isfinite(value) || value < 0.0) {
      throw InputError(std::string(name) + " = " + number_text(value) + ": a tolerance is finite and not negative");
    }
  };
  check("rtol", rtol);
  check("atol", atol);
  if (rtol == 0.0 && atol == 0.0) throw InputError("rtol and atol are both 0: give at least one of them");
  if (kind == NormKind::tensors && (tensor_begin_.empty() || tensor_begin_.front() != 0)) {
    throw std::logic_error("the norm over tensors needs their offsets, from 0");
  }
}

template <class S>
double ErrorNorm::operator()(const State<S>& error, const State<S>& before, const State<S>& after) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  // An infinite θ' would have an infinite weight and hide its error.
  if (!after.allFinite()) return kInfinity;
  const auto weighted = error.array().template cast<double>() /
                        (atol_ + rtol_ * before.array().abs().max(after.array().abs()).template cast<double>());
  const Eigen::Index size = error.size();
  if (size == 0) return 0.0;
  double result = 0.0;
  switch (kind_) {
    case NormKind::rms: {
      result = std::sqrt(weighted.square().sum() / static_cast<double>(size));
      break;
    }
    case NormKind::max: {
      if (!error.allFinite()) return kInfinity;  // maxCoeff may pass over NaN
      result = weighted.abs().maxCoeff();
      break;
    }
    case NormKind::tensors: {
      for (std::size_t i = 0; i < tensor_begin_.size(); ++i) {
        const Eigen::Index begin = tensor_begin_[i];
        const Eigen::Index end = i + 1 < tensor_begin_.size() ? tensor_begin_[i + 1] : size;
        if (end == begin) continue;
        const double rms =
            std::sqrt(weighted.segment(begin, end - begin).square().sum() / static_cast<double>(end - begin));
        if (!(rms <= result)) result = rms;  // NaN comes through, and stays: nothing is ≤ NaN
        if (!std::isfinite(result)) return kInfinity;
      }
      break;
    }
  }
  return std::isfinite(result) ? result : kInfinity;
}

template double ErrorNorm::operator()(const State<float>&, const State<float>&, const State<float>&) const;
template double ErrorNorm::operator()(const State<double>&, const State<double>&, const State<double>&) const;

}  // namespace invar
