// Whatever happens on the way: what a receiver has equals what was counted.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <set>

#include "../samples.h"
#include "receiver.h"
#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = Verdict::Kind;
using ConfiguredVersion = RemoteWriteSpec::Version;

/// A prober with a few checks, a lane in miniature, and a way that fails now and then.
class World {
 public:
  World(std::uint64_t seed, ConfiguredVersion version) : engine_(seed) {
    rig.spec.remote_write.version = version;
    rig.spec.every = seconds(1 + Number(40));
    rig.limits.items = 1 + Number(40);
    rig.Restart();
    rig.transport.answer = [this](const PostRequest& request) { return OnRequest(request); };
  }

  std::uint64_t Number(std::uint64_t below) { return engine_() % below; }

  /// Something happens to a check, and is counted here.
  void Produce() {
    now += milliseconds(Number(4'000));
    const std::string name = fmt::format("check-{}", Number(4));
    Outcome outcome;
    switch (Number(6)) {
      case 0:
        outcome = TimedOutOutcome();
        break;
      case 1:
        outcome = ExpiredOutcome();
        break;
      case 2:
        outcome = SkippedOutcome();
        break;
      case 3:
        outcome = WarnedOutcome();
        break;
      default:
        outcome = PassedOutcome();
    }
    auto identity = std::make_shared<CheckIdentity>(*outcome.check);
    identity->name = name;
    outcome.check = std::move(identity);
    if (outcome.started_at != WallTime{}) {
      outcome.duration = milliseconds(1 + Number(9'000));
      for (auto& phase : outcome.phases.spent) {
        if (phase) phase = milliseconds(Number(3'000));
      }
    }
    // What is written down is in the order in which it was over.
    now += outcome.duration;
    backlog.push_back(rig.make.Sampled(outcome, At(now)));
    present_.insert(name);
    const std::string reason(Name(outcome.reason));
    ++counted[Key("gaikei_outcomes_total", name,
                  "kind=\"http\"," + (reason.empty() ? "" : "reason=\"" + reason + "\",") +
                      "region=\"tokyo\",status=\"" + std::string(Name(outcome.status)) + "\"")];
    if (!Tally::HasDuration(outcome.status, outcome.reason)) return;
    ++durations[name];
    sums[name] += outcome.duration;
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      if (outcome.phases.spent[i]) ++phases[{name, std::string(Name(static_cast<Phase>(i)))}];
    }
  }

  void Depart() {
    if (present_.empty()) return;
    const std::string name = *present_.begin();
    present_.erase(name);
    now += milliseconds(10);
    backlog.push_back(rig.make.Departed(name, At(now)));
  }

  /// Takes the whole backlog to the receiver, as a lane does, and ends now and then in between.
  void Drain() {
    std::size_t done = 0;
    while (done < backlog.size()) {
      if (Number(12) == 0) rig.Restart();
      const std::size_t covered = Gather(done);
      bool is_settled = false;
      ASSERT_NO_FATAL_FAILURE(is_settled = Deliver());
      if (is_settled) {
        done += covered;
      } else {
        rig.Restart();
      }
    }
    backlog.clear();
  }

  static std::string Key(const std::string& family, const std::string& check,
                         const std::string& rest) {
    return fmt::format(R"({}{{check="{}",instance="host-tokyo",job="gaikei",{}}})", family, check,
                       rest);
  }

  Rig rig;
  Receiver receiver;
  bool is_troubled = true;
  Span now{0};
  std::vector<SpoolItem> backlog;
  std::map<std::string, std::uint64_t> counted;  ///< by series
  std::map<std::string, std::uint64_t> durations;
  std::map<std::string, Span> sums;
  std::map<std::pair<std::string, std::string>, std::uint64_t> phases;

 private:
  /// Gives the sink what there is, in pieces; gives how much of it there was.
  std::size_t Gather(std::size_t from) {
    std::size_t covered = 0;
    while (from + covered < backlog.size() && (covered == 0 || Number(4) != 0)) {
      const std::size_t piece =
          std::min<std::size_t>(1 + Number(20), backlog.size() - from - covered);
      std::vector<const SpoolItem*> items;
      for (std::size_t i = 0; i < piece; ++i) items.push_back(&backlog[from + covered + i]);
      EXPECT_EQ(rig.sink->Prepare(items, rig.limits), piece);
      covered += piece;
    }
    return covered;
  }

  /// False: the process ended before all of it was sent.
  bool Deliver() {
    do {
      const Verdict verdict = rig.Send();
      if (verdict.kind == Kind::kTooLarge || verdict.kind == Kind::kRefused) {
        // A single one that is refused has broken a rule, or has come before the end of the
        // process.
        if (rig.sink->Halve()) continue;
        EXPECT_EQ(verdict.kind, Kind::kTooLarge) << verdict.message;
      } else if (verdict.kind != Kind::kTaken) {
        EXPECT_EQ(verdict.kind, Kind::kRetry) << verdict.message;
        if (Number(4) == 0) return false;
      }
    } while (rig.sink->HasMore());
    rig.states.Store(rig.sink->Settle());
    return true;
  }

  PostResponse OnRequest(const PostRequest& request) {
    if (!is_troubled) return receiver(request);
    switch (Number(10)) {
      case 0:
        return Answer(503);
      case 1:
        return Answer(413);
      case 2: {
        // It has it, and we do not hear of it.
        receiver(request);
        PostResponse lost;
        lost.error = "connection reset";
        return lost;
      }
      default:
        return receiver(request);
    }
  }

  std::mt19937_64 engine_;
  std::set<std::string> present_;
};

TEST(RemoteWriteProperty, IncreaseIsWhatWasCounted) {
  for (const auto version : {ConfiguredVersion::kOne, ConfiguredVersion::kTwo}) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      World world(seed, version);
      for (int round = 0; round < 12; ++round) {
        const std::uint64_t items = world.Number(30);
        for (std::uint64_t i = 0; i < items; ++i) world.Produce();
        if (world.Number(3) == 0) world.Depart();
        ASSERT_NO_FATAL_FAILURE(world.Drain()) << "seed " << seed;
      }
      for (const auto& [key, count] : world.counted) {
        ASSERT_EQ(world.receiver.Increase(key), static_cast<double>(count)) << key << seed;
      }
      const bool is_two = version == ConfiguredVersion::kTwo;
      const std::string suffix = is_two ? "" : "_count";
      for (const auto& [name, count] : world.durations) {
        ASSERT_EQ(world.receiver.Increase(
                      World::Key("gaikei_duration_seconds" + suffix, name, "region=\"tokyo\"")),
                  static_cast<double>(count));
      }
      for (const auto& [key, count] : world.phases) {
        ASSERT_EQ(world.receiver.Increase(
                      World::Key("gaikei_phase_duration_seconds" + suffix, key.first,
                                 fmt::format(R"(phase="{}",region="tokyo")", key.second))),
                  static_cast<double>(count));
      }
    }
  }
}

TEST(RemoteWriteProperty, LastValuesAreTheTallies) {
  for (const auto version :
       {ConfiguredVersion::kOne, ConfiguredVersion::kTwo, ConfiguredVersion::kAuto}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      World world(seed, version);
      // Receivers come and go.
      for (int round = 0; round < 12; ++round) {
        if (version == ConfiguredVersion::kAuto && world.Number(3) == 0) {
          world.receiver.knows_two = !world.receiver.knows_two;
          world.rig.limits.now += std::chrono::hours(7);
        }
        const std::uint64_t items = world.Number(30);
        for (std::uint64_t i = 0; i < items; ++i) world.Produce();
        ASSERT_NO_FATAL_FAILURE(world.Drain()) << "seed " << seed;
      }
      for (const auto& [key, count] : world.counted) {
        ASSERT_EQ(world.receiver.Last(key), static_cast<double>(count)) << key << seed;
        ASSERT_EQ(world.receiver.Increase(key), static_cast<double>(count)) << key << seed;
      }
      for (const auto& [name, count] : world.durations) {
        const std::string native = World::Key("gaikei_duration_seconds", name, "region=\"tokyo\"");
        const std::string classic =
            World::Key("gaikei_duration_seconds_count", name, "region=\"tokyo\"");
        const std::string sum = World::Key("gaikei_duration_seconds_sum", name, "region=\"tokyo\"");
        const bool has_native = world.receiver.series().count(native) != 0;
        const bool has_classic = world.receiver.series().count(classic) != 0;
        ASSERT_TRUE(has_native || has_classic);
        // The form that was sent last has everything.
        double most = 0;
        if (has_native) most = world.receiver.Last(native);
        if (has_classic) most = std::max(most, world.receiver.Last(classic));
        ASSERT_EQ(most, static_cast<double>(count)) << name << " seed " << seed;
        if (has_classic && world.receiver.Last(classic) == static_cast<double>(count)) {
          ASSERT_EQ(world.receiver.Last(sum), Seconds(world.sums.at(name)));
        }
        if (has_native && most == world.receiver.Last(native)) {
          const DecodedHistogram& histogram = *world.receiver.series().at(native).back().histogram;
          ASSERT_EQ(histogram.sum, Seconds(world.sums.at(name)));
          std::int64_t total = static_cast<std::int64_t>(histogram.zero_count);
          for (const auto& [bucket, in_it] : histogram.buckets) total += in_it;
          ASSERT_EQ(total, static_cast<std::int64_t>(count));
        }
      }
    }
  }
}

}  // namespace
}  // namespace gaikei::testing
