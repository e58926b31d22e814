// Whatever is typed: texts with random damage are read, or refused as the user's mistake with a place inside the text.
// What is read is a block that can be trained: it is planned behind either loss and gives a gradient.
#include <algorithm>

#include "backend/objective.h"
#include "error.h"
#include "models/readout.h"
#include "notation_case.h"
#include "problem/block_library.h"
#include "tensor/outline.h"

namespace invar::oracle {
namespace {

// Words and signs of good texts, put together wrongly.
const std::vector<std::string> kWords{"parameters ",
                                      "input ",
                                      "law ",
                                      "output ",
                                      "sizes ",
                                      "defaults ",
                                      "constants ",
                                      "with cross-entropy\n",
                                      "Q[h d a]",
                                      "x[t d]",
                                      "x",
                                      "q",
                                      "s",
                                      "[h t a]",
                                      " = ",
                                      "softmax[u](",
                                      "where u <= t",
                                      "relu(",
                                      "sum[e](",
                                      "sqrt(",
                                      "dim(a)",
                                      ")",
                                      "(",
                                      "[",
                                      "]",
                                      "\n",
                                      "\n",
                                      "+",
                                      "-",
                                      "*",
                                      "/",
                                      "^2",
                                      "^-1",
                                      ",",
                                      "rotate[t a](",
                                      "pairing=half",
                                      "top_k[a](",
                                      "k=2",
                                      "y",
                                      "0",
                                      "1",
                                      "2.5",
                                      "d",
                                      "t",
                                      "(j c)",
                                      "#",
                                      "x[u e]",
                                      "é",
                                      "rms_norm[d](",
                                      "max(",
                                      "min[d](",
                                      "clamp(",
                                      "repeat[h](",
                                      "lookup[v](",
                                      "concat[s](",
                                      "use swiglu as f (x = y)\n",
                                      "claim c = ",
                                      "y = ",
                                      "y[t d]"};

const std::vector<std::string> kTexts{
    "sizes h=2 d=4 a=2 t=3\nparameters Q[h d a] K[h d a] b[a]\ninput x[t d]\nq[h t a] = Q[h d a] x[t d] + b[a]\n"
    "p[h t u] = softmax[u](q[h t a] K[h d a] x[u d] / sqrt(dim(a)), where u <= t)\n"
    "y[t d] = sum[h](p[h t u] x[u d]) + b[0] + sum[e](Q[e d 0])\nlaw l[a b] = Q[h d a] Q[h d b]\n",
    "parameters a b=2 c\ninput x\ns = a x\ny = max(s, b) x - clamp(c x, -1, 1)^2\nlaw l = a a - b b + c\n",
    "sizes d=3 h=2 g=1 r=2 e=3\nparameters A[d h] W[h d] V[h d] K[g d] G[e d]\nconstants c[d]\ninput x[d]\n"
    "u[h] = W[h d] x[d]\nm[e] = top_k[e](G[e d] x[d], k=2)\nz[e] = softmax[e](G[e d] x[d], where m[e])\n"
    "y[d] = A[d h] silu(u[h]) min(u[h], 1) + c[d] sum[e](z[e]) / dim(e)\n"
    "law l[g r] = W[(g r) d] W[(g r) d] - repeat[r](K[g d] K[g d])\noutput y\n",
    "sizes t=3 v=5 d=2\nparameters E[v d] c[d] W[v d]\ninput x[t]\ne[t d] = lookup[v](E[v d], x[t])\n"
    "y[s d] = concat[s](c[d], e[t d])\nlogits[s v] = W[v d] rms_norm[d](y[s d])\nwith cross-entropy\n"
    "law l[d] = sum[v](W[v d])\n",
    "sizes d=3 t=2\nparameters g[d]=1\ninput x[t d]\nr[t d] = g[d] x[t d]\nuse swiglu as f (x = r, h = 2, m = 3)\n"
    "y[t d] = f[t d] + r[t d] + sinusoid[t d](base=10)\nlaw l[d] = g[d] g[d]\n"};

std::string mangled(std::mt19937_64& generator) {
  std::string text = kTexts[generator() % kTexts.size()];
  const std::size_t changes = 1 + generator() % 3;
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = generator() % text.size();
    switch (generator() % 6) {
      case 0:
        text.insert(at, kWords[generator() % kWords.size()]);
        break;
      case 1:
        text.erase(at, 1 + generator() % 4);
        break;
      case 2:
        text.replace(at, 1 + generator() % 3, kWords[generator() % kWords.size()]);
        break;
      case 3: {  // a whole line: nothing defined there, or something defined twice
        const std::size_t begin = text.rfind('\n', at) + 1, end = std::min(text.find('\n', at), text.size() - 1);
        if (begin <= end) text.erase(begin, end + 1 - begin);
        break;
      }
      case 4: {
        const std::size_t begin = text.rfind('\n', at) + 1, end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(begin, end - begin) + "\n";
        text.insert(text.rfind('\n', generator() % text.size()) + 1, line);
        break;
      }
      default:
        text[at] = text[generator() % text.size()];
        break;
    }
    if (text.empty()) text = "x";
  }
  return text;
}

KnownSizes known_sizes() {
  KnownSizes known;
  known.missing_constant = [](const std::string&, const Shape& shape) {
    return random_numbers(static_cast<std::size_t>(extent_product(shape)), 3);
  };
  return known;
}

void require_place(const std::string& message, const std::string& text) {
  CAPTURE(message);
  REQUIRE(message.starts_with("b.txt:"));
  const std::size_t column = message.find(':', 6) + 1, end = message.find(": ", column);
  const int line = std::stoi(message.substr(6));
  CHECK(line >= 1);
  CHECK(line <= 1 + std::count(text.begin(), text.end(), '\n'));
  CHECK(std::stoi(message.substr(column, end - column)) >= 1);
}

/// Cost and gradient of two samples; true where the text is refused.
bool is_refused(const std::string& text, Loss loss, std::string& message) {
  try {
    const Block block = read_block(text, known_sizes(), "b.txt", built_in_blocks());
    const Shape& output = block.graph[block.output].shape;
    const Index input = extent_product(block.graph[block.input].shape),
                target = extent_product(target_shape(output, loss));
    SampleArrays samples{2, input, target, Numbers(static_cast<std::size_t>(2 * input), 0.0),
                         Numbers(static_cast<std::size_t>(2 * target), 0.0)};
    if (block.input_tokens == 0) samples.input = random_numbers(samples.input.size(), 5);
    Objective<double> objective(plan_cost(block, loss), samples);
    const Numbers theta = random_numbers(static_cast<std::size_t>(block.parameters.size()), 7);
    Numbers gradient(theta.size()), product(theta.size());
    objective.evaluate(theta.data(), gradient.data());
    objective.hessian_product(theta.data(), gradient.data(), product.data());
  } catch (const InputError& error) {
    message = error.what();
    return true;
  }
  return false;
}

TEST_CASE("a mangled text is refused with its place, or planned behind either loss") {
  std::mt19937_64 generator(7);
  for (const std::string& text : kTexts) {
    std::string message;
    CAPTURE(text);
    CHECK(!is_refused(text, Loss::squared, message));
    CHECK(message.empty());
  }
  int accepted = 0, refused = 0;
  for (int round = 0; round < 6000; ++round) {
    const std::string text = mangled(generator);
    CAPTURE(text);
    ModelText block;
    std::string message;
    try {
      (void)outline(text, "b.txt", built_in_blocks());
      block = split_at_loss(text);
      const BlockOutline found = outline(block.text, "b.txt", built_in_blocks());
      block.output = found.output.name;
      block.output_indices = found.output.axes;
    } catch (const InputError& error) {
      require_place(error.what(), text);
      ++refused;
      continue;
    }
    const bool is_block = !is_refused(block.text, Loss::squared, message);
    if (!is_block) require_place(message, text);
    (is_block ? accepted : refused) += 1;
    if (is_block) {
      const NotationCase read(block.text, known_sizes(), 1, built_in_blocks());
      CHECK(read.output().values.size() == static_cast<std::size_t>(extent_product(read.output().shape)));
    }
    if (block.output_indices.empty()) continue;  // refused before a read-out is asked for
    const ModelText classifier = with_readout(block);
    const std::string sizes = block.logits ? "" : "sizes " + classifier.output_indices[0] + "=3\n";
    if (block.logits && outline(classifier.text, "b.txt", built_in_blocks()).output.axes.empty()) continue;
    CHECK((!is_refused(classifier.text + sizes, Loss::cross_entropy, message) || !is_block || block.logits));
  }
  CHECK(accepted > 200);
  CHECK(refused > 1000);
}

}  // namespace
}  // namespace invar::oracle
