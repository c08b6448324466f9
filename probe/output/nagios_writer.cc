#include "probe/output/nagios_writer.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "probe/output/exit_code.h"
#include "probe/output/steps.h"
#include "results/counted.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::string_view kStates[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/// One line, and no bar: that is where performance data begin.
std::string PluginText(std::string_view text) {
  std::string out = Escape(text, std::numeric_limits<std::size_t>::max());
  for (char& c : out) {
    if (c == '|') c = '/';
  }
  return out;
}

/// A label may hold neither an equals sign nor a quote, nor what ends the text.
std::string PluginLabel(std::string_view text) {
  std::string out = PluginText(text);
  for (char& c : out) {
    if (c == '=' || c == '\'') c = '_';
  }
  return "'" + out + "'";
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The bound of "duration < 800ms" or "duration <= 800ms".
std::optional<Span> DurationBound(std::string_view expression) {
  constexpr std::string_view kSubject = "duration";
  expression = Trim(expression);
  if (expression.substr(0, kSubject.size()) != kSubject) return std::nullopt;
  expression = Trim(expression.substr(kSubject.size()));
  if (expression.empty() || expression.front() != '<') return std::nullopt;
  expression.remove_prefix(1);
  if (!expression.empty() && expression.front() == '=') expression.remove_prefix(1);
  return ParseDuration(Trim(expression));
}

std::string BoundText(const Outcome& outcome, bool warn) {
  for (const ExpectResult& result : outcome.expect) {
    if (result.warn != warn) continue;
    if (const auto bound = DurationBound(result.expression)) {
      return fmt::format("{:.6f}", Seconds(*bound));
    }
  }
  return {};
}

class NagiosWriter final : public OutcomeWriter {
 public:
  explicit NagiosWriter(std::FILE* sink) : sink_(sink) {}

  void Write(const Outcome& outcome) override {
    code_.Add(outcome);
    outcomes_.push_back(outcome);
    regions_.insert(outcome.region);
  }

  bool Finish() override {
    std::string line = fmt::format("GAIKEI {} - ", kStates[code_.nagios()]);
    if (outcomes_.empty()) {
      line += "nothing was checked";
    } else if (outcomes_.size() == 1) {
      line += One(outcomes_.front());
    } else {
      line += Several();
    }
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), sink_);
    return std::fflush(sink_) == 0 && std::ferror(sink_) == 0;
  }

 private:
  /// label=value[unit];[warn];[crit];[min]
  static std::string TimeData(std::string_view label, const Outcome& outcome) {
    return fmt::format("{}={:.6f}s;{};{};0", label, Seconds(outcome.duration),
                       BoundText(outcome, true), BoundText(outcome, false));
  }

  /// What is to be said of a pass, in a few words.
  static std::string Seen(const Outcome& outcome) {
    if (outcome.http && outcome.http->status != 0) {
      return fmt::format(": HTTP {}", outcome.http->status);
    }
    if (outcome.dns) {
      return fmt::format(": {}, {}", outcome.dns->rcode,
                         Counted(outcome.dns->answer.count, "answer"));
    }
    if (outcome.icmp) return fmt::format(": {:.3g}% lost", outcome.icmp->loss * 100);
    if (!outcome.steps.empty()) return ": " + StepCount(outcome);
    return {};
  }

  /// Of one kind alone, under the labels that the monitoring plugins use.
  static std::string KindData(const Outcome& outcome) {
    std::string line;
    if (outcome.http && outcome.http->status != 0) {
      line += fmt::format(" size={}B;;;0", outcome.http->size);
    }
    if (outcome.icmp) {
      line += fmt::format(" pl={:.3g}%;;;0;100", outcome.icmp->loss * 100);
      if (outcome.icmp->rtt_mean) {
        line += fmt::format(" rta={:.6f}s;;;0", Seconds(*outcome.icmp->rtt_mean));
      }
    }
    if (outcome.tls && outcome.tls->expires_at) {
      const Span left = *outcome.tls->expires_at - outcome.started_at;
      line += fmt::format(" days_left={}", std::chrono::floor<std::chrono::days>(left).count());
    }
    return line;
  }

  static std::string One(const Outcome& outcome) {
    std::string line = PluginText(outcome.check->target);
    if (outcome.reason == Reason::kNone) {
      line += Seen(outcome);
    } else {
      line += fmt::format(": {}: {}", Name(outcome.reason), PluginText(outcome.message));
    }
    line += fmt::format(" in {} | {}", FormatDuration(outcome.duration), TimeData("time", outcome));
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      if (!outcome.phases.spent[i]) continue;
      line += fmt::format(" {}={:.6f}s;;;0", Name(static_cast<Phase>(i)),
                          Seconds(*outcome.phases.spent[i]));
    }
    for (const Observation& step : outcome.steps) {
      if (!step.skipped.empty()) continue;
      line +=
          fmt::format(" {}={:.6f}s;;;0", PluginLabel("step " + step.step), Seconds(step.duration));
    }
    return line + KindData(outcome);
  }

  std::string Label(const Outcome& outcome) const {
    std::string label = outcome.check->name;
    if (regions_.size() > 1) label += "@" + outcome.region;
    return label;
  }

  std::string Several() const {
    std::string troubles;
    std::size_t good = 0;
    for (const Outcome& outcome : outcomes_) {
      if (outcome.status == Status::kPass) {
        ++good;
        continue;
      }
      troubles += fmt::format("; {} {}: {}", PluginText(Label(outcome)), Name(outcome.status),
                              Name(outcome.reason));
    }
    std::string line = fmt::format("{} of {} pass{} |", good, outcomes_.size(), troubles);
    std::map<std::string, std::size_t> looks;  // a label stands once in a line
    for (const Outcome& outcome : outcomes_) {
      std::string label = Label(outcome);
      const std::size_t look = ++looks[label];
      if (look > 1) label += fmt::format(" #{}", look);
      line += " " + TimeData(PluginLabel(label), outcome);
    }
    return line;
  }

  std::FILE* sink_;
  ExitCode code_;
  std::vector<Outcome> outcomes_;
  std::set<std::string> regions_;
};

}  // namespace

std::unique_ptr<OutcomeWriter> MakeNagiosWriter(const WriterOptions&, std::FILE* sink) {
  return std::make_unique<NagiosWriter>(sink);
}

}  // namespace gaikei
