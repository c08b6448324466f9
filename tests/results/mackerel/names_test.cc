#include "results/upstream/mackerel/names.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <random>
#include <set>
#include <string>

#include "results/upstream/mackerel/short_text.h"

namespace gaikei::mackerel {
namespace {

TEST(MackerelNames, KeepsPlainOnesAsTheyAre) {
  EXPECT_EQ(MetricStem("gaikei", "home", "tokyo"), "gaikei.home.tokyo.");
  EXPECT_EQ(MetricStem("", "home", "tokyo"), "home.tokyo.");
  EXPECT_EQ(MetricStem("shop.web.", "my_check-2", "eu-west-1"), "shop.web.my_check-2.eu-west-1.");
  EXPECT_EQ(ReportName("home", "tokyo", "tokyo"), "home");
  EXPECT_EQ(ReportName("home", "osaka", "tokyo"), "home--osaka");
}

TEST(MackerelNames, TellsApartWhatBecomesTheSame) {
  const std::vector<std::string> checks = {"a.b",
                                           "a/b",
                                           "a b",
                                           "a_b",
                                           "a-b",
                                           "a--b",
                                           "a",
                                           "a--",
                                           "-a",
                                           "a-",
                                           "",
                                           "店",
                                           "店舗",
                                           "https://www.example/?q=1",
                                           "a_b-1",
                                           "b--c",
                                           std::string(81, 'x'),
                                           std::string(82, 'x'),
                                           "a-deadbeef",
                                           "A",
                                           "a\n",
                                           "a\xff"};
  const std::vector<std::string> regions = {"c", "b.c", "b--c", "tokyo", "b", "-c", ""};
  std::set<std::string> metrics;
  std::set<std::string> reports;
  for (const std::string& check : checks) {
    for (const std::string& region : regions) {
      const std::string stem = MetricStem("gaikei", check, region);
      EXPECT_TRUE(metrics.insert(stem).second) << stem;
      EXPECT_TRUE(RE2::FullMatch(stem, R"(gaikei\.[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]+\.)")) << stem;
      const std::string report = ReportName(check, region, "tokyo");
      EXPECT_TRUE(reports.insert(report).second) << report;
      EXPECT_TRUE(RE2::FullMatch(report, "[a-zA-Z0-9_-]+")) << report;
    }
  }
}

TEST(MackerelNames, TellApartAChangedOneAndOneThatIsCalledSo) {
  const std::string changed = ReportName("shop/cart", "tokyo", "tokyo");
  EXPECT_NE(ReportName(changed, "tokyo", "tokyo"), changed);
}

TEST(MackerelNames, AreTheSameForEver) {
  // They are in people's dashboards.
  EXPECT_EQ(MetricStem("gaikei", "shop/cart", "tokyo"), "gaikei.shop_cart-02e071ff.tokyo.");
  EXPECT_EQ(ReportName("店舗", "osaka", "tokyo"), "______-6b1c75ce--osaka");
}

TEST(MackerelText, IsCutBetweenCharacters) {
  EXPECT_EQ(Shortened("abcde", 5), "abcde");
  EXPECT_EQ(Shortened("abcdef", 5), "ab...");
  EXPECT_EQ(Shortened("", 5), "");
  EXPECT_EQ(Shortened("店舗店舗店", 5), "店舗店舗店");
  EXPECT_EQ(Shortened("店舗店舗店舗", 5), "店舗...");
  // Beyond U+FFFF a character counts twice, and is never halved.
  EXPECT_EQ(Shortened("a🍣🍣", 5), "a🍣🍣");
  EXPECT_EQ(Shortened("a🍣🍣b", 5), "a...");
  EXPECT_EQ(Shortened("🍣🍣🍣", 5), "🍣...");
}

}  // namespace
}  // namespace gaikei::mackerel
