#include "tests/support/loop_fixture.h"

#include <gtest/gtest.h>

namespace gaikei::support {
namespace {

TEST(RunUntil, EndsWhenTheConditionHolds) {
  io::Loop loop;
  bool was_told = false;
  loop.Post([&] { was_told = true; });
  EXPECT_TRUE(RunUntil(loop, [&] { return was_told; }));
}

TEST(RunUntil, GivesUpAtItsLimit) {
  io::Loop loop;
  EXPECT_FALSE(RunUntil(
      loop, [] { return false; }, std::chrono::milliseconds(20)));
}

}  // namespace
}  // namespace gaikei::support
