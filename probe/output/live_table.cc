#include "probe/output/live_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kNarrowestTable = 60;
constexpr std::size_t kVerdict = 9;  ///< columns: mark, blank, "UNKNOWN"
constexpr std::size_t kNumber = 8;
constexpr std::size_t kGood = 8;
constexpr std::size_t kFixed = kVerdict + 3 * (kNumber + 1) + kGood + 5;
constexpr std::size_t kSparkMost = 40;
constexpr std::size_t kSparkLeast = 12;  ///< what a long name leaves of it

constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> kAsciiBars = {"_", "_", ".", ".", "-", "-", "=", "#"};

std::string Loud(Status status) {
  std::string loud;
  for (const char c : Name(status)) loud += static_cast<char>(c - 'a' + 'A');
  return loud;
}

bool IsGood(Status status) { return status == Status::kPass || status == Status::kWarn; }

/// Nearest rank; absent where nothing passed.
template <typename Looks>
std::optional<Span> Percentile(const Looks& looks, std::size_t percent) {
  std::vector<Span> passed;
  for (const auto& look : looks) {
    if (IsGood(look.status)) passed.push_back(look.duration);
  }
  if (passed.empty()) return std::nullopt;
  std::sort(passed.begin(), passed.end());
  const std::size_t rank = (passed.size() * percent + 99) / 100;
  return passed[std::max<std::size_t>(rank, 1) - 1];
}

std::string Shown(const std::optional<Span>& span) { return span ? FormatDuration(*span) : "-"; }

/// At most `columns` of a text, its beginning and its end.
std::string WithoutMiddle(const std::string& text, std::size_t columns) {
  constexpr std::string_view kCut = "...";
  const bool is_ascii = DisplayWidth(text) == text.size();
  if (!is_ascii || text.size() <= columns || columns <= kCut.size()) return Clip(text, columns);
  const std::size_t end = (columns - kCut.size()) / 2;
  return text.substr(0, columns - kCut.size() - end) + std::string(kCut) +
         text.substr(text.size() - end);
}

}  // namespace

LiveTable::LiveTable(const WriterOptions& options, std::FILE* terminal,
                     std::function<TerminalSize()> size)
    : style_{options.color, options.utf8 ? *options.utf8 : IsUtf8Locale()},
      terminal_(terminal),
      size_(std::move(size)) {}

LiveTable::Row& LiveTable::RowOf(const Outcome& outcome) {
  for (Row& row : rows_) {
    if (row.name == outcome.check->name && row.region == outcome.region) return row;
  }
  rows_.emplace_back();
  rows_.back().name = outcome.check->name;
  rows_.back().region = outcome.region;
  return rows_.back();
}

void LiveTable::Write(const Outcome& outcome) {
  Row& row = RowOf(outcome);
  row.looks.push_back({outcome.duration, outcome.status});
  if (row.looks.size() > kKept) row.looks.pop_front();
  ++row.total;
  if (IsGood(outcome.status)) ++row.good;
  if (outcome.status != Status::kUnknown) ++row.judged;
  if (outcome.status == Status::kPass) {
    ++row.looks_since;
  } else {
    row.last_reason = Name(outcome.reason);
    row.last_message = outcome.message;
    row.looks_since = 0;
  }
  std::string out;
  if (drawn_ > 0) out = fmt::format("\x1b[{}A\r\x1b[J", drawn_);
  const auto lines = Lines(size_());
  for (const std::string& line : lines) out += line + "\n";
  drawn_ = lines.size();
  std::fwrite(out.data(), 1, out.size(), terminal_);
  std::fflush(terminal_);
}

bool LiveTable::Finish() { return std::fflush(terminal_) == 0 && std::ferror(terminal_) == 0; }

std::vector<std::string> LiveTable::Lines(const TerminalSize& size) const {
  const std::size_t width = std::max(size.columns, kNarrowestTable);
  const std::size_t room = width - kFixed;
  std::size_t name_width = 6;
  for (const Row& row : rows_) {
    name_width = std::max(name_width, DisplayWidth(row.name) + DisplayWidth(row.region) + 4);
  }
  name_width = std::min(name_width, std::max(room / 2, room - std::min(room, kSparkLeast)));
  const std::size_t spark_width = std::min(room - name_width, kSparkMost);
  std::vector<std::string> lines = {HeadLine(name_width, spark_width)};
  for (const Row& row : rows_) {
    lines.push_back(RowLine(row, name_width, spark_width));
    if (!row.last_reason.empty()) lines.push_back(WhyLine(row, width));
  }
  const std::size_t most = std::max<std::size_t>(size.lines, 4) - 1;
  if (lines.size() > most) {
    const std::size_t cut = lines.size() - most + 1;
    lines.resize(most - 1);
    lines.push_back(style_.Paint(Tone::kFaint, fmt::format("... {} more lines", cut)));
  }
  return lines;
}

