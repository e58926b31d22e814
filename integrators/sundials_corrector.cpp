#include "integrators/sundials_corrector.h"

#include <cvode/cvode.h>

#include <new>

#include "integrators/low_rank_jacobian.h"

namespace invar::sundials {
namespace {

// Of the corrector's tolerance, may be left in G's weighted norm, which bounds the error: I − γJ is at least 1 where
// the flow decays. CVODE's predictor magnifies what is left, and its control of the order sees it: 0.4 took up to twice
// as many steps on a network at tolerances below 1e-7, for a tenth fewer gradients elsewhere.
constexpr double kResidual = 0.1;
// A direction that brings the residual down to this part of it was known well enough: on small networks it spares half
// of the linear algebra.
constexpr double kKnown = 0.1;

struct Content {
  Vector residual, direction, trial, trial_residual;
  Values preconditioned, image, product;
  LowRankJacobian jacobian;
  SUNNonlinSolSysFn system = nullptr;
  int most = 0;
  bool failed = false;  // the last solution
};

Content& content(SUNNonlinearSolver solver) {
  return *static_cast<Content*>(solver->content);
}

int solve(SUNNonlinearSolver solver, N_Vector, N_Vector correction, N_Vector weights, realtype tolerance, booleantype,
          void* cvode) {
  Content& s = content(solver);
  Values &c = values(correction), &r = values(s.residual.get()), &p = values(s.direction.get());
  Values &trial = values(s.trial.get()), &z = s.preconditioned;
  double gamma = 0.0, before = 0.0, size_before = 0.0;
  CVodeGetCurrentGamma(cvode, &gamma);
  s.jacobian.refresh();
  s.failed = true;
  if (const int failed = s.system(correction, s.residual.get(), cvode); failed != 0) return failed;
  for (int iteration = 0; iteration <= s.most; ++iteration) {
    const double size = N_VWrmsNorm(s.residual.get(), weights);
    if (iteration > 0 && size > kKnown * size_before) s.jacobian.learn(p, s.product);
    size_before = size;
    s.jacobian.precondition(gamma, r, z);
    if (size <= kResidual * tolerance) {
      c -= z;  // what is left, as far as the preconditioner knows
      s.failed = false;
      return SUN_NLS_SUCCESS;
    }
    const double now = r.dot(z);
    if (iteration == 0)
      p = -z;
    else
      p = (now / before) * p - z;
    before = now;
    // G's difference is taken over a distance of the tolerance's size.
    const double length = N_VWrmsNorm(s.direction.get(), weights);
    trial = c + p / length;
    if (const int failed = s.system(s.trial.get(), s.trial_residual.get(), cvode); failed != 0) return failed;
    s.image = (values(s.trial_residual.get()) - r) * length;
    s.product = (p - s.image) / gamma;
    const double curvature = p.dot(s.image);
    if (!(curvature > 0.0)) break;
    c += (now / curvature) * p;
    r += (now / curvature) * s.image;
  }
  return SUN_NLS_CONV_RECVR;
}

}  // namespace

Corrector make_corrector(N_Vector like, int most_iterations, SUNContext context) {
  Corrector made(SUNNonlinSolNewEmpty(context));
  if (!made) throw std::bad_alloc();
  auto content_of = std::make_unique<Content>();
  for (Vector* vector :
       {&content_of->residual, &content_of->direction, &content_of->trial, &content_of->trial_residual})
    vector->reset(N_VClone(like));
  const Eigen::Index size = values(like).size();
  for (Values* vector : {&content_of->preconditioned, &content_of->image, &content_of->product}) vector->resize(size);
  content_of->jacobian.resize(size);
  content_of->most = most_iterations;
  made->content = content_of.release();
  auto& ops = *made->ops;
  ops.gettype = [](SUNNonlinearSolver) { return SUNNONLINEARSOLVER_ROOTFIND; };
  ops.setsysfn = [](SUNNonlinearSolver s, SUNNonlinSolSysFn system) {
    content(s).system = system;
    return SUN_NLS_SUCCESS;
  };
  ops.solve = solve;
  ops.getnumconvfails = [](SUNNonlinearSolver s, long* failures) {
    *failures = content(s).failed ? 1 : 0;
    return SUN_NLS_SUCCESS;
  };
  ops.free = [](SUNNonlinearSolver s) {
    delete static_cast<Content*>(s->content);
    s->content = nullptr;
    SUNNonlinSolFreeEmpty(s);
    return SUN_NLS_SUCCESS;
  };
  return made;
}

void forget(SUNNonlinearSolver solver) {
  content(solver).jacobian.clear();
}

}  // namespace invar::sundials
