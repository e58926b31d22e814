// Texts against the ten reference cases (tests/reference, computed by an independent implementation): output and loss
// of every sample, and every law at the start.
#include <hdf5.h>

#include "notation_case.h"

namespace invar::oracle {
namespace {

class ReferenceFile {
 public:
  explicit ReferenceFile(const std::string& name)
      : file_(H5Fopen((INVAR_TESTS "/reference/" + name + ".h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)) {
    REQUIRE(file_ >= 0);
  }
  ~ReferenceFile() { H5Fclose(file_); }
  ReferenceFile(const ReferenceFile&) = delete;
  ReferenceFile& operator=(const ReferenceFile&) = delete;

  Array read(const std::string& path) const {
    const hid_t dataset = H5Dopen2(file_, path.c_str(), H5P_DEFAULT);
    REQUIRE(dataset >= 0);
    const hid_t space = H5Dget_space(dataset);
    std::vector<hsize_t> extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    Array result(Shape(extents.begin(), extents.end()));
    REQUIRE(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, result.values.data()) >= 0);
    H5Sclose(space);
    H5Dclose(dataset);
    return result;
  }

 private:
  hid_t file_;
};

// A symmetric law lists its upper triangle, matrix by matrix.
Numbers upper_triangles(const Array& law) {
  const std::size_t n = static_cast<std::size_t>(law.shape.back());
  Numbers result;
  for (std::size_t matrix = 0; matrix < law.values.size(); matrix += n * n)
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = a; b < n; ++b) result.push_back(law.values[matrix + a * n + b]);
  return result;
}

struct Case {
  std::string file, text;
  std::vector<std::string> laws;  // names in the file, in the order of the text's laws and controls
  bool symmetric = false;         // the laws are symmetric matrices
};

const std::string kHeads = "parameters Q[h d a] K[h d a] V[h d a] O[h a d]\ninput x[t d]\n";
const std::string kProjections = "q[h t a] = Q[h d a] x[t d]\nk[h u a] = K[h d a] x[u d]\n";
const std::string kScores =
    "p[h t u] = softmax[u](q[h t a] k[h u a] / sqrt(dim(a)))\ny[t d] = p[h t u] x[u e] V[h e a] O[h a d]\n";
const std::string kExperts = "parameters G[e d] W[e h d] V[e h d] A[e m h]\ninput x[d]\ns[e] = G[e d] x[d]\n";
const std::string kMixture =
    "u[e h] = W[e h d] x[d]\nv[e h] = V[e h d] x[d]\ny[m] = g[e] A[e m h] silu(u[e h]) v[e h]\n"
    "law gate[d] = sum[e](G[e d])\nlaw expert[e h] = A[e m h] A[e m h] - V[e h d] V[e h d]\ncontrol first[d] = G[0 d]\n"
    "control rows[e] = sum[d](G[e d])\n";
const std::vector<std::string> kMixtureLaws{"laws/sum_e G_e", "laws/|A_j|2-|V_j|2 per expert", "controls/G_1 row (E.2)",
                                            "controls/row sums over dims"};
std::string layer(const std::string& function) {
  return "parameters A[m h] W[h d]\ninput x[d]\ny[m] = A[m h] " + function +
         "(W[h d] x[d])\nlaw j[h] = A[m h] A[m h] - W[h d] W[h d]";
}

const std::vector<Case> kCases{
    {"toy_abx",
     "parameters a[i] b[i]\ninput x[i]\ny[i] = a[i] b[i] x[i]\nlaw j[i] = a[i]^2 - b[i]^2\ncontrol c[i] = a[i]^2 + "
     "b[i]^2",
     {"laws/a2-b2", "controls/a2+b2"}},
    {"linear_UVx_d3_r2_m3",
     "parameters U[m r] V[r d]\ninput x[d]\ny[m] = U[m r] V[r d] x[d]\nlaw b[r s] = U[m r] U[m s] - V[r d] V[s d]\n"
     "control c[r s] = U[m r] U[m s] + V[r d] V[s d]",
     {"laws/UtU-VVt", "controls/UtU+VVt"},
     true},
    {"ReLU_nobias", layer("relu"), {"laws/|A_j|2-|W_j|2"}},
    {"GELU_nobias", layer("gelu"), {"controls/|A_j|2-|W_j|2"}},
    {"SwiGLU",
     "parameters A[m h] W[h d] V[h d]\ninput x[d]\ny[m] = A[m h] silu(W[h d] x[d]) (V[h d] x[d])\n"
     "law v[h] = A[m h] A[m h] - V[h d] V[h d]\ncontrol w[h] = A[m h] A[m h] - W[h d] W[h d]",
     {"laws/|A_j|2-|V_j|2", "controls/|A_j|2-|W_j|2"}},
    {"MHA_noPE",
     kHeads + kProjections + kScores +
         "law qk[h a b] = Q[h d a] Q[h d b] - K[h d a] K[h d b]\nlaw vo[h a b] = V[h d a] V[h d b] - O[h a d] O[h b "
         "d]\n"
         "control qk2[h a b] = Q[h d a] Q[h d b] + K[h d a] K[h d b]\ncontrol vo2[h a b] = V[h d a] V[h d b] + O[h a "
         "d] O[h b d]",
     {"laws/QtQ-KtK", "laws/VtV-OOt", "controls/QtQ+KtK (E.2)", "controls/VtV+OOt (E.2)"},
     true},
    {"MHA_RoPE_dh4_d3_H2",
     kHeads +
         "q[h t a] = rotate[t a](Q[h d a] x[t d], base=10, pairing=interleaved)\n"
         "k[h u a] = rotate[u a](K[h d a] x[u d], base=10, pairing=interleaved)\n" +
         kScores +
         "law vo[h a b] = V[h d a] V[h d b] - O[h a d] O[h b d]\ncontrol qk[h a b] = Q[h d a] Q[h d b] - K[h d a] K[h "
         "d b]",
     {"laws/VtV-OOt", "controls/full QtQ-KtK"},
     true},
    {"MHA_RoPE_dh4_d3_H2",
     "sizes c=2\n" + kHeads + kProjections +
         "r[h t a] = rotate[t a](q[h t a], base=10, pairing=interleaved)\n"
         "l[h u a] = rotate[u a](k[h u a], base=10, pairing=interleaved)\n"
         "p[h t u] = softmax[u](r[h t a] l[h u a] / sqrt(dim(a)))\ny[t d] = p[h t u] x[u e] V[h e a] O[h a d]\n"
         "law pair[h j] = Q[h d (j c)] Q[h d (j c)] - K[h d (j c)] K[h d (j c)]\n"
         "control sum[h a] = Q[h d a] Q[h d a] + K[h d a] K[h d a]\n"
         "control difference[h a] = Q[h d a] Q[h d a] - K[h d a] K[h d a]",
     {"laws/|Qj|2-|Kj|2", "controls/|Q_col|2+|K_col|2 (E.2)", "controls/|Q_col|2-|K_col|2"}},
    {"MoE_softmax_dense", kExperts + "g[e] = softmax[e](s[e])\n" + kMixture, kMixtureLaws},
    {"MoE_softmax_top2_4", kExperts + "m[e] = top_k[e](s[e], k=2)\ng[e] = softmax[e](s[e], where m[e])\n" + kMixture,
     kMixtureLaws},
    {"MoE_nsigmoid_dense", kExperts + "g[e] = sigmoid(s[e]) / sum[f](sigmoid(s[f]))\n" + kMixture, kMixtureLaws},
};

TEST_CASE("texts of the ten reference blocks reproduce output, loss and laws") {
  for (const Case& reference : kCases) {
    CAPTURE(reference.file);
    const ReferenceFile file(reference.file);
    Array x = file.read("/data/x"), y = file.read("/data/y"), expected = file.read("/expected/output");
    const auto samples = static_cast<std::size_t>(x.shape[0]);
    KnownSizes known;
    known.shapes["x"] = Shape(x.shape.begin() + 1, x.shape.end());
    for (const std::string name : {"a", "b", "A", "G", "K", "O", "Q", "U", "V", "W"})
      if (reference.text.find(" " + name + "[") < reference.text.find("input"))
        known.shapes[name] = file.read("/parameters/" + name).shape;
    const Block block = read_block(reference.text, known, reference.file);
    Numbers theta;
    for (const Tensor& tensor : block.parameters.tensors()) {
      const Array values = file.read("/parameters/" + tensor.name);
      theta.insert(theta.end(), values.values.begin(), values.values.end());
    }

    Array output(expected.shape);
    double loss = 0.0;
    const std::size_t in = x.values.size() / samples, out = expected.values.size() / samples;
    for (std::size_t i = 0; i < samples; ++i) {
      const auto begin = x.values.begin() + static_cast<std::ptrdiff_t>(i * in);
      Interpreter oracle(block.graph, {theta}, Numbers(begin, begin + static_cast<std::ptrdiff_t>(in)));
      const Numbers& values = oracle.value(block.output);
      REQUIRE(values.size() == out);
      for (std::size_t j = 0; j < out; ++j) {
        const double residual = values[j] - y.values[i * out + j];
        output.values[i * out + j] = values[j];
        loss += residual * residual / 2.0 / static_cast<double>(samples);
      }
    }
    require_equal(output, expected);
    CHECK(loss == Approx(file.read("/expected/loss").values[0]).epsilon(1e-13));

    REQUIRE(block.laws.size() == reference.laws.size());
    for (std::size_t i = 0; i < block.laws.size(); ++i) {
      CAPTURE(reference.laws[i]);
      const NodeId node = block.laws[i].node;
      Interpreter oracle(block.graph, {theta}, Numbers(in));
      Array law(block.graph[node].shape, oracle.value(node));
      const Array wanted = file.read("/expected/" + reference.laws[i]);
      if (reference.symmetric) law.values = upper_triangles(law);
      law.shape = wanted.shape;
      require_equal(law, wanted, 1e-14);
    }
  }
}

}  // namespace
}  // namespace invar::oracle
