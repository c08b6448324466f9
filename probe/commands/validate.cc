#include <cstdio>

#include "probe/commands/commands.h"
#include "probe/commands/load.h"

namespace gaikei {

int RunValidateCommand(const CommandLine& line) {
  const auto loaded = LoadAndPlan(line.common.sources);
  if (!loaded) {
    std::fputs(loaded.error().c_str(), stderr);
    return 2;
  }
  if (!line.common.log.quiet) {
    std::printf("configuration is valid: %zu checks, %zu planned from %zu region(s)",
                loaded->config.checks.size(), loaded->plan.size(), loaded->config.regions.size());
    if (!loaded->heartbeats.empty()) std::printf(", %zu heartbeat(s)", loaded->heartbeats.size());
    std::printf("\n");
  }
  return 0;
}

}  // namespace gaikei
