#include <fmt/format.h>

#include <cstdio>

#include "probe/commands/commands.h"
#include "probe/commands/load.h"
#include "probe/series_budget.h"
#include "results/counted.h"
#include "results/text.h"

namespace gaikei {

int RunValidateCommand(const CommandLine& line) {
  const auto loaded = LoadAndPlan(line.common.sources);
  if (!loaded) {
    std::fputs(loaded.error().c_str(), stderr);
    return 2;
  }
  if (!line.common.log.quiet) {
    const Shard& shard = loaded->config.probe.shard;
    fmt::print(
        "configuration is valid: {}, {} planned from {}{}{}\n",
        Counted(loaded->config.checks.size(), "check"), loaded->plan.size(),
        Counted(loaded->config.regions.size(), "region"),
        shard.count > 1 ? ", shard " + shard.Text() : "",
        loaded->heartbeats.empty() ? "" : ", " + Counted(loaded->heartbeats.size(), "heartbeat"));
    for (const UpstreamLoad& load : LoadsOf(loaded->config, loaded->plan, loaded->heartbeats)) {
      fmt::print("upstream {} ({}): {}, {} series{}\n", Escape(load.name), Name(load.type),
                 Counted(load.checks, "check"), load.series,
                 load.checks == 0 ? "; it selects nothing" : "");
    }
  }
  return 0;
}

}  // namespace gaikei
