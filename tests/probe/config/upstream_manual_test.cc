#include <algorithm>
#include <fstream>
#include <iterator>

#include "probe/config/upstream_table.h"
#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

std::string ReadManual() {
  std::ifstream file(GAIKEI_DOCS "/upstreams.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The part of the manual under a heading, up to the next one of its level.
std::string Section(const std::string& manual, const std::string& heading) {
  const std::size_t begin = manual.find("\n## " + heading + "\n");
  if (begin == std::string::npos) return {};
  return manual.substr(begin, manual.find("\n## ", begin + 1) - begin);
}

/// The row of a table that begins with the key, alone or among others.
bool HasRow(const std::string& text, std::string_view key) {
  const std::string name = "`" + std::string(key) + "`";
  for (std::size_t line = text.find("\n| "); line != std::string::npos;
       line = text.find("\n| ", line + 1)) {
    const std::size_t end = text.find(" | ", line + 3);
    if (text.substr(line, end - line).find(name) != std::string::npos) return true;
  }
  return false;
}

TEST(TheManualOfUpstreams, HasEveryKeyOfEveryType) {
  const std::string manual = ReadManual();
  const std::string shared = Section(manual, "Keys of every upstream");
  const std::string http = Section(manual, "Keys of upstreams over HTTP");
  const std::string naming = Section(manual, "Which samples, and what series are called");
  for (const std::string& section : {shared, http, naming}) ASSERT_FALSE(section.empty());
  for (const UpstreamType type : AllUpstreamTypes()) {
    const std::string own = Section(manual, "Type `" + std::string(Name(type)) + "`");
    ASSERT_FALSE(own.empty()) << Name(type);
    for (const std::string_view key : UpstreamKeys(type)) {
      EXPECT_TRUE(
          HasRow(shared + naming + own, key) ||
          (own.find("(#keys-of-upstreams-over-http)") != std::string::npos && HasRow(http, key)))
          << key << " of " << Name(type) << " is not in docs/upstreams.md";
    }
  }
}

TEST(TheManualOfUpstreams, HasExamplesThatAreRight) {
  const Environment api_key("MACKEREL_API_KEY", "x");
  const Environment token("OTLP_TOKEN", "x");
  const Environment password("PROMETHEUS_PASSWORD", "x");
  const std::string manual = ReadManual();
  int examples = 0;
  for (std::size_t begin = manual.find("```toml\n"); begin != std::string::npos;
       begin = manual.find("```toml\n", begin + 1)) {
    const std::size_t end = manual.find("\n```\n", begin);
    ASSERT_NE(end, std::string::npos);
    const std::string text = manual.substr(begin + 8, end - begin - 7);
    EXPECT_THAT(ErrorsOf(text), ::testing::IsEmpty()) << text;
    ++examples;
  }
  EXPECT_GE(examples, 8);
}

}  // namespace
}  // namespace gaikei
