// The problems on which other tools were measured, from the folder that the environment variable INVAR_SHARED names:
// P1 and P2 (small SwiGLU and attention, 16 samples; to T = 2, and T = 50 under names of their own), P5 (SwiGLU d = 32,
// h = 128, 512 samples) and P7 (tanh MLP of three layers, 128 samples). The project does not hold them; without the
// folder there are none.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/drift/program.h"
#include "hdf5/file.h"
#include "job/command_line.h"
#include "problem/problem.h"

namespace invar {

struct PeerProblem {
  const char *name, *file, *model;  // the model's name, or "" for mlp_tanh.txt
};

inline const PeerProblem kPeerProblems[] = {
    {"P1", "reference/SwiGLU.h5", "swiglu"},
    {"P2", "reference/MHA_noPE.h5", "attention"},
    {"P1_T50", "peers/flow/P1_SwiGLU_T50.h5", "swiglu"},
    {"P2_T50", "peers/flow/P2_MHA_noPE_T50.h5", "attention"},
    {"P5", "peers/flow/P5_SwiGLU_d32_h128.h5", "swiglu"},
    {"P7", "peers/flow/P7_tanhMLP_9_32_24_8.h5", ""},
};

inline std::optional<std::filesystem::path> shared_folder() {
  const char* folder = std::getenv("INVAR_SHARED");
  return folder ? std::optional<std::filesystem::path>(folder) : std::nullopt;
}

inline Problem load(const PeerProblem& peer, const std::filesystem::path& shared) {
  const std::string file = shared / peer.file, mlp = INVAR_BENCH_FOLDER "/mlp_tanh.txt";
  const bool known = *peer.model != '\0';
  const char* arguments[] = {"drift", "--problem", file.c_str(), known ? "--model" : "--block",
                             known ? peer.model : mlp.c_str()};
  const Configuration configuration = read_command_line(std::size(arguments), arguments, drift_program()).configuration;
  DataSource source(configuration);
  return build_problem(configuration, ladder(configuration).front(), source);
}

/// The parameters at T that the problem's file expects, a reference to about 1e-12.
inline std::vector<double> expected_end(const PeerProblem& peer, const std::filesystem::path& shared,
                                        const Block& block) {
  const hdf5::File file = hdf5::File::open(shared / peer.file);
  std::vector<double> end(static_cast<std::size_t>(block.parameters.size()));
  for (const Tensor& tensor : block.parameters.tensors()) {
    const auto values = file.dataset("/expected/at_T/parameters/" + tensor.name).read<double>();
    std::copy(values.begin(), values.end(), end.begin() + tensor.offset);
  }
  return end;
}

}  // namespace invar
