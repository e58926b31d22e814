#include "experiments/show/convert.h"

#include <stdexcept>
#include <variant>

#include "error.h"
#include "experiments/show/convert_methods.h"
#include "experiments/show/convert_runs.h"
#include "record/plan.h"

namespace invar {

void convert_results(const std::filesystem::path& from, const std::filesystem::path& to, bool force) {
  const hdf5::File file = hdf5::File::open(from);
  const std::string name = from.string();
  if (!file.has_attribute("schema"))
    throw InputError(name + ": is no results file; give one that drift, accuracy or train wrote");
  const auto schema = file.attribute<std::int64_t>("schema");
  if (schema != 1)
    throw InputError(name + ": is of schema " + std::to_string(schema) + ", and --convert reads schema 1; " +
                     (schema == record::kSchema ? "it is as this version has it: nothing is to be done"
                                                : "take the version that wrote it"));
  const bool runs = file.contains_group("runs");
  if (!runs && !file.contains_group("reference"))
    throw InputError(name + ": has neither runs nor a reference, so it is no results file; give another");
  const auto damaged = [&](const std::exception& error) {
    return InputError(name + ": what it holds does not fit together (" + error.what() +
                      "): the file is damaged; get a complete copy");
  };
  try {
    (runs ? convert_runs : convert_methods)(file, to, force);
  } catch (const std::logic_error& error) {  // of the new file, which is not as the old one describes it
    throw damaged(error);
  } catch (const std::bad_variant_access& error) {  // an attribute of another type
    throw damaged(error);
  }
}

}  // namespace invar
