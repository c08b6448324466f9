#include <fmt/format.h>

#include <chrono>

#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

std::string Checks(int count) {
  std::string text = "[defaults]\nlabels = { team = \"web\" }\n";
  for (int i = 0; i < count; ++i) {
    text += fmt::format(
        "[check.c{}]\ntarget = \"https://h{}.example/\"\nevery = \"30s\"\nexpect = [\"status == "
        "200\", \"body contains 'x'\"]\n",
        i, i);
  }
  return text;
}

double SecondsToLoad(int count) {
  const std::string text = Checks(count);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Loaded(text).checks.size(), static_cast<std::size_t>(count));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST(ManyChecks, TakeTimeInProportionToTheirNumber) {
  const double few = SecondsToLoad(1'000);
  const double many = SecondsToLoad(16'000);
  // 16 times as long where it is linear, 256 times where it is quadratic.
  EXPECT_LT(many, 100 * few) << few << " s, " << many << " s";
}

}  // namespace
}  // namespace gaikei
