#include <gtest/gtest.h>

#include <string>

#include "results/upstream/mackerel/check_book.h"
#include "rig.h"

namespace gaikei::testing {
namespace {

using mackerel::CheckBook;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A book of so many minutes, with everything in it: the first minute is folded where there are
/// more than ten behind it.
std::string FullState(int last) {
  Rig rig{Rig::Kind::kMetrics};
  rig.spec.mackerel.has_annotations = true;
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.url.find("graph-annotations") == std::string::npos) return std::nullopt;
    PostResponse response;
    response.status = 503;
    return response;
  };
  for (int i = 0; i < last; ++i) {
    for (int j = 0; j < (i == 0 ? 10 : 1); ++j) {
      Sample sample = rig.MakeSample("home", i % 3 == 0 ? Status::kFail : Status::kPass,
                                     milliseconds(10 + i + j));
      auto tls = std::make_unique<Latest::Tls>();
      tls->expires_at = Noon() + minutes(i);
      sample.latest.tls = std::move(tls);
      rig.Append(std::move(sample));
    }
    rig.Run(minutes(1));
  }
  rig.Append(rig.MakeSample("home", Status::kFail));
  rig.Poll(true);
  EXPECT_EQ(rig.states.size(), 2U);
  return rig.states.rbegin()->second;
}

TEST(MackerelState, ComesBackAsItWas) {
  const std::string bytes = FullState(20);
  const auto book = CheckBook::Decode(bytes);
  ASSERT_TRUE(book);
  EXPECT_EQ(book->check, "home");
  EXPECT_EQ(book->region, "tokyo");
  EXPECT_EQ(book->minutes.size(), 21U);
  EXPECT_FALSE(book->outages.ended.empty());
  EXPECT_TRUE(book->outages.open);
  EXPECT_EQ(book->Encode(), bytes);
}

TEST(MackerelState, ThatIsDamagedIsNoneOrStillSafe) {
  const std::string bytes = FullState(13);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(CheckBook::Decode(bytes.substr(0, i)));
    for (const char other : {'9', '-', '\xff'}) {
      std::string damaged = bytes;
      damaged[i] = other;
      // What is no book is never used.
      if (!CheckBook::Decode(damaged)) continue;
      // What is still a book has to stand all that is done with one.
      Rig rig{Rig::Kind::kMetrics};
      rig.spec.mackerel.has_annotations = true;
      rig.Append(rig.MakeSample("home"));
      rig.states[0] = "1 1 ";
      rig.states[1] = damaged;
      rig.Poll(true);
      EXPECT_EQ(rig.Waiting(), 0U);
    }
  }
}

TEST(MackerelState, OfTheHostThatIsDamagedIsFoundAgain) {
  Rig rig{Rig::Kind::kReports};
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  const std::string bytes = rig.states.at(0);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    rig.states[0] = bytes;
    rig.states[0][i] = '\xfe';
    rig.Restart();
    rig.Advance(minutes(1));
    rig.Append(rig.MakeSample("home"));
    rig.Poll();
    EXPECT_EQ(rig.Waiting(), 0U);
  }
  EXPECT_LE(rig.mackerel.hosts.size(), 2U);  // a damaged name of a check is a name
}

}  // namespace
}  // namespace gaikei::testing
