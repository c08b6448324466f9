#pragma once

#include <map>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "probe/config/config.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// What it takes to look into a spool: where it is, and which upstream takes what.
struct SpoolConfig {
  std::string state_dir;                              ///< empty: none
  std::map<std::string, SampleSelection> selections;  ///< by the upstream's name
};

/// Reads that much of a configuration. Secrets are not fetched, and what else stands there is not
/// judged: whoever looks into a spool need not be able to run checks.
tl::expected<SpoolConfig, std::vector<ConfigError>> LoadSpoolConfig(const ConfigSources& sources);

}  // namespace gaikei
