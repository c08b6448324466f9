#include "probe/output/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/outcome_json.h"
#include "tests/probe/output/samples.h"

namespace gaikei::output_test {
namespace {

TEST(Writer, KnowsEveryFormatOfTheContract) {
  std::vector<std::string_view> names;
  for (const OutputFormat& format : AllOutputFormats()) names.push_back(format.name);
  EXPECT_THAT(names, testing::ElementsAre("text", "json", "junit", "prometheus", "nagios"));
}

TEST(Writer, HasNothingForAnUnknownFormat) { EXPECT_EQ(MakeWriter("yaml", {}, stdout), nullptr); }

TEST(Writer, WritesJsonAsOneLineEach) {
  const Outcome a = Sample("a");
  const Outcome b = Refused("b");
  EXPECT_EQ(Written("json", Plain(), {a, b}), ToJson(a) + "\n" + ToJson(b) + "\n");
}

TEST(Writer, WritesMetricsOfAllOutcomesAtOnce) {
  const std::string text = Written("prometheus", Plain(), {Sample("a"), Refused("b")});
  EXPECT_THAT(text, testing::HasSubstr("# TYPE probe_success gauge"));
  EXPECT_THAT(text, testing::ContainsRegex("probe_success\\{[^}]*check=\"a\"[^}]*\\} 1"));
  EXPECT_THAT(text, testing::ContainsRegex("probe_success\\{[^}]*check=\"b\"[^}]*\\} 0"));
}

TEST(Writer, TellsWhenTheSinkDidNotTakeEverything) {
  for (const OutputFormat& format : AllOutputFormats()) {
    std::FILE* full = std::fopen("/dev/full", "w");
    ASSERT_NE(full, nullptr);
    const auto writer = format.make(Plain(), full);
    writer->Write(Sample());
    EXPECT_FALSE(writer->Finish()) << format.name;
    std::fclose(full);
  }
}

}  // namespace
}  // namespace gaikei::output_test
