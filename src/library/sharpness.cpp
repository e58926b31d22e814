#include "invar/sharpness.h"

#include "integrators/sharpness.h"
#include "library/checked.h"
#include "library/loss_field.h"
#include "library/tensors.h"
#include "settings/texts.h"

namespace invar::api {

Sharpness sharpness(Loss& loss, std::span<const double> theta, const SharpnessOptions& options) {
  return checked([&] {
    expect_theta(theta, expect_loss(loss), "theta");
    if (!loss.has_hessian_product())
      throw InputError(
          "sharpness: it takes Hessian-vector products, and the loss has none; give it hessian_product() and "
          "has_hessian_product()");
    if (!(options.tolerance > 0.0))
      throw InputError("tolerance: " + exact_text(options.tolerance) + " is not above 0; give for example 1e-8");
    if (options.max_products < 0)
      throw InputError("max_products: " + std::to_string(options.max_products) + " is below 0; give 0 for no limit");
    LossField field(loss, static_cast<Eigen::Index>(theta.size()));
    LanczosOptions of_process;
    of_process.tolerance = options.tolerance;
    of_process.max_products = options.max_products;
    of_process.seed = options.seed;
    const Theta at = Eigen::Map<const Theta>(theta.data(), static_cast<Eigen::Index>(theta.size()));
    const invar::Sharpness found = invar::sharpness<double>(field, at, of_process);
    if (!found.finite)
      throw InputError("sharpness: Hessian-vector product " + std::to_string(found.products) +
                       " has a number that is not finite; mend hessian_product(), or give another theta");
    return Sharpness{found.largest,           found.smallest, found.residual_largest,
                     found.residual_smallest, found.products, found.converged};
  });
}

}  // namespace invar::api
