// Balanced starts: θ moved onto h(θ) = 0 for every quadratic law.
#pragma once

#include <vector>

#include "law/form.h"

namespace invar {

/// Newton's method with the shortest correction, δ = −Jᵀ(JJᵀ)⁺h, until every law of degree 2 is at rounding. Linear
/// laws, controls and claims are left alone. Throws InputError where it does not arrive.
void balance(const std::vector<LawForm>& forms, std::vector<double>& theta);

}  // namespace invar
