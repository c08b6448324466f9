#include "probe/selftest/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "probe/output/style.h"
#include "results/counted.h"
#include "results/json.h"
#include "results/phases.h"
#include "results/reason.h"

namespace gaikei::selftest {
namespace {

constexpr std::array kComparedPhases = {Phase::kResolve, Phase::kConnect, Phase::kProcessing,
                                        Phase::kTransfer};

/// What a phase should have been; absent where the server did not do its part, or has none in it.
std::optional<Span> TrueSpan(Trial::Kind kind, Phase phase, const Delays& delays) {
  switch (phase) {
    case Phase::kResolve:
      return delays.resolve;
    case Phase::kConnect:
      return Span::zero();
    case Phase::kProcessing:
      return delays.processing;
    case Phase::kTransfer:
      return kind == Trial::Kind::kHttp ? delays.transfer : std::nullopt;
    case Phase::kTls:
      break;
  }
  return std::nullopt;
}

Span AllOf(const Delays& delays) {
  const Span none{0};
  return delays.resolve.value_or(none) + delays.processing.value_or(none) +
         delays.transfer.value_or(none);
}

/// Whether the server did all that it was asked for.
bool IsWhole(const Trial& trial, const Delays& delays) {
  if (!delays.processing) return false;
  return trial.kind != Trial::Kind::kHttp || (delays.resolve && delays.transfer);
}

/// Errors by kind and figure; a figure is a phase, or the duration behind all of them.
class Errors {
 public:
  void Add(Trial::Kind kind, std::size_t figure, Span error) {
    spans_[{kind, figure}].push_back(error);
  }
  std::vector<ErrorRow> Rows() const {
    std::vector<ErrorRow> rows;
    for (const auto& [key, errors] : spans_) {
      const auto& [kind, figure] = key;
      rows.push_back({.kind = std::string(Name(kind)),
                      .figure = figure == kComparedPhases.size()
                                    ? "duration"
                                    : std::string(Name(kComparedPhases.at(figure))),
                      .error = Distribute(errors),
                      .within = Within(errors)});
    }
    return rows;
  }

 private:
  std::map<std::pair<Trial::Kind, std::size_t>, std::vector<Span>> spans_;
};

/// FormatDuration() with a sign.
std::string Signed(Span span) {
  return (span < Span::zero() ? "-" : "") + FormatDuration(std::chrono::abs(span));
}

OrderedJson ToJson(const Distribution& found) {
  return {{"count", found.count},      {"min", Seconds(found.min)}, {"p50", Seconds(found.p50)},
          {"p90", Seconds(found.p90)}, {"p99", Seconds(found.p99)}, {"max", Seconds(found.max)}};
}

constexpr std::size_t kKindColumns = 6;
constexpr std::size_t kFigureColumns = 12;
constexpr std::size_t kNumberColumns = 9;

std::string Line(std::string_view kind, std::string_view figure, const Distribution& found) {
  std::string line = "  " + PadRight(kind, kKindColumns) + PadRight(figure, kFigureColumns) +
                     PadLeft(std::to_string(found.count), kNumberColumns);
  for (const Span span : {found.min, found.p50, found.p90, found.p99, found.max}) {
    line += PadLeft(Signed(span), kNumberColumns);
  }
  return line + "\n";
}

std::string Heading(std::string_view title) {
  std::string line(2 + kKindColumns + kFigureColumns, ' ');
  for (const std::string_view column : {"n", "min", "p50", "p90", "p99", "max"}) {
    line += PadLeft(column, kNumberColumns);
  }
  return fmt::format("\n{}\n{}\n", title, line);
}

std::string UnmeasuredText(const Report& report) {
  std::string text;
  for (const auto& [reason, count] : report.unmeasured) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, reason);
  }
  return text.empty() ? "" : " (not measured: " + text + ")";
}

}  // namespace

