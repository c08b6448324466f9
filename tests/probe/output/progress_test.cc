#include "probe/output/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

namespace gaikei {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string Shown(const std::function<void(Progress&)>& act, std::size_t total) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* terminal = open_memstream(&text, &size);
  {
    Progress progress(terminal, total);
    act(progress);
  }
  std::fclose(terminal);
  std::string shown(text, size);
  std::free(text);
  return shown;
}

TEST(Progress, TellsWhatIsGoingOnAndErasesItAtTheEnd) {
  const std::string shown =
      Shown([](Progress& progress) { progress.Tick(std::chrono::milliseconds(1200), 1); }, 3);
  EXPECT_THAT(shown, HasSubstr("checking 3 targets, 1 done, 1.2 s"));
  EXPECT_THAT(shown, EndsWith("\r\x1b[K"));
}

TEST(Progress, ShowsNothingForAShortWait) {
  EXPECT_EQ(Shown([](Progress& progress) { progress.Tick(std::chrono::milliseconds(100), 0); }, 1),
            "");
}

TEST(Progress, ErasesOnlyWhatIsShown) {
  const std::string shown = Shown(
      [](Progress& progress) {
        progress.Tick(std::chrono::seconds(1), 0);
        progress.Clear();
        progress.Clear();
      },
      1);
  EXPECT_THAT(shown, EndsWith("1.0 s\r\x1b[K"));
}

}  // namespace
}  // namespace gaikei
