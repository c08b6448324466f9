#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "probe/config/load.h"
#include "probe/import/journey_text.h"
#include "probe/plan_builder.h"

namespace gaikei {

/// Feeds what an import has written back into the configuration, the environment variables that it
/// lists set to something harmless. Empty where it is valid; else every error.
inline std::string WhyRefused(const ImportedJourney& journey) {
  for (const auto& entry : journey.secrets.entries()) {
    const bool is_url = entry.variable.starts_with("PROBE_URL");
    ::setenv(entry.variable.c_str(), is_url ? "https://shop.example/?token=x" : "x", 1);
  }
  std::string text;
  const auto config = LoadTexts({{"imported.toml", JourneyText(journey)}}, "");
  if (!config) {
    for (const ConfigError& error : config.error()) text += error.Text() + "\n";
  } else if (const auto plan = BuildPlan(*config); !plan) {
    for (const ConfigError& error : plan.error()) text += error.Text() + "\n";
  }
  for (const auto& entry : journey.secrets.entries()) ::unsetenv(entry.variable.c_str());
  return text.empty() ? text : text + JourneyText(journey);
}

}  // namespace gaikei