void Compare(const std::vector<Trial>& trials, const std::vector<Sighting>& seen,
             const std::vector<Delays>& truth, Report& report) {
  Errors errors;
  std::vector<Span> lag;
  std::vector<Span> start_late;
  std::vector<Span> server_late;
  std::vector<Span> doubt;
  for (const Sighting& sighting : seen) {
    const Trial& trial = trials[sighting.trial];
    const Delays& delays = truth[sighting.trial];
    const Outcome& outcome = sighting.outcome;
    lag.push_back(outcome.prober.loop_lag);
    if (outcome.lateness) start_late.push_back(*outcome.lateness);
    report.in_flight = std::max(report.in_flight, outcome.prober.in_flight);
    if (outcome.status != Status::kPass || !IsWhole(trial, delays)) {
      ++report.unmeasured[outcome.status == Status::kPass ? "server_incomplete"
                                                          : std::string(Name(outcome.reason))];
      continue;
    }
    ++report.measured;
    for (std::size_t i = 0; i < kComparedPhases.size(); ++i) {
      const auto& reported = outcome.phases[kComparedPhases.at(i)];
      const auto expected = TrueSpan(trial.kind, kComparedPhases.at(i), delays);
      if (reported && expected) errors.Add(trial.kind, i, *reported - *expected);
    }
    errors.Add(trial.kind, kComparedPhases.size(), outcome.duration - AllOf(delays));
    server_late.push_back(AllOf(delays) - trial.resolve - trial.processing - trial.transfer);
    doubt.push_back(delays.doubt);
  }
  report.checks = trials.size();
  if (seen.size() < trials.size()) report.unmeasured["not_begun"] = trials.size() - seen.size();
  report.loop_lag = Distribute(std::move(lag));
  report.start_late = Distribute(std::move(start_late));
  report.server_late = Distribute(std::move(server_late));
  report.server_doubt = Distribute(std::move(doubt));
  report.errors = errors.Rows();
  const auto worst =
      std::max_element(report.errors.begin(), report.errors.end(),
                       [](const ErrorRow& a, const ErrorRow& b) { return a.within < b.within; });
  if (worst == report.errors.end()) return;
  report.decided_by = static_cast<std::size_t>(worst - report.errors.begin());
  report.smallest_difference = RoundUp(std::max(worst->within, report.clock_step));
}

std::string ReportJson(const Report& report) {
  OrderedJson json = {{"schema", "gaikei.selftest/1"},
                      {"took", Seconds(report.took)},
                      {"checks", report.checks},
                      {"rate", kRate},
                      {"in_flight", report.in_flight},
                      {"measured", report.measured},
                      {"unmeasured", OrderedJson::object()},
                      {"delays", OrderedJson::array()},
                      {"errors", OrderedJson::array()}};
  for (const auto& [reason, count] : report.unmeasured) json["unmeasured"][reason] = count;
  for (const Span delay : kDelays) json["delays"].push_back(Seconds(delay));
  for (const ErrorRow& row : report.errors) {
    OrderedJson error = {{"kind", row.kind}, {"figure", row.figure}};
    error.update(ToJson(row.error));
    error["within"] = Seconds(row.within);
    json["errors"].push_back(std::move(error));
  }
  json["loop_lag"] = ToJson(report.loop_lag);
  json["start_lateness"] = ToJson(report.start_late);
  json["server_lateness"] = ToJson(report.server_late);
  json["server_doubt"] = ToJson(report.server_doubt);
  json["timer_lateness"] = ToJson(report.timer_late);
  json["clock_step"] = Seconds(report.clock_step);
  if (report.is_conclusive()) {
    const ErrorRow& worst = report.errors[report.decided_by];
    json["smallest_difference"] = Seconds(report.smallest_difference);
    json["decided_by"] = {{"kind", worst.kind}, {"figure", worst.figure}};
  }
  return JsonText(json) + "\n";
}

std::string ReportText(const Report& report) {
  std::string text = fmt::format("{} in {}, {} a second, at most {} in flight: {} measured{}\n",
                                 Counted(report.checks, "check"), FormatDuration(report.took),
                                 kRate, report.in_flight, report.measured, UnmeasuredText(report));
  text += Heading("What was reported, less what the server took");
  for (const ErrorRow& row : report.errors) text += Line(row.kind, row.figure, row.error);
  text += Heading("This prober");
  text += Line("loop", "stood still", report.loop_lag);
  text += Line("check", "began late", report.start_late);
  text += Line("timer", "fired late", report.timer_late);
  text += Heading("The server, by its own clock, which is taken for the truth");
  text += Line("delay", "was longer", report.server_late);
  text += Line("send", "took", report.server_doubt);
  text += fmt::format("\nThe clock steps by {} ns.\n", report.clock_step.count());
  if (!report.is_conclusive()) return text + "Too little could be measured to say more.\n";
  const ErrorRow& worst = report.errors[report.decided_by];
  return text + fmt::format(
                    "The smallest difference in latency that this prober can honestly report "
                    "here: {}\n(99 of 100 figures are true to that; of {} {}, the worst)\n",
                    FormatDuration(report.smallest_difference), worst.kind, worst.figure);
}

}  // namespace gaikei::selftest
