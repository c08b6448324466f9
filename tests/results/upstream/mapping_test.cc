#include "results/upstream/mapping.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace gaikei::testing {
namespace {

TEST(MatchesPattern, StarsStandForAnything) {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  for (const Case& c : {
           Case{"", "", true},
           Case{"", "a", false},
           Case{"a", "", false},
           Case{"shop", "shop", true},
           Case{"shop", "Shop", false},
           Case{"shop", "shop1", false},
           Case{"*", "", true},
           Case{"*", "anything * at all", true},
           Case{"**", "x", true},
           Case{"shop*", "shop", true},
           Case{"shop*", "shop-login", true},
           Case{"shop*", "my-shop", false},
           Case{"*login", "shop-login", true},
           Case{"*login", "shop-login-2", false},
           Case{"s*n", "shop-login", true},
           Case{"s*l*n", "shop-login", true},
           Case{"*a*b", "aab", true},
           Case{"*a*b", "ba", false},
           Case{"*ab", "aaaab", true},
           Case{"a*a", "a", false},
           Case{"a?c", "abc", false},
           Case{"a.c", "abc", false},
           Case{"[a]", "a", false},
       }) {
    EXPECT_EQ(MatchesPattern(c.pattern, c.text), c.matches) << c.pattern << " " << c.text;
  }
}

TEST(MatchesPattern, ManyStarsTakeNoLongerThanTheyMust) {
  // Were every star to try every place, this would not end.
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesPattern(pattern + "b", std::string(5000, 'a')));
  EXPECT_TRUE(MatchesPattern(pattern, std::string(5000, 'a')));
}

SampleSeries SeriesOf(std::string check, std::string region,
                      std::vector<std::pair<std::string, std::string>> labels = {}) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = std::move(check);
  identity->labels = std::move(labels);
  return {1, std::move(identity), std::move(region)};
}

TEST(Selects, WhatIsEmptyDoesNotNarrow) {
  EXPECT_TRUE(Selects({}, SeriesOf("home", "tokyo")));
  EXPECT_TRUE(Selects({}, SeriesOf("", "")));
}

TEST(Selects, AnyOfTheNames) {
  SampleSelection selection;
  selection.checks = {"home", "shop-*"};
  EXPECT_TRUE(Selects(selection, SeriesOf("home", "tokyo")));
  EXPECT_TRUE(Selects(selection, SeriesOf("shop-login", "tokyo")));
  EXPECT_FALSE(Selects(selection, SeriesOf("homes", "tokyo")));
  selection.regions = {"tokyo", "os*"};
  EXPECT_TRUE(Selects(selection, SeriesOf("home", "osaka")));
  EXPECT_FALSE(Selects(selection, SeriesOf("home", "virginia")));
  EXPECT_FALSE(Selects(selection, SeriesOf("zone", "tokyo")));
}

TEST(Selects, AllOfTheLabels) {
  SampleSelection selection;
  selection.labels = {{"team", "web"}, {"tier", "1*"}};
  EXPECT_TRUE(Selects(selection, SeriesOf("a", "b", {{"team", "web"}, {"tier", "1a"}})));
  EXPECT_TRUE(Selects(selection, SeriesOf("a", "b", {{"o", ""}, {"team", "web"}, {"tier", "1"}})));
  EXPECT_FALSE(Selects(selection, SeriesOf("a", "b", {{"team", "web"}, {"tier", "2"}})));
  EXPECT_FALSE(Selects(selection, SeriesOf("a", "b", {{"team", "web"}})));
  EXPECT_FALSE(Selects(selection, SeriesOf("a", "b")));
  // A label that has to be there, whatever it says.
  selection.labels = {{"team", "*"}};
  EXPECT_TRUE(Selects(selection, SeriesOf("a", "b", {{"team", ""}})));
  EXPECT_FALSE(Selects(selection, SeriesOf("a", "b", {{"tier", "1"}})));
}

TEST(MappedName, RenamesAndLeavesOut) {
  LabelMapping mapping;
  mapping.rename = {{"check", "probe"}, {"target", ""}};
  EXPECT_EQ(MappedName(mapping, "check"), "probe");
  EXPECT_EQ(MappedName(mapping, "target"), std::nullopt);
  EXPECT_EQ(MappedName(mapping, "region"), "region");
  // Renaming is done once: a new name is not looked up again.
  mapping.rename = {{"a", "b"}, {"b", "c"}};
  EXPECT_EQ(MappedName(mapping, "a"), "b");
}

TEST(Drops, PhasesGoWithTheHistograms) {
  LabelMapping mapping;
  for (const char* family : {"phases", "histograms", "latest"}) {
    EXPECT_FALSE(Drops(mapping, family)) << family;
  }
  mapping.drop = {"phases"};
  EXPECT_TRUE(Drops(mapping, "phases"));
  EXPECT_FALSE(Drops(mapping, "histograms"));
  mapping.drop = {"histograms"};
  EXPECT_TRUE(Drops(mapping, "phases"));
  EXPECT_TRUE(Drops(mapping, "histograms"));
  EXPECT_FALSE(Drops(mapping, "latest"));
  mapping.drop = {"latest"};
  EXPECT_TRUE(Drops(mapping, "latest"));
  EXPECT_FALSE(Drops(mapping, "phases"));
}

}  // namespace
}  // namespace gaikei::testing
