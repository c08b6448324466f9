#include "probe/demo/targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace gaikei::demo {
namespace {

using testing::HasSubstr;

TEST(DemoTargets, WriteAConfigurationWithEveryCaseAndLeaveNothingBehind) {
  std::string file;
  {
    auto targets = DemoTargets::Start("127.0.0.1:0");
    ASSERT_TRUE(targets) << targets.error();
    file = (*targets)->config_file();
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    EXPECT_THAT(text.str(), HasSubstr("listen = \"127.0.0.1:0\""));
    for (const DemoCase& each : (*targets)->cases()) {
      EXPECT_THAT(text.str(), HasSubstr("[check." + each.name + "]\ntarget = \"" + each.target));
    }
    const auto permissions = std::filesystem::status(std::filesystem::path(file).parent_path());
    EXPECT_EQ(permissions.permissions(), std::filesystem::perms::owner_all);
  }
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(file).parent_path()));
}

TEST(DemoTargets, AnnounceEveryReasonThatTheDemoIsFor) {
  auto targets = DemoTargets::Start("");
  ASSERT_TRUE(targets) << targets.error();
  std::set<Reason> announced;
  for (const DemoCase& each : (*targets)->cases()) {
    announced.insert(each.reason);
    // A warn stands beside the reason that a failing expectation has.
    if (each.status == Status::kWarn) continue;
    EXPECT_EQ(StatusOf(each.reason), each.status) << each.name;
  }
  EXPECT_EQ(announced, (std::set<Reason>{Reason::kNone, Reason::kExpectDuration,
                                         Reason::kExpectStatus, Reason::kTlsCertExpired,
                                         Reason::kTlsCertNameMismatch, Reason::kExpectCertificate,
                                         Reason::kConnectRefused, Reason::kConnectTimeout,
                                         Reason::kDnsNxdomain, Reason::kTransferTimeout}));
}

TEST(DemoTargets, RefuseAnAddressThatWouldBreakTheConfiguration) {
  EXPECT_FALSE(DemoTargets::Start("x\"\n[probe]"));
}

}  // namespace
}  // namespace gaikei::demo
