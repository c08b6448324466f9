#include "results/upstream/series_counters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "../samples.h"
#include "../spool/random_items.h"
#include "results/spool/fold.h"

namespace gaikei::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kNoon = WallTime(seconds(1'800'014'400));

/// What a lane keeps, in memory.
class KeptStates : public LaneStates {
 public:
  std::optional<std::string> Load(std::int64_t series) override {
    ++loads;
    const auto state = states.find(series);
    if (state == states.end()) return std::nullopt;
    return state->second;
  }
  void Store(const std::vector<LaneState>& changed) {
    for (const LaneState& state : changed) {
      if (state.bytes.empty()) {
        states.erase(state.series);
      } else {
        states[state.series] = state.bytes;
      }
    }
  }

  std::map<std::int64_t, std::string> states;
  int loads = 0;
};

SpoolItem PassAt(RandomItems& random, WallTime at, std::int64_t series = 1) {
  Sample sample;
  sample.series = random.Series(series);
  sample.at = at;
  sample.started_at = at - milliseconds(80);
  sample.scheduled_at = sample.started_at;
  sample.counts = Counts::kGood;
  sample.latest.status = Status::kPass;
  sample.latest.has_started = true;
  sample.latest.duration = milliseconds(80);
  sample.latest.phases[static_cast<std::size_t>(Phase::kConnect)] = milliseconds(20);
  return {1, 2, std::move(sample)};
}

SeriesCounters& Add(CounterBook& book, const SpoolItem& item) {
  SeriesCounters& counters = book.Open(item);
  counters.Add(item, book.form());
  return counters;
}

/// What was counted, whatever came first.
std::pair<std::string, std::string> InOrder(SeriesCounters counters) {
  auto& outcomes = counters.tally.outcomes;
  std::sort(outcomes.begin(), outcomes.end(), [](const auto& a, const auto& b) {
    return std::pair(a.status, a.reason) < std::pair(b.status, b.reason);
  });
  const auto by_phase = [](const auto& a, const auto& b) { return a.phase < b.phase; };
  std::sort(counters.tally.phases.begin(), counters.tally.phases.end(), by_phase);
  std::sort(counters.exponential.phases.begin(), counters.exponential.phases.end(), by_phase);
  return {counters.tally.Encode(), counters.exponential.Encode()};
}

TEST(SeriesCounters, ComeBackFromBytesAsTheyWere) {
  for (const auto form : {HistogramForm::kExponential, HistogramForm::kExplicit}) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      RandomItems random(seed);
      SeriesCounters counters;
      counters.start = kNoon;
      for (const SpoolItem& item : random.MakePlausible(seed * 3, 1)) counters.Add(item, form);
      const std::string bytes = counters.Encode();
      const auto decoded = SeriesCounters::Decode(bytes);
      ASSERT_TRUE(decoded);
      EXPECT_EQ(decoded->start, counters.start);
      EXPECT_EQ(decoded->last_at, counters.last_at);
      EXPECT_EQ(decoded->tally.Encode(), counters.tally.Encode());
      EXPECT_EQ(decoded->exponential.Encode(), counters.exponential.Encode());
    }
  }
}

TEST(SeriesCounters, CountInTheFormThatIsSent) {
  RandomItems random(0);
  SeriesCounters exponential;
  exponential.Add(PassAt(random, kNoon), HistogramForm::kExponential);
  EXPECT_EQ(exponential.tally.Total(), 1U);
  EXPECT_EQ(exponential.tally.duration.Total(), 0U);
  EXPECT_TRUE(exponential.tally.phases.empty());
  EXPECT_EQ(exponential.exponential.duration.Total(), 1U);
  ASSERT_EQ(exponential.exponential.phases.size(), 1U);

  SeriesCounters with_bounds;
  with_bounds.Add(PassAt(random, kNoon), HistogramForm::kExplicit);
  EXPECT_EQ(with_bounds.tally.Total(), 1U);
  EXPECT_EQ(with_bounds.tally.duration.Total(), 1U);
  ASSERT_EQ(with_bounds.tally.phases.size(), 1U);
  EXPECT_EQ(with_bounds.exponential.duration.Total(), 0U);
}

