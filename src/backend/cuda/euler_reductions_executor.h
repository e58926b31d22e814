// EulerReductions on a device, of vectors that an executor keeps there. Twenty launches a step, whatever the number of
// laws; their totals stay on the device until they are read.
#pragma once

#include "backend/cuda/device_memory.h"
#include "backend/cuda/euler_kernels.h"

namespace invar::cuda {

template <class S, class Device>
class EulerReductionsExecutor final : public DeviceReductions {
 public:
  /// The device must outlive it; so must the vectors.
  EulerReductionsExecutor(Device& device, const EulerReductions& plan, EulerStep<S> vectors)
      : device_(device),
        vectors_(vectors),
        dots_(plan.dots),
        slices_(plan.slices),
        squares_(placed(plan.squares)),
        norms_(placed(plan.norms)),
        sums_(placed(plan.sums)),
        components_(placed(plan.component_norms)),
        groups_(placed(plan.group_norms)),
        pairs_(static_cast<Index>(plan.pairs.dot.size())),
        linear_(static_cast<Index>(plan.linear.component.size())),
        pair_dots_{
            place(plan.pairs.dot), place(plan.pairs.begin), place(plan.pairs.p), place(plan.pairs.q), {}, {}, nullptr},
        linear_floors_{place(plan.linear.component),
                       place(plan.linear.begin),
                       place(plan.linear.element),
                       place(plan.linear.weight),
                       {},
                       plan.unit_of_parameters,
                       plan.gradient_rounding,
                       nullptr,
                       nullptr} {
    place_panels(plan.panels);
    for (double** dots : {&square_, &slope_, &rounding_}) *dots = room(dots_);
    slope_sums_ = room(slices_);
    rounding_sums_ = room(slices_);
    for (std::size_t total = 0; total < kEulerTotals; ++total)
      totals_[total] = room(size_of(static_cast<EulerTotal>(total)));
    linear_floors_.floor = at(EulerTotal::linear_floor);
    linear_floors_.largest = at(EulerTotal::largest_gradient);
  }

  void write(const EulerTotals& totals) override {
    for (std::size_t i = 0; i < kEulerTotals; ++i)
      device_.upload(totals_[i], totals[i]->data(), size_of(static_cast<EulerTotal>(i)));
  }
  void read(const EulerTotals& totals) override {
    for (std::size_t i = 0; i < kEulerTotals; ++i)
      device_.download(totals[i]->data(), totals_[i], size_of(static_cast<EulerTotal>(i)));
  }

  void step(double tau) override {
    EulerStep<S> vectors = vectors_;
    vectors.tau = tau;
    const Elements<S> before{vectors.before}, k{vectors.k};
    const EulerRounding<S> rho{vectors};
    const EulerMiddle<S> middle{rho};
    dots_of(k, k, true, square_);
    dots_of(before, k, false, slope_);
    dots_of(middle, rho, false, rounding_);
    device_.rows(norms_.count, StretchDots<Elements<S>, Elements<S>>{norms_.rows, k, k, square_});
    device_.rows(sums_.count, StretchDots<Elements<S>, Ones>{sums_.rows, k, {}, slope_sums_});
    device_.rows(sums_.count, StretchDots<EulerRounding<S>, Ones>{sums_.rows, rho, {}, rounding_sums_});

    const double tau_squared = tau * tau;
    add(EulerTotal::step_hi, EulerTotal::step_lo, square_, tau_squared);
    add(EulerTotal::gradient_hi, EulerTotal::gradient_lo, slope_, tau);
    add(EulerTotal::update_hi, EulerTotal::update_lo, rounding_, 1.0);
    add(EulerTotal::gradient_sum_hi, EulerTotal::gradient_sum_lo, slope_sums_, tau);
    add(EulerTotal::update_sum_hi, EulerTotal::update_sum_lo, rounding_sums_, 1.0);

    device_.each(components_.count, Bounds<S>{components_.rows, square_, vectors.k, tau_squared,
                                              at(EulerTotal::bound_sum), at(EulerTotal::norm_max)});
    device_.rows(groups_.count, Bounds<S>{groups_.rows, square_, vectors.k, tau_squared,
                                          at(EulerTotal::group_bound_sum), at(EulerTotal::group_norm_max)});
    linear_floors_.step = vectors;
    device_.rows(linear_, linear_floors_);
  }

