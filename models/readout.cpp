#include "models/readout.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

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

}  // namespace

ModelText with_readout(const ModelText& block) {
  ModelText result = block;
  std::string& text = result.text;
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += "with cross-entropy\n";
  if (block.logits) {
    text += block.cross_entropy_lines;
    return result;
  }
  // An axis with a name of one word keeps it; of any other, "(h a)" or "ffn.m", the read-out has a letter of its own.
  std::string names = block.text;
  std::vector<std::string> axes;
  for (const std::string& axis : block.output_indices) {
    const bool plain = axis.find_first_of("(. ") == std::string::npos;
    axes.push_back(plain ? axis : free_letter(names));
    if (!plain) names += " " + axes.back();
  }
  const std::string& feature = axes.back();
  const std::string v = free_letter(names);
  std::string all, tokens, count;  // "t d", "t", "dim(t)"
  for (const std::string& index : axes) {
    all += (all.empty() ? "" : " ") + index;
    if (&index == &feature) continue;
    tokens += (tokens.empty() ? "" : " ") + index;
    count += (count.empty() ? "" : " ") + ("dim(" + index + ")");
  }

  const std::string u = "readout.U[" + v + " ";
  if (axes.size() > 2) count = "(" + count + ")";
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

ModelText split_at_loss(const std::string& text) {
  ModelText result{.text = text};
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::istringstream words(text.substr(begin, end - begin));
    std::string first;
    if (words >> first && first == "with") {
      result.text = text.substr(0, begin);
      result.cross_entropy_lines = text.substr(std::min(end + 1, text.size()));
      result.logits = true;
      break;
    }
    begin = end + 1;
  }
  return result;
}

}  // namespace invar