TEST(SeriesCounters, ARollupCountsAsTheSamplesItIsMadeOf) {
  for (const auto form : {HistogramForm::kExponential, HistogramForm::kExplicit}) {
    for (const FoldLevel level : {FoldLevel::kMinute, FoldLevel::kHour, FoldLevel::kTotal}) {
      RandomItems random(3);
      auto items = random.MakePlausible(300, 1);
      SeriesCounters one_by_one;
      for (const SpoolItem& item : items) one_by_one.Add(item, form);
      SeriesCounters folded;
      for (const SpoolItem& item : Fold(std::move(items), level)) folded.Add(item, form);
      EXPECT_TRUE(InOrder(std::move(folded)) == InOrder(std::move(one_by_one)));
    }
  }
}

TEST(SeriesCounters, StampsOnlyEverGrow) {
  RandomItems random(0);
  SeriesCounters counters;
  const auto add = [&](WallTime at) {
    counters.Add(PassAt(random, at), HistogramForm::kExponential);
    return counters.last_at;
  };
  EXPECT_EQ(add(kNoon), kNoon);
  EXPECT_EQ(add(kNoon), kNoon + milliseconds(1));
  EXPECT_EQ(add(kNoon - seconds(3600)), kNoon + milliseconds(2));
  EXPECT_EQ(add(kNoon + milliseconds(2) + Span(1)), kNoon + milliseconds(3));
  EXPECT_EQ(add(kNoon + seconds(1)), kNoon + seconds(1));
  EXPECT_EQ(counters.tally.Total(), 5U);
}

TEST(SeriesCounters, AbsentForBytesOfNobody) {
  SeriesCounters counters;
  RandomItems random(1);
  for (const SpoolItem& item : random.MakePlausible(20, 1)) {
    counters.Add(item, HistogramForm::kExponential);
  }
  const std::string bytes = counters.Encode();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    SeriesCounters::Decode({cut.data(), cut.size()});
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    auto decoded = SeriesCounters::Decode(flipped);
    // Whatever is taken for counters can be counted on with.
    if (decoded) decoded->Add(PassAt(random, kNoon), HistogramForm::kExplicit);
  }
  for (const char* text : {"", "1", "1 2", "1 2 3", "1 2 -1 ", "1 2 99 count", "x 2 0 ",
                           "1 2 4 oops", "1 99999999999999999999 0 ", "1 9223372036854775807 0 "}) {
    EXPECT_FALSE(SeriesCounters::Decode(text)) << text;
  }
  EXPECT_TRUE(SeriesCounters::Decode("1 2 0 "));
}

TEST(CounterBook, CountsOnAfterARestart) {
  KeptStates kept;
  RandomItems random(0);
  {
    CounterBook book(kept, HistogramForm::kExponential);
    EXPECT_EQ(book.Find(1), nullptr);
    Add(book, PassAt(random, kNoon));
    Add(book, PassAt(random, kNoon + seconds(1)));
    kept.Store(book.Keep());
  }
  CounterBook book(kept, HistogramForm::kExponential);
  const SeriesCounters* found = book.Find(1);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->tally.Total(), 2U);
  EXPECT_EQ(found->last_at, kNoon + seconds(1));
  const WallTime start = found->start;
  EXPECT_LT(start, kNoon - milliseconds(80));
  const SeriesCounters& counters = Add(book, PassAt(random, kNoon + seconds(2)));
  EXPECT_EQ(counters.tally.Total(), 3U);
  EXPECT_EQ(counters.start, start);
  EXPECT_EQ(counters.last_at, kNoon + seconds(2));
}

TEST(CounterBook, WhatIsDroppedWasNeverCounted) {
  KeptStates kept;
  RandomItems random(0);
  CounterBook book(kept, HistogramForm::kExponential);
  Add(book, PassAt(random, kNoon));
  kept.Store(book.Keep());
  Add(book, PassAt(random, kNoon + seconds(1)));
  Add(book, PassAt(random, kNoon + seconds(1), 2));
  book.Forget(*random.Series(1), kNoon + seconds(1));
  EXPECT_EQ(book.Find(1), nullptr);
  book.Drop();
  ASSERT_NE(book.Find(1), nullptr);
  EXPECT_EQ(book.Find(1)->tally.Total(), 1U);
  EXPECT_EQ(book.Find(1)->last_at, kNoon);
  EXPECT_EQ(book.Find(2), nullptr);
  EXPECT_TRUE(book.Keep().empty());
  // Prepared anew it comes to the same.
  EXPECT_EQ(Add(book, PassAt(random, kNoon + seconds(1))).last_at, kNoon + seconds(1));
}

