#include "rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "results/latest.h"

namespace gaikei::testing {

WallTime Noon() { return *ParseRfc3339("2026-11-23T03:48:00Z"); }

class Rig::States final : public LaneStates {
 public:
  explicit States(const std::map<std::int64_t, std::string>& states) : states_(states) {}
  std::optional<std::string> Load(std::int64_t series) override {
    const auto found = states_.find(series);
    if (found == states_.end()) return std::nullopt;
    return found->second;
  }

 private:
  const std::map<std::int64_t, std::string>& states_;
};

Rig::Rig(Kind kind) : kind_(kind) {
  spec.name = "m";
  spec.type = UpstreamType::kMackerel;
  spec.transport.url = "https://api.mackerelio.com";
  spec.mackerel.api_key = Secret(StandIn::kKey);
  spec.mackerel.service = "shop";
  sender.region = "tokyo";
  sender.host = "prober-1";
  sender.version = "1.0.0";
  sender.user_agent = "gaikei/1.0";
  mackerel.now = Noon();
  reader_ = std::make_unique<States>(states);
}

void Rig::Restart() {
  const auto now = [this] { return mackerel.now; };
  sink_ = kind_ == Kind::kMetrics ? MakeMackerelMetricsSink(spec, sender, *reader_, mackerel, now)
                                  : MakeMackerelReportsSink(spec, sender, *reader_, mackerel, now);
  covered_ = 0;
  limit_ = max_batch;
}

std::shared_ptr<const SampleSeries> Rig::SeriesOf(const std::string& check,
                                                  const std::string& region) {
  auto& series = series_[{check, region}];
  if (!series) {
    auto identity = std::make_shared<CheckIdentity>();
    identity->name = check;
    identity->kind = "http";
    identity->target = "https://www.example/";
    identity->labels = {{"generation", std::to_string(next_series_)}};
    series =
        std::make_shared<SampleSeries>(SampleSeries{next_series_++, std::move(identity), region});
  }
  return series;
}

void Rig::Relabel(const std::string& check, const std::string& region) {
  series_.erase({check, region});
}

Sample Rig::MakeSample(const std::string& check, Status status, Span duration,
                       const std::string& region) {
  Sample sample;
  sample.series = SeriesOf(check, region);
  sample.at = mackerel.now;
  sample.started_at = mackerel.now - duration;
  sample.scheduled_at = sample.started_at;
  sample.latest.status = status;
  sample.latest.has_started = true;
  sample.latest.duration = duration;
  switch (status) {
    case Status::kPass:
      sample.counts = Counts::kGood;
      break;
    case Status::kWarn:
      sample.counts = Counts::kGood;
      sample.reason = Reason::kExpectDuration;
      break;
    case Status::kFail:
      sample.counts = Counts::kBad;
      sample.reason = Reason::kConnectRefused;
      sample.phase = "connect";
      sample.message = "connection refused";
      break;
    case Status::kUnknown:
      sample.counts = Counts::kMissing;
      sample.reason = Reason::kProberOverload;
      break;
  }
  return sample;
}

void Rig::Append(Sample sample) {
  auto item = std::make_unique<SpoolItem>();
  item->content = std::move(sample);
  log_.push_back(std::move(item));
}

void Rig::Append(Rollup rollup) {
  auto item = std::make_unique<SpoolItem>();
  item->content = std::move(rollup);
  log_.push_back(std::move(item));
}

void Rig::Depart(const std::string& check, const std::string& region) {
  auto item = std::make_unique<SpoolItem>();
  item->content = Departure{SeriesOf(check, region), mackerel.now};
  log_.push_back(std::move(item));
}

std::uint64_t Rig::Waiting() const {
  std::uint64_t samples = 0;
  for (std::size_t i = cursor_; i < log_.size(); ++i) samples += log_[i]->samples();
  return samples;
}

void Rig::Settle(const Verdict& verdict, bool is_taken) {
  std::uint64_t samples = 0;
  for (std::size_t i = 0; i < covered_; ++i) samples += log_[cursor_ + i]->samples();
  if (is_taken) {
    ASSERT_LE(verdict.rejected + verdict.expired, samples);
    rejected += verdict.rejected;
    expired += verdict.expired;
    sent += samples - verdict.rejected - verdict.expired;
  } else {
    rejected += samples;
  }
  for (LaneState& state : sink_->Settle()) {
    if (state.bytes.empty()) {
      states.erase(state.series);
    } else {
      states.insert_or_assign(state.series, std::move(state.bytes));
    }
  }
  cursor_ += covered_;
  covered_ = 0;
  limit_ = std::min(max_batch, limit_ * 2);
}

bool Rig::Deliver(bool is_final) {
  if (covered_ == 0) {
    Sink::Limits limits;
    limits.items = std::max<std::size_t>(limit_, 1);
    limits.now = mackerel.now;
    limits.is_final = is_final;
    std::vector<const SpoolItem*> items;
    for (std::size_t i = cursor_; i < log_.size() && items.size() < limits.items; ++i) {
      items.push_back(log_[i].get());
    }
    if (items.empty()) return false;
    covered_ = sink_->Prepare(items, limits);
    if (covered_ == 0) return false;
    if (covered_ > items.size()) ADD_FAILURE() << "covers more than there is";
  }
  std::optional<Verdict> verdict;
  sink_->Send([&](Verdict given) {
    EXPECT_FALSE(verdict.has_value()) << "done twice";
    verdict = std::move(given);
  });
  mackerel.Pump();
  if (!verdict) {
    ADD_FAILURE() << "never done";
    return false;
  }
  EXPECT_EQ(verdict->message.find(StandIn::kKey), std::string::npos) << verdict->message;
  verdicts.push_back(*verdict);
  switch (verdict->kind) {
    case Verdict::Kind::kTaken:
      Settle(*verdict, true);
      return true;
    case Verdict::Kind::kRetry:
    case Verdict::Kind::kForbidden:
      return false;
    case Verdict::Kind::kTooLarge:
    case Verdict::Kind::kRefused:
      break;
  }
  if (covered_ == 1) {
    Settle(*verdict, false);
    return true;
  }
  limit_ = covered_ / 2;
  covered_ = 0;
  sink_->Discard();
  return true;
}

void Rig::Poll(bool is_final) {
  if (!sink_) Restart();
  while (Deliver(is_final)) {
  }
}

void Rig::Run(Span span, Span step) {
  const WallTime end = mackerel.now + span;
  while (mackerel.now < end) {
    Poll();
    mackerel.now += std::min<Span>(step, end - mackerel.now);
  }
  Poll();
}

std::optional<double> Rig::Point(const std::string& name, WallTime minute) const {
  const auto found = mackerel.points.find(
      {name, std::chrono::floor<std::chrono::seconds>(minute.time_since_epoch()).count()});
  if (found == mackerel.points.end()) return std::nullopt;
  return found->second;
}

}  // namespace gaikei::testing
