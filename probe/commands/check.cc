#include <unistd.h>

#include <cstdio>

#include "probe/commands/commands.h"
#include "probe/commands/load.h"
#include "probe/commands/one_shot.h"
#include "probe/commands/pace.h"
#include "probe/output/exit_code.h"
#include "probe/output/progress.h"
#include "probe/output/writer.h"
#include "probe/plan_builder.h"
#include "probe/terminal.h"
#include "results/text.h"
#include "results/time.h"

namespace gaikei {
namespace {

constexpr Span kDefaultInterval = std::chrono::seconds(1);
constexpr Span kShortestInterval = std::chrono::milliseconds(10);

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

/// From one look to the next; what is wrong with the flags that say so.
tl::expected<Span, std::string> IntervalOf(const CommandLine& line) {
  if (!line.every) return kDefaultInterval;
  if (!line.count && !line.watch)
    return tl::unexpected(std::string("--every: needs --count or --watch"));
  const auto every = ParseDuration(*line.every);
  if (!every) return tl::unexpected("--every: \"" + Escape(*line.every) + "\" is no duration");
  if (*every < kShortestInterval) return tl::unexpected(std::string("--every: shorter than 10ms"));
  return *every;
}

TextForm FormOf(const CommandLine& line) {
  if (line.explain) return TextForm::kExplained;
  return line.watch ? TextForm::kLive : TextForm::kPage;
}

/// Looks, prints, and knows what to exit with.
class Looks {
 public:
  Looks(const CommandLine& line, std::vector<PlannedCheck> plan)
      : line_(line),
        plan_(std::move(plan)),
        writer_(MakeStdoutWriter(line.common, FormOf(line))),
        shows_progress_(!line.watch && isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 &&
                        !line.common.log.quiet && line.common.output.value_or("text") == "text") {}

  /// Once, at all targets. The signal that ended it, 0 for none.
  int Look() {
    Progress progress(stderr, plan_.size());
    OneShotOptions options;
    options.each = [&](const Outcome& outcome) {
      if (shows_progress_) progress.Clear();
      exit_code_.Add(outcome);
      writer_->Write(outcome);
    };
    if (shows_progress_) {
      options.tick = [&progress](Span elapsed, std::size_t done) { progress.Tick(elapsed, done); };
    }
    const int signal_number = RunOneShot(plan_, options);
    if (shows_progress_) progress.Clear();
    return signal_number;
  }

  int Finish(int signal_number) {
    if (!writer_->Finish()) {
      std::fprintf(stderr, "gaikei: standard output did not take all results\n");
    }
    if (signal_number != 0) return 128 + signal_number;
    return line_.common.output == "nagios" ? exit_code_.nagios() : exit_code_.value();
  }

 private:
  const CommandLine& line_;
  const std::vector<PlannedCheck> plan_;
  const std::unique_ptr<OutcomeWriter> writer_;
  const bool shows_progress_;
  ExitCode exit_code_;
};

/// As often as the flags say. The signal that ended it, 0 for none.
int LookAsOften(const CommandLine& line, Span every, Looks& looks) {
  if (!line.watch && line.count.value_or(1) == 1) return looks.Look();
  Pace pace(every);
  for (unsigned done = 1;; ++done) {
    if (const int signal_number = looks.Look(); signal_number != 0) return signal_number;
    if (!line.watch && done >= *line.count) return 0;
    if (std::ferror(stdout) != 0) return 0;  // nobody reads what is seen
    if (const int signal_number = pace.Wait(); signal_number != 0) return signal_number;
  }
}

}  // namespace

int RunCheckCommand(const CommandLine& line) {
  const auto every = IntervalOf(line);
  if (!every) {
    std::fprintf(stderr, "gaikei: %s\n", every.error().c_str());
    return 2;
  }
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
  Looks looks(line, std::move(*plan));
  return looks.Finish(LookAsOften(line, *every, looks));
}

}  // namespace gaikei
