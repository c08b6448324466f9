#include <cstdio>

#include "probe/commands/commands.h"
#include "results/text.h"

namespace gaikei {

int RunHelpCommand(const CommandLine& line) {
  const std::string text = HelpText(line.path);
  if (text.empty()) {
    std::fprintf(stderr, "gaikei: no command \"%s\"\n", Escape(line.path).c_str());
    return 2;
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace gaikei
