#include "probe/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace gaikei {

bool WantsColor(const CommonOptions& common) {
  if (common.color == "always") return true;
  if (common.color == "never") return false;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (term == nullptr || std::string_view(term) != "dumb");
}

unsigned TerminalWidth() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::unique_ptr<OutcomeWriter> MakeStdoutWriter(const CommonOptions& common, bool compact) {
  const std::string format = common.output.value_or(isatty(STDOUT_FILENO) == 1 ? "text" : "json");
  WriterOptions options;
  options.color = WantsColor(common);
  options.verbose = common.log.verbose;
  options.quiet = common.log.quiet;
  options.compact = compact;
  options.width = TerminalWidth();
  return MakeWriter(format, options, stdout);
}

}  // namespace gaikei
