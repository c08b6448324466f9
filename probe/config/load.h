#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "probe/config/config.h"
#include "probe/config/sources.h"

namespace gaikei {

/// LoadConfig() without its files: merges and validates texts. `region` overrides probe.region;
/// empty: it does not. Reads the environment and the files that secrets name.
tl::expected<Config, std::vector<ConfigError>> LoadTexts(std::vector<SourceText> texts,
                                                         const std::string& region);

}  // namespace gaikei
