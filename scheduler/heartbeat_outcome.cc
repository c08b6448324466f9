#include "scheduler/heartbeat_outcome.h"

#include <fmt/format.h>

#include <utility>

#include "checks/parts/redactor.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// What expectations may ask of a report.
class ReportSource final : public expect::Source {
 public:
  explicit ReportSource(const KnownReport& report) : report_(report) {}
  expect::Value Get(expect::Subject subject, std::string_view) const override {
    if (subject != expect::Subject::kDuration) return expect::Missing{"no such subject"};
    if (!report_.duration) return expect::Missing{"the job did not report a duration"};
    return Seconds(*report_.duration);
  }

 private:
  const KnownReport& report_;
};

Outcome Begin(const PlannedHeartbeat& planned, const KnownReport* report) {
  Outcome outcome;
  outcome.check = planned.identity;
  outcome.region = planned.region;
  HeartbeatEvidence& seen = outcome.heartbeat.emplace();
  seen.every = planned.every;
  seen.grace = planned.grace;
  if (report != nullptr) {
    seen.last_at = report->at;
    seen.was_ok = report->was_ok;
    seen.job_duration = report->duration;
    seen.job_message = report->message;
  }
  return outcome;
}

}  // namespace

KnownReport Keep(const HeartbeatReport& report, const Secret& token, WallTime at) {
  Redactor redactor;
  redactor.Add(token);
  return {at, report.is_ok, report.duration, redactor.Shown(report.message)};
}

Outcome OutcomeOfReport(const PlannedHeartbeat& planned, const KnownReport& report) {
  Outcome outcome = Begin(planned, &report);
  outcome.scheduled_at = report.at;
  outcome.duration = report.duration.value_or(Span::zero());
  // It is over now, whenever it began.
  outcome.started_at = report.at - outcome.duration;
  outcome.phases.SettleOther(outcome.duration);
  if (report.was_ok) {
    expect::Judge(planned.expect, planned.warn, ReportSource(report), outcome);
  } else {
    outcome.Fail(Reason::kHeartbeatReportedFailure, std::nullopt,
                 report.message.empty() ? "the job reported a failure"
                                        : "the job reported a failure: " + report.message);
  }
  return outcome;
}

Outcome OutcomeOfSilence(const PlannedHeartbeat& planned, const KnownReport* last, Span age,
                         WallTime due) {
  Outcome outcome = Begin(planned, last);
  outcome.scheduled_at = due;
  std::string message = "no report was ever heard";
  if (last != nullptr) {
    outcome.heartbeat->age = age;
    message = fmt::format("no report for {}; last one at {}", FormatDuration(age),
                          FormatRfc3339(last->at));
  }
  outcome.Fail(Reason::kHeartbeatMissed, std::nullopt,
               fmt::format("{}; expected every {}, grace {}", message,
                           FormatDuration(planned.every), FormatDuration(planned.grace)));
  return outcome;
}

}  // namespace gaikei
