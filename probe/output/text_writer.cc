#include "probe/output/text_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/output/breakdown.h"
#include "probe/output/evidence.h"
#include "probe/output/steps.h"
#include "probe/output/style.h"
#include "probe/output/waterfall.h"

namespace gaikei {
namespace {

constexpr std::size_t kNarrowestText = 40;

/// Upper case, as a verdict is said.
std::string Loud(std::string_view name) {
  std::string loud;
  for (const char c : name) loud += static_cast<char>(c - 'a' + 'A');
  return loud;
}

class TextWriter final : public OutcomeWriter {
 public:
  TextWriter(const WriterOptions& options, std::FILE* sink) : sink_(sink), options_(options) {
    evidence_.style = {options.color, options.utf8 ? *options.utf8 : IsUtf8Locale()};
    evidence_.width = std::max<std::size_t>(options.width, kNarrowestText);
    evidence_.verbose = options.verbose;
  }

  void Write(const Outcome& outcome) override {
    Count(outcome);
    if (options_.quiet && outcome.status == Status::kPass) return;
    if (options_.compact) {
      WriteRow(outcome);
    } else {
      WritePage(outcome);
    }
    std::fflush(sink_);
  }

  bool Finish() override {
    if (!options_.quiet && total_ > 1) WriteSummary();
    if (!options_.quiet && total_ == 0) PutLine("nothing was checked");
    return std::fflush(sink_) == 0 && std::ferror(sink_) == 0;
  }

 private:
  const Style& style() const { return evidence_.style; }

  /// The only way out: without UTF-8 whatever is not ASCII is shown byte by byte.
  void PutLine(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    std::string out;
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      if (style().utf8 || byte < 0x80) {
        out += c;
      } else {
        out += fmt::format("\\x{:02x}", byte);
      }
    }
    out += '\n';
    std::fwrite(out.data(), 1, out.size(), sink_);
  }

  void Count(const Outcome& outcome) {
    ++total_;
    ++counts_[static_cast<std::size_t>(outcome.status)];
    if (outcome.duration > slowest_) {
      slowest_ = outcome.duration;
      slowest_name_ = outcome.check->name;
    }
  }

  /// " PASS  https://shop.example/   tokyo   142ms"
  void WriteVerdict(const Outcome& outcome) {
    const Tone tone = ToneOf(outcome.status);
    const std::string verdict =
        fmt::format("{} {}", style().Mark(outcome.status), Loud(Name(outcome.status)));
    const std::string tail =
        fmt::format("{} {} {}", outcome.region, style().Dot(), FormatDuration(outcome.duration));
    const std::size_t taken = DisplayWidth(verdict) + DisplayWidth(tail) + 4;
    const std::size_t room = evidence_.width > taken + 16 ? evidence_.width - taken : 16;
    const std::string& target = outcome.check->target;
    PutLine(fmt::format("{}  {}  {}", style().Paint(tone, verdict),
                        style().Paint(Tone::kStrong, PadRight(Clip(target, room), room)),
                        style().Paint(Tone::kFaint, tail)));
    // An ad-hoc check is named as its target was written: no need to say it twice.
    if (outcome.check->name != target && target.find(outcome.check->name) == std::string::npos) {
      PutLine(fmt::format("  {}{}", style().Paint(Tone::kFaint, PadRight("check", kLabelColumns)),
                          outcome.check->name));
    }
  }

  void WritePage(const Outcome& outcome) {
    if (has_written_) PutLine("");
    has_written_ = true;
    WriteVerdict(outcome);
    PutLine("");
    for (auto& line : Waterfall(outcome.phases, FailedPhase(outcome), outcome.duration,
                                evidence_.width, style())) {
      PutLine(std::move(line));
    }
    if (options_.explain) WriteBreakdown(outcome);
    auto steps = StepLines(outcome, evidence_);
    if (!steps.empty()) PutLine("");
    for (auto& line : steps) PutLine(std::move(line));
    auto lines = EvidenceLines(outcome, evidence_);
    if (!lines.empty()) PutLine("");
    for (auto& line : lines) PutLine(std::move(line));
    auto why = WhyLines(outcome, evidence_);
    if (!why.empty()) PutLine("");
    for (auto& line : why) PutLine(std::move(line));
  }

