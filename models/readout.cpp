#include "models/readout.h"

#include <cctype>
#include <set>

#include "error.h"

namespace invar {
namespace {

/// Every letter and name of the text, comments left out.
std::set<std::string, std::less<>> names_in(const std::string& text) {
  std::set<std::string, std::less<>> names;
  std::string name;
  bool comment = false;
  for (const char c : text + "\n") {
    if (c == '#') comment = true;
    if (c == '\n') comment = false;
    if (!comment && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_')) {
      name += c;
    } else if (!name.empty()) {
      names.insert(std::move(name));
      name.clear();
    }
  }
  return names;
}

std::string free_letter(const std::string& text) {
  const auto names = names_in(text);
  for (const char letter : std::string_view("lkvwzcnmijopqrstuabdefgh")) {
    if (!names.contains(std::string(1, letter))) return {letter};
  }
  throw InputError(
      "every letter from a to z is an index or a tensor of the block: none is left for the classes of its read-out; "
      "give one of them a longer name");
}

/// The text with its `output` line blanked: the read-out's follows.
std::string without_output_line(const std::string& text) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const std::size_t word = std::min(line.find_first_not_of(" \t"), line.size());
    const bool is_output = line.compare(word, 6, "output") == 0 && word + 6 < line.size() &&
                           std::isspace(static_cast<unsigned char>(line[word + 6])) != 0;
    if (!is_output) result += line;
    result += '\n';
    begin = end + 1;
  }
  return result;
}

}  // namespace

ModelText with_readout(const ModelText& block) {
  if (block.logits) {
    ModelText same = block;
    same.text += block.cross_entropy_laws;
    return same;
  }
  const std::string& feature = block.output_indices.back();
  const std::string v = free_letter(block.text);
  std::string all, tokens, count;  // "t d", "t", "dim(t)"
  for (const std::string& index : block.output_indices) {
    all += (all.empty() ? "" : " ") + index;
    if (&index == &feature) continue;
    tokens += (tokens.empty() ? "" : " ") + index;
    count += (count.empty() ? "" : " ") + ("dim(" + index + ")");
  }

  ModelText result = block;
  std::string& text = result.text = without_output_line(block.text);
  const std::string u = "readout.U[" + v + " ";
  if (block.output_indices.size() > 2) count = "(" + count + ")";
  text += "# linear read-out\nparameters " + u + feature + "]\n";
  std::string read = block.output + "[" + all + "]";
  if (!tokens.empty()) {
    text += "readout.mean[" + feature + "] = sum[" + tokens + "](" + read + ") / " + count + "\n";
    read = "readout.mean[" + feature + "]";
  }
  text += "readout.logits[" + v + "] = " + u + feature + "] " + read + "\noutput readout.logits\n";
  text += "# cross-entropy is blind to a number added to all logits\nlaw readout_columns[" + feature + "] = sum[" + v +
          "](" + u + feature + "])\n";
  if (!block.output_gram.empty()) {
    const std::string& twin = block.output_twin;
    text += "law readout_output[" + feature + (twin == feature ? "" : " " + twin) + "] = " + u + feature + "] " + u +
            twin + "] " + block.output_gram + "\n";
  }
  result.output = "readout.logits";
  result.output_indices = {v};
  result.output_twin.clear();
  result.output_gram.clear();
  return result;
}

}  // namespace invar
