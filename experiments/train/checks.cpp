#include "experiments/train/checks.h"

#include "data/known_sets.h"
#include "data/text.h"

namespace invar {

void check_length(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (checked.judge("epochs") && checked.judge("steps")) {
    if (c.epochs > 0 && c.steps > 0)
      problems.push_back(checked.place("steps") + ": '" + std::to_string(c.steps) +
                         "' is given beside epochs; give one of the two");
    if (c.epochs == 0 && c.steps == 0)
      problems.push_back(checked.place("epochs") + ": '0' without steps; give epochs or steps");
  }
  for (const StepSize& size : c.step_size)
    if (size.relative)
      problems.push_back(checked.place("step-size") + ": '" + size.text() +
                         "' is relative to the sharpness, which takes many gradients over all samples; give numbers, "
                         "for example 0.1");
}

void check_kind_of_data(const CheckedSettings& checked, Problems& problems) {
  const Configuration& c = checked.configuration;
  if (!checked.judge("data")) return;
  const data::KnownSet* set = data::find_set(c.data);
  const bool text = set ? set->images.train == 0 : data::is_text(c.data);
  const bool evaluates = !c.eval_data.empty() || (set && !set->evaluation.empty());
  for_each_changed(checked, [&](const Key& key, const PlacedValue& given) {
    const auto refuse = [&](const std::string& reason) {
      problems.push_back(given.place + ": '" + given.text + "' " + reason);
    };
    const OfData of = key.use.of_data;
    if (text && of == OfData::images)
      refuse("is for images, and '" + c.data + "' is a text; leave it out, or give other data");
    if (!text && of == OfData::text)
      refuse("is for texts, and '" + c.data + "' is none; leave it out, or give other data");
    if (!evaluates && of == OfData::evaluation)
      refuse("is of evaluation data, and '" + c.data + "' brings none; leave it out, or name some with --eval-data");
  });
}

}  // namespace invar
