#include "integrators/sundials_corrector.h"

#include <cvode/cvode.h>

#include <new>

#include "integrators/low_rank_jacobian.h"

namespace invar::sundials {
namespace {

// Of the corrector's tolerance, may be left in G's weighted norm, which bounds the error: I − γJ is at least 1 where the
// flow decays. CVODE's predictor magnifies what is left: 0.5 took up to twice as many steps at a tolerance of 1e-10,
// for a tenth fewer gradients at 1e-4; 0.1 takes a tenth more than 0.2.
constexpr double kResidual = 0.2;

struct Content {
  Vector residual, direction, trial, trial_residual;
  Values preconditioned, image;
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
  double gamma = 0.0, before = 0.0;
  CVodeGetCurrentGamma(cvode, &gamma);
  s.jacobian.refresh();
  s.failed = true;
  if (const int failed = s.system(correction, s.residual.get(), cvode); failed != 0) return failed;
  for (int iteration = 0; iteration <= s.most; ++iteration) {
    s.jacobian.precondition(gamma, r, z);
    if (N_VWrmsNorm(s.residual.get(), weights) <= kResidual * tolerance) {
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
    const double size = N_VWrmsNorm(s.direction.get(), weights);
    trial = c + p / size;
    if (const int failed = s.system(s.trial.get(), s.trial_residual.get(), cvode); failed != 0) return failed;
    s.image = (values(s.trial_residual.get()) - r) * size;
    const double curvature = p.dot(s.image);
    if (!(curvature > 0.0)) break;
    z = (p - s.image) / gamma;
    s.jacobian.learn(p, z);
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
  for (Values* vector : {&content_of->preconditioned, &content_of->image}) vector->resize(size);
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
