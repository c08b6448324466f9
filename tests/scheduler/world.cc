#include "tests/scheduler/world.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gaikei {

class FakeAttempt final : public Attempt {
 public:
  FakeAttempt(const FakeCheck& check, Act act, AttemptDone done)
      : check_(check), alarm_(check.clock_.NewAlarm()), done_(std::move(done)) {
    ++check_.alive_;
    if (act.after < Span::zero()) return;
    const MonoTime begin = check.clock_.Mono();
    alarm_->Arm(begin + act.after, [this, act, begin] {
      Observation observation;
      observation.duration = check_.clock_.Mono() - begin;
      if (act.reason != Reason::kNone) observation.Fail(act.reason, Phase::kConnect, "as scripted");
      const AttemptDone report = std::move(done_);
      report(std::move(observation));
    });
  }
  ~FakeAttempt() override { --check_.alive_; }

 private:
  const FakeCheck& check_;
  std::unique_ptr<Alarm> alarm_;
  AttemptDone done_;
};

std::unique_ptr<Attempt> FakeCheck::Start(const AttemptContext& context, AttemptDone done) const {
  told_.push_back(context.failed == nullptr ? ""
                                            : std::string(Name(context.change)) + " after " +
                                                  std::string(Name(context.failed->reason)));
  timeout_ = context.timeout;
  started_.push_back(clock_.Mono());
  return std::make_unique<FakeAttempt>(*this, script_(starts_++), std::move(done));
}

World::World(unsigned max_in_flight, WallTime begin) : clock(begin), engine(loop) {
  post_alarm_ = clock.NewAlarm();
  runner =
      std::make_unique<Runner>(clock, engine, RunnerOptions{max_in_flight, Poster(), nullptr},
                               [this](Outcome outcome) { outcomes.push_back(std::move(outcome)); });
}

World::~World() {
  runner.reset();
  post_alarm_->Disarm();
  EXPECT_FALSE(clock.has_armed()) << "the runner left an alarm behind";
}

std::function<void(std::function<void()>)> World::Poster() {
  return [this](std::function<void()> task) {
    posted_.push_back(std::move(task));
    post_alarm_->Arm(clock.Mono(), [this] {
      for (const auto& each : std::exchange(posted_, {})) each();
    });
  };
}

std::shared_ptr<FakeCheck> World::NewCheck(FakeCheck::Script script) {
  return std::make_shared<FakeCheck>(clock, std::move(script));
}

PlannedCheck World::Plan(const std::string& name, std::shared_ptr<const Check> check, Span every,
                         Span phase) {
  static const auto region = std::make_shared<const Region>();
  PlannedCheck planned;
  planned.check = std::move(check);
  planned.identity = std::make_shared<const CheckIdentity>(CheckIdentity{name, "fake", "", {}});
  planned.region = region;
  planned.grid = {every, phase};
  planned.timeout = std::chrono::seconds(10);
  return planned;
}

std::vector<Outcome> World::Of(const std::string& name) const {
  std::vector<Outcome> found;
  for (const Outcome& outcome : outcomes) {
    if (outcome.check->name == name) found.push_back(outcome);
  }
  return found;
}

std::size_t World::Count(const std::string& name, Reason reason) const {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(), [&](const Outcome& outcome) {
        return outcome.check->name == name && outcome.reason == reason;
      }));
}

void World::ExpectEverySlotOnce(const std::string& name, const SlotGrid& grid, WallTime from,
                                WallTime to) const {
  std::vector<WallTime> given;
  for (const Outcome& outcome : Of(name)) given.push_back(outcome.scheduled_at);
  std::sort(given.begin(), given.end());
  std::vector<WallTime> expected;
  const std::int64_t first = FirstSlotAtOrAfter(grid, from);
  const std::int64_t count = SlotsBetween(grid, from, to);
  for (std::int64_t i = 0; i < count; ++i) expected.push_back(SlotTime(grid, first + i));
  EXPECT_EQ(given.size(), expected.size()) << name;
  EXPECT_TRUE(given == expected) << name << ": not every slot exactly once";
}

}  // namespace gaikei
