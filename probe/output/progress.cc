#include "probe/output/progress.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "probe/output/style.h"
#include "results/counted.h"

namespace gaikei {
namespace {

/// A wait that is over by then needs no line: it would only flicker.
constexpr Span kQuietFor = std::chrono::milliseconds(250);

constexpr std::array<std::string_view, 10> kSpinner = {"⠋", "⠙", "⠹", "⠸", "⠼",
                                                       "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::array<std::string_view, 4> kAsciiSpinner = {"|", "/", "-", "\\"};

/// Carriage return, erase to the end of the line (ECMA-48, 8.3.41).
constexpr std::string_view kErase = "\r\x1b[K";

}  // namespace

Progress::Progress(std::FILE* terminal, std::size_t total)
    : terminal_(terminal), total_(total), is_utf8_(IsUtf8Locale()) {}

Progress::~Progress() { Clear(); }

void Progress::Tick(Span elapsed, std::size_t done) {
  if (elapsed < kQuietFor) return;
  const std::string_view spin =
      is_utf8_ ? kSpinner[ticks_ % kSpinner.size()] : kAsciiSpinner[ticks_ % kAsciiSpinner.size()];
  ++ticks_;
  // Tenths, always: a line that jumps in width is hard to look at.
  const std::string line = fmt::format("{}{} checking {}, {} done, {:.1f} s", kErase, spin,
                                       Counted(total_, "target"), done, Seconds(elapsed));
  std::fwrite(line.data(), 1, line.size(), terminal_);
  std::fflush(terminal_);
  is_shown_ = true;
}

void Progress::Clear() {
  if (!is_shown_) return;
  std::fwrite(kErase.data(), 1, kErase.size(), terminal_);
  std::fflush(terminal_);
  is_shown_ = false;
}

}  // namespace gaikei
