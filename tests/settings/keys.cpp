// Keys of no program: what settings make of a table of keys, from TOML, from a command line, and as help.
#include <catch2/catch.hpp>
#include <sstream>

#include "settings/command_line.h"
#include "settings/field.h"
#include "settings/layer.h"

using namespace invar;
using Catch::Matchers::Contains;

namespace {

enum class Colour : std::uint8_t { red, green };

struct Own {
  std::vector<std::int64_t> seeds;
  double scale = 0.0;
  Colour colour = Colour::red;
};

const KeyText kSeeds{.name = "seeds", .fallback = "1..3", .argument = "SEED", .help = "Seeds.", .list = true};
const KeyText kScale{
    .name = "scale", .fallback = "0.5", .argument = "S", .help = "A factor.", .bound = Bound::above_zero};
const KeyText kColour{
    .name = "colour", .fallback = "green", .argument = "C", .help = "A colour.", .choices = "red green"};

KeyTable table() {
  KeyTable keys;
  keys.groups = {{"Numbers", {kSeeds, kScale}}, {"Looks", {kColour}}};
  keys.foreign = [](std::string_view name, std::string_view prefix) {
    return name == "color" ? "write " + std::string(prefix) + "colour" : std::string();
  };
  return keys;
}

Own read(const Settings& settings, std::vector<std::string>& problems) {
  Own own;
  const auto take = [&](const KeyText& key, auto& field) {
    if (const auto found = settings.find(key.name); found != settings.end())
      read_values(
          key, found->second, [&](std::string_view text) { read_field(field, key, text); }, problems);
  };
  take(kSeeds, own.seeds);
  take(kScale, own.scale);
  take(kColour, own.colour);
  return own;
}

GivenOptions given(std::vector<const char*> arguments) {
  static constexpr OtherOption kOthers[] = {{"config", "FILE", "Reads a file."}, {"list", "", "Lists all."}};
  arguments.insert(arguments.begin(), "program");
  return read_options(static_cast<int>(arguments.size()), arguments.data(), table(), kOthers);
}

}  // namespace

TEST_CASE("a table of keys is read alike from TOML and from a command line, and shown as what reads back") {
  std::vector<std::string> problems;
  const Own of_toml =
      read(read_toml("seeds = [4, \"7..9\"]\nscale = 1e-3\ncolour = \"green\"", "a.toml", problems, table()), problems);
  GivenOptions options = given({"--seeds", "4,7..9", "--scale", "1e-3", "--colour", "green", "--list"});
  const Own of_line = read(options.keys, problems);
  CHECK(problems.empty());
  CHECK(options.problems.empty());
  CHECK(options.others.contains("list"));
  CHECK_FALSE(options.others.contains("config"));
  for (const Own& own : {of_toml, of_line}) {
    CHECK(own.seeds == std::vector<std::int64_t>{4, 7, 8, 9});
    CHECK(own.scale == 1e-3);
    CHECK(own.colour == Colour::green);
  }
  CHECK(show_field(of_line.seeds, kSeeds) == std::vector<std::string>{"4", "7", "8", "9"});
  CHECK(show_field(of_line.scale, kScale) == std::vector<std::string>{"0.001"});
  CHECK(show_field(of_line.colour, kColour) == std::vector<std::string>{"\"green\""});
}

TEST_CASE("what is wrong is told with value, place and remedy, all at once") {
  std::vector<std::string> problems;
  read(read_toml("seeds = [4, 4]\nscale = -1\ncolour = \"gren\"\ncolor = 3", "a.toml", problems, table()), problems);
  REQUIRE(problems.size() == 4);
  CHECK(problems[0] == "a.toml:4:1: 'color' is no key; write colour");
  CHECK(problems[1] == "a.toml:1:13: seeds: '4' stands twice; give each value once");
  CHECK(problems[2] == "a.toml:2:9: scale: '-1' is not above 0; give a value such as 0.5");
  CHECK(problems[3] == "a.toml:3:10: colour: 'gren' is no value of colour; did you mean 'green'?");

  const GivenOptions options = given({"--scal", "3", "--seeds", "--color=red", "word"});
  std::string all;
  for (const std::string& line : options.problems) all += line + "\n";
  CHECK_THAT(all, Contains("'--scal' is no option; did you mean '--scale'?"));
  CHECK_THAT(all, Contains("'--color' is no option; write --colour"));
  CHECK_THAT(all, Contains("--seeds: '' is no value; write --seeds SEED"));
}

TEST_CASE("help says keys, choices and defaults within 80 columns") {
  static constexpr OtherOption kOthers[] = {{"list", "", "Lists all."}};
  KeyTable keys = table();
  const std::string many = "A text of so many words that no single line of eighty columns could ever hold all of them.";
  keys.groups[0].keys[1].help = many;
  const std::string help = options_help(keys, kOthers);
  CHECK_THAT(help, Contains("  --seeds SEED...           Seeds. [1..3]\n"));
  CHECK_THAT(help, Contains("A colour. One of: red green. [green]\n"));
  CHECK_THAT(help, Contains("\nActions:\n  --list                    Lists all.\n"));
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
}
