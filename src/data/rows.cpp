// See rows.h.
#include "data/rows.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>

namespace invar::data {
namespace {

class NumberRows final : public Rows {
 public:
  NumberRows(std::int64_t count, std::vector<double> numbers)
      : Rows(count, count > 0 ? static_cast<std::int64_t>(numbers.size()) / count : 0), numbers_(std::move(numbers)) {}

  void read(std::int64_t row, double* numbers) const override {
    std::copy_n(numbers_.data() + row * elements(), elements(), numbers);
  }

 private:
  std::vector<double> numbers_;
};

class OneHotRows final : public Rows {
 public:
  OneHotRows(SharedRows labels, std::int64_t classes)
      : Rows(labels->count(), labels->elements() * classes), labels_(std::move(labels)), classes_(classes) {}

  void read(std::int64_t row, double* numbers) const override {
    // The labels stand at the row's end until the ones that they name are written; the last one is read before.
    const std::int64_t labels = labels_->elements();
    double* last = numbers + (elements() - labels);
    labels_->read(row, last);
    for (std::int64_t i = 0; i < labels; ++i) {
      const auto place = static_cast<std::int64_t>(last[i]);
      double* ones = numbers + i * classes_;
      std::fill_n(ones, classes_, 0.0);
      ones[place] = 1.0;
    }
  }

 private:
  SharedRows labels_;
  std::int64_t classes_;
};

}  // namespace

const RowsSummary& Rows::summary() const {
  std::call_once(once_, [this] {
    std::vector<double> row(static_cast<std::size_t>(elements_));
    uLong crc = crc32_z(0, nullptr, 0);
    for (std::int64_t i = 0; i < count_; ++i) {
      read(i, row.data());
      crc = crc32_z(crc, reinterpret_cast<const unsigned char*>(row.data()), row.size() * sizeof(double));
      for (const double value : row)
        if (const double size = std::abs(value); size > summary_.largest) {
          summary_.largest = size;
          summary_.at = i;
        }
    }
    summary_.crc = crc;
    summary_.bytes = count_ * elements_ * static_cast<std::int64_t>(sizeof(double));
  });
  return summary_;
}

SharedRows rows_of(std::int64_t count, std::vector<double> numbers) {
  return std::make_shared<const NumberRows>(count, std::move(numbers));
}

SharedRows one_hot_rows(SharedRows labels, std::int64_t classes) {
  return std::make_shared<const OneHotRows>(std::move(labels), classes);
}

std::vector<double> values(const Rows& rows) {
  std::vector<double> numbers(static_cast<std::size_t>(rows.count() * rows.elements()));
  for (std::int64_t row = 0; row < rows.count(); ++row) rows.read(row, numbers.data() + row * rows.elements());
  return numbers;
}

SharedRows kept_where_small(SharedRows rows, std::int64_t bytes) {
  if (rows->count() * rows->elements() > bytes / static_cast<std::int64_t>(sizeof(double))) return rows;
  return rows_of(rows->count(), values(*rows));
}

}  // namespace invar::data
