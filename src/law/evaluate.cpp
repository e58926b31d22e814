#include "law/evaluate.h"

#include <algorithm>
#include <cmath>

namespace invar {
namespace {

// sum += factor · term, element by element.
void accumulate(std::vector<double>& sum_hi, std::vector<double>& sum_lo, const std::vector<double>& term_hi,
                const std::vector<double>& term_lo, Arithmetic arithmetic, DoubleDouble factor) {
  double* __restrict hi = sum_hi.data();
  double* __restrict lo = sum_lo.data();
  const std::size_t count = sum_hi.size();
  if (arithmetic == Arithmetic::plain) {  // the sum is compensated, its terms are rounded
    for (std::size_t i = 0; i < count; ++i) {
      const DoubleDouble sum = two_sum(hi[i], factor.hi * term_hi[i]);
      hi[i] = sum.hi;
      lo[i] += sum.lo;
    }
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const DoubleDouble sum = DoubleDouble(hi[i], lo[i]) + DoubleDouble(term_hi[i], term_lo[i]) * factor;
    hi[i] = sum.hi;
    lo[i] = sum.lo;
  }
}

}  // namespace

void Evaluator::Sums::clear() {
  for (auto* numbers : {&dots_hi, &dots_lo, &sums_hi, &sums_lo}) std::fill(numbers->begin(), numbers->end(), 0.0);
}

Evaluator::Evaluator(const LawForm& form)
    : form_(form), arrangement_(form_detail::arrange(form)), scratch_(arrangement_), loaded_(sums()) {}

Evaluator::Sums Evaluator::sums() const {
  const std::vector<double> dots(static_cast<std::size_t>(arrangement_.dots), 0.0);
  const std::vector<double> slices(form_.sums.empty() ? 0 : static_cast<std::size_t>(form_.slices()), 0.0);
  return {dots, dots, slices, slices};
}

void Evaluator::load(Arithmetic arithmetic, Wide x, Wide y) {
  if (arithmetic == Arithmetic::plain)
    form_detail::plain_dots(form_, arrangement_, x.hi, y.hi, false, scratch_, loaded_.dots_hi.data());
  else
    form_detail::exact_dots(form_, arrangement_, x, y, false, scratch_, loaded_.dots_hi.data(), loaded_.dots_lo.data());
  load_sums(arithmetic, y);
}

void Evaluator::load_sums(Arithmetic arithmetic, Wide y) {
  if (arithmetic == Arithmetic::plain)
    form_detail::plain_sums(arrangement_, y.hi, loaded_.sums_hi.data());
  else
    form_detail::exact_sums(arrangement_, y, loaded_.sums_hi.data(), loaded_.sums_lo.data());
}

void Evaluator::load_square(Arithmetic arithmetic, Wide x) {
  if (arithmetic == Arithmetic::plain)
    form_detail::plain_dots(form_, arrangement_, x.hi, x.hi, true, scratch_, loaded_.dots_hi.data());
  else
    form_detail::exact_dots(form_, arrangement_, x, x, true, scratch_, loaded_.dots_hi.data(), loaded_.dots_lo.data());
}

void Evaluator::squared_norms(double* out) const {
  const auto& squared = arrangement_.squared;
  for (std::size_t slice = 0; slice < squared.size(); ++slice)
    out[slice] = loaded_.dots_hi[static_cast<std::size_t>(squared[slice])];
  out[squared.size()] = 0.0;
}

void Evaluator::add_to(Sums& sums, Arithmetic arithmetic, DoubleDouble dot_factor, DoubleDouble sum_factor) const {
  accumulate(sums.dots_hi, sums.dots_lo, loaded_.dots_hi, loaded_.dots_lo, arithmetic, dot_factor);
  if (sum_factor.hi != 0.0)
    accumulate(sums.sums_hi, sums.sums_lo, loaded_.sums_hi, loaded_.sums_lo, arithmetic, sum_factor);
}

void Evaluator::add_euler(const form_detail::EulerStep& euler, Sums& step, Sums& gradient, Sums& update) {
  form_detail::euler_dots(form_, arrangement_, euler, scratch_,
                          {loaded_.dots_hi.data(), second_.dots_hi.data(), third_.dots_hi.data(),
                           second_.sums_hi.data(), third_.sums_hi.data()});
  const DoubleDouble tau = euler.tau, one = 1.0;
  const auto add = [](Sums& to, const Sums& from, DoubleDouble factor) {
    accumulate(to.dots_hi, to.dots_lo, from.dots_hi, from.dots_lo, Arithmetic::plain, factor);
  };
  add(step, loaded_, two_product(euler.tau, euler.tau));
  add(gradient, second_, tau);
  add(update, third_, one);
  accumulate(gradient.sums_hi, gradient.sums_lo, second_.sums_hi, second_.sums_lo, Arithmetic::plain, tau);
  accumulate(update.sums_hi, update.sums_lo, third_.sums_hi, third_.sums_lo, Arithmetic::plain, one);
}

namespace {

constexpr std::size_t kSideBySide = 64;

/// Sums of components side by side: total + rest.
struct CompensatedSums {
  double total[kSideBySide], rest[kSideBySide];

