#include "tests/results/upstream/lane_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "tests/results/samples.h"

namespace gaikei::testing {

std::size_t FakeSink::Prepare(std::span<const SpoolItem* const> items, const Limits& limits) {
  prepared_.clear();
  was_final = limits.is_final;
  const std::size_t count = std::min(items.size(), limits.items);
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto* sample = std::get_if<Sample>(&items[i]->content)) {
      prepared_.push_back({sample->series->check->name, sample->scheduled_at});
    }
  }
  return count;
}

void FakeSink::Answer(const Done& done) {
  const auto verdict = answer ? answer(prepared_) : std::nullopt;
  const Verdict told = verdict.value_or(Verdict{});
  if (told.kind == Verdict::Kind::kTaken) {
    taken.insert(taken.end(), prepared_.begin(), prepared_.end());
  }
  done(told);
}

void FakeSink::Send(Done done) {
  sent.push_back(prepared_);
  if (holds_answers) {
    held_ = std::move(done);
  } else {
    Answer(done);
  }
}

void FakeSink::Release() { Answer(std::exchange(held_, nullptr)); }

void FakeSink::Cancel() {
  ++cancelled;
  held_ = nullptr;
}

std::vector<LaneState> FakeSink::Settle() {
  prepared_.clear();
  return {};
}

void FakeSink::Discard() {
  ++discarded;
  prepared_.clear();
}

LaneRig::LaneRig(std::uint64_t max_bytes) : wall_(SampleTime()) {
  SpoolOptions options;
  options.max_bytes_in_memory = max_bytes;
  options.now = [this] { return wall_; };
  auto spool = Spool::Open(std::move(options));
  EXPECT_TRUE(spool) << spool.error();
  spool_ = std::move(*spool);
}

LaneOptions LaneRig::Complete(Served& served, LaneOptions options) {
  options.name = served.name;
  options.on_trouble = [&served](const std::string& text) { served.told.push_back(text); };
  return options;
}

LaneRig::Served& LaneRig::AddLane(const std::string& name, LaneOptions options) {
  auto sink = std::make_unique<FakeSink>();
  FakeSink* const fake = sink.get();
  Served& served = AddLane(name, std::move(options), std::move(sink));
  served.sink = fake;
  return served;
}

LaneRig::Served& LaneRig::AddLane(const std::string& name, LaneOptions options,
                                  std::unique_ptr<Sink> sink) {
  served_.push_back(std::make_unique<Served>());
  served_.back()->name = name;
  std::vector<SpoolLane> claims;
  for (const auto& served : served_) {
    SpoolLane claim;
    claim.name = served->name;
    claims.push_back(std::move(claim));
  }
  spool_->SetLanes(std::move(claims));
  Served& served = *served_.back();
  served.lane =
      std::make_unique<Lane>(*spool_, Complete(served, std::move(options)), std::move(sink), 7);
  return served;
}

void LaneRig::Renew(Served& served, LaneOptions options) {
  auto sink = std::make_unique<FakeSink>();
  served.sink = sink.get();
  served.lane =
      std::make_unique<Lane>(*spool_, Complete(served, std::move(options)), std::move(sink), 7);
}

void LaneRig::Produce(const std::string& check) {
  Outcome outcome = PassedOutcome(check);
  outcome.scheduled_at = wall_;
  outcome.started_at = wall_;
  spool_->Append({&outcome, 1});
  AssertEquation();
}

void LaneRig::AssertEquation() const {
  for (const LaneAccount& account : spool_->accounts()) {
    std::uint64_t dropped = 0;
    for (const auto& [reason, count] : account.dropped) dropped += count;
    ASSERT_EQ(account.produced, account.sent + account.spooled + account.rejected + dropped)
        << account.name;
  }
}

void LaneRig::Step() {
  if (next_commit_ <= now_) {
    spool_->Commit();
    next_commit_ = now_ + std::chrono::milliseconds(500);
  }
}

void LaneRig::Run(Span span, Span tick_every, const std::function<void()>& tick) {
  const MonoTime end = now_ + span;
  MonoTime next_tick = now_;
  while (now_ < end) {
    if (tick && next_tick <= now_) {
      tick();
      next_tick = now_ + tick_every;
    }
    Step();
    MonoTime next = std::min(end, next_commit_);
    if (tick) next = std::min(next, next_tick);
    for (const auto& served : served_) {
      if (const auto wish = served->lane->Poll(now_, wall_)) next = std::min(next, *wish);
      AssertEquation();
    }
    // A lane that wants to be polled at once, for ever, would stop the time.
    next = std::max(next, now_ + std::chrono::microseconds(1));
    wall_ += next - now_;
    now_ = next;
  }
}

}  // namespace gaikei::testing
