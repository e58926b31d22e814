// Whatever is typed: texts with random damage are read, or refused as the user's mistake with a place inside the text.
#include <algorithm>

#include "error.h"
#include "notation_case.h"

namespace invar::oracle {
namespace {

std::string refusal(const std::string& text) {
  try {
    read_block(text, {}, "b.txt");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

// Words and signs of good texts, put together wrongly.
TEST_CASE("a mangled text is read or refused with its place, nothing else") {
  const std::vector<std::string> words{"parameters ",
                                       "input ",
                                       "law ",
                                       "output ",
                                       "sizes ",
                                       "Q[h d a]",
                                       "x[t d]",
                                       "q",
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
                                       ",",
                                       "rotate[t a](",
                                       "pairing=half",
                                       "top_k[a](",
                                       "k=2",
                                       "y",
                                       "0",
                                       "2.5",
                                       "d",
                                       "t",
                                       "(j c)",
                                       "#",
                                       "x[u e]",
                                       "é",
                                       "rms_norm[d]("};
  const std::string good =
      "sizes h=2 d=4 a=2 t=3\nparameters Q[h d a] K[h d a] b[a]\ninput x[t d]\nq[h t a] = Q[h d a] x[t d] + b[a]\n"
      "p[h t u] = softmax[u](q[h t a] K[h d a] x[u d] / sqrt(dim(a)), where u <= t)\n"
      "y[t d] = sum[h](p[h t u] x[u d]) + b[0] + sum[e](Q[e d 0])\nlaw l[a b] = Q[h d a] Q[h d b]\n";
  REQUIRE(refusal(good) == "accepted");
  std::mt19937_64 generator(7);
  int accepted = 0, refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = good;
    const std::size_t changes = 1 + generator() % 3;
    for (std::size_t i = 0; i < changes; ++i) {
      const std::size_t at = generator() % text.size();
      switch (generator() % 4) {
        case 0:
          text.insert(at, words[generator() % words.size()]);
          break;
        case 1:
          text.erase(at, 1 + generator() % 4);
          break;
        case 2:
          text.replace(at, 1 + generator() % 3, words[generator() % words.size()]);
          break;
        default:
          text[at] = text[generator() % text.size()];
          break;
      }
      if (text.empty()) text = "x";
    }
    CAPTURE(text);
    std::string message;
    REQUIRE_NOTHROW(message = refusal(text));
    if (message == "accepted") {
      ++accepted;
      const NotationCase read(text);
      CHECK(read.output().values.size() == static_cast<std::size_t>(extent_product(read.output().shape)));
      continue;
    }
    ++refused;
    CAPTURE(message);
    REQUIRE(message.starts_with("b.txt:"));
    const std::size_t column = message.find(':', 6) + 1, end = message.find(": ", column);
    const int line = std::stoi(message.substr(6));
    CHECK(line >= 1);
    CHECK(line <= 1 + std::count(text.begin(), text.end(), '\n'));
    CHECK(std::stoi(message.substr(column, end - column)) >= 1);
  }
  CHECK(accepted > 50);
  CHECK(refused > 1000);
}

}  // namespace
}  // namespace invar::oracle