  void add(std::size_t i, double weight, double hi, double lo, double& magnitude) {
    const DoubleDouble product = two_product(weight, hi);
    const DoubleDouble next = two_sum(total[i], product.hi);
    total[i] = next.hi;
    rest[i] += (product.lo + next.lo) + weight * lo;
    magnitude += std::abs(product.hi);
  }
};

}  // namespace

template <std::size_t N>
void Evaluator::combine(const std::array<Part, N>& parts, bool with_linear, double* magnitudes) const {
  const auto& weights = arrangement_.weights;
  for (const auto& stretch : weights.stretches)
    for (std::int64_t done = 0; done < stretch.count; done += kSideBySide) {
      const auto count = static_cast<std::size_t>(std::min<std::int64_t>(kSideBySide, stretch.count - done));
      const std::int64_t first = stretch.first + done;
      CompensatedSums sums[N] = {};
      double magnitude[kSideBySide] = {};
      for (int e = 0; parts[0].dot_factor != 0.0 && e < stretch.entries; ++e) {
        const std::int64_t begin = stretch.begin + e * stretch.count + done;
        const std::int32_t* dot = weights.dot.data() + begin;
        const double* weight = weights.weight.data() + begin;
        for (std::size_t p = 0; p < N; ++p) {
          const double *hi = parts[p].sums->dots_hi.data(), *lo = parts[p].sums->dots_lo.data();
          const double factor = parts[p].dot_factor;
          for (std::size_t i = 0; i < count; ++i)
            sums[p].add(i, factor * weight[i], hi[dot[i]], lo[dot[i]], magnitude[i]);
        }
      }
      for (std::size_t i = 0; with_linear && i < count; ++i)
        for (const LawForm::Sum& sum : form_.sums_of(first + static_cast<std::int64_t>(i))) {
          const auto slice = static_cast<std::size_t>(sum.p);
          for (std::size_t p = 0; p < N; ++p)
            sums[p].add(i, sum.coefficient, parts[p].sums->sums_hi[slice], parts[p].sums->sums_lo[slice], magnitude[i]);
        }
      for (std::size_t p = 0; p < N; ++p)
        for (std::size_t i = 0; i < count; ++i) {
          const DoubleDouble value = two_sum(sums[p].total[i], sums[p].rest[i]);
          parts[p].out.hi[first + static_cast<std::int64_t>(i)] = value.hi;
          parts[p].out.lo[first + static_cast<std::int64_t>(i)] = value.lo;
        }
      if (magnitudes) std::copy_n(magnitude, count, magnitudes + first);
    }
}

template void Evaluator::combine(const std::array<Part, 3>&, bool, double*) const;
template void Evaluator::combine(const std::array<Part, 4>&, bool, double*) const;

void Evaluator::components(const Sums& sums, double dot_factor, bool with_linear, WideOut out) const {
  combine<1>({{{&sums, dot_factor, out}}}, with_linear, nullptr);
}

void Evaluator::component_magnitudes(const Sums& sums, double dot_factor, bool with_linear, double* out) const {
  const auto& weights = arrangement_.weights;
  std::fill_n(out, form_.components(), 0.0);
  for (const auto& stretch : weights.stretches)
    for (int e = 0; e < stretch.entries; ++e) {
      const std::int64_t begin = stretch.begin + e * stretch.count;
      for (std::int64_t i = 0; i < stretch.count; ++i) {
        const auto dot = static_cast<std::size_t>(weights.dot[static_cast<std::size_t>(begin + i)]);
        out[stretch.first + i] +=
            std::abs(dot_factor * weights.weight[static_cast<std::size_t>(begin + i)] * sums.dots_hi[dot]);
      }
    }
  if (!with_linear) return;
  for (std::int64_t c = 0; c < form_.components(); ++c)
    for (const LawForm::Sum& sum : form_.sums_of(c))
      out[c] += std::abs(sum.coefficient * sums.sums_hi[static_cast<std::size_t>(sum.p)]);
}

namespace {

// Low words that plain arithmetic does not compute are those of an earlier exact evaluation.
void drop_low(Evaluator::Sums& sums, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::exact) return;
  std::fill(sums.dots_lo.begin(), sums.dots_lo.end(), 0.0);
  std::fill(sums.sums_lo.begin(), sums.sums_lo.end(), 0.0);
}

}  // namespace