std::string LiveTable::HeadLine(std::size_t name_width, std::size_t spark_width) const {
  return style_.Paint(
      Tone::kFaint,
      fmt::format("{}{} {} {} {} {} {}", PadRight("", kVerdict), PadRight(" check", name_width),
                  PadLeft("last", kNumber), PadLeft("p50", kNumber), PadLeft("p95", kNumber),
                  PadLeft("good", kGood), PadRight("", spark_width)));
}

std::string LiveTable::RowLine(const Row& row, std::size_t name_width,
                               std::size_t spark_width) const {
  const Look& last = row.looks.back();
  const std::string verdict =
      PadRight(fmt::format("{} {}", style_.Mark(last.status), Loud(last.status)), kVerdict);
  const std::string name = NameOf(row, name_width - 1);
  const std::string good = row.judged == 0
                               ? "-"
                               : fmt::format("{:.1f}%", 100.0 * static_cast<double>(row.good) /
                                                            static_cast<double>(row.judged));
  return fmt::format("{}{} {} {} {} {} {}", style_.Paint(ToneOf(last.status), verdict),
                     style_.Paint(Tone::kStrong, PadRight(" " + name, name_width)),
                     PadLeft(FormatDuration(last.duration), kNumber),
                     PadLeft(Shown(Percentile(row.looks, 50)), kNumber),
                     PadLeft(Shown(Percentile(row.looks, 95)), kNumber), PadLeft(good, kGood),
                     Sparkline(row, spark_width));
}

/// Where room is short, what tells one URL from another stays longest.
std::string LiveTable::NameOf(const Row& row, std::size_t columns) const {
  const std::string region = " " + std::string(style_.Dot()) + " " + row.region;
  if (DisplayWidth(row.name + region) <= columns) return row.name + region;
  const bool is_one_region = std::all_of(
      rows_.begin(), rows_.end(), [&](const Row& other) { return other.region == row.region; });
  const std::size_t scheme = row.name.find("://");
  const std::string bare = scheme == std::string::npos ? row.name : row.name.substr(scheme + 3);
  return WithoutMiddle(is_one_region ? bare : bare + region, columns);
}

std::string LiveTable::WhyLine(const Row& row, std::size_t width) const {
  const std::string when = row.looks_since == 0   ? "now"
                           : row.looks_since == 1 ? "1 look ago"
                                                  : fmt::format("{} looks ago", row.looks_since);
  return style_.Paint(
      row.looks_since == 0 ? Tone::kCaution : Tone::kFaint,
      Clip(fmt::format("  {}  {}: {}", when, row.last_reason, row.last_message), width));
}

/// From the shortest to the longest of what is shown; a look that was not good is its mark.
std::string LiveTable::Sparkline(const Row& row, std::size_t width) const {
  const std::size_t shown = std::min(width, row.looks.size());
  const auto begin = row.looks.end() - static_cast<std::ptrdiff_t>(shown);
  Span least = Span::max();
  Span most = Span::zero();
  for (auto look = begin; look != row.looks.end(); ++look) {
    if (!IsGood(look->status)) continue;
    least = std::min(least, look->duration);
    most = std::max(most, look->duration);
  }
  const auto& bars = style_.utf8 ? kBars : kAsciiBars;
  std::string line;
  for (auto look = begin; look != row.looks.end(); ++look) {
    if (!IsGood(look->status)) {
      line += style_.Paint(ToneOf(look->status), style_.Mark(look->status));
      continue;
    }
    const double range = Seconds(most - least);
    const double place = range > 0 ? Seconds(look->duration - least) / range : 0;
    line += style_.Paint(ToneOf(look->status), bars[static_cast<std::size_t>(place * 7.0 + 0.5)]);
  }
  return line;
}

}  // namespace gaikei
