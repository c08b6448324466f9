#include "results/counted.h"

#include <gtest/gtest.h>

namespace gaikei {
namespace {

TEST(Counted, PutsTheNounInItsNumber) {
  EXPECT_EQ(Counted(0, "sample"), "0 samples");
  EXPECT_EQ(Counted(1, "sample"), "1 sample");
  EXPECT_EQ(Counted(2, "sample"), "2 samples");
}

}  // namespace
}  // namespace gaikei
