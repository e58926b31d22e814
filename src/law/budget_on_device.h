// What a device is to reduce of the steps that it takes, from the forms as budgets on the host read them.
#pragma once

#include "law/budget_state.h"

namespace invar::form_detail {

cuda::EulerReductions euler_reductions(const BudgetState& state);

}  // namespace invar::form_detail
