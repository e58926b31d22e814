// The vector fields X(θ) = ∂_θ f(x; θ)ᵀ w of samples x and weights w, and their brackets [X, Y] = DY·X − DX·Y.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "error.h"
#include "exact/evaluation.h"
#include "exact/relations.h"

namespace invar::exact {

/// A field of a sample, or the bracket of two fields.
template <class F>
struct Field {
  std::size_t sample = 0;
  std::vector<F> weights;
  std::shared_ptr<const Field> left, right;
};

template <class F>
class Fields {
 public:
  Fields(const Tape& tape, std::vector<std::int32_t> outputs, ExactPoint<F> point)
      : tape_(tape), outputs_(std::move(outputs)), point_(std::move(point)) {}

  const std::vector<F>& parameters() const { return point_.parameters; }
  std::vector<F> at_point(const Field<F>& field) const {
    return value<F>(field, std::span<const F>(point_.parameters));
  }
  /// ∇h of a step that depends on θ alone.
  std::vector<F> gradient_of(std::int32_t step) const {
    std::vector<F> values;
    const F one(1);
    evaluate<F, F>(tape_, std::span<const F>(point_.known[0]), std::span<const F>(point_.parameters),
                   std::span<const F>(point_.inputs[0]), values);
    return gradient<F, F>(tape_, std::span<const F>(values), std::span(&step, 1), std::span(&one, 1));
  }
  /// Brackets of brackets to this depth (a field of a sample is of depth 1).
  static constexpr int kDeepest = 4;

 private:
  template <class T>
  struct Order {
    static constexpr int value = 0;
  };
  template <class T>
  struct Order<Dual<T>> {
    static constexpr int value = Order<T>::value + 1;
  };

  template <class T>
  std::vector<T> value(const Field<F>& field, std::span<const T> parameters) const {
    if (!field.left) return of_sample<T>(field, parameters);
    if constexpr (Order<T>::value + 1 < kDeepest) {
      const std::vector<T> x = value<T>(*field.left, parameters);
      std::vector<Dual<T>> moved;
      for (std::size_t i = 0; i < x.size(); ++i) moved.emplace_back(parameters[i], x[i]);
      const std::vector<Dual<T>> y = value<Dual<T>>(*field.right, std::span<const Dual<T>>(moved));
      for (std::size_t i = 0; i < x.size(); ++i) moved[i].slope = y[i].real;
      const std::vector<Dual<T>> x_along_y = value<Dual<T>>(*field.left, std::span<const Dual<T>>(moved));
      std::vector<T> result;
      for (std::size_t i = 0; i < x.size(); ++i) result.push_back(y[i].slope - x_along_y[i].slope);
      return result;
    } else {
      throw InputError("brackets deeper than " + std::to_string(kDeepest));
    }
  }

  template <class T>
  std::vector<T> of_sample(const Field<F>& field, std::span<const T> parameters) const {
    std::vector<T> inputs, values;
    for (const F& input : point_.inputs[field.sample]) inputs.push_back(lift<T>(input));
    const std::span<const F> known = point_.known[field.sample];
    evaluate<T, F>(tape_, known, parameters, std::span<const T>(inputs), values);
    return gradient<T, F>(tape_, std::span<const T>(values), outputs_, std::span<const F>(field.weights));
  }

  const Tape& tape_;
  std::vector<std::int32_t> outputs_;
  ExactPoint<F> point_;
};

}  // namespace invar::exact
