#include "scheduler/shard.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace gaikei {
namespace {

constexpr unsigned kChecks = 8000;

/// Which of `count` shards has each check; 0 where none or several have.
std::vector<unsigned> Owners(unsigned count, const std::string& region = "tokyo") {
  std::vector<unsigned> owners;
  for (unsigned i = 0; i < kChecks; ++i) {
    unsigned owner = 0;
    unsigned owned = 0;
    for (unsigned index = 1; index <= count; ++index) {
      if (!Shard{index, count}.Owns("check-" + std::to_string(i), region)) continue;
      owner = index;
      ++owned;
    }
    owners.push_back(owned == 1 ? owner : 0);
  }
  return owners;
}

TEST(Shard, IsEverythingUnlessToldOtherwise) {
  EXPECT_TRUE(Shard{}.Owns("home", "tokyo"));
  EXPECT_EQ(Shard{}.Text(), "1/1");
}

TEST(Shard, HasEveryCheckExactlyOnceAndAboutAsMany) {
  std::vector<unsigned> sizes(9);
  for (const unsigned owner : Owners(8)) ++sizes[owner];
  EXPECT_EQ(sizes[0], 0U);
  for (unsigned index = 1; index <= 8; ++index) {
    EXPECT_GT(sizes[index], kChecks / 8 * 85 / 100) << index;
    EXPECT_LT(sizes[index], kChecks / 8 * 115 / 100) << index;
  }
}

TEST(Shard, MovesOnlyWhatAFurtherOneTakesOver) {
  const std::vector<unsigned> eight = Owners(8);
  const std::vector<unsigned> nine = Owners(9);
  unsigned moved = 0;
  for (unsigned i = 0; i < kChecks; ++i) {
    if (nine[i] == eight[i]) continue;
    EXPECT_EQ(nine[i], 9U) << i;
    ++moved;
  }
  EXPECT_GT(moved, kChecks / 9 * 85 / 100);
  EXPECT_LT(moved, kChecks / 9 * 115 / 100);
}

TEST(Shard, OfACheckIsAnotherInAnotherRegion) { EXPECT_NE(Owners(8), Owners(8, "virginia")); }

// Processes of different versions share a plan: nothing of it may ever move.
TEST(Shard, IsTheSameForEver) {
  EXPECT_TRUE((Shard{1, 3}.Owns("home", "tokyo")));
  EXPECT_TRUE((Shard{1, 3}.Owns("zone", "tokyo")));
  EXPECT_TRUE((Shard{1, 3}.Owns("home", "virginia")));
}

TEST(Shard, IsReadFromItsText) {
  const auto shard = Shard::Parse("3/8");
  ASSERT_TRUE(shard);
  EXPECT_EQ(shard->index, 3U);
  EXPECT_EQ(shard->count, 8U);
  EXPECT_EQ(shard->Text(), "3/8");
  EXPECT_TRUE(Shard::Parse("1/1"));
  EXPECT_TRUE(Shard::Parse("1024/1024"));
  for (const char* text :
       {"", "3", "/", "3/", "/8", "0/8", "9/8", "1/1025", "-1/8", "+1/8", "1/8/2", " 1/8", "1/8 ",
        "1 /8", "a/b", "1/0", "4294967297/8", "1.0/8"}) {
    EXPECT_FALSE(Shard::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace gaikei