 private:
  struct Sums {
    DeviceStretchSums rows;
    Index count;
  };
  struct Norms {
    DeviceNormRows rows;
    Index count;
  };

  static constexpr const char* kTables = "the tables of the laws";

  template <class T>
  const T* place(const std::vector<T>& values) {
    return placed_on(device_, values, kTables);
  }
  Sums placed(const StretchSums& sums) {
    return {{place(sums.target), place(sums.begin), place(sums.stretches)}, static_cast<Index>(sums.target.size())};
  }
  Norms placed(const NormRows& rows) {
    return {{place(rows.begin), place(rows.dot), place(rows.repeated_begin), place(rows.repeated),
             place(rows.multiplicity)},
            static_cast<Index>(rows.begin.size()) - 1};
  }
  double* room(Index count) { return device_.template allocate<double>(count, "the sums of the laws"); }

  void place_panels(const std::vector<GramPanel>& given) {
    std::vector<DevicePanel> panels;
    std::vector<DeviceTile> tiles;
    for (const GramPanel& panel : given) {
      const auto number = static_cast<std::int32_t>(panels.size()), count = static_cast<std::int32_t>(panel.count);
      panels.push_back({panel.count, panel.length, panel.positions(), static_cast<Index>(panel.part.size()),
                        place(panel.part), panel.slice_stride, panel.position_stride, place(panel.elements),
                        panel.dot});
      for (std::int32_t i = 0; i < count; i += kGramTile)
        for (std::int32_t j = 0; j < count; j += kGramTile) tiles.push_back({number, i, j});
    }
    panels_ = place(panels);
    tiles_ = place(tiles);
    tile_count_ = static_cast<Index>(tiles.size());
  }

  template <class X, class Y>
  void dots_of(X x, Y y, bool same, double* out) {
    device_.rows(tile_count_, GramDots<X, Y>{panels_, tiles_, x, y, same, out});
    device_.rows(squares_.count, StretchDots<X, Y>{squares_.rows, x, y, out});
    device_.rows(pairs_, PairDots<X, Y>{pair_dots_.dot, pair_dots_.begin, pair_dots_.p, pair_dots_.q, x, y, out});
  }
  void add(EulerTotal hi, EulerTotal lo, const double* term, double factor) {
    device_.each(size_of(hi), Compensated{at(hi), at(lo), term, factor});
  }

  double* at(EulerTotal total) const { return totals_[static_cast<std::size_t>(total)]; }
  Index size_of(EulerTotal total) const {
    switch (total) {
      case EulerTotal::gradient_sum_hi:
      case EulerTotal::gradient_sum_lo:
      case EulerTotal::update_sum_hi:
      case EulerTotal::update_sum_lo:
        return slices_;
      case EulerTotal::bound_sum:
      case EulerTotal::norm_max:
      case EulerTotal::linear_floor:
      case EulerTotal::largest_gradient:
        return components_.count;
      case EulerTotal::group_bound_sum:
      case EulerTotal::group_norm_max:
        return groups_.count;
      default:
        return dots_;
    }
  }

  Device& device_;
  EulerStep<S> vectors_;
  Index dots_, slices_;
  Sums squares_, norms_, sums_;
  Norms components_, groups_;
  Index pairs_, linear_;
  PairDots<Ones, Ones> pair_dots_;  // its lists
  LinearFloors<S> linear_floors_;
  const DevicePanel* panels_ = nullptr;
  const DeviceTile* tiles_ = nullptr;
  Index tile_count_ = 0;
  double *square_ = nullptr, *slope_ = nullptr, *rounding_ = nullptr;
  double *slope_sums_ = nullptr, *rounding_sums_ = nullptr;
  std::array<double*, kEulerTotals> totals_{};
};

}  // namespace invar::cuda
