// Lists as columns of a terminal and as CSV.
#include "report/listing.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <sstream>

#include "report/law_names.h"

using namespace invar;

namespace {

Listing example() {
  Listing listing;
  listing.columns = {"run", "name, of it", "value", "hidden"};
  listing.shown = {"run", "name, of it", "value"};
  listing.rows = {{std::int64_t{0}, std::string("say \"no\",\nor not"), 0.1, std::nan("")},
                  {std::int64_t{-1}, std::string(200, 'x'), -1.0 / 3.0, 2.5e-300}};
  return listing;
}

}  // namespace

TEST_CASE("CSV has every column, numbers that read back as the same, and quotes what needs it") {
  std::ostringstream out;
  write_csv(out, example());
  CHECK(out.str() ==
        "run,\"name, of it\",value,hidden\r\n"
        "0,\"say \"\"no\"\",\nor not\",0.1,\r\n"
        "-1," +
            std::string(200, 'x') + ",-0.3333333333333333,2.5e-300\r\n");
}

TEST_CASE("a list on a terminal is at most 80 columns wide, its texts cut in the middle") {
  std::ostringstream out;
  print_listing(out, example());
  std::istringstream lines(out.str());
  std::string line;
  std::getline(lines, line);
  CHECK(line.starts_with("run  name, of it"));
  while (std::getline(lines, line)) CHECK(line.size() <= 80);
  CHECK(out.str().find("xx..xx") != std::string::npos);
  CHECK(out.str().find("hidden") == std::string::npos);
}

namespace {

/// Runs times laws of a net, with numbers of full width.
Listing laws_of_a_net(const std::vector<std::string>& steps, const std::vector<std::string>& laws,
                      const std::string& status) {
  Listing listing;
  listing.columns = listing.shown = {"run", "label", "start_seed", "law", "drift", "bound", "ratio", "status"};
  for (std::int64_t run = 0; run < std::ssize(steps); ++run)
    for (const std::string& law : laws)
      listing.rows.push_back({run, "sgd " + steps[static_cast<std::size_t>(run)] + " linear:1e-04 seed 1",
                              std::int64_t{1}, law, -1.2e-120, 1.5e-120, 2.5e-120,
                              std::string(run == 0 ? "finished" : status)});
  return listing;
}

std::vector<std::string> printed_lines(const Listing& listing) {
  std::ostringstream out;
  print_listing(out, listing);
  std::istringstream text(out.str());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("numbers stay where the texts are too long: what the texts have in common is said once") {
  const std::vector<std::string> lines = printed_lines(
      laws_of_a_net({"0.1", "0.05"}, {"layers.0.attention.query_key", "layers.11.attention.query_key"}, "finished"));
  CHECK(lines == std::vector<std::string>{"law: layers.*.attention.query_key", "label: sgd * linear:1e-04 seed 1",
                                          "run  label  start_seed  law    drift   bound   ratio  status",
                                          "  0  0.1             1  0    -1e-120  2e-120  3e-120  finished",
                                          "  0  0.1             1  11   -1e-120  2e-120  3e-120  finished",
                                          "  1  0.05            1  0    -1e-120  2e-120  3e-120  finished",
                                          "  1  0.05            1  11   -1e-120  2e-120  3e-120  finished"});
}

TEST_CASE("texts that are cut stay apart, and the last columns leave only where cutting does not help") {
  const std::vector<std::string> lines = printed_lines(laws_of_a_net(
      {"0.125", "0.0625"},
      {"blocks.0.attention.query_key", "layers.1.feedforward.down_up", "layers.2.feedforward.down_up"}, "diverged"));
  std::set<std::string> apart(lines.begin(), lines.end());
  CHECK(apart.size() == lines.size());
  REQUIRE(lines.size() == 2 + 6);
  CHECK(lines[0] == "label: sgd * linear:1e-04 seed 1");
  CHECK(lines[1] == "run  label   start_seed  law                     drift   bound   ratio  status");
  CHECK(lines[2].ends_with("finished"));
  CHECK(lines[7].ends_with("diverged"));
  for (const std::string& line : lines) CHECK(line.size() <= 80);

  Listing numbers;
  for (int i = 0; i < 12; ++i) {
    numbers.columns.push_back("number_" + std::to_string(i));
    numbers.rows.resize(1);
    numbers.rows[0].emplace_back(std::int64_t{i});
  }
  numbers.shown = numbers.columns;
  CHECK(printed_lines(numbers).front() ==
        "number_0  number_1  number_2  number_3  number_4  number_5  number_6  number_7");
}

TEST_CASE("a law goes by its whole name, its own, and patterns") {
  const std::string law = "layers.3.attention.query_key";
  for (const char* name : {"layers.3.attention.query_key", "query_key", "layers.*.attention.query_key", "*", "*query*"})
    CHECK(is_called(law, name));
  for (const char* name : {"query", "attention.query_key", "layers.4.attention.query_key", ""})
    CHECK_FALSE(is_called(law, name));
  CHECK(is_called("query_key", "query_key"));
  CHECK(unknown_law("r.h5", "up", {}) == "law: r.h5 has no law 'up'; it has none");
  CHECK(unknown_law("r.h5", "up", {"a", "b"}) == "law: r.h5 has no law 'up'; it has a, b");
}
