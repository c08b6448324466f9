#include "probe/demo/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace gaikei::demo {
namespace {

constexpr std::size_t kNameColumns = 13;
constexpr std::size_t kDoesColumns = 37;
constexpr std::size_t kVerdictColumns = 28;

std::string Verdict(Status status, Reason reason) {
  std::string text(Name(status));
  if (reason != Reason::kNone) text += fmt::format(" {}", Name(reason));
  return text;
}

std::string Heading(const Style& style, std::string_view last) {
  return style.Paint(Tone::kFaint, fmt::format("  {}{}{}{}", PadRight("target", kNameColumns),
                                               PadRight("what it does", kDoesColumns),
                                               PadRight("announced", kVerdictColumns), last));
}

std::string Beginning(const DemoCase& each, const Style& style) {
  return style.Paint(Tone::kStrong, PadRight(each.name, kNameColumns)) +
         PadRight(each.does, kDoesColumns) +
         style.Paint(ToneOf(each.status),
                     PadRight(Verdict(each.status, each.reason), kVerdictColumns));
}

}  // namespace

bool IsAsAnnounced(const DemoCase& announced, const Outcome& seen) {
  return seen.status == announced.status && seen.reason == announced.reason;
}

DemoTable MakeDemoTable(const std::vector<DemoCase>& cases, const std::vector<Outcome>& outcomes,
                        const Style& style) {
  DemoTable table;
  table.lines.push_back(Heading(style, "seen"));
  std::size_t right = 0;
  for (const DemoCase& each : cases) {
    const auto seen =
        std::find_if(outcomes.begin(), outcomes.end(),
                     [&each](const Outcome& outcome) { return outcome.check->name == each.name; });
    const bool is_right = seen != outcomes.end() && IsAsAnnounced(each, *seen);
    if (is_right) ++right;
    const Status mark = is_right ? Status::kPass : Status::kFail;
    std::string line = style.Paint(ToneOf(mark), style.Mark(mark)) + " " + Beginning(each, style);
    if (seen == outcomes.end()) {
      line += "nothing";
    } else {
      line += fmt::format("{}  {}",
                          style.Paint(ToneOf(seen->status), Verdict(seen->status, seen->reason)),
                          style.Paint(Tone::kFaint, FormatDuration(seen->duration)));
    }
    table.lines.push_back(std::move(line));
  }
  table.all_as_announced = right == cases.size();
  table.lines.emplace_back();
  table.lines.push_back(style.Paint(table.all_as_announced ? Tone::kGood : Tone::kBad,
                                    fmt::format("{} of {} as announced", right, cases.size())));
  return table;
}

std::vector<std::string> AnnounceCases(const std::vector<DemoCase>& cases, const Style& style) {
  std::vector<std::string> lines = {Heading(style, "")};
  for (const DemoCase& each : cases) lines.push_back("  " + Beginning(each, style));
  return lines;
}

}  // namespace gaikei::demo
