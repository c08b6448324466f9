#include "probe/commands/load.h"

#include "probe/heartbeats.h"
#include "probe/plan_builder.h"
#include "probe/series_budget.h"

namespace gaikei {
namespace {

std::string Lines(const std::vector<ConfigError>& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += error.Text() + "\n";
  return text;
}

}  // namespace

tl::expected<LoadedPlan, std::string> LoadAndPlan(const ConfigSources& sources) {
  auto config = LoadConfig(sources);
  if (!config) return tl::unexpected(Lines(config.error()));
  auto plan = BuildPlan(*config);
  if (!plan) return tl::unexpected(Lines(plan.error()));
  auto heartbeats = HeartbeatsOf(*config);
  const auto errors = OverBudget(*config, *plan, heartbeats);
  if (!errors.empty()) return tl::unexpected(Lines(errors));
  return LoadedPlan{std::move(*config), std::move(*plan), std::move(heartbeats)};
}

}  // namespace gaikei
