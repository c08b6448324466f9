#include "results/upstream/mackerel/reports_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>
#include <utility>
#include <variant>

namespace gaikei::mackerel {
namespace {

/// What is later is ignored by Mackerel; five minutes of it are for clocks that differ.
constexpr Span kLatest = std::chrono::hours(6) - std::chrono::minutes(5);

}  // namespace

ReportsSink::ReportsSink(const UpstreamSpec& spec, const SenderIdentity& sender, LaneStates& states,
                         Transport& transport, std::function<WallTime()> now)
    : spec_(spec.mackerel),
      now_(now),
      api_(spec, sender, transport, std::move(now)),
      host_(api_, states, spec.mackerel.host_name, sender) {}

bool ReportsSink::IsNews(const SpoolItem& item) const {
  const auto* sample = std::get_if<Sample>(&item.content);
  if (sample == nullptr) return std::holds_alternative<Departure>(item.content);
  const auto last = last_.find(host_.NameOf(item.series()));
  return last == last_.end() || last->second.status != sample->latest.status;
}

std::size_t ReportsSink::Prepare(std::span<const SpoolItem* const> items, const Limits& limits) {
  Clear();
  minute_ = MinuteOf(limits.now);
  const auto covered = items.first(std::min(items.size(), limits.items));
  if (!limits.is_final) {
    if (api_.IsBusyMinute(limits.now)) return 0;
    const bool is_due = reported_minute_ != minute_ || covered.size() == limits.items ||
                        std::any_of(covered.begin(), covered.end(),
                                    [&](const SpoolItem* item) { return IsNews(*item); });
    if (!is_due) return 0;
  }
  std::vector<CheckReport> reports;
  for (const SpoolItem* item : covered) Take(*item, reports);
  Thin(std::move(reports));
  return covered.size();
}

void ReportsSink::Take(const SpoolItem& item, std::vector<CheckReport>& reports) {
  if (std::holds_alternative<Departure>(item.content)) return host_.Remove(item.series());
  host_.Add(item.series());
  const auto* sample = std::get_if<Sample>(&item.content);
  if (sample == nullptr || sample->at < now_() - kLatest) {
    expired_ += item.samples();
    return;
  }
  CheckReport report;
  report.name = host_.NameOf(item.series());
  report.status = sample->latest.status;
  report.message = ReportMessageOf(*sample);
  report.at = sample->at;
  report.occurred_at = UnixSeconds(sample->at);
  // Mackerel ignores what is not newer than what it has: where the clock was set back, or two ended
  // within a second, a report is stamped later than it was.
  const auto prepared = last_prepared_.find(report.name);
  if (prepared != last_prepared_.end()) {
    report.occurred_at = std::max(report.occurred_at, prepared->second.occurred_at);
  } else if (const auto last = last_.find(report.name); last != last_.end()) {
    report.occurred_at = std::max(report.occurred_at, last->second.occurred_at + 1);
  }
  last_prepared_.insert_or_assign(report.name, Last{report.occurred_at, report.status});
  reports.push_back(std::move(report));
}

void ReportsSink::Thin(std::vector<CheckReport> reports) {
  std::set<std::string> ok_before;
  for (const auto& [name, prepared] : last_prepared_) {
    const auto last = last_.find(name);
    if (last != last_.end() && last->second.status == Status::kPass) ok_before.insert(name);
  }
  reports_ = Thinned(std::move(reports), ok_before);
}

void ReportsSink::Send(Done done) {
  done_ = std::move(done);
  has_moved_ = false;
  is_taken_ = false;
  PrepareHost();
}

void ReportsSink::PrepareHost() {
  host_.Ensure([this](Verdict verdict) {
    if (verdict.kind != Verdict::Kind::kTaken) return Finish(std::move(verdict));
    PostNext();
  });
}

void ReportsSink::PostNext() {
  const WallTime oldest = now_() - kLatest;
  while (next_ < reports_.size() && reports_[next_].at < oldest) {
    ++next_;
    ++expired_;
  }
  if (next_ == reports_.size()) return Finish({});
  std::size_t count = 1;
  while (count < bound_ && next_ + count < reports_.size() &&
         reports_[next_ + count].at >= oldest) {
    ++count;
  }
  const auto reports = std::span<const CheckReport>(reports_).subspan(next_, count);
  api_.Ask(PostCheckReports(host_.id(), reports, spec_),
           [this, count](const ApiAnswer& answer) { OnPosted(count, answer); });
}

void ReportsSink::OnPosted(std::size_t count, const ApiAnswer& answer) {
  if (answer.verdict.kind == Verdict::Kind::kTooLarge && count > 1) {
    bound_ = count / 2;
    return PostNext();
  }
  if (answer.verdict.kind == Verdict::Kind::kTaken) {
    next_ += count;
    return PostNext();
  }
  if (answer.status == 400 || answer.status == 404) return OnRefused(answer);
  Finish(answer.verdict);
}

void ReportsSink::OnRefused(const ApiAnswer& answer) {
  if (has_moved_) return Finish(answer.verdict);
  host_.LookAgain([this, refusal = answer.verdict](const Verdict& verdict, bool is_gone) {
    if (is_gone) {
      has_moved_ = true;
      return PrepareHost();
    }
    Finish(verdict.kind == Verdict::Kind::kTaken ? refusal : verdict);
  });
}

void ReportsSink::Finish(Verdict verdict) {
  is_taken_ = verdict.kind == Verdict::Kind::kTaken;
  if (is_taken_) {
    verdict.expired = expired_;
    if (expired_ > 0) {
      verdict.message = fmt::format("check reports: {} were later than Mackerel takes", expired_);
    }
  }
  const Done done = std::exchange(done_, nullptr);
  done(std::move(verdict));
}

void ReportsSink::Cancel() {
  api_.Cancel();
  done_ = nullptr;
}

std::vector<LaneState> ReportsSink::Settle() {
  if (is_taken_) {
    for (const auto& [name, last] : last_prepared_) last_.insert_or_assign(name, last);
    reported_minute_ = minute_;
  } else {
    host_.Drop();
  }
  std::vector<LaneState> states;
  if (auto state = host_.Keep()) states.push_back(std::move(*state));
  Clear();
  return states;
}

void ReportsSink::Discard() { Clear(); }

void ReportsSink::Clear() {
  host_.Drop();
  reports_.clear();
  next_ = 0;
  last_prepared_.clear();
  expired_ = 0;
  is_taken_ = false;
}

}  // namespace gaikei::mackerel

namespace gaikei {

std::unique_ptr<Sink> MakeMackerelReportsSink(const UpstreamSpec& spec,
                                              const SenderIdentity& sender, LaneStates& states,
                                              Transport& transport, std::function<WallTime()> now) {
  return std::make_unique<mackerel::ReportsSink>(spec, sender, states, transport, std::move(now));
}

}  // namespace gaikei
