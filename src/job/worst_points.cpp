#include "job/worst_points.h"

#include <string>

#include "law/verdict.h"

namespace invar {

void WorstPoints::look(const std::vector<double>& defects, const std::vector<double>& theta) {
  kept_.resize(defects.size(), 0.0);
  at_.resize(defects.size());
  std::shared_ptr<const std::vector<double>> here;
  for (std::size_t law = 0; law < defects.size(); ++law) {
    const double defect = defects[law];
    if (!(defect >= kConfirmAbove && defect <= kConfirmBelow && defect > 2.0 * kept_[law])) continue;
    if (!here) here = std::make_shared<const std::vector<double>>(theta);
    kept_[law] = defect;
    at_[law] = here;
  }
}

std::map<std::shared_ptr<const std::vector<double>>, std::vector<std::size_t>> WorstPoints::points() const {
  std::map<std::shared_ptr<const std::vector<double>>, std::vector<std::size_t>> result;
  for (std::size_t law = 0; law < at_.size(); ++law)
    if (at_[law]) result[at_[law]].push_back(law);
  return result;
}

void WorstPoints::archive(Archive& archive) {
  archive("kept", kept_);
  std::vector<std::int64_t> number(kept_.size(), -1);
  std::vector<std::vector<double>> thetas;
  if (!archive.loading())
    for (const auto& [theta, laws] : points()) {
      for (const std::size_t law : laws) number[law] = static_cast<std::int64_t>(thetas.size());
      thetas.push_back(*theta);
    }
  archive("number", number);
  auto count = static_cast<std::int64_t>(thetas.size());
  archive("points", count);
  thetas.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < thetas.size(); ++i) archive("theta" + std::to_string(i), thetas[i]);
  if (!archive.loading()) return;
  std::vector<std::shared_ptr<const std::vector<double>>> shared;
  for (std::vector<double>& theta : thetas)
    shared.push_back(std::make_shared<const std::vector<double>>(std::move(theta)));
  at_.assign(number.size(), nullptr);
  for (std::size_t law = 0; law < number.size(); ++law)
    if (number[law] >= 0) at_[law] = shared.at(static_cast<std::size_t>(number[law]));
}

}  // namespace invar
