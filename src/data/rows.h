// The numbers of samples, a row each, read when they are asked for: a data set's size in memory is that of its bytes or
// less, not that of its numbers. Rows do not change; several threads may read them.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace invar::data {

/// What one pass over all rows tells.
struct RowsSummary {
  double largest = 0.0;   // |value|
  std::int64_t at = 0;    // the first row that has it
  std::uint64_t crc = 0;  // CRC-32 of all numbers as doubles, row by row
  std::int64_t bytes = 0;
};

class Rows {
 public:
  Rows(std::int64_t count, std::int64_t elements) : count_(count), elements_(elements) {}
  virtual ~Rows() = default;
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  std::int64_t count() const { return count_; }
  std::int64_t elements() const { return elements_; }  // of a row

  /// Writes the row's `elements` numbers. InputError where a file can no longer be read.
  virtual void read(std::int64_t row, double* numbers) const = 0;

  /// Made when it is first asked for.
  const RowsSummary& summary() const;

 private:
  std::int64_t count_, elements_;
  mutable std::once_flag once_;
  mutable RowsSummary summary_;
};

using SharedRows = std::shared_ptr<const Rows>;

/// Rows of numbers in memory, [count, elements].
SharedRows rows_of(std::int64_t count, std::vector<double> numbers);
/// Integers 0 … classes − 1 as rows of zeros with a one in the integer's place: elements become elements·classes.
SharedRows one_hot_rows(SharedRows labels, std::int64_t classes);

/// All numbers, [count, elements].
std::vector<double> values(const Rows& rows);
/// The same rows, as numbers in memory where those take no more than `bytes`.
SharedRows kept_where_small(SharedRows rows, std::int64_t bytes = std::int64_t{32} << 20);

}  // namespace invar::data
