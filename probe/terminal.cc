#include "probe/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "probe/output/live_table.h"

namespace gaikei {

bool WantsColor(const CommonOptions& common) {
  if (common.color == "always") return true;
  if (common.color == "never") return false;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (term == nullptr || std::string_view(term) != "dumb");
}

namespace {

TerminalSize SizeOfTerminal() {
  TerminalSize found;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return found;
  if (size.ws_col > 0) found.columns = size.ws_col;
  if (size.ws_row > 0) found.lines = size.ws_row;
  return found;
}

}  // namespace

unsigned TerminalWidth() { return static_cast<unsigned>(SizeOfTerminal().columns); }

std::unique_ptr<OutcomeWriter> MakeStdoutWriter(const CommonOptions& common, TextForm form) {
  const std::string format = common.output.value_or(isatty(STDOUT_FILENO) == 1 ? "text" : "json");
  WriterOptions options;
  options.color = WantsColor(common);
  options.verbose = common.log.verbose;
  options.quiet = common.log.quiet;
  options.compact = form == TextForm::kCompact;
  options.explain = form == TextForm::kExplained;
  options.width = TerminalWidth();
  if (form == TextForm::kLive && format == "text" && isatty(STDOUT_FILENO) == 1) {
    return std::make_unique<LiveTable>(options, stdout, &SizeOfTerminal);
  }
  return MakeWriter(format, options, stdout);
}

}  // namespace gaikei
