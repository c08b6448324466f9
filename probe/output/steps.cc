#include "probe/output/steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/output/evidence_block.h"
#include "probe/output/waterfall.h"

namespace gaikei {
namespace {

constexpr std::size_t kNameColumns = 28;
constexpr std::size_t kIndentOfStep = 2;

bool IsGoodStep(const Observation& step) {
  return step.skipped.empty() && (step.status == Status::kPass || step.status == Status::kWarn);
}

/// "  ✔ login        142ms  https://api.shop.example/login"
std::string Head(const Observation& step, std::size_t name_columns,
                 const EvidenceOptions& options) {
  const Style& style = options.style;
  const std::string name = PadRight(Clip(step.step, name_columns), name_columns);
  const std::string indent(kIndentOfStep, ' ');
  if (!step.skipped.empty()) {
    return indent + style.Paint(Tone::kFaint, "- " + name + "  skipped: " + step.skipped);
  }
  const std::string duration = PadLeft(FormatDuration(step.duration), 8);
  const std::size_t taken = kIndentOfStep + 2 + name_columns + 2 + 8 + 2;
  const std::size_t room = std::max<std::size_t>(options.width, taken + 16) - taken;
  return fmt::format("{}{} {}  {}  {}", indent,
                     style.Paint(ToneOf(step.status), style.Mark(step.status)),
                     style.Paint(Tone::kStrong, name), duration,
                     style.Paint(Tone::kFaint, Clip(step.target, room)));
}

/// What stands below a step's head: its phases, what was seen, what it captured, why it failed.
void AddDetail(const Observation& step, WallTime now, const EvidenceOptions& options,
               std::vector<std::string>& lines) {
  EvidenceOptions inner = options;
  inner.width = std::max<std::size_t>(options.width, 44) - kIndentOfStep;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& line : more) lines.push_back(std::string(kIndentOfStep, ' ') + line);
  };
  const bool is_failed = step.status == Status::kFail || step.status == Status::kUnknown;
  add(Waterfall(step.phases, is_failed ? step.phase : std::nullopt, step.duration, inner.width,
                options.style));
  add(EvidenceLines(step, now, inner));
  Block block(inner);
  if (!step.captured.empty()) block.Add("captured", Join(step.captured, ", "));
  if (step.reason != Reason::kNone) {
    block.Add("why", fmt::format("{}: {}", Name(step.reason), step.message), ToneOf(step.status));
  }
  add(block.Take());
}

}  // namespace

std::vector<std::string> StepLines(const Outcome& outcome, const EvidenceOptions& options) {
  std::vector<std::string> lines;
  std::size_t name_columns = 4;
  for (const Observation& step : outcome.steps) {
    name_columns = std::max(name_columns, DisplayWidth(step.step));
  }
  name_columns = std::min(name_columns, kNameColumns);
  const WallTime now = outcome.started_at == WallTime{} ? outcome.scheduled_at : outcome.started_at;
  for (const Observation& step : outcome.steps) {
    lines.push_back(Head(step, name_columns, options));
    if (!step.skipped.empty()) continue;
    if (options.verbose || step.status != Status::kPass) AddDetail(step, now, options, lines);
  }
  return lines;
}

std::string StepCount(const Outcome& outcome) {
  return fmt::format("{} of {} steps",
                     std::count_if(outcome.steps.begin(), outcome.steps.end(), IsGoodStep),
                     outcome.steps.size());
}

}  // namespace gaikei
