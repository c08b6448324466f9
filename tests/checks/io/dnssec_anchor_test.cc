#include "checks/io/dns/dnssec_anchor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checks/io/dnssec_rig.h"

namespace gaikei::io {
namespace {

using ::testing::HasSubstr;

tl::expected<std::shared_ptr<const TrustAnchor>, std::string> LoadText(const std::string& text) {
  const support::TempDir directory;
  return TrustAnchor::Load(directory.Write("anchor", text));
}

TEST(TrustAnchor, IsTheRootsWhereNoneIsGiven) {
  const auto anchor = TrustAnchor::Load("");
  ASSERT_TRUE(anchor) << anchor.error();
  EXPECT_EQ((*anchor)->zone(), ".");
}

TEST(TrustAnchor, ReadsDsAndDnskeyRecordsWithCommentsAndTtls) {
  const support::SignedZone zone(Zone("zone.test."));
  const auto anchor =
      LoadText("; ours\n\n" + zone.Ds() + "\n" + zone.Key() + " ; the same\n$TTL 60\n");
  ASSERT_TRUE(anchor) << anchor.error();
  EXPECT_EQ((*anchor)->zone(), "zone.test.");
}

TEST(TrustAnchor, TellsWhatIsWrongInOneLineThatNamesTheFile) {
  EXPECT_THAT(TrustAnchor::Load("/nowhere/at all").error(), HasSubstr("/nowhere/at all"));
  EXPECT_THAT(LoadText("").error(), HasSubstr("there is no key"));
  EXPECT_THAT(LoadText("; nothing\n").error(), HasSubstr("there is no key"));
  EXPECT_THAT(LoadText("test. IN A 192.0.2.1\n").error(), HasSubstr("A is no DS or DNSKEY"));
  EXPECT_THAT(LoadText("nonsense\n").error(), HasSubstr("line 1"));
  const std::string two =
      support::SignedZone(Zone("a.")).Ds() + "\n" + support::SignedZone(Zone("b.")).Ds() + "\n";
  EXPECT_THAT(LoadText(two).error(), HasSubstr("more than one zone: a. and b."));
  for (const auto& text : {std::string("nonsense\n"), two}) {
    EXPECT_EQ(LoadText(text).error().find('\n'), std::string::npos);
  }
}

TEST(TrustAnchor, ADirectoryIsNoFile) {
  const support::TempDir directory;
  EXPECT_THAT(TrustAnchor::Load(directory.path()).error(), HasSubstr("it cannot be read"));
}

}  // namespace
}  // namespace gaikei::io
