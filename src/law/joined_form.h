// Several laws as one form, so that slices which they share (a law and its control read the same columns) are evaluated
// once.
#pragma once

#include <vector>

#include "law/form.h"

namespace invar::form_detail {

struct JoinedForm {
  LawForm form;                                  // the components of all, law after law; names and groups are left out
  std::vector<std::vector<std::int32_t>> slice;  // of each law's slices: its number in `form`
};

JoinedForm joined(const std::vector<const LawForm*>& forms);

}  // namespace invar::form_detail
