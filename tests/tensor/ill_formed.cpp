// Texts that must be refused: where (line and column), which names and extents the message shows, and the remedy.
#include "error.h"
#include "notation_case.h"
#include "tensor/outline.h"

namespace invar::oracle {
namespace {

std::string refusal(const std::string& text, const KnownSizes& known) {
  try {
    read_block(text, known, "b.txt");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

struct Refused {
  std::string text, place;
  std::vector<std::string> parts;  // names, extents, remedy
  KnownSizes known{};
};

void require_refused(const std::vector<Refused>& texts) {
  for (const Refused& refused : texts) {
    const std::string message = refusal(refused.text, refused.known);
    CAPTURE(refused.text, message);
    CHECK(message.starts_with("b.txt:" + refused.place + ": "));
    for (const std::string& part : refused.parts) {
      CAPTURE(part);
      CHECK(message.find(part) != std::string::npos);
    }
  }
}

KnownSizes shaped(std::map<std::string, Shape> shapes, std::map<std::string, Index> letters = {}) {
  KnownSizes known = extents(std::move(letters));
  known.shapes = std::move(shapes);
  return known;
}

const std::string kLayer = "parameters A[m h] W[h d] V[h d]\ninput x[d]\n";
const std::string kGate = "sizes e=3 d=2 t=4\nparameters G[e d] H[e d] b[e] c[d]\ninput x[t d]\n";
const std::string kTokens = "sizes t=3 d=2\ninput x[t d]\n";
const std::string kHeads = "sizes h=2 d=2 t=3 a=3\nparameters Q[h d a]\ninput x[t d]\n";

TEST_CASE("an index that would be summed by guess is refused") {
  require_refused({
      {kLayer + "y[m] = A[m h] silu(W[h d] x[d]) V[h d] x[d]",
       "3:24",
       {"'d' is summed in 'W[h d] x[d]'", "outside these parentheses (line 3, column 37)",
        "name the inner term first"}},
      {kLayer + "y[m] = A[m h] relu(W[h dd] x[d])",
       "3:24",
       {"'dd' and 'd' occur once each", "'A[m h] relu(W[h dd] x[d])'", "sum[dd d](…)", "give them one letter"}},
      {kLayer + "y[h] = W[h d]", "3:12", {"'d' occurs once in 'W[h d]'", "left of 'y'", "sum[d](…)"}},
      {kLayer + "y[m e] = A[m h] W[h d] x[d]", "3:5", {"'e' of 'y' occurs in no term", "remove it from the left"}},
      {kLayer + "z[h] = (V[h d] x[d] + W[h d] c[d])^2\ny[h] = z[h]",
       "3:30",
       {"unknown tensor 'c'", "known: 'A', 'W', 'V' and 'x'"}},
      {kLayer + "y[m] = A[m h] relu(V[h d] x[d] + W[h d])", "3:38", {"'d' occurs once", "sum[d](…)"}},
      {kGate + "y[t e] = G[e d] x[t d] + H[e d] c[d]",
       "4:26",
       {"'H[e d] c[d]' lacks index 't'", "line 4, column 19", "write repeat[t](…)"}},
      {kTokens + "y[t d] = sum[t](x[t d])", "3:14", {"'t' is summed by sum[t]", "on the left", "another letter"}},
      {kTokens + "y[t] = sum[d](x[t d]) x[t d]",
       "3:27",
       {"'d' is summed by the sum of line 3, column 12", "name the inner term first"}},
      {kTokens + "y[t d] = 1 / x[t e]^2", "3:18", {"'e' occurs once", "sum[e](…)"}},
      {kTokens + "y[t d] = x[t d] + x[u u] / x[u u]",
       "3:30",
       {"'u' is summed inside 'x[u u]'", "line 3, column 21", "name the inner term first"}},
  });
}

// Where the index is on the left it is not summed there, which is another net than the one that was meant.
TEST_CASE("an index on the left that stands twice in parentheses and beside them is refused, at any depth") {
  const std::string k = "sizes d=3 k=2 t=2 a=2 v=4\nparameters A[d k] W[k d] V[k d] E[v d] b[d] c[k]\ninput x[d]\n";
  const auto at = [](int column) { return "(line 4, column " + std::to_string(column) + ")"; };
  const std::string why = "not summed because it is on the left", remedy = "name the inner term first";
  require_refused({
      {k + "y[d] = A[d k] silu(W[k d] x[d]) (V[k d] x[d])",
       "4:24",
       {"'d' stands twice in 'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[d] = A[d k] (W[k d] x[d])^2", "4:20", {"'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[d] = A[d k] / (W[k d] x[d])", "4:22", {"'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[d] = A[d k] silu(tanh(W[k d] x[d]) + c[k])", "4:29", {"'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[d] = A[d k] (c[k] + 2 (W[k d] x[d] + c[k]))", "4:30", {"'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[d] = b[d] + silu(W[k d] x[d]) A[d k]", "4:24", {"'W[k d] x[d]'", at(35), why, remedy}},
      {k + "y[d] = b[d] sum[k](W[k d] x[d])", "4:24", {"'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[d] = b[d] max[k](W[k d] x[d])", "4:24", {"'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[d] = b[d] max(W[k d] x[d], c[k]) c[k]", "4:21", {"'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[d] = b[d] softmax[k](W[k d] x[d]) c[k]", "4:28", {"'W[k d] x[d]'", at(10), why, remedy}},
      {k + "y[k d] = softmax[k](b[d] relu(W[k d] x[d]))", "4:35", {"'W[k d] x[d]'", at(23), why, remedy}},
      {k + "y[t a] = A[(t a) k] silu(W[k (t a)] x[(t a)])", "4:31", {"'t' stands twice", at(13), why, remedy}},
      {k + "y[d] = b[d] (A[d d])^2 x[d]", "4:16", {"'A[d d]'", at(10), why, remedy}},
      {k + "y[d] = b[d] x[d]\nlaw l[d] = A[d k] abs(W[k d] b[d])", "5:27", {"'W[k d] b[d]'", why, remedy}},
      {k + "y[d] = b[d] x[d]\nclaim l[d] = b[d] sum[k](W[k d] b[d])^2", "5:30", {"'W[k d] b[d]'", why, remedy}},
      {k + "y[d] = lookup[v](E[v d], x[a]) E[v a] E[v a]",
       "4:15",
       {"'v' is taken up by lookup", at(34), "use another letter inside the lookup"}},
  });
}

TEST_CASE("unknown names are named, with the nearest that is known") {
  require_refused({
      {kLayer + "y[m] = A[m h] relu(W[h d] X[d])", "3:27", {"unknown tensor 'X'", "nearest known name is 'x'"}},
      {kLayer + "y[m] = A[m h] rleu(W[h d] x[d])", "3:15", {"unknown function 'rleu'", "nearest known name is 'relu'"}},
      {kLayer + "y[h] = mix[d](W[h d] x[d])", "3:8", {"unknown function or tensor 'mix'", "'max'"}},
      {kLayer + "y[d] = x[d] + select(x[d])", "3:15", {"unknown function 'select'", "known: 'dim'"}},
      {"parameter W[h d]\ninput x[d]\ny[h] = W[h d] x[d]", "1:1", {"'parameter'", "'parameters'"}},
      {kLayer + "take swiglu as ffn (x = r)", "3:1", {"'take' starts neither", "law, control, claim"}},
      {kLayer + "use swiglu as ffn (x = r)", "3:5", {"no blocks are at hand"}},
      {kTokens + "y[t d] = x[t d] / sqrt(dim(a))", "3:28", {"unknown index 'a'", "known: 't' and 'd'"}},
      {kTokens + "y[t] = softmax[f](sum[d](x[t d]))",
       "3:16",
       {"'softmax' works along index 'f'", "'sum[d](x[t d])' does not have", "known: 't'"}},
      {kTokens + "y[t u] = softmax[u](x[t d] x[u d], where v <= t)",
       "3:42",
       {"'v', which the scores do not have", "'t' and 'u'"}},
      {kHeads + "y[h t a] = rotate[t a](Q[h d a] x[t d], paring=half)",
       "4:41",
       {"no argument named 'paring'", "'pairing'"}},
      {kLayer + "output z\ny[h] = W[h d] x[d]", "3:8", {"no definition of the output 'z'", "'y'"}},
      {kLayer + "output x\ny[h] = W[h d] x[d]", "3:8", {"'x' is an input, not a definition", "definitions: 'y'"}},
      {"sizes T=2\n" + kTokens.substr(kTokens.find('\n') + 1) + "y[t d] = x[t d]",
       "1:7",
       {"'T', an index that no tensor has", "'t'"}},
      {kTokens + "y[t d] = x[t d]", "1:1", {"'q' is set to 4", "known: 't' and 'd'"}, extents({{"q", 4}})},
      {kTokens + "y[t d] = x[t d]", "1:1", {"[3, 3] is given for 'W'", "known: 'x'"}, shaped({{"W", {3, 3}}})},
  });
}

TEST_CASE("names are taken once, used below their line, and laws read parameters alone") {
  require_refused({
      {kLayer + "y[h] = z[h]\nz[h] = W[h d] x[d]", "3:8", {"'z' is defined only later, in line 4", "move"}},
      {kLayer + "y[h] = W[h d] x[d] +\n  y[h]", "4:3", {"'y' is defined by this very line"}},
      {kLayer + "x[h] = W[h d] x[d]", "3:1", {"'x' is already the name of the input of line 2", "another name"}},
      {kLayer + "input z[d]\ny[h] = W[h d] x[d]", "3:7", {"'z' is a second one beside 'x' of line 2"}},
      {"parameters exp[d]\ninput x[d]\ny[d] = x[d]", "1:12", {"'exp' is a word of the notation", "another name"}},
      {kLayer + "y[h] = W[h d] x[d]\nlaw l[h] = W[h d] x[d]",
       "4:19",
       {"'x' is the input of line 2", "'l' in terms of parameters"}},
      {kLayer + "y[h] = W[h d] x[d]\nclaim l = sum[h](y[h])", "4:18", {"a claim", "'y' is defined in line 3"}},
      {kLayer + "y[h] = W[h d] x[d]\nlaw l = A[0 0]\ncontrol l = A[0 1]",
       "5:9",
       {"'l' is already the name of the law of line 4"}},
      {"parameters W[h d]\ny[h] = sum[d](W[h d])", "2:22", {"no input", "'input x[d]'"}},
      {"sizes d=2\nparameters w[d]\ninput x[d]\ny[d] = w[d]", "4:1", {"'y' does not depend on the input 'x'"}},
      {"sizes d=2\nconstants W[d]\ninput x[d]\ny[d] = W[d] x[d]",
       "2:11",
       {"no values for the constant 'W' [2]", "give them by this name"}},
  });
}

TEST_CASE("extents that disagree are shown with both places") {
  require_refused({
      {"parameters W[h d]\ninput x[d]\ny[h] = W[h d] x[d]",
       "2:9",
       {"'d' has extent 4 by axis 1 of 'x', whose given shape is [4]",
        "but 5 by axis 2 of 'W', whose given shape is [3, 5]"},
       shaped({{"W", {3, 5}}, {"x", {4}}})},
      {"sizes d=5 h=2\nparameters W[h d]\ninput x[d]\ny[h] = W[h d] x[d]",
       "3:9",
       {"extent 4 by axis 1 of 'x'", "5 by 'sizes' in line 1"},
       shaped({{"x", {4}}})},
      {"sizes d=5 h=2\nparameters W[h d]\ninput x[d]\ny[h] = W[h d] x[d]",
       "3:9",
       {"extent 4", "3 by the value set from outside"},
       shaped({{"x", {4}}}, {{"d", 3}})},
      {"sizes h=2 d=3\nparameters W[h d] U[m k]\ninput x[d]\ny[m] = U[m h] W[h k] x[k]",
       "4:19",
       {"'k' has extent 2", "axis 2 of 'U' in 'U[m h]'", "axis 2 of 'W' ('W[h d]', line 2)", "extent 3",
        "another letter"}},
      {"sizes h=2\nparameters W[h d]\ninput x[d]\ny[h] = W[h d] x[d]",
       "2:16",
       {"extent of index 'd'", "'W[h d]'", "sizes d=…", "--set d=…"}},
      {"input x[t d]\ny[t d] = x[t d]",
       "1:7",
       {"'x[t d]' is declared with 2 axes", "[4, 5, 6] with 3"},
       shaped({{"x", {4, 5, 6}}})},
      {"sizes a=5 d=2 c=2\nparameters Q[d a]\ninput x[d]\ny[j c] = Q[d (j c)] x[d]",
       "4:14",
       {"index 'j' cannot be inferred from axis 2 of 'Q'", "5 (a=5", "no multiple of 2 (c=2"}},
      {"sizes a=6 d=2 c=2 j=4\nparameters Q[d a]\ninput x[d]\ny[j c] = Q[d (j c)] x[d]",
       "4:14",
       {"'(j c)' has extent 8", "extent 6 (a=6"}},
      {"sizes d=0\ninput x[d]\ny[d] = x[d]", "1:9", {"index 'd' has extent 0", "at least 1"}},
      {kGate + "y[t d] = G[3 d] x[t d]",
       "4:12",
       {"subscript 3 is outside axis 1 of 'G[e d]'", "extent 3", "from 0 to 2"}},
      {"sizes a=6 d=2 c=2\nparameters Q[d a]\ninput x[d]\ny[c] = Q[d (3 c)] x[d]",
       "4:12",
       {"subscript 3 is outside its part of axis 2 of 'Q[d a]'", "beside c=2", "it has extent 3", "from 0 to 2"}},
      {"sizes a=6 d=2 c=4\nparameters Q[d a]\ninput x[d]\ny[c] = Q[d (0 c)] x[d]",
       "4:12",
       {"'(0 c)' does not split axis 2 of 'Q[d a]'", "extent 6, no multiple of 4 (c=4"}},
      {kGate + "y[t e] = G[e] x[t d]", "4:10", {"'G' has 2 axes (G[e d], line 2)", "1 is written"}},
      {kGate + "y[e] = G[e d] x", "4:15", {"'x' has 2 axes (x[t d], line 3)", "none is written"}},
      {"sizes a=1000000000 b=1000000000 c=1000000\nparameters W[a b c]\ninput x[a]\ny[a] = x[a] W[a b c] W[a b c]",
       "2:12",
       {"[1000000000, 1000000000, 1000000]", "10^12", "smaller"}},
  });
}

TEST_CASE("functions refuse arguments that make no sense") {
  require_refused({
      {kHeads + "y[h t a] = rotate[t a](Q[h d a] x[t d], pairing=half)", "4:21", {"index 'a' has extent 3", "even"}},
      {kHeads + "y[h t a] = rotate[t a](Q[h d a] x[t d])", "4:12", {"needs 'pairing='", "'half' and 'interleaved'"}},
      {kHeads + "y[h t a] = rotate[t a](Q[h d a] x[t d], pairing=halves)",
       "4:49",
       {"'half' and 'interleaved', not 'halves'"}},
      {kHeads + "y[h t a] = rotate[t](Q[h d a] x[t d], pairing=half)", "4:12", {"takes 2 indices, not 1"}},
      {kHeads + "y[t d] = x[t d] + sinusoid[t d](base=-1)", "4:38", {"base of 'sinusoid'", "above 0"}},
      {kGate + "y[t e] = top_k[e](G[e d] x[t d], k=4)", "4:36", {"k=4", "'e' has extent 3", "from 1 to 3"}},
      {kGate + "y[t e] = top_k[e](G[e d] x[t d], k=1.5)", "4:36", {"an integer after 'k='", "'1.5'"}},
      {kTokens + "y[t d] = rms_norm[d](x[t d], eps=-1)", "3:34", {"eps of 'rms_norm'", "from 0 on"}},
      {kTokens + "y[t d] = relu[d](x[t d])", "3:14", {"takes no index list", "relu(x[d])"}},
      {kTokens + "y[t d] = softmax(x[t d])", "3:17", {"expected '['", "softmax[u](s[t u], where u <= t)"}},
      {kTokens + "y[t d] = softmax[d](x[t d], x[t d])", "3:29", {"takes one expression", "where u <= t"}},
      {kTokens + "y[t u] = softmax[u](x[t d] x[u d], where u < t)", "3:44", {"leaves no 'u'", "at t=0"}},
      {kTokens + "y[t u] = softmax[u](x[t d] x[u d], where u = t)", "3:44", {"'==', not '='"}},
      {kTokens + "y[t u] = softmax[u](x[t d] x[u d], where 0 <= u <= t)", "3:49", {"0 <= u and u <= t"}},
      {kTokens + "m[t] = sum[d](x[t d])\ny[t] = softmax[t](m[t], where m[t])", "4:31", {"'m' is no mask", "top_k[e]"}},
      {kTokens + "y[t d] = x[t d] / (2 - sqrt(4))", "3:19", {"'(2 - sqrt(4))' divides", "zero"}},
      {kTokens + "y[t d] = x[t d] + log(0 - 1)", "3:19", {"'log(0 - 1)' is no finite number"}},
  });
}

TEST_CASE("slips of the pen are found where they are") {
  require_refused({
      {kTokens + "y[t d] = relu(x[t d]\nz[t d] = y[t d]", "3:14", {"'(' is never closed"}},
      {kTokens + "y[t d] = x[t d)", "3:15", {"')' meets '[' of line 3, column 11"}},
      {kTokens + "y[t d] = x[t d])", "3:16", {"')' closes nothing"}},
      {kTokens + "y[t d] = 2 · x[t d]", "3:12", {"'·'", "'*'"}},
      {kTokens + "# Größe\ny[t d] = x[t d]²", "4:16", {"'²'", "'^2'"}},
      {kTokens + "y[t d] = x[t d]^0.5", "3:17", {"integer exponent", "sqrt(…)", "'0.5'"}},
      {kTokens + "y[t d] = 2 x[t d] +", "3:20", {"expected a tensor", "the end of the line"}},
      {kTokens + "y[t d] = 2 x[t d]\n  + 3", "4:3", {"starts with '+'", "end that line with the operator"}},
      {kTokens + "y[t d] = x[t d] = 2", "3:17", {"the end of the line, found '='"}},
      {kTokens + "y[t d] x[t d]", "3:8", {"expected '=' after 'y[t d]', found 'x'"}},
      {kTokens + "y[t d] = x[t d]\nwith cross-\nentropy", "4:6", {"'cross-entropy' after 'with'"}},
      {kTokens + "y[t d] = x[t d]\nwith squared", "4:6", {"'cross-entropy' after 'with'"}},
      {kTokens + "y[t d] = x[t d]\nwith cross-entropy\nwith cross-entropy", "5:1", {"a second", "line 4"}},
      {kTokens + "y[d d] = x[t d]", "3:5", {"'d' stands twice on the left of 'y'"}},
      {kTokens + "y[t 0] = x[t d]", "3:5", {"0 cannot be an axis on the left"}},
      {"parameters w[d (a b)]\ninput x[d]\ny[d] = x[d]",
       "1:16",
       {"'(a b)' cannot be an axis of 'w'", "where 'w' is used"}},
      {kTokens + "y[t a d] = x[t (a 2 d 0)]", "3:23", {"a second number inside joined indices", "'0' of the new axis"}},
      {kTokens + "y[t (2 d)] = x[t d]", "3:5", {"number 2 cannot be an axis on the left"}},
      {"parameters w[(2 a)]\ninput x[d]\ny[d] = x[d]", "1:14", {"'(2 a)' cannot be an axis of 'w'"}},
      {kTokens + "y[t d] = 1e999 x[t d]", "3:10", {"'1e999'", "double precision"}},
      {kTokens + "y[t d] = " + std::string(200, '(') + "x[t d]" + std::string(200, ')'),
       "3:110",
       {"nested more than 100 deep"}},
  });
}

TEST_CASE("the outline refuses the same slips") {
  CHECK_THROWS_AS(outline(kTokens + "y[t d] = z[t d]", "b.txt"), InputError);
  CHECK_THROWS_AS(outline(kTokens + "y[t] = x[t d]", "b.txt"), InputError);
  CHECK_NOTHROW(outline("input x[t d]\ny[t d] = x[t d]", "b.txt"));
}

}  // namespace
}  // namespace invar::oracle
