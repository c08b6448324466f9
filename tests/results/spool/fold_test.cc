#include "results/spool/fold.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <utility>

#include "random_items.h"
#include "results/spool/sample_codec.h"

namespace gaikei::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kAllLevels = {FoldLevel::kFull, FoldLevel::kSlim, FoldLevel::kMinute,
                                   FoldLevel::kHour, FoldLevel::kTotal};
constexpr std::array kRollupLevels = {FoldLevel::kMinute, FoldLevel::kHour, FoldLevel::kTotal};
constexpr WallTime kNoon = WallTime(seconds(1'800'014'400));

/// What may never change, of one series.
struct Counted {
  std::uint64_t samples = 0;
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t missing = 0;
  std::map<std::pair<Status, Reason>, std::uint64_t> outcomes;
  std::uint64_t durations = 0;
  Span duration_sum{0};
  std::uint64_t exponential_durations = 0;
  Span exponential_sum{0};
  std::size_t departures = 0;
  bool operator==(const Counted&) const = default;
};

std::map<std::int64_t, Counted> Count(const std::vector<SpoolItem>& items) {
  std::map<std::int64_t, Counted> all;
  for (const SpoolItem& item : items) {
    Counted& counted = all[item.series().id];
    counted.samples += item.samples();
    if (const auto* sample = std::get_if<Sample>(&item.content)) {
      counted.good += sample->counts == Counts::kGood ? 1 : 0;
      counted.bad += sample->counts == Counts::kBad ? 1 : 0;
      counted.missing += sample->counts == Counts::kMissing ? 1 : 0;
      const Status status = sample->latest.status;
      ++counted.outcomes[{status, sample->reason}];
      if (!Tally::HasDuration(status, sample->reason)) continue;
      ++counted.durations;
      ++counted.exponential_durations;
      counted.duration_sum += sample->latest.duration;
      counted.exponential_sum += sample->latest.duration;
    } else if (const auto* rollup = std::get_if<Rollup>(&item.content)) {
      counted.good += rollup->good;
      counted.bad += rollup->bad;
      counted.missing += rollup->missing;
      for (const auto& row : rollup->tally.outcomes) {
        counted.outcomes[{row.status, row.reason}] += row.count;
      }
      counted.durations += rollup->tally.duration.Total();
      counted.duration_sum += rollup->tally.duration.sum;
      counted.exponential_durations += rollup->exponential.duration.Total();
      counted.exponential_sum += rollup->exponential.duration.sum;
    } else {
      ++counted.departures;
    }
  }
  return all;
}

void ExpectNoGaps(const std::vector<SpoolItem>& items, Sequence from, Sequence to) {
  for (const SpoolItem& item : items) {
    EXPECT_EQ(item.sequence, from);
    EXPECT_GT(item.end, item.sequence);
    from = item.end;
  }
  EXPECT_EQ(from, to);
}

std::vector<SpoolItem> WithDepartures(RandomItems& random, std::size_t count) {
  auto items = random.MakePlausible(count, 7);
  for (std::size_t i = 10; i < items.size(); i += 37) {
    const WallTime at = items[i].at();
    const auto series = std::get<Sample>(items[i].content).series;
    items[i].content = Departure{series, at};
  }
  return items;
}

SpoolItem PassAt(RandomItems& random, std::int64_t series, Sequence sequence, WallTime at) {
  Sample sample;
  sample.series = random.Series(series);
  sample.scheduled_at = at;
  sample.started_at = at;
  sample.at = at;
  sample.counts = Counts::kGood;
  sample.latest.status = Status::kPass;
  sample.latest.has_started = true;
  return {sequence, sequence + 1, std::move(sample)};
}

std::vector<std::string> Shape(const std::vector<SpoolItem>& items) {
  std::vector<std::string> shape;
  for (const SpoolItem& item : items) {
    const char* kind = std::holds_alternative<Sample>(item.content)   ? "sample"
                       : std::holds_alternative<Rollup>(item.content) ? "rollup"
                                                                      : "departure";
    shape.push_back(std::to_string(item.series().id) + " " + kind + " " +
                    std::to_string(item.samples()) + " [" + std::to_string(item.sequence) + "," +
                    std::to_string(item.end) + ")");
  }
  return shape;
}

TEST(Fold, CountsStayExactAtEveryLevel) {
  for (const FoldLevel level : kAllLevels) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      RandomItems random(seed);
      auto items = WithDepartures(random, 400);
      const auto before = Count(items);
      const auto folded = Fold(std::move(items), level);
      EXPECT_EQ(Count(folded), before) << static_cast<int>(level) << " " << seed;
      ExpectNoGaps(folded, 1, 401);
    }
  }
}

