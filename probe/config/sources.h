#pragma once

#include <string>
#include <vector>

#include "probe/config/config.h"

namespace gaikei {

/// A file's name as it is shown, and what it holds.
struct SourceText {
  std::string name;
  std::string text;
};

/// What was read, and what could not be.
struct SourceTexts {
  std::vector<SourceText> files;  ///< in the order they count
  std::vector<ConfigError> errors;
};

/// Reads files, and of directories every *.toml in name order; without paths the default file.
SourceTexts ReadSources(const std::vector<std::string>& paths);

}  // namespace gaikei
