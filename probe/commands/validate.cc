#include <cstdio>

#include "probe/commands/commands.h"
#include "probe/commands/load.h"
#include "probe/series_budget.h"
#include "results/text.h"

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
    for (const UpstreamLoad& load : LoadsOf(loaded->config, loaded->plan, loaded->heartbeats)) {
      std::printf("upstream %s (%s): %llu check%s, %llu series%s\n", Escape(load.name).c_str(),
                  std::string(Name(load.type)).c_str(),
                  static_cast<unsigned long long>(load.checks), load.checks == 1 ? "" : "s",
                  static_cast<unsigned long long>(load.series),
                  load.checks == 0 ? "; it selects nothing" : "");
    }
  }
  return 0;
}

}  // namespace gaikei
