// The numbers that Mackerel ends up with are those of the samples, whatever happens on the way.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// One sample, in the plainest form.
struct Fact {
  Counts counts = Counts::kGood;
  bool has_duration = true;
  double duration = 0;
};
using Facts = std::vector<Fact>;
/// Check, region, minute of the epoch.
using Cell = std::tuple<std::string, std::string, std::int64_t>;

std::int64_t MinuteOf(WallTime at) { return at.time_since_epoch() / minutes(1); }

double Percentile(std::vector<double> values, double percent) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(
      std::ceil(percent * static_cast<double>(values.size()) / 100.0 - 1e-9));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

/// The numbers of some samples as this test reckons them.
std::map<std::string, double> Numbers(const Facts& facts) {
  double good = 0;
  double bad = 0;
  double missing = 0;
  std::vector<double> durations;
  for (const Fact& fact : facts) {
    (fact.counts == Counts::kGood ? good : fact.counts == Counts::kBad ? bad : missing) += 1;
    if (fact.has_duration) durations.push_back(fact.duration);
  }
  std::map<std::string, double> numbers = {
      {"slots.good", good}, {"slots.bad", bad}, {"slots.missing", missing}};
  if (good + bad > 0) numbers["availability.minute"] = good / (good + bad);
  if (durations.empty()) return numbers;
  double sum = 0;
  for (const double duration : durations) sum += duration;
  numbers["duration.p50"] = Percentile(durations, 50);
  numbers["duration.p95"] = Percentile(durations, 95);
  numbers["duration.p99"] = Percentile(durations, 99);
  numbers["duration.max"] = *std::max_element(durations.begin(), durations.end());
  numbers["duration.mean"] = sum / static_cast<double>(durations.size());
  return numbers;
}

class Story {
 public:
  Story(unsigned seed, bool has_faults) : random_(seed), has_faults_(has_faults) {
    rig_.max_batch = 1 + random_() % 60;
    if (!has_faults) return;
    rig_.mackerel.fault = [this](const PostRequest&) -> std::optional<PostResponse> {
      if (random_() % 4 != 0) return std::nullopt;
      PostResponse response;
      constexpr int kStatuses[] = {0, 429, 500, 502, 503, 504};
      response.status = kStatuses[random_() % 6];
      return response;
    };
    rig_.mackerel.loses_answer = [this](const PostRequest&) { return random_() % 5 == 0; };
  }

  void Tell() {
    for (int step = 0; step < 1500; ++step) {
      rig_.Advance(milliseconds(random_() % 10'000));
      Look();
      for (auto late = late_.begin(); late != late_.end();) {
        // Later than ten minutes the numbers over the hour stay as they are.
        if (random_() % 40 == 0 || late->at + minutes(9) < rig_.mackerel.now) {
          rig_.Append(std::move(*late));
          late = late_.erase(late);
        } else {
          ++late;
        }
      }
      rig_.Poll();
      if (random_() % 200 == 0) rig_.Relabel("home");
      // Killed: what was not settled is delivered again. Ended: nothing is held back.
      if (has_faults_ && random_() % 100 == 0) rig_.Restart();
      if (has_faults_ && random_() % 100 == 0) {
        rig_.Poll(true);
        rig_.Restart();
      }
    }
    for (Sample& late : late_) rig_.Append(std::move(late));
    rig_.mackerel.fault = nullptr;
    rig_.mackerel.loses_answer = nullptr;
    rig_.Run(minutes(3));
  }

  void Check() {
    ASSERT_EQ(rig_.Waiting(), 0U);
    EXPECT_EQ(rig_.sent, produced_);
    EXPECT_EQ(rig_.mackerel.complaints, std::vector<std::string>());
    std::size_t points = 0;
    for (const auto& [cell, facts] : facts_) points += CheckCell(cell, facts);
    EXPECT_EQ(rig_.mackerel.points.size(), points);
  }

  const Rig& rig() const { return rig_; }

 private:
  void Look() {
    constexpr Status kStatuses[] = {Status::kPass, Status::kPass, Status::kPass,
                                    Status::kWarn, Status::kFail, Status::kUnknown};
    const std::string check = random_() % 2 == 0 ? "home" : "cart";
    const std::string region = random_() % 2 == 0 ? "tokyo" : "osaka";
    const Status status = kStatuses[random_() % 6];
    const Span duration = milliseconds(1 + random_() % 3000);
    Sample sample = rig_.MakeSample(check, status, duration, region);
    Fact fact{sample.counts, status != Status::kUnknown, Seconds(duration)};
    facts_[{check, region, MinuteOf(sample.at)}].push_back(fact);
    ++produced_;
    if (random_() % 30 == 0) {
      late_.push_back(std::move(sample));
    } else {
      rig_.Append(std::move(sample));
    }
  }

  std::size_t CheckCell(const Cell& cell, const Facts& facts) {
    const auto& [check, region, minute] = cell;
    auto numbers = Numbers(facts);
    Facts hour;
    bool is_folded = false;  // somewhere within the hour
    for (const auto& [other, more] : facts_) {
      if (std::get<0>(other) == check && std::get<1>(other) == region &&
          std::get<2>(other) > minute - 60 && std::get<2>(other) <= minute) {
        hour.insert(hour.end(), more.begin(), more.end());
        is_folded |= more.size() > 8;
      }
    }
    const auto over_hour = Numbers(hour);
    if (over_hour.count("availability.minute") > 0) {
      numbers["availability.hour"] = over_hour.at("availability.minute");
    }
    if (over_hour.count("duration.p95") > 0) {
      numbers["duration.p95_hour"] = over_hour.at("duration.p95");
    }
    for (const auto& [name, value] : numbers) {
      const auto point = rig_.Point("gaikei." + check + "." + region + "." + name,
                                    WallTime(std::chrono::duration_cast<Span>(minutes(minute))));
      EXPECT_TRUE(point.has_value()) << name;
      if (!point) continue;
      if (name == "duration.p95_hour" && is_folded) {
        EXPECT_GE(*point, value);
        EXPECT_LE(*point, value * std::exp2(1.0 / 8));
      } else {
        // The mean's rounding depends on the order of addition.
        EXPECT_NEAR(*point, value, name == "duration.mean" ? 1e-12 : 0) << name;
      }
    }
    return numbers.size();
  }

  std::mt19937 random_;
  const bool has_faults_;
  Rig rig_{Rig::Kind::kMetrics};
  std::map<Cell, Facts> facts_;
  std::vector<Sample> late_;
  std::uint64_t produced_ = 0;
};

TEST(MackerelNumbers, AreThoseOfTheSamples) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Story story(seed, false);
    story.Tell();
    story.Check();
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(MackerelNumbers, AreThoseOfTheSamplesAfterTroublesAndRestarts) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Story story(seed, true);
    story.Tell();
    story.Check();
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace gaikei::testing
