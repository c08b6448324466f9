#include "probe/output/waterfall.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace gaikei {
namespace {

constexpr std::size_t kValueColumns = 9;
/// Beyond that bars get longer without telling more.
constexpr std::size_t kBarLimit = 56;
constexpr std::size_t kNarrowestWaterfall = 40;

/// Blocks of one to eight eighths of a column (U+258F..U+2588).
constexpr std::array<std::string_view, 8> kEighths = {"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

struct Bar {
  std::size_t begin = 0;    ///< columns of blanks before it
  std::size_t eighths = 1;  ///< its length, never nothing
};

/// Where a phase stands on a scale of `columns` for `total`.
Bar BarFor(Span before, Span spent, Span total, std::size_t columns) {
  const double scale = static_cast<double>(columns) / std::max(Seconds(total), 1e-9);
  const double end = static_cast<double>(columns);
  const double begin = std::clamp(Seconds(before) * scale, 0.0, end - 1);
  Bar bar;
  bar.begin = static_cast<std::size_t>(begin);
  const double length = std::min(Seconds(spent) * scale, end - std::floor(begin));
  bar.eighths = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(length * 8)));
  return bar;
}

std::string Draw(const Bar& bar, bool utf8) {
  std::string drawn;
  if (!utf8) return std::string((bar.eighths + 7) / 8, '=');
  for (std::size_t i = 0; i < bar.eighths / 8; ++i) drawn += kEighths[7];
  if (bar.eighths % 8 != 0) drawn += kEighths[bar.eighths % 8 - 1];
  return drawn;
}

}  // namespace

std::vector<std::string> Waterfall(const Phases& phases, std::optional<Phase> failed, Span duration,
                                   std::size_t width, const Style& style) {
  width = std::max(width, kNarrowestWaterfall);
  // Two blanks before the value, two columns behind it for the mark.
  const std::size_t taken = kIndent + kLabelColumns + kValueColumns + 2;
  const std::size_t columns = std::min(kBarLimit, width - taken);
  const std::string indent(kIndent, ' ');
  const Span total = std::max(duration, phases.Sum());

  std::vector<std::string> lines;
  Span before{0};
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (!phases.spent[i]) continue;
    const auto phase = static_cast<Phase>(i);
    const bool is_failed = failed == phase;
    const Tone tone = is_failed ? Tone::kBad : ToneOf(phase);
    const Bar bar = BarFor(before, *phases.spent[i], total, columns);
    const std::string drawn = Draw(bar, style.utf8);
    const std::size_t used = bar.begin + DisplayWidth(drawn);
    std::string line = indent;
    line +=
        style.Paint(is_failed ? Tone::kBad : Tone::kPlain, PadRight(Name(phase), kLabelColumns));
    line.append(bar.begin, ' ');
    line += style.Paint(tone, drawn);
    line.append(columns - std::min(columns, used), ' ');
    line += PadLeft(FormatDuration(*phases.spent[i]), kValueColumns);
    if (is_failed) {
      line += ' ';
      line += style.Paint(Tone::kBad, style.Mark(Status::kFail));
    }
    lines.push_back(std::move(line));
    before += *phases.spent[i];
  }
  std::string line = indent + style.Paint(Tone::kStrong, PadRight("total", kLabelColumns));
  const std::string other =
      phases.other > Span::zero() && before > Span::zero()
          ? "of which " + FormatDuration(phases.other) + " in none of these phases"
          : std::string();
  line += style.Paint(Tone::kFaint, PadRight(Clip(other, columns), columns));
  line += style.Paint(Tone::kStrong, PadLeft(FormatDuration(duration), kValueColumns));
  lines.push_back(std::move(line));
  return lines;
}

}  // namespace gaikei
