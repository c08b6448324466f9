#include "results/upstream/points/point_gatherer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/results/upstream/items.h"

namespace gaikei::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNoon = WallTime(seconds(1'800'014'400));

class NoStates final : public LaneStates {
 public:
  std::optional<std::string> Load(std::int64_t) override { return std::nullopt; }
};

class PointGathererTest : public ::testing::Test {
 protected:
  std::shared_ptr<const SampleSeries> Series(const std::string& name) {
    auto& series = series_[name];
    if (series == nullptr) {
      SampleSeries made = *MakeSeries(name, "tokyo");
      made.id = static_cast<std::int64_t>(series_.size());
      series = std::make_shared<const SampleSeries>(std::move(made));
    }
    return series;
  }

  SpoolItem Item(const std::string& name, Span at, Reason reason = Reason::kNone) {
    SpoolItem item = SampleItem(Series(name));
    auto& sample = std::get<Sample>(item.content);
    sample.scheduled_at = sample.started_at = kNoon + at - milliseconds(10);
    sample.at = kNoon + at;
    sample.reason = reason;
    sample.latest.has_started = true;
    sample.latest.duration = milliseconds(10);
    sample.latest.status = reason == Reason::kNone ? Status::kPass : Status::kFail;
    return item;
  }

  SpoolItem Gone(const std::string& name, Span at) {
    return {1, 2, Departure{Series(name), kNoon + at}};
  }

  /// Gives the items one after another, each gone before the next comes.
  std::size_t Take(std::vector<SpoolItem> items) {
    std::size_t taken = 0;
    for (SpoolItem& given : items) {
      const auto item = std::make_unique<const SpoolItem>(std::move(given));
      const SpoolItem* const pointer = item.get();
      taken += gatherer_->Take({&pointer, 1});
    }
    return taken;
  }

  void Begin(PointGatherer::Options options = {}) { gatherer_.emplace(options, book_); }

  static std::uint64_t CountOf(const SeriesCounters* counters) {
    return counters == nullptr ? 0 : counters->tally.Total();
  }

  std::map<std::string, std::shared_ptr<const SampleSeries>> series_;
  NoStates states_;
  CounterBook book_{states_, HistogramForm::kExponential};
  std::optional<PointGatherer> gatherer_;
};

TEST_F(PointGathererTest, ABacklogKeepsItsResolutionHoweverItIsLaidOut) {
  for (const bool is_by_series : {false, true}) {
    Begin({.every = seconds(15)});
    std::vector<SpoolItem> items;
    for (int i = 0; i < 3 * 20; ++i) {
      const int number = is_by_series ? i / 20 : i % 3;
      const int slot = is_by_series ? i % 20 : i / 3;
      items.push_back(Item("check-" + std::to_string(number), seconds(15 * slot)));
    }
    EXPECT_EQ(Take(std::move(items)), 60U);
    const auto points = gatherer_->Close();
    ASSERT_EQ(points.size(), 60U);
    std::map<std::int64_t, WallTime> last;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const SeriesPoint& point = points[i];
      EXPECT_EQ(point.round, i / 3);
      EXPECT_EQ(point.samples, 1U);
      EXPECT_EQ(CountOf(point.before), point.round);
      EXPECT_EQ(CountOf(point.after), point.round + 1U);
      WallTime& before = last[point.series->id];
      EXPECT_LT(before, point.after->last_at);
      before = point.after->last_at;
    }
    book_.Drop();
  }
}

TEST_F(PointGathererTest, WhatComesWithinTheTimeIsOnePoint) {
  Begin({.every = seconds(15)});
  std::vector<SpoolItem> items;
  for (int i = 0; i < 24; ++i) {
    items.push_back(Item("home", seconds(3 * i), i == 3 ? Reason::kReset : Reason::kNone));
  }
  Take(std::move(items));
  const auto points = gatherer_->Close();
  ASSERT_EQ(points.size(), 5U);
  EXPECT_EQ(points[0].samples, 5U);
  EXPECT_EQ(points[0].from, kNoon);
  EXPECT_EQ(points[0].after->last_at, kNoon + seconds(12));
  EXPECT_EQ(points[0].after->tally.outcomes.size(), 2U);
  EXPECT_EQ(points[1].samples, 5U);
  EXPECT_EQ(CountOf(points[1].after), 10U);
  EXPECT_EQ(CountOf(book_.Find(1)), 24U);
}

TEST_F(PointGathererTest, WhatComesOftenMayLieALittleFurtherApart) {
  for (const int step : {1, 3}) {
    Begin({.every = seconds(15)});
    std::vector<SpoolItem> items;
    for (int i = 0; i <= 18; i += step) items.push_back(Item("home", seconds(i)));
    Take(std::move(items));
    const auto points = gatherer_->Close();
    ASSERT_EQ(points.size(), step == 1 ? 1U : 2U);
    EXPECT_EQ(points[0].samples, step == 1 ? 19U : 5U);
    book_.Drop();
  }
}

// What was sent and not written down as such is gathered again, with what has come since.
TEST_F(PointGathererTest, WhatIsGatheredAgainMakesTheSamePoints) {
  for (const int step : {1000, 4000, 15'000}) {
    std::vector<WallTime> before;
    for (const int count : {40, 60}) {
      Begin({.every = seconds(15)});
      std::vector<SpoolItem> items;
      for (int i = 0; i < count; ++i) {
        items.push_back(Item("home", milliseconds(i * step + (i % 3) * 20)));
      }
      Take(std::move(items));
      std::vector<WallTime> ends;
      for (const SeriesPoint& point : gatherer_->Close()) ends.push_back(point.after->last_at);
      ASSERT_GE(ends.size(), 2U);
      if (!before.empty()) {
        ASSERT_GE(ends.size(), before.size());
        const std::size_t whole = before.size() - 1;  // the last one may stand for more now
        for (std::size_t i = 0; i < whole; ++i) EXPECT_EQ(ends[i], before[i]) << i;
        EXPECT_GE(ends[whole], before[whole]);
      }
      before = std::move(ends);
      book_.Drop();
    }
  }
}

TEST_F(PointGathererTest, WhereTheClockWentBackThePointGoesOn) {
  Begin();
  std::vector<SpoolItem> items;
  items.push_back(Item("home", seconds(20)));
  items.push_back(Item("home", seconds(1)));
  Take(std::move(items));
  const auto points = gatherer_->Close();
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].after->last_at, kNoon + seconds(20) + milliseconds(1));
}