TEST(CounterBook, KeepsOnlyWhatChanged) {
  KeptStates kept;
  RandomItems random(0);
  CounterBook book(kept, HistogramForm::kExponential);
  Add(book, PassAt(random, kNoon, 1));
  Add(book, PassAt(random, kNoon, 2));
  EXPECT_EQ(book.Keep().size(), 2U);
  Add(book, PassAt(random, kNoon + seconds(1), 2));
  const auto states = book.Keep();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].series, 2);
  EXPECT_TRUE(book.Keep().empty());
}

TEST(CounterBook, AForgottenSeriesBeginsAnew) {
  KeptStates kept;
  RandomItems random(0);
  CounterBook book(kept, HistogramForm::kExponential);
  Add(book, PassAt(random, kNoon));
  kept.Store(book.Keep());
  book.Forget(*random.Series(1), kNoon + seconds(1));
  const auto states = book.Keep();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_TRUE(states[0].bytes.empty());
  kept.Store(states);
  EXPECT_EQ(book.Find(1), nullptr);

  // Also where it is counted on within one delivery.
  Add(book, PassAt(random, kNoon + seconds(60)));
  book.Forget(*random.Series(1), kNoon + seconds(60));
  const SeriesCounters& again = Add(book, PassAt(random, kNoon + seconds(120)));
  EXPECT_EQ(again.tally.Total(), 1U);
  EXPECT_GT(again.start, kNoon + seconds(60));
  EXPECT_LT(again.start, again.last_at);
}

TEST(CounterBook, ASeriesThatIsThereAgainAtOnceBeginsAfterItsEnd) {
  KeptStates kept;
  RandomItems random(0);
  CounterBook book(kept, HistogramForm::kExponential);
  Add(book, PassAt(random, kNoon));
  book.Forget(*random.Series(1), kNoon + milliseconds(300));
  kept.Store(book.Keep());
  // Its attempt had begun before. The spool has given it another number.
  SpoolItem item = PassAt(random, kNoon + milliseconds(310));
  SampleSeries series = item.series();
  series.id = 77;
  std::get<Sample>(item.content).series = std::make_shared<const SampleSeries>(series);
  const SeriesCounters& again = Add(book, item);
  EXPECT_GT(again.start, kNoon + milliseconds(300));
  EXPECT_GT(again.last_at, again.start);
}

TEST(CounterBook, BeginsBeforeTheFirstSampleBegan) {
  KeptStates kept;
  RandomItems random(0);
  CounterBook book(kept, HistogramForm::kExponential);
  const SeriesCounters& passed = Add(book, PassAt(random, kNoon, 1));
  EXPECT_EQ(passed.start, kNoon - milliseconds(81));

  // A slot that never started has no time of its start.
  SpoolItem skipped{1, 2, Sample::Of(SkippedOutcome(), random.Series(2), false)};
  const SeriesCounters& missing = Add(book, skipped);
  EXPECT_EQ(missing.start, SampleTime() - milliseconds(1));
  EXPECT_EQ(missing.last_at, SampleTime());

  std::vector<SpoolItem> two;
  two.push_back(PassAt(random, kNoon, 3));
  two.push_back(PassAt(random, kNoon + seconds(5), 3));
  const auto folded = Fold(std::move(two), FoldLevel::kTotal);
  const SeriesCounters& rollup = Add(book, folded.front());
  EXPECT_EQ(rollup.start, kNoon - milliseconds(1));
  EXPECT_EQ(rollup.last_at, kNoon + seconds(5));
}

TEST(CounterBook, LoadsAKeptSeriesOnce) {
  KeptStates kept;
  RandomItems random(0);
  {
    CounterBook book(kept, HistogramForm::kExplicit);
    Add(book, PassAt(random, kNoon));
    kept.Store(book.Keep());
  }
  CounterBook book(kept, HistogramForm::kExplicit);
  kept.loads = 0;
  for (int i = 1; i < 5; ++i) {
    Add(book, PassAt(random, kNoon + seconds(i)));
    book.Keep();
  }
  EXPECT_EQ(kept.loads, 1);
}

TEST(CounterBook, BeginsAnewWhereWhatWasKeptIsDamaged) {
  KeptStates kept;
  kept.states[1] = "no counters";
  RandomItems random(0);
  CounterBook book(kept, HistogramForm::kExponential);
  EXPECT_EQ(book.Find(1), nullptr);
  EXPECT_EQ(Add(book, PassAt(random, kNoon)).tally.Total(), 1U);
}

}  // namespace
}  // namespace gaikei::testing
