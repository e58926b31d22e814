// Lists as columns of a terminal and as CSV.
#include "report/listing.h"

#include <catch2/catch.hpp>
#include <cmath>
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
