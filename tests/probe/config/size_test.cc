#include "probe/config/size.h"

#include <gtest/gtest.h>

namespace gaikei {
namespace {

TEST(Size, KnowsPowersOfTenAndOfTwo) {
  EXPECT_EQ(ParseSize("0B"), 0U);
  EXPECT_EQ(ParseSize("7B"), 7U);
  EXPECT_EQ(ParseSize("2KB"), 2'000U);
  EXPECT_EQ(ParseSize("3MB"), 3'000'000U);
  EXPECT_EQ(ParseSize("1GB"), 1'000'000'000U);
  EXPECT_EQ(ParseSize("64KiB"), 65'536U);
  EXPECT_EQ(ParseSize("8MiB"), 8'388'608U);
  EXPECT_EQ(ParseSize("2GiB"), 2'147'483'648U);
}

TEST(Size, RefusesWhatIsNone) {
  for (const char* text : {"", "64", "KiB", "-1B", "+1B", "1.5MiB", "64 KiB", "64kib", "64KiBs",
                           "18446744073709551616B", "99999999999GiB"}) {
    EXPECT_FALSE(ParseSize(text)) << text;
  }
}

}  // namespace
}  // namespace gaikei
