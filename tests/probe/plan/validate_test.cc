#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/commands/commands.h"
#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kText =
    "[check.home]\ntarget = \"https://shop.example\"\n[check.zone]\ntarget = \"dns:shop.example\"\n"
    "[upstream.otel]\ntype = \"otlp\"\nendpoint = \"http://otlp.example\"\nchecks = [\"zone\"]\n"
    "[upstream.file]\ntype = \"jsonl\"\npath = \"-\"\n";

/// What a run of `gaikei validate` with that configuration gave.
struct Validated {
  explicit Validated(const std::string& text, bool is_quiet = false) {
    const Directory directory;
    CommandLine line;
    line.common.sources.paths = {directory.Write("gaikei.toml", text)};
    line.common.log.quiet = is_quiet;
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    status = RunValidateCommand(line);
    out = ::testing::internal::GetCapturedStdout();
    err = ::testing::internal::GetCapturedStderr();
  }
  int status = 0;
  std::string out;
  std::string err;
};

TEST(Validate, SaysWhatEachUpstreamIsGoingToGet) {
  const Validated validated(kText);
  EXPECT_EQ(validated.status, 0);
  EXPECT_THAT(validated.out, HasSubstr("\nupstream otel (otlp): 1 check, "));
  EXPECT_THAT(validated.out, Not(HasSubstr(" 1 check, 0 series")));
  EXPECT_THAT(validated.out, ::testing::EndsWith("\nupstream file (jsonl): 2 checks, 0 series\n"));
  EXPECT_THAT(validated.err, IsEmpty());
}

TEST(Validate, NamesAnUpstreamThatSelectsNothing) {
  const Validated validated(
      kText + "[upstream.typo]\ntype = \"jsonl\"\npath = \"x\"\nchecks = [\"zz*\"]\n");
  EXPECT_EQ(validated.status, 0);
  EXPECT_THAT(validated.out,
              HasSubstr("\nupstream typo (jsonl): 0 checks, 0 series; it selects nothing\n"));
  EXPECT_THAT(validated.out, HasSubstr("\nupstream file (jsonl): 2 checks, 0 series\n"));
}

TEST(Validate, IsSilentWhenItIsToBeQuiet) {
  const Validated validated(kText, true);
  EXPECT_EQ(validated.status, 0);
  EXPECT_THAT(validated.out, IsEmpty());
}

TEST(Validate, RefusesMoreSeriesThanAnUpstreamMayGet) {
  const Validated validated(kText +
                                "[upstream.small]\ntype = \"statsd\"\naddress = \"a\"\n"
                                "max_series = 1\n",
                            true);
  EXPECT_EQ(validated.status, 2);
  EXPECT_THAT(validated.out, IsEmpty());
  EXPECT_THAT(validated.err, HasSubstr("gaikei.toml:15:14: upstream \"small\" would get "));
  EXPECT_THAT(validated.err, HasSubstr("drop = [\"phases\"] leaves "));
}

}  // namespace
}  // namespace gaikei
