#include "integrators/sundials_vector.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace invar::sundials {
namespace {

struct Content {
  Values values;
  const VectorNorm* norm;
};

Content& content(N_Vector vector) {
  return *static_cast<Content*>(vector->content);
}

void destroy(N_Vector vector) {
  delete static_cast<Content*>(vector->content);
  vector->content = nullptr;
  N_VFreeEmpty(vector);
}

N_Vector clone(N_Vector of) {
  N_Vector made = N_VNewEmpty(of->sunctx);
  if (made == nullptr) return nullptr;
  N_VCopyOps(of, made);
  made->content = new (std::nothrow) Content{Values::Zero(content(of).values.size()), content(of).norm};
  if (made->content != nullptr) return made;
  N_VFreeEmpty(made);
  return nullptr;
}

void linear_sum(double a, N_Vector x, double b, N_Vector y, N_Vector z) {
  // The prediction adds Nordsieck columns, and takes them off again after a failure.
  if (a == 1.0 && b == 1.0)
    values(z) = values(x) + values(y);
  else if (a == 1.0 && b == -1.0)
    values(z) = values(x) - values(y);
  else
    values(z) = a * values(x) + b * values(y);
}

double norm(N_Vector x, N_Vector w) {
  const auto weighted = values(x).array() * values(w).array();
  const VectorNorm& how = *content(x).norm;
  const Eigen::Index size = values(x).size();
  const auto rms = [&](Eigen::Index begin, Eigen::Index end) {
    return end > begin
               ? std::sqrt(weighted.segment(begin, end - begin).square().sum() / static_cast<double>(end - begin))
               : 0.0;
  };
  switch (how.kind) {
    case NormKind::rms:
      return rms(0, size);
    case NormKind::max:
      return weighted.abs().maxCoeff<Eigen::PropagateNaN>();
    case NormKind::tensors:
      break;
  }
  double largest = 0.0;
  for (std::size_t i = 0; i < how.tensor_begin.size(); ++i) {
    const double one = rms(how.tensor_begin[i], i + 1 < how.tensor_begin.size() ? how.tensor_begin[i + 1] : size);
    if (!(one <= largest)) largest = one;  // NaN comes through
  }
  return largest;
}

int linear_combination(int count, double* c, N_Vector* x, N_Vector z) {
  // z may be x[0], as SUNDIALS says, and no other.
  values(z) = c[0] * values(x[0]);
  int i = 1;
  for (; i + 1 < count; i += 2) values(z) += c[i] * values(x[i]) + c[i + 1] * values(x[i + 1]);
  if (i < count) values(z) += c[i] * values(x[i]);
  return 0;
}

int scale_add_multi(int count, double* a, N_Vector x, N_Vector* y, N_Vector* z) {
  for (int i = 0; i < count; ++i) values(z[i]) = a[i] * values(x) + values(y[i]);
  return 0;
}

int scale_array(int count, double* c, N_Vector* x, N_Vector* z) {
  for (int i = 0; i < count; ++i) values(z[i]) = c[i] * values(x[i]);
  return 0;
}

void set_operations(N_Vector_Ops ops) {
  ops->nvgetvectorid = [](N_Vector) { return SUNDIALS_NVEC_CUSTOM; };
  ops->nvclone = clone;
  ops->nvdestroy = destroy;
  ops->nvgetlength = [](N_Vector v) { return static_cast<sunindextype>(values(v).size()); };
  ops->nvlinearsum = linear_sum;
  ops->nvconst = [](double c, N_Vector z) { values(z).setConstant(c); };
  ops->nvprod = [](N_Vector x, N_Vector y, N_Vector z) { values(z) = values(x).cwiseProduct(values(y)); };
  ops->nvdiv = [](N_Vector x, N_Vector y, N_Vector z) { values(z) = values(x).cwiseQuotient(values(y)); };
  ops->nvscale = [](double c, N_Vector x, N_Vector z) {
    if (c == 1.0)
      values(z) = values(x);
    else
      values(z) = c * values(x);
  };
  ops->nvabs = [](N_Vector x, N_Vector z) { values(z) = values(x).cwiseAbs(); };
  ops->nvinv = [](N_Vector x, N_Vector z) { values(z) = values(x).cwiseInverse(); };
  ops->nvaddconst = [](N_Vector x, double b, N_Vector z) { values(z) = values(x).array() + b; };
  ops->nvdotprod = [](N_Vector x, N_Vector y) { return values(x).dot(values(y)); };
  ops->nvmaxnorm = [](N_Vector x) { return values(x).cwiseAbs().maxCoeff<Eigen::PropagateNaN>(); };
  ops->nvwrmsnorm = norm;
  ops->nvmin = [](N_Vector x) { return values(x).minCoeff<Eigen::PropagateNaN>(); };
  ops->nvlinearcombination = linear_combination;
  ops->nvscaleaddmulti = scale_add_multi;
  ops->nvscalevectorarray = scale_array;
}

}  // namespace

Values& values(N_Vector vector) {
  return content(vector).values;
}

Vector make_vector(Eigen::Index size, const VectorNorm& how, SUNContext context) {
  Vector made(N_VNewEmpty(context));
  if (!made) throw std::bad_alloc();
  set_operations(made->ops);
  made->content = new Content{Values::Zero(size), &how};
  return made;
}

}  // namespace invar::sundials
