#include "probe/demo/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gaikei::demo {
namespace {

using testing::HasSubstr;

Outcome Seen(const std::string& name, Status status, Reason reason) {
  Outcome outcome;
  outcome.check = std::make_shared<CheckIdentity>(CheckIdentity{name, "http", "http://x/", {}});
  outcome.status = status;
  outcome.reason = reason;
  return outcome;
}

std::vector<DemoCase> Cases() {
  return {{"good", "is well", "http://good/", "1s", {}, Status::kPass, Reason::kNone},
          {"bad", "refuses", "http://bad/", "1s", {}, Status::kFail, Reason::kConnectRefused}};
}

constexpr Style kStyle{.color = false, .utf8 = true};

TEST(DemoTable, IsContentWhenAllCameOutAsAnnounced) {
  const auto table = MakeDemoTable(Cases(),
                                   {Seen("bad", Status::kFail, Reason::kConnectRefused),
                                    Seen("good", Status::kPass, Reason::kNone)},
                                   kStyle);
  EXPECT_TRUE(table.all_as_announced);
  EXPECT_THAT(table.lines.back(), HasSubstr("2 of 2 as announced"));
}

TEST(DemoTable, MarksWhatCameOutOtherwise) {
  const auto table = MakeDemoTable(Cases(),
                                   {Seen("bad", Status::kFail, Reason::kConnectTimeout),
                                    Seen("good", Status::kPass, Reason::kNone)},
                                   kStyle);
  EXPECT_FALSE(table.all_as_announced);
  EXPECT_THAT(table.lines[2], HasSubstr("✘ bad"));
  EXPECT_THAT(table.lines[2], HasSubstr("fail connect_timeout"));
  EXPECT_THAT(table.lines.back(), HasSubstr("1 of 2"));
}

TEST(DemoTable, IsNotContentWithACaseThatWasNotSeen) {
  const auto table = MakeDemoTable(Cases(), {Seen("good", Status::kPass, Reason::kNone)}, kStyle);
  EXPECT_FALSE(table.all_as_announced);
  EXPECT_THAT(table.lines[2], HasSubstr("nothing"));
}

TEST(DemoTable, AnnouncesEveryCaseBeforehand) {
  const auto lines = AnnounceCases(Cases(), kStyle);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[2], HasSubstr("fail connect_refused"));
}

}  // namespace
}  // namespace gaikei::demo