  void WriteBreakdown(const Outcome& outcome) {
    PutLine("");
    PutLines(Breakdown(outcome));
    for (const Observation& step : outcome.steps) {
      if (!step.skipped.empty()) continue;
      PutLine(fmt::format("  {}", style().Paint(Tone::kStrong, "step " + step.step)));
      PutLines(Breakdown(step));
    }
  }

  void PutLines(const std::vector<BreakdownLine>& lines) {
    for (const BreakdownLine& line : lines) {
      std::string label = line.label;
      const std::size_t room = evidence_.width - kIndent - kLabelColumns;
      for (const std::string& text : Wrap(line.text, room)) {
        PutLine(fmt::format("  {}{}", style().Paint(Tone::kFaint, PadRight(label, kLabelColumns)),
                            text));
        label.clear();
      }
    }
  }

  static std::optional<Phase> FailedPhase(const Outcome& outcome) {
    const bool is_failed = outcome.status == Status::kFail || outcome.status == Status::kUnknown;
    return is_failed ? outcome.phase : std::nullopt;
  }

  /// One line, and below it the message of what did not pass, and the steps of such a journey.
  void WriteRow(const Outcome& outcome) {
    const Tone tone = ToneOf(outcome.status);
    const std::size_t name_columns = std::clamp<std::size_t>(evidence_.width / 3, 16, 40);
    std::string seen;
    if (outcome.reason != Reason::kNone) {
      seen = Name(outcome.reason);
      if (!outcome.failed_step.empty()) seen += " in step " + outcome.failed_step;
    } else if (!outcome.steps.empty()) {
      seen = StepCount(outcome);
    } else if (outcome.http && outcome.http->status != 0) {
      seen = fmt::format("HTTP/{} {}", outcome.http->version, outcome.http->status);
    } else if (outcome.dns) {
      seen = fmt::format("{} {}", outcome.dns->rcode, outcome.dns->answer.count);
    } else if (outcome.icmp) {
      seen = fmt::format("{:.3g} % loss", outcome.icmp->loss * 100);
    } else if (outcome.tls) {
      seen = outcome.tls->version;
    }
    PutLine(
        fmt::format("{} {}  {} {} {}  {}", style().Paint(tone, style().Mark(outcome.status)),
                    style().Paint(tone, PadRight(Name(outcome.status), 7)),
                    PadRight(Clip(outcome.check->name, name_columns), name_columns),
                    style().Paint(Tone::kFaint, PadRight(Clip(outcome.region, 12), 12)),
                    PadLeft(FormatDuration(outcome.duration), 8),
                    style().Paint(outcome.reason == Reason::kNone ? Tone::kPlain : tone, seen)));
    if (!outcome.message.empty()) {
      for (const auto& line : Wrap(outcome.message, evidence_.width - 11)) {
        PutLine(std::string(11, ' ') + style().Paint(Tone::kFaint, line));
      }
    }
    if (outcome.status == Status::kPass && !options_.verbose) return;
    for (auto& line : StepLines(outcome, evidence_)) PutLine(std::move(line));
  }

  void WriteSummary() {
    std::string counts;
    for (const Status status : {Status::kPass, Status::kWarn, Status::kFail, Status::kUnknown}) {
      const std::size_t count = counts_[static_cast<std::size_t>(status)];
      if (count == 0) continue;
      if (!counts.empty()) counts += ", ";
      counts += style().Paint(ToneOf(status), fmt::format("{} {}", count, Name(status)));
    }
    PutLine(style().Rule(std::min<std::size_t>(evidence_.width, 80)));
    PutLine(fmt::format("{} outcomes: {}", total_, counts) +
            style().Paint(Tone::kFaint, fmt::format("  slowest {} {}", FormatDuration(slowest_),
                                                    Clip(slowest_name_, evidence_.width / 3))));
  }

  std::FILE* sink_;
  WriterOptions options_;
  EvidenceOptions evidence_;
  bool has_written_ = false;
  std::size_t total_ = 0;
  std::array<std::size_t, 4> counts_{};
  Span slowest_{0};
  std::string slowest_name_;
};

}  // namespace

std::unique_ptr<OutcomeWriter> MakeTextWriter(const WriterOptions& options, std::FILE* sink) {
  return std::make_unique<TextWriter>(options, sink);
}

}  // namespace gaikei
