#include <unistd.h>

#include <cstdio>

#include "probe/commands/commands.h"
#include "probe/commands/load.h"
#include "probe/commands/one_shot.h"
#include "probe/output/exit_code.h"
#include "probe/output/progress.h"
#include "probe/output/writer.h"
#include "probe/plan_builder.h"
#include "probe/terminal.h"

namespace gaikei {
namespace {

/// The vantage points of an ad-hoc check: those of the configuration where one was named with -c,
/// else this machine; with --resolve-via their resolvers replaced.
tl::expected<std::vector<std::shared_ptr<const Region>>, std::string> RegionsFor(
    const CommandLine& line) {
  std::vector<std::shared_ptr<const Region>> regions;
  if (!line.common.sources.paths.empty()) {
    auto config = LoadConfig(line.common.sources);
    if (!config) {
      std::string text;
      for (const ConfigError& error : config.error()) text += error.Text() + "\n";
      return tl::unexpected(std::move(text));
    }
    regions = std::move(config->regions);
  } else {
    auto region = std::make_shared<Region>();
    if (!line.common.sources.region.empty()) region->name = line.common.sources.region;
    regions.push_back(std::move(region));
  }
  if (!line.resolve_via.empty()) {
    for (auto& region : regions) {
      auto changed = std::make_shared<Region>(*region);
      changed->resolver = line.resolve_via;
      region = std::move(changed);
    }
  }
  return regions;
}

/// Every target as a spec; all complaints of all of them, each on a line.
tl::expected<Config, std::string> AdHocConfig(const CommandLine& line) {
  Config config;
  std::string errors;
  for (const std::string& server : line.resolve_via) {
    if (!IsServerAddress(server)) {
      errors += "gaikei: --resolve-via: \"" + server + "\" is no ADDRESS[:PORT]\n";
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  auto regions = RegionsFor(line);
  if (!regions) return tl::unexpected(std::move(regions.error()));
  config.regions = std::move(*regions);
  config.known_regions = config.regions;
  for (const std::string& target : line.targets) {
    CheckFlags flags = line.flags;
    flags.target = target;
    auto spec = CheckFromFlags(flags);
    if (spec) {
      config.checks.push_back(std::move(*spec));
      continue;
    }
    for (const std::string& error : spec.error()) {
      // A flag that is wrong is wrong for every target: said once.
      const std::string text = "gaikei: " + error + "\n";
      if (errors.find(text) == std::string::npos) errors += text;
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return config;
}

}  // namespace

int RunCheckCommand(const CommandLine& line) {
  auto config = AdHocConfig(line);
  if (!config) {
    std::fputs(config.error().c_str(), stderr);
    return 2;
  }
  auto plan = BuildPlan(*config);
  if (!plan) {
    for (const ConfigError& error : plan.error()) {
      std::fprintf(stderr, "gaikei: %s\n", error.message.c_str());
    }
    return 2;
  }

  auto writer = MakeStdoutWriter(line.common, false);
  const bool shows_progress = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 &&
                              !line.common.log.quiet &&
                              line.common.output.value_or("text") == "text";
  Progress progress(stderr, plan->size());
  ExitCode exit_code;
  OneShotOptions options;
  options.each = [&](const Outcome& outcome) {
    if (shows_progress) progress.Clear();
    exit_code.Add(outcome);
    writer->Write(outcome);
  };
  if (shows_progress) {
    options.tick = [&progress](Span elapsed, std::size_t done) { progress.Tick(elapsed, done); };
  }
  const int signal_number = RunOneShot(std::move(*plan), options);
  if (shows_progress) progress.Clear();
  if (!writer->Finish()) {
    std::fprintf(stderr, "gaikei: standard output did not take all results\n");
  }
  if (signal_number != 0) return 128 + signal_number;
  if (line.common.output == "nagios") return exit_code.nagios();
  return exit_code.value();
}

}  // namespace gaikei
