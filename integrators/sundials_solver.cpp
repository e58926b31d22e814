#include "integrators/sundials_solver.h"

namespace invar::sundials {
namespace {

struct ConjugateGradients {
  Vector residual, direction, image;
  N_Vector weights = nullptr;
  SUNATimesFn times = nullptr;
  void* times_data = nullptr;
  int most = 0;
  int iterations = 0;
  double residual_norm = 0.0;
};

ConjugateGradients& content(SUNLinearSolver solver) {
  return *static_cast<ConjugateGradients*>(solver->content);
}

int solve(SUNLinearSolver solver, SUNMatrix /*matrix*/, N_Vector x_vector, N_Vector b, double tolerance) {
  ConjugateGradients& s = content(solver);
  Values& x = values(x_vector);
  Values &r = values(s.residual.get()), &p = values(s.direction.get());
  const Values &image = values(s.image.get()), &w = values(s.weights);
  const auto weighted_norm = [&] { return std::sqrt((r.array() * w.array()).square().sum()); };
  x.setZero();
  r = values(b);
  const double start = s.residual_norm = weighted_norm();
  s.iterations = 0;
  if (start <= tolerance) return SUNLS_SUCCESS;
  p = r;
  double squares = r.squaredNorm();
  while (s.iterations < s.most) {
    if (const int failed = s.times(s.times_data, s.direction.get(), s.image.get()); failed != 0)
      return failed < 0 ? SUNLS_ATIMES_FAIL_UNREC : SUNLS_ATIMES_FAIL_REC;
    ++s.iterations;
    const double curvature = p.dot(image);
    if (!(curvature > 0.0)) {
      if (s.iterations == 1) x = values(b);
      return SUNLS_SUCCESS;
    }
    const double step = squares / curvature;
    x += step * p;
    r -= step * image;
    s.residual_norm = weighted_norm();
    if (s.residual_norm <= tolerance) return SUNLS_SUCCESS;
    const double next = r.squaredNorm();
    p = r + (next / squares) * p;
    squares = next;
  }
  return s.residual_norm < start ? SUNLS_RES_REDUCED : SUNLS_CONV_FAIL;
}

}  // namespace

LinearSolver make_conjugate_gradients(N_Vector like, int most_iterations, SUNContext context) {
  LinearSolver made(SUNLinSolNewEmpty(context));
  if (!made) throw std::bad_alloc();
  auto content_of = std::make_unique<ConjugateGradients>();
  for (Vector* vector : {&content_of->residual, &content_of->direction, &content_of->image})
    vector->reset(N_VClone(like));
  content_of->most = most_iterations;
  made->content = content_of.release();
  auto& ops = *made->ops;
  ops.gettype = [](SUNLinearSolver) { return SUNLINEARSOLVER_ITERATIVE; };
  ops.getid = [](SUNLinearSolver) { return SUNLINEARSOLVER_CUSTOM; };
  ops.setatimes = [](SUNLinearSolver solver, void* data, SUNATimesFn times) {
    content(solver).times = times;
    content(solver).times_data = data;
    return SUNLS_SUCCESS;
  };
  ops.setscalingvectors = [](SUNLinearSolver solver, N_Vector weights, N_Vector) {
    content(solver).weights = weights;
    return SUNLS_SUCCESS;
  };
  ops.initialize = [](SUNLinearSolver) { return SUNLS_SUCCESS; };
  ops.solve = solve;
  ops.numiters = [](SUNLinearSolver solver) { return content(solver).iterations; };
  ops.resnorm = [](SUNLinearSolver solver) { return content(solver).residual_norm; };
  ops.free = [](SUNLinearSolver solver) {
    delete static_cast<ConjugateGradients*>(solver->content);
    solver->content = nullptr;
    SUNLinSolFreeEmpty(solver);
    return SUNLS_SUCCESS;
  };
  return made;
}

}  // namespace invar::sundials