TEST(Fold, CountsStayExactWhereItIsFoldedAgain) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomItems random(seed);
    auto items = WithDepartures(random, 400);
    const auto before = Count(items);
    std::size_t size = items.size();
    for (const FoldLevel level : kAllLevels) {
      items = Fold(std::move(items), level);
      EXPECT_LE(items.size(), size);
      size = items.size();
      EXPECT_EQ(Count(items), before);
      ExpectNoGaps(items, 1, 401);
      const auto decoded = DecodeItems(EncodeItems(items), random.Lookup());
      ASSERT_TRUE(decoded);
      EXPECT_EQ(Count(*decoded), before);
    }
  }
}

TEST(Fold, InStepsComesToTheSame) {
  RandomItems random(5);
  const auto at_once = Fold(WithDepartures(random, 500), FoldLevel::kTotal);
  RandomItems again(5);
  auto in_steps = Fold(WithDepartures(again, 500), FoldLevel::kMinute);
  in_steps = Fold(std::move(in_steps), FoldLevel::kHour);
  in_steps = Fold(std::move(in_steps), FoldLevel::kTotal);
  ASSERT_EQ(in_steps.size(), at_once.size());
  for (std::size_t i = 0; i < at_once.size(); ++i) {
    EXPECT_EQ(Shape(in_steps)[i], Shape(at_once)[i]);
    const auto* one = std::get_if<Rollup>(&at_once[i].content);
    if (one == nullptr) continue;
    const auto& other = std::get<Rollup>(in_steps[i].content);
    EXPECT_EQ(other.from, one->from);
    EXPECT_EQ(other.at, one->at);
    EXPECT_EQ(other.tally.duration.buckets, one->tally.duration.buckets);
    EXPECT_EQ(other.exponential.duration.buckets, one->exponential.duration.buckets);
    EXPECT_EQ(other.exponential.duration.max, one->exponential.duration.max);
  }
}

TEST(Fold, SlimKeepsWhatExplainsAFailure) {
  RandomItems random(9);
  auto items = random.MakePlausible(300, 3);
  std::vector<SpoolItem> expected;
  {
    RandomItems again(9);
    expected = again.MakePlausible(300, 3);
  }
  const auto slim = Fold(std::move(items), FoldLevel::kSlim);
  ASSERT_EQ(slim.size(), expected.size());
  std::size_t good = 0;
  for (std::size_t i = 0; i < slim.size(); ++i) {
    const auto& sample = std::get<Sample>(slim[i].content);
    auto& before = std::get<Sample>(expected[i].content);
    EXPECT_TRUE(sample.json.empty());
    if (sample.counts != Counts::kGood) {
      before.json.clear();
      EXPECT_EQ(Describe(slim[i]), Describe(expected[i]));
      continue;
    }
    ++good;
    EXPECT_EQ(sample.latest.status, before.latest.status);
    EXPECT_EQ(sample.latest.duration, before.latest.duration);
    EXPECT_EQ(sample.reason, before.reason);
    EXPECT_EQ(sample.scheduled_at, before.scheduled_at);
    EXPECT_EQ(sample.at, before.at);
    for (const auto& phase : sample.latest.phases) EXPECT_FALSE(phase);
    EXPECT_FALSE(sample.latest.http || sample.latest.dns || sample.latest.icmp ||
                 sample.latest.grpc || sample.latest.tls || sample.latest.steps);
    EXPECT_TRUE((sample.message + sample.address + sample.trace_id).empty());
  }
  EXPECT_GT(good, 50U);
  EXPECT_LT(EncodeItems(slim).size(), EncodeItems(expected).size());
}

