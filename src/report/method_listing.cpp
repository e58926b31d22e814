#include "report/method_listing.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "error.h"
#include "report/law_names.h"

namespace invar {
namespace {

constexpr std::array kFamilies{"adaptive", "prescribed"};
constexpr std::array kTexts{"label", "status", "status_message"};
constexpr std::array kIntegers{"gradients", "hessian_products", "accepted", "rejected", "stiff"};
constexpr std::array kNumbers{"seconds", "distance", "error", "end_time"};
constexpr std::array kOfLaw{"drift",     "relative_drift", "step_part", "gradient_part", "update_part",
                            "cast_part", "closure",        "bound",     "bound_ratio"};

/// Appends a line for each run of a family, as many cells as columns: a dataset of each, and the whole of it.
class Lines {
 public:
  Lines(const hdf5::Group& group, Listing& listing)
      : group_(group), rows_(listing.rows), first_(rows_.size()), count_(group.dataset("status").size()) {
    rows_.resize(first_ + static_cast<std::size_t>(count_));
  }

  template <class T>
  void add(const std::vector<T>& values, std::size_t stride = 1, std::size_t offset = 0) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i)
      rows_[first_ + i].emplace_back(values.at(i * stride + offset));
  }
  void add_texts(const char* name) { add(group_.dataset(name).read_text()); }
  void add_integers(const char* name) { add(group_.dataset(name).read<std::int64_t>()); }
  void add_numbers(const char* name) { add(group_.dataset(name).read<double>()); }

 private:
  const hdf5::Group& group_;
  std::vector<std::vector<Listing::Cell>>& rows_;
  std::size_t first_;
  std::int64_t count_;
};

template <class Each>
void each_family(const record::Reader& results, const Each& each) {
  for (const char* name : kFamilies)
    if (results.file().contains_group(name)) each(results.file().group(name));
}

}  // namespace

bool compares_methods(const record::Reader& results) {
  return results.file().contains_group("reference");
}

std::vector<std::string> method_statuses(const record::Reader& results) {
  std::vector<std::string> statuses;
  if (!compares_methods(results)) return statuses;
  each_family(results, [&](const hdf5::Group& group) {
    for (std::string& status : group.dataset("status").read_text()) statuses.push_back(std::move(status));
  });
  return statuses;
}

Listing list_method_runs(const record::Reader& results) {
  Listing listing;
  listing.columns = {"number"};
  listing.columns.insert(listing.columns.end(), kTexts.begin(), kTexts.end());
  listing.columns.insert(listing.columns.end(), kIntegers.begin(), kIntegers.end());
  listing.columns.insert(listing.columns.end(), kNumbers.begin(), kNumbers.end());
  each_family(results, [&](const hdf5::Group& group) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(group.dataset("status").size()));
    std::iota(numbers.begin(), numbers.end(), std::ssize(listing.rows));
    Lines lines(group, listing);
    lines.add(numbers);
    for (const char* name : kTexts) lines.add_texts(name);
    for (const char* name : kIntegers) lines.add_integers(name);
    for (const char* name : kNumbers) lines.add_numbers(name);
  });
  listing.shown = {"number", "label", "status", "gradients", "seconds", "error"};
  return listing;
}

Listing list_method_law(const record::Reader& results, const std::string& law) {
  Listing listing;
  listing.columns = {"label", "status", "law", "kind"};
  listing.columns.insert(listing.columns.end(), kOfLaw.begin(), kOfLaw.end());
  std::set<std::string> known;
  each_family(results, [&](const hdf5::Group& group) {
    const std::vector<std::string> laws = group.dataset("law").read_text(),
                                   kinds = group.dataset("law_kind").read_text();
    known.insert(laws.begin(), laws.end());
    for (std::size_t i = 0; i < laws.size(); ++i) {
      if (!is_called(laws[i], law)) continue;
      Lines lines(group, listing);
      lines.add_texts("label");
      lines.add_texts("status");
      const auto runs = static_cast<std::size_t>(group.dataset("status").size());
      lines.add(std::vector<std::string>(runs, laws[i]));
      lines.add(std::vector<std::string>(runs, kinds[i]));
      for (const char* name : kOfLaw) lines.add(group.dataset(name).read<double>(), laws.size(), i);
    }
  });
  if (listing.rows.empty()) throw InputError(unknown_law(results.path(), law, known));
  listing.shown = {"label", "law", "drift", "relative_drift", "bound", "bound_ratio", "status"};
  return listing;
}

}  // namespace invar
