#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/signal.h"
#include "probe/commands/commands.h"
#include "probe/commands/load.h"
#include "probe/commands/one_shot.h"
#include "probe/daemon.h"
#include "probe/demo/table.h"
#include "probe/demo/targets.h"
#include "probe/output/progress.h"
#include "probe/terminal.h"

namespace gaikei {
namespace {

constexpr Span kGrace = std::chrono::seconds(1);

void Print(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// Every case once. 0: all came out as announced; 1: some did not.
int ShowOnce(const demo::DemoTargets& targets, std::vector<PlannedCheck> plan, const Style& style) {
  const bool shows_progress = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  Progress progress(stderr, plan.size());
  std::vector<Outcome> outcomes;
  OneShotOptions options;
  options.each = [&outcomes](Outcome outcome) { outcomes.push_back(std::move(outcome)); };
  if (shows_progress) {
    options.tick = [&progress](Span elapsed, std::size_t done) { progress.Tick(elapsed, done); };
  }
  const int signal_number = RunOneShot(std::move(plan), options);
  progress.Clear();
  const demo::DemoTable table = demo::MakeDemoTable(targets.cases(), outcomes, style);
  Print(table.lines);
  if (signal_number != 0) return 128 + signal_number;
  return table.all_as_announced ? 0 : 1;
}

/// The daemon, looking at the targets until somebody ends it.
int ShowOn(const demo::DemoTargets& targets, const ConfigSources& sources, LoadedPlan loaded,
           const Style& style) {
  auto daemon = Daemon::Start(sources, std::move(loaded));
  if (!daemon) {
    std::fprintf(stderr, "gaikei: %s\n", daemon.error().c_str());
    return 2;
  }
  Print(demo::AnnounceCases(targets.cases(), style));
  std::printf("\nEach is looked at every 5 s, as %s says.\n", targets.config_file().c_str());
  if (const std::string address = (*daemon)->address(); !address.empty()) {
    std::printf("  http://%s/api/v1/checks\n  http://%s/api/v1/outcomes?status=fail\n",
                address.c_str(), address.c_str());
    std::printf("  http://%s/metrics\n", address.c_str());
  }
  std::printf("Ctrl-C ends it.\n");
  std::fflush(stdout);
  io::Loop loop;
  {
    io::SignalWatch interrupt(loop);
    io::SignalWatch terminate(loop);
    interrupt.Start(SIGINT, [&loop] { loop.Stop(); });
    terminate.Start(SIGTERM, [&loop] { loop.Stop(); });
    loop.Run();
  }
  (*daemon)->Stop(kGrace);
  return 0;
}

}  // namespace

int RunDemoCommand(const CommandLine& line) {
  auto targets = demo::DemoTargets::Start(line.listen.value_or("127.0.0.1:9115"));
  if (!targets) {
    std::fprintf(stderr, "gaikei: demo: %s\n", targets.error().c_str());
    return 2;
  }
  ConfigSources sources;
  sources.paths = {(*targets)->config_file()};
  sources.region = demo::DemoTargets::kRegion;
  auto loaded = LoadAndPlan(sources);
  if (!loaded) {
    std::fputs(loaded.error().c_str(), stderr);
    return 2;
  }
  const Style style{WantsColor(line.common), IsUtf8Locale()};
  if (line.demo_once) return ShowOnce(**targets, std::move(loaded->plan), style);
  return ShowOn(**targets, sources, std::move(*loaded), style);
}

}  // namespace gaikei
