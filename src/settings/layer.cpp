#include "settings/layer.h"

#include "error.h"
#include "settings/texts.h"

namespace invar {
namespace {

std::string_view lower_end(Bound bound) {
  return bound == Bound::one_or_more    ? "1 or more"
         : bound == Bound::zero_or_more ? "0 or more"
         : bound == Bound::above_zero   ? "a number above 0"
                                        : "another value";
}

}  // namespace

std::vector<PlacedValue> default_values(std::string_view texts, std::string_view key) {
  std::vector<PlacedValue> values;
  for (const std::string& word : split_words(texts)) values.push_back({word, "the default of " + std::string(key)});
  return values;
}

bool read_values(const KeyText& key, const std::vector<PlacedValue>& values,
                 const std::function<void(std::string_view)>& read, std::vector<std::string>& problems) {
  const std::size_t before = problems.size();
  if (!key.list && values.size() > 1) {
    problems.push_back(values[1].place + ": '" + values[1].text + "' is a second value, where one is taken; give one");
    return false;
  }
  for (const PlacedValue& value : values) {
    try {
      read(value.text);
    } catch (const InputError& error) {
      std::string line = value.place + ": '" + value.text + "' " + error.what();
      if (line.find(';') == std::string::npos) {
        line += key.fallback.empty()
                    ? "; give " + std::string(lower_end(key.bound))
                    : "; give a value such as " + std::string(key.fallback.substr(0, key.fallback.find(' ')));
      }
      problems.push_back(std::move(line));
    }
  }
  return problems.size() == before;
}

}  // namespace invar
