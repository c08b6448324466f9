#pragma once

#include <stdlib.h>

#include <cstdio>

#include "probe/config/load.h"
#include "probe/import/journey_text.h"

namespace gaikei {

/// Reads what an import has written, the environment variables that it lists set to something
/// harmless; traps where it is no valid configuration.
inline void ExpectValid(const ImportedJourney& journey) {
  for (const auto& entry : journey.secrets.entries()) {
    const bool is_url = entry.variable.starts_with("PROBE_URL");
    ::setenv(entry.variable.c_str(), is_url ? "http://shop.example:80" : "x", 1);
  }
  const auto config = LoadTexts({{"fuzz.toml", JourneyText(journey)}}, "local");
  for (const auto& entry : journey.secrets.entries()) ::unsetenv(entry.variable.c_str());
  if (config) return;
  for (const auto& error : config.error()) std::fprintf(stderr, "%s\n", error.Text().c_str());
  __builtin_trap();
}

}  // namespace gaikei