void Evaluator::bilinear(Arithmetic arithmetic, Wide x, Wide y, WideOut out) {
  load(arithmetic, x, y);
  drop_low(loaded_, arithmetic);
  components(loaded_, 1.0, false, out);
}

void Evaluator::quadratic(Arithmetic arithmetic, Wide x, WideOut out) {
  load_square(arithmetic, x);
  drop_low(loaded_, arithmetic);
  components(loaded_, 1.0, false, out);
}

void Evaluator::linear(Arithmetic arithmetic, Wide y, WideOut out) {
  load_sums(arithmetic, y);
  drop_low(loaded_, arithmetic);
  components(loaded_, 0.0, true, out);
}

void Evaluator::derivative(Arithmetic arithmetic, Wide x, Wide y, WideOut out) {
  load(arithmetic, x, y);
  drop_low(loaded_, arithmetic);
  components(loaded_, 2.0, true, out);
}

void Evaluator::value(Wide x, WideOut out, Arithmetic arithmetic) {
  load_square(arithmetic, x);
  load_sums(arithmetic, x);
  value_of_loaded(out, arithmetic);
}

void Evaluator::value(const float* x, WideOut out) {
  form_detail::plain_squares(form_, arrangement_, form_detail::Floats{x}, scratch_, loaded_.dots_hi.data(),
                             loaded_.sums_hi.data());
  value_of_loaded(out, Arithmetic::plain);
}

void Evaluator::value_of_loaded(WideOut out, Arithmetic arithmetic) {
  drop_low(loaded_, arithmetic);
  components(loaded_, 1.0, true, out);
  for (std::int64_t c = 0; c < form_.components(); ++c) {
    const DoubleDouble value = DoubleDouble(out.hi[c], out.lo[c]) + form_.constant[static_cast<std::size_t>(c)];
    out.hi[c] = value.hi;
    out.lo[c] = value.lo;
  }
}

template <class S, class Rho>
void Evaluator::sizes(const form_detail::SizedStep<S, Rho>& step, double* of_step, double* of_rounded,
                      WideOut rounding) {
  form_detail::size_dots(form_, arrangement_, step, scratch_,
                         {loaded_.dots_hi.data(), second_.dots_hi.data(), third_.dots_hi.data(), loaded_.sums_hi.data(),
                          second_.sums_hi.data(), third_.sums_hi.data()});
  component_magnitudes(loaded_, 2.0, true, of_step);
  component_magnitudes(second_, 2.0, true, of_rounded);
  drop_low(third_, Arithmetic::plain);
  components(third_, 2.0, true, rounding);
}

template void Evaluator::sizes(const form_detail::FloatSized&, double*, double*, WideOut);
template void Evaluator::sizes(const form_detail::DoubleSized&, double*, double*, WideOut);

template <class S>
void Evaluator::value_magnitude(const S* x, double* out) {
  form_detail::plain_squares(form_, arrangement_, Magnitudes<S>{x}, scratch_, loaded_.dots_hi.data(),
                             loaded_.sums_hi.data());
  component_magnitudes(loaded_, 1.0, true, out);
  for (std::int64_t c = 0; c < form_.components(); ++c) out[c] += std::abs(form_.constant[static_cast<std::size_t>(c)]);
}

template void Evaluator::value_magnitude(const float*, double*);
template void Evaluator::value_magnitude(const double*, double*);

}  // namespace invar
