// Whatever is done with a spool, in whatever order: nothing is lost without being counted.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/results/spool/spool_rig.h"

namespace gaikei::testing {
namespace {

bool IsEven(const SampleSeries& series) { return (series.check->name.back() - '0') % 2 == 0; }
bool IsSmall(const SampleSeries& series) { return series.check->name.back() < '3'; }

/// What a lane must give: exactly this where it has all the room in the world.
struct Expected {
  std::vector<std::string> given;
  std::size_t next = 0;
};

class RandomUse {
 public:
  explicit RandomUse(std::uint64_t seed) : engine_(seed) {}

  void Run(int steps) {
    rig_.options.sync = Number(4) == 0 ? SpoolSync::kAlways : SpoolSync::kInterval;
    ASSERT_EQ(rig_.Open(Lanes()), "");
    for (int step = 0; step < steps; ++step) {
      const std::string what = fmt::format("step {}: {}", step, Step());
      for (const LaneAccount& account : rig_.spool().accounts()) ExpectBalanced(account, what);
      if (step % 16 == 0) {
        rig_.Check(what);
        ExpectBounds(what);
      }
      if (::testing::Test::HasFailure()) return;
    }
    rig_.spool().Commit();
    for (const SpoolLane& lane : Lanes()) {
      ReadSome(lane.name, true);
      EXPECT_EQ(rig_.Account(lane.name).spooled, 0U) << lane.name;
    }
    rig_.Check("end");
    EXPECT_EQ(expected_.next, expected_.given.size());
    EXPECT_TRUE(has_rollups_);
    EXPECT_GT(rig_.Account("plain").dropped.at("folded"), 0U);
    EXPECT_EQ(rig_.spool().counts().errors, 0U);
    EXPECT_THAT(rig_.errors(), ::testing::IsEmpty());
  }

 private:
  static std::vector<SpoolLane> Lanes() {
    return {
        {.name = "even", .max_bytes = 40'000, .wants_json = true, .selects = IsEven},
        {.name = "plain", .max_bytes = 60'000, .takes_rollups = false},
        {.name = "small",
         .max_bytes = 30'000,
         .max_age = std::chrono::hours(2),
         .selects = IsSmall},
        {.name = "tight", .max_bytes = 50'000},
        {.name = "wide", .max_age = std::chrono::hours(10'000)},
    };
  }

  std::uint64_t Number(std::uint64_t below) { return engine_() % below; }

  std::string Step() {
    switch (Number(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return AppendSome();
      case 4:
      case 5:
        rig_.spool().Commit();
        return "commit";
      case 6:
      case 7:
      case 8:
        return ReadSome(Lanes()[Number(5)].name, false);
      case 9: {
        const std::string check = fmt::format("check{}", Number(8));
        const auto present = rig_.spool().Present();
        if (std::ranges::count(present, std::pair(check, std::string("tokyo"))) > 0) {
          expected_.given.push_back("departure " + check + " tokyo 0");
        }
        rig_.spool().Depart(check, "tokyo");
        return "depart";
      }
      case 10:
        rig_.now += std::chrono::minutes(Number(40));
        return "time passes";
      default:
        if (Number(3) != 0) return "nothing";
        rig_.Restart();
        return "restart";
    }
  }

  std::string AppendSome() {
    std::vector<Outcome> outcomes;
    const std::uint64_t count = Number(120);
    for (std::uint64_t i = 0; i < count; ++i) {
      outcomes.push_back(rig_.Make(fmt::format("check{}", Number(8))));
      if (Number(9) == 0) outcomes.back().Fail(Reason::kConnectRefused, Phase::kConnect, "refused");
      expected_.given.push_back(
          fmt::format("{} tokyo {}", outcomes.back().check->name,
                      outcomes.back().scheduled_at.time_since_epoch().count()));
    }
    rig_.spool().Append(outcomes);
    return fmt::format("append {}", count);
  }

  std::string ReadSome(const std::string& lane, bool is_all) {
    do {
      const auto backlog =
          rig_.spool().Read(lane, 1 + Number(is_all ? 500 : 80), 1000 + Number(100'000));
      if (backlog.items.empty()) break;
      const std::size_t settled = is_all ? backlog.items.size() : Number(backlog.items.size() + 1);
      if (settled == 0) break;
      Spool::Settlement settlement;
      settlement.end = backlog.items[settled - 1]->end;
      std::uint64_t samples = 0;
      Sequence last = 0;
      for (std::size_t i = 0; i < settled; ++i) {
        const SpoolItem& item = *backlog.items[i];
        EXPECT_GE(item.sequence, last);
        last = item.end;
        samples += item.samples();
        if (lane == "wide") ExpectNext(item);
        EXPECT_TRUE(lane != "even" || IsEven(item.series()));
        EXPECT_TRUE(lane != "small" || IsSmall(item.series()));
        EXPECT_FALSE(lane == "plain" && std::holds_alternative<Rollup>(item.content));
        if (const auto* rollup = std::get_if<Rollup>(&item.content)) {
          has_rollups_ = true;
          EXPECT_EQ(rollup->samples, rollup->good + rollup->bad + rollup->missing);
          EXPECT_EQ(rollup->samples, rollup->tally.Total());
        }
      }
      settlement.rejected = Number(4) == 0 ? Number(samples + 1) : 0;
      settlement.sent = samples - settlement.rejected;
      settlement.duplicates = Number(settlement.sent + 1);
      settlement.states = {{static_cast<std::int64_t>(Number(9)), std::string(Number(50), 'x')}};
      rig_.spool().Settle(lane, std::move(settlement));
    } while (is_all);
    return "read " + lane;
  }

  void ExpectNext(const SpoolItem& item) {
    ASSERT_LT(expected_.next, expected_.given.size());
    EXPECT_EQ(SpoolRig::Identity(item), expected_.given[expected_.next++]);
  }

  void ExpectBounds(const std::string& what) {
    for (const SpoolLane& lane : Lanes()) {
      EXPECT_LE(rig_.Account(lane.name).bytes, lane.max_bytes) << what << ": " << lane.name;
    }
  }

  std::mt19937_64 engine_;
  SpoolRig rig_;
  Expected expected_;
  bool has_rollups_ = false;
};

class SpoolProperty : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(SpoolProperty, AccountsForEverySample) { RandomUse(GetParam()).Run(250); }

INSTANTIATE_TEST_SUITE_P(Seeds, SpoolProperty,
                         ::testing::Range(std::uint64_t{1}, std::uint64_t{9}));

}  // namespace
}  // namespace gaikei::testing