TEST(Fold, AMinuteIsOneOfTheClock) {
  RandomItems random(0);
  std::vector<SpoolItem> items;
  items.push_back(PassAt(random, 1, 1, kNoon));
  items.push_back(PassAt(random, 2, 2, kNoon + seconds(1)));
  items.push_back(PassAt(random, 1, 3, kNoon + seconds(59)));
  items.push_back(PassAt(random, 1, 4, kNoon + seconds(60)));
  items.push_back(PassAt(random, 2, 5, kNoon + seconds(61)));
  items.push_back(PassAt(random, 1, 6, kNoon + minutes(2)));
  const auto folded = Fold(std::move(items), FoldLevel::kMinute);
  EXPECT_EQ(Shape(folded),
            (std::vector<std::string>{"1 rollup 2 [1,2)", "2 rollup 1 [2,4)", "1 rollup 1 [4,5)",
                                      "2 rollup 1 [5,6)", "1 rollup 1 [6,7)"}));
  const auto& first = std::get<Rollup>(folded[0].content);
  EXPECT_EQ(first.from, kNoon);
  EXPECT_EQ(first.at, kNoon + seconds(59));
}

TEST(Fold, TimesBeforeTheEpochHaveMinutesToo) {
  RandomItems random(0);
  std::vector<SpoolItem> items;
  items.push_back(PassAt(random, 1, 1, WallTime(seconds(-1))));
  items.push_back(PassAt(random, 1, 2, WallTime(seconds(1))));
  EXPECT_EQ(Fold(std::move(items), FoldLevel::kMinute).size(), 2U);
}

TEST(Fold, NothingIsMergedAcrossADeparture) {
  for (const FoldLevel level : kRollupLevels) {
    RandomItems random(0);
    std::vector<SpoolItem> items;
    items.push_back(PassAt(random, 1, 1, kNoon));
    items.push_back(PassAt(random, 2, 2, kNoon));
    items.push_back({3, 4, Departure{random.Series(1), kNoon + seconds(1)}});
    items.push_back(PassAt(random, 2, 4, kNoon + seconds(2)));
    items.push_back(PassAt(random, 1, 5, kNoon + seconds(3)));
    EXPECT_EQ(Shape(Fold(std::move(items), level)),
              (std::vector<std::string>{"1 rollup 1 [1,2)", "2 rollup 2 [2,3)",
                                        "1 departure 0 [3,5)", "1 rollup 1 [5,6)"}));
  }
}

TEST(Fold, AClockThatWasSetBackLosesNothing) {
  RandomItems random(0);
  std::vector<SpoolItem> items;
  items.push_back(PassAt(random, 1, 1, kNoon + minutes(1)));
  items.push_back(PassAt(random, 1, 2, kNoon));
  items.push_back(PassAt(random, 1, 3, kNoon + minutes(1) + seconds(1)));
  auto folded = Fold(std::move(items), FoldLevel::kMinute);
  EXPECT_EQ(Shape(folded), (std::vector<std::string>{"1 rollup 2 [1,2)", "1 rollup 1 [2,4)"}));
  folded = Fold(std::move(folded), FoldLevel::kHour);
  ASSERT_EQ(folded.size(), 1U);
  const auto& all = std::get<Rollup>(folded[0].content);
  EXPECT_EQ(all.from, kNoon);
  EXPECT_EQ(all.at, kNoon + minutes(1) + seconds(1));
}

TEST(Fold, WhatIsCoarserAlreadyStaysByItself) {
  RandomItems random(0);
  std::vector<SpoolItem> items;
  items.push_back(PassAt(random, 1, 1, kNoon));
  items.push_back(PassAt(random, 1, 2, kNoon + minutes(5)));
  items = Fold(std::move(items), FoldLevel::kHour);
  items.push_back(PassAt(random, 1, 3, kNoon + minutes(5)));
  EXPECT_EQ(Shape(Fold(std::move(items), FoldLevel::kMinute)),
            (std::vector<std::string>{"1 rollup 2 [1,3)", "1 rollup 1 [3,4)"}));
}

TEST(Fold, NothingIsNothing) {
  for (const FoldLevel level : kAllLevels) EXPECT_TRUE(Fold({}, level).empty());
}

}  // namespace
}  // namespace gaikei::testing
