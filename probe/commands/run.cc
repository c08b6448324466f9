#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <cstdio>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/signal.h"
#include "probe/commands/commands.h"
#include "probe/commands/load.h"
#include "probe/daemon.h"
#include "results/counted.h"

namespace gaikei {
namespace {

/// How long attempts in flight may go on after SIGTERM. A second signal ends the process at once.
constexpr Span kGrace = std::chrono::seconds(5);

}  // namespace

int RunDaemonCommand(const CommandLine& line) {
  auto loaded = LoadAndPlan(line.common.sources);
  if (!loaded) {
    std::fputs(loaded.error().c_str(), stderr);
    return 2;
  }
  const std::size_t checks = loaded->config.checks.size();
  const std::size_t planned = loaded->plan.size();
  const std::size_t heartbeats = loaded->heartbeats.size();
  io::Loop loop;
  auto daemon = Daemon::Start(line.common.sources, std::move(*loaded));
  if (!daemon) {
    std::fprintf(stderr, "gaikei: %s\n", daemon.error().c_str());
    return 2;
  }
  // To the end: a reload that comes while we stop must not end us before what waits is kept.
  io::SignalWatch hangup(loop);
  {
    io::SignalWatch interrupt(loop);
    io::SignalWatch terminate(loop);
    interrupt.Start(SIGINT, [&loop] { loop.Stop(); });
    terminate.Start(SIGTERM, [&loop] { loop.Stop(); });
    hangup.Start(SIGHUP, [&daemon] { (*daemon)->Reload(); });
    spdlog::info("gaikei {}: {}, {} planned, {}", GAIKEI_VERSION, Counted(checks, "check"), planned,
                 Counted(heartbeats, "heartbeat"));
    if (const std::string address = (*daemon)->address(); !address.empty()) {
      spdlog::info("listening on http://{}/", address);
    }
    loop.Run();
  }
  spdlog::info("stopping: finishing what is in flight");
  (*daemon)->Stop(kGrace);
  spdlog::info("stopped");
  return 0;
}

}  // namespace gaikei