TEST_F(PointGathererTest, WhatDepartedBeginsAnew) {
  Begin();
  std::vector<SpoolItem> items;
  items.push_back(Item("home", seconds(1)));
  items.push_back(Gone("home", milliseconds(1500)));
  items.push_back(Gone("home", milliseconds(1600)));  // nothing is said twice
  items.push_back(Item("home", milliseconds(1501)));  // it had begun before
  items.push_back(Gone("never seen", seconds(2)));
  EXPECT_EQ(Take(std::move(items)), 5U);
  const auto points = gatherer_->Close();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].departed_at, kNoon + milliseconds(1500));
  EXPECT_EQ(CountOf(points[0].after), 1U);
  EXPECT_EQ(points[1].before, nullptr);
  EXPECT_EQ(points[1].round, 1U);
  EXPECT_EQ(CountOf(points[1].after), 1U);
  EXPECT_GT(points[1].after->start, *points[0].departed_at);
  EXPECT_FALSE(points[1].departed_at);
}

TEST_F(PointGathererTest, ADepartureAloneEndsWhatWasTold) {
  Begin();
  std::vector<SpoolItem> items;
  items.push_back(Item("home", seconds(1)));
  Take(std::move(items));
  gatherer_->Close();
  book_.Keep();
  Begin();
  items.clear();
  items.push_back(Gone("home", seconds(2)));
  Take(std::move(items));
  const auto points = gatherer_->Close();
  ASSERT_EQ(points.size(), 1U);
  EXPECT_FALSE(points[0].has_items);
  EXPECT_EQ(CountOf(points[0].after), 1U);
  EXPECT_EQ(points[0].departed_at, kNoon + seconds(2));
  EXPECT_EQ(book_.Keep().size(), 1U);
  EXPECT_EQ(book_.Find(1), nullptr);
}

TEST_F(PointGathererTest, TakesNoMorePointsThanItMay) {
  Begin({.every = seconds(15), .max_points = 3});
  std::vector<SpoolItem> items;
  for (int i = 0; i < 3; ++i) items.push_back(Item("check-" + std::to_string(i), seconds(i)));
  items.push_back(Item("check-0", seconds(4)));   // has a point
  items.push_back(Item("check-3", seconds(5)));   // has no room
  items.push_back(Item("check-0", seconds(60)));  // neither
  EXPECT_EQ(Take(std::move(items)), 4U);
  EXPECT_EQ(gatherer_->Close().size(), 3U);
  EXPECT_EQ(book_.Find(4), nullptr);
}

TEST_F(PointGathererTest, BoundsThePointsThatHaveCountersOfTheirOwn) {
  Begin({.every = seconds(15), .max_later_points = 2});
  std::vector<SpoolItem> items;
  for (int i = 0; i < 20; ++i) items.push_back(Item("check-" + std::to_string(i), seconds(i)));
  for (int i = 0; i < 3; ++i) items.push_back(Item("check-" + std::to_string(i), seconds(60)));
  EXPECT_EQ(Take(std::move(items)), 22U);
  EXPECT_EQ(gatherer_->Close().size(), 22U);
}

TEST_F(PointGathererTest, KeepsOfTheLatestWhatIsNeeded) {
  Begin();
  std::vector<SpoolItem> items;
  items.push_back(Item("home", seconds(1)));
  items.push_back(Item("home", seconds(2), Reason::kReset));
  auto& last = std::get<Sample>(items.back().content);
  auto tls = std::make_unique<Latest::Tls>();
  tls->subject = "CN=home.example";
  last.latest.tls = std::move(tls);
  last.trace_id = std::string(32, 'b');
  std::get<Sample>(items.front().content).trace_id = std::string(32, 'a');
  Take(std::move(items));
  const auto points = gatherer_->Close();
  ASSERT_EQ(points.size(), 1U);
  ASSERT_TRUE(points[0].latest);
  EXPECT_EQ(points[0].latest->status, Status::kFail);
  EXPECT_EQ(points[0].latest->tls->subject, "CN=home.example");
  ASSERT_EQ(points[0].traced.size(), 2U);
  ASSERT_TRUE(points[0].slowest_traced);
}

TEST_F(PointGathererTest, DeltasCountForThemselves) {
  Begin({.every = seconds(15), .is_delta = true});
  std::vector<SpoolItem> items;
  for (int i = 0; i < 6; ++i) items.push_back(Item("home", seconds(5 * i)));
  Take(std::move(items));
  const auto points = gatherer_->Close();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(CountOf(points[0].after), 3U);
  EXPECT_EQ(CountOf(points[1].after), 3U);
  EXPECT_EQ(points[1].after->start, points[0].after->last_at);
  EXPECT_EQ(CountOf(book_.Find(1)), 0U);
  EXPECT_EQ(book_.Find(1)->start, kNoon + seconds(25));
}

}  // namespace
}  // namespace gaikei::testing
