// Entries of a program's table of keys: the field that each has, in Configuration or in the program's own keys.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "problem/keys.h"
#include "settings/field.h"

namespace invar {

struct KeyTraits {
  std::string_view choices = {};
  std::size_t first_choice = 0;
  Bound bound = Bound::any;
  std::int64_t most = 0;
  bool execution = false;
  bool repeats = false;
  FromProblem from_problem = FromProblem::no;
  UsedBy used_by = UsedBy::all;
  OfData of_data = OfData::any;
};

template <class T>
struct MemberOf;
template <class Owner, class T>
struct MemberOf<T Owner::*> {
  using Struct = Owner;
  using Field = T;
};

/// An entry of a table: a key of this field.
template <auto field>
Key key(std::string_view name, std::string_view fallback, std::string_view argument, std::string_view help,
        KeyTraits traits = {}) {
  using Owner = typename MemberOf<decltype(field)>::Struct;
  constexpr bool list = Element<typename MemberOf<decltype(field)>::Field>::list;
  return {{name, fallback, argument, help, traits.choices, traits.first_choice, traits.bound, traits.most,
           traits.execution, traits.repeats, list},
          {traits.from_problem, traits.used_by, traits.of_data},
          [](Configuration& configuration, const KeyText& text, std::string_view value) {
            read_field(keys_of<Owner>(configuration).*field, text, value);
          },
          [](const Configuration& configuration, const KeyText& text) {
            return show_field(keys_of<Owner>(configuration).*field, text);
          }};
}

/// Keys that several programs have, by their names with spaces between them.
inline std::vector<Key> shared_keys(std::string_view names) {
  std::vector<Key> keys;
  for (const std::string& name : split_words(names)) keys.push_back(shared_key(name));
  return keys;
}

/// The keys of how a job is executed. `more`: a program's own, before those of the output.
inline KeyGroup execution_keys(Key max_gradients, Key backend, std::string_view output, std::vector<Key> more = {}) {
  KeyGroup group{"Execution",
                 {std::move(max_gradients), shared_key("max-seconds"), std::move(backend), shared_key("threads")}};
  for (Key& key : more) group.keys.push_back(std::move(key));
  group.keys.push_back(shared_key("output").with_default(output));
  for (Key& key : shared_keys("force quiet strict")) group.keys.push_back(std::move(key));
  return group;
}

}  // namespace invar
